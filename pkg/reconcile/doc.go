// Package reconcile makes a plan out of desired and live objects, checks it,
// applies it and remembers in a ledger what it wrote. It hides the order of
// writes, the three-version comparison and everything that makes an interrupted
// run continue.
//
// It knows no SAP word and opens no connection: objects come as resource.Kind,
// the ledger as a Store. It may import pkg/resource, pkg/secret and, for its errors
// alone, pkg/connect.
package reconcile
