// Package manifest turns files into integrations: typed objects that know where
// each of their fields stands. It hides YAML (its traps, its documents, its line
// numbers), the values that fill ${name}, the merging of documents, and the JSON
// Schema that checks them.
//
// It promises that everything wrong is found in one run, that each complaint
// names file, line and column and says what to type, and that the same input
// gives the same complaints in the same order. It needs no secret and no
// network, and it knows the kinds of objects only as resource.Kind.
//
// Of the product it may import pkg/resource and pkg/secret only.
package manifest
