//go:build !unix

package simulator

import "os"

// lockFile cannot keep a second process away here: the standard library has no file lock for this system.
func lockFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}
