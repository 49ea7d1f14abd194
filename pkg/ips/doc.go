// Package ips knows proxy systems of SAP's Identity Provisioning service: what
// a manifest may say about one, what is wrong with it, and the console's export
// format. It hides that format, the difference between standard and credential
// properties, and the file paths that stand for transformations.
//
// The files of the pure half (spec, kind, check, codec, files) do no input or
// output. The package may import pkg/resource, pkg/catalogue, pkg/secret,
// pkg/connect, pkg/manifest and pkg/adapter, and no other service's package.
package ips
