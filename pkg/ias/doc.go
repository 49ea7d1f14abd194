// Package ias knows administrators of type System in SAP's Identity
// Authentication service: the technical users of an integration. It hides that
// a manifest lists their secrets while plans and ledgers name each by its label.
//
// The files of the pure half (spec, secrets, kind, check, codec) do no input or
// output. The package may import pkg/resource, pkg/catalogue, pkg/secret,
// pkg/connect, pkg/manifest and pkg/adapter, and no other service's package.
package ias
