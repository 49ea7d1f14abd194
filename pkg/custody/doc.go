// Package custody tells how secrets are kept: what ends soon, which files others can read
// or replace, what would lie in clear in a saved plan. It looks at the manifest, at
// certificates and at the permissions of files, never at a value of a secret.
package custody
