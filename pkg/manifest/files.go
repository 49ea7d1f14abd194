package manifest

import (
	"os"

	"reconcile/pkg/resource"
)

// File is one manifest file as it lies on disk.
type File struct {
	// Name is the path as it was given; "-" is standard input.
	Name string
	Data []byte
}

// Files reads the files that Load would read, in its order, without looking into
// them. What cannot be read is a fault.
func Files(opts Options) ([]File, []resource.Fault) {
	l := &loader{opts: opts, faults: faults{spoilt: map[resource.Position]bool{}}}
	var files []File
	for _, path := range opts.Paths {
		names, folder := []string{path}, ""
		if info, err := os.Stat(path); path != "-" && err == nil && info.IsDir() {
			names, folder = l.folder(path), path
		}
		for _, name := range names {
			if s := l.read(name, folder); s != nil {
				files = append(files, File{name, s.data})
			}
		}
	}
	return files, l.faults.sorted()
}

// SyntaxFault turns an error of reading a file into a fault with its position.
func SyntaxFault(f File, err error) resource.Fault {
	return syntaxFault(&source{name: shownAs(f.Name), data: f.Data}, err)
}
