// Package kinds is the list of all kinds of objects: one line each, in the order in
// which they are made. It joins the definition of a kind with the way that the
// connections of an integration offer to it. It decides nothing about objects.
package kinds
