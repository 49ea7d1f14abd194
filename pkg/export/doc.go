// Package export turns what is there into elements of a manifest: secrets become
// references, ids and names become references to the objects they belong to, and
// what is a default is left out. It makes no call; the objects come from drivers
// or from exported files.
package export
