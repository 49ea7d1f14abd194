// Package destination knows destinations of SAP's Destination service: what a
// manifest may say about one, what is wrong with it, and how it is read and
// written. It hides the wire format, the array calls and the fragments in which
// a ledger can live.
//
// The pure half (spec.go, kind.go, check.go) does no input or output. The
// package may import pkg/resource, pkg/catalogue, pkg/secret, pkg/connect,
// pkg/manifest and pkg/adapter, and no other service's package.
package destination
