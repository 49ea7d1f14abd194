package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"reconcile/pkg/resource"
)

// mostBytes is the largest file that is read: far above any honest manifest,
// far below what would make the parser slow.
const mostBytes = 8 << 20

// stdin is how messages call standard input.
const stdin = "<stdin>"

// errTooLarge says that a file exceeds mostBytes.
var errTooLarge = errors.New("is larger than 8 MiB")

// source is one file, or standard input.
type source struct {
	// name is what messages show: the path as it was given.
	name string
	// dir is what relative paths inside the file are relative to.
	dir string
	// folder is the directory argument that the file was found in; empty when
	// the file was named itself.
	folder string
	data   []byte
}

// read returns the file at a path, or standard input for "-". What cannot be
// read is a fault, and nil is returned.
func (l *loader) read(path, folder string) *source {
	s := &source{name: shownAs(path), dir: filepath.Dir(path), folder: folder}
	var err error
	switch data, held := l.opts.Memory[path]; {
	case held:
		s.data = data
	case path == "-":
		s.data, err = limited(l.opts.Stdin)
	default:
		s.data, err = readFile(path)
	}
	l.faults.files = append(l.faults.files, s.name)
	if err == nil {
		return s
	}
	l.incomplete = true
	at := resource.Position{File: s.name}
	if errors.Is(err, errTooLarge) {
		l.faults.report(codeTooLarge, at, fmt.Sprintf("%q %s", s.name, err), "split it into several files")
		return nil
	}
	l.faults.report(codeUnreadable, at, fmt.Sprintf("%q cannot be read: %s", s.name, reason(err)), "check the path and the permissions")
	return nil
}

// shownAs returns how messages call a path.
func shownAs(path string) string {
	if path == "-" {
		return stdin
	}
	return path
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return limited(f)
}

// limited reads all of r, but not more than a manifest may have. A nil r is empty.
func limited(r io.Reader) ([]byte, error) {
	if r == nil {
		return nil, nil
	}
	data, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	if err == nil && len(data) > mostBytes {
		return nil, errTooLarge
	}
	return data, err
}

// reason returns the system's words without the path, which the message has.
func reason(err error) string {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err.Error()
	}
	return err.Error()
}

// sources reads all files of the given paths: directories in order of their
// file names, everything else as it is.
func (l *loader) sources() []*source {
	var sources []*source
	for _, path := range l.opts.Paths {
		files, folder := []string{path}, ""
		if info, err := os.Stat(path); path != "-" && err == nil && info.IsDir() {
			files, folder = l.folder(path), path
		}
		for _, file := range files {
			if s := l.read(file, folder); s != nil {
				sources = append(sources, s)
			}
		}
	}
	return sources
}

// folder lists the manifest files of a directory. Values files of this run may
// lie beside the manifests and are left out.
func (l *loader) folder(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		l.incomplete = true
		l.faults.report(codeUnreadable, resource.Position{File: dir}, fmt.Sprintf("%q cannot be read: %s", dir, reason(err)), "check the permissions")
	}
	var files []string
	for _, e := range entries {
		file := filepath.Join(dir, e.Name())
		if !e.IsDir() && isManifest(e.Name()) && !slices.ContainsFunc(l.opts.Values, func(v string) bool { return filepath.Clean(v) == file }) {
			files = append(files, file)
		}
	}
	return files
}

// below is the first folder inside a directory of the paths that could be meant instead,
// because files lie in it that a manifest may be.
func (l *loader) below() string {
	for _, path := range l.opts.Paths {
		entries, _ := os.ReadDir(path) // what cannot be listed was complained about
		for _, e := range entries {
			dir := filepath.Join(path, e.Name())
			if inside, err := os.ReadDir(dir); err == nil && slices.ContainsFunc(inside, func(e fs.DirEntry) bool { return isManifest(e.Name()) }) {
				return dir
			}
		}
	}
	return ""
}

func isManifest(name string) bool {
	return !strings.HasPrefix(name, ".") && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name))
}
