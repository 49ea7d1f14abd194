// Package resource holds the words that the rest of the product shares: what an
// object is called (Ref), what a field may hold (Value), what differs (Change),
// what a kind of object knows about itself (Definition) and how it is reached
// (Driver). It hides the one place where the type of a specification is erased
// (Bind) and the only use of reflection (walking a specification).
//
// It does no input or output and knows no SAP word. It may import pkg/secret only.
package resource
