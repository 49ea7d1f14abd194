package custody

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"reconcile/pkg/manifest"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// Loose warns of files with secrets that the manifest refers to and others can read
// or replace.
func Loose(in manifest.Integration) []resource.Fault {
	var faults []resource.Fault
	seen := map[string]bool{}
	for _, o := range in.Objects {
		values := resource.Paths(o.Spec)
		for _, path := range slices.Sorted(maps.Keys(values)) {
			file := placeOf(values[path].Source())
			if file == "" || seen[file] {
				continue
			}
			seen[file] = true
			for _, f := range Private("file", file) {
				f.Ref, f.Path, f.Position = &o.Ref, path, o.At(path)
				faults = append(faults, f)
			}
		}
	}
	return faults
}

// placeOf is the file behind a reference, "" for any other place.
func placeOf(r secret.Ref) string {
	if r.Binding != "" && r.Key != "" {
		return filepath.Join(r.Binding, r.Key)
	}
	return r.File
}

// openFolder warns of a private file in a folder in which everybody may put another
// one in its place. In a sticky folder, such as a mounted Kubernetes Secret, only the
// owner of a file may.
func openFolder(what, file string) []resource.Fault {
	folder := filepath.Dir(file)
	info, err := os.Stat(folder)
	if err != nil || info.Mode().Perm()&0o002 == 0 || info.Mode()&os.ModeSticky != 0 {
		return nil
	}
	return []resource.Fault{{
		Severity: resource.Warning, Code: "W233",
		Message: fmt.Sprintf("the %s %s lies in a folder in which everybody on this machine can replace it (mode %04o)", what, file, info.Mode().Perm()),
		Remedy:  "chmod o-w " + resource.ShellWord(folder),
	}}
}

// Private warns of a file that others on this machine can read or write. A group
// may read a file that nobody may write: so does a mounted Kubernetes Secret reach
// a process that is not root. Windows has no such bits.
func Private(what, file string) []resource.Fault {
	info, err := os.Stat(file)
	if err != nil || runtime.GOOS == "windows" || !info.Mode().IsRegular() {
		return nil
	}
	loose := info.Mode().Perm() & 0o077
	if info.Mode().Perm()&0o222 == 0 {
		loose &^= 0o040
	}
	if loose == 0 {
		return openFolder(what, file)
	}
	return []resource.Fault{{
		Severity: resource.Warning, Code: "W233",
		Message: fmt.Sprintf("the %s %s is open to others on this machine (mode %04o)", what, file, info.Mode().Perm()),
		Remedy:  fmt.Sprintf("chmod 600 %s; for a mounted Kubernetes Secret: defaultMode: 0440", resource.ShellWord(file)),
	}}
}
