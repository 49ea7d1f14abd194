// Package adapter is the client of the adapter contract, the HTTP interface that
// this project publishes for what no documented interface reaches. It hides the
// contract's paths, paging, patches and keys; what a document says is the
// Codec's business.
//
// It promises that fields the Codec does not know are never touched, that every
// POST carries a key, and that a lost answer is resolved by reading.
//
// It may import pkg/connect, pkg/resource and pkg/secret. The contract is not an
// interface of SAP.
package adapter
