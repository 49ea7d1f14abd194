package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// open loads the state of the folder, or seeds a new one, and writes the key files.
func (l *Landscape) open() error {
	if l.dir == "" {
		l.state = newSeed(l.now())
		return l.issue()
	}
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return err
	}
	lock, err := lockFile(filepath.Join(l.dir, "lock"))
	if err != nil {
		return err
	}
	l.lock = lock
	if err := l.load(); err != nil {
		return err
	}
	if err := l.issue(); err != nil {
		return err
	}
	if err := l.openLog(); err != nil {
		return err
	}
	return errors.Join(l.flush(), l.writeKeys())
}

// load reads state.json; a folder without one gets the seed.
func (l *Landscape) load() error {
	data, err := os.ReadFile(l.statePath())
	if errors.Is(err, fs.ErrNotExist) {
		l.state = newSeed(l.now())
		l.touch()
		return nil
	}
	if err != nil {
		return err
	}
	if l.state, err = parseState(data); err != nil {
		return damaged(l.statePath(), data, err)
	}
	return nil
}

// ErrDamaged is returned by [New] when the state in the folder cannot be read. The
// error names the file and, where one is known, the place in it.
var ErrDamaged = errors.New("the state of the landscape is damaged")

func damaged(path string, data []byte, err error) error {
	offset := int64(0)
	var syntax *json.SyntaxError
	var form *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &form):
		offset = form.Offset
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		offset = int64(len(data)) + 1
	}
	if offset > 0 {
		before := data[:min(int(offset), len(data)+1)-1]
		path += fmt.Sprintf(":%d:%d", 1+bytes.Count(before, []byte("\n")), len(before)-bytes.LastIndexByte(before, '\n'))
	}
	return fmt.Errorf("%s: %w: %w", path, ErrDamaged, err)
}

// issue makes what the state lacks of certificates.
func (l *Landscape) issue() error {
	changed, err := l.state.issue(l.time())
	if changed {
		l.touch()
	}
	return err
}

func (l *Landscape) statePath() string { return filepath.Join(l.dir, "state.json") }

// flush saves the state when it changed. It runs before the answer leaves, so a kill at any moment loses no
// acknowledged write. The caller holds the lock.
func (l *Landscape) flush() error {
	if !l.dirty {
		return nil
	}
	if l.dir != "" {
		data, err := json.Marshal(l.state)
		if err != nil {
			return err
		}
		if err := writeAtomically(l.statePath(), data); err != nil {
			return err
		}
	}
	l.dirty = false
	return nil
}

// writeAtomically replaces a file so that a reader, or a process after a crash, sees the old or the new content.
func writeAtomically(path string, data []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".tmp-*") // mode 0600, as the content is secret
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(dir)
}

// syncDir makes a rename durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writeKeys writes the key files of the folder, and beside them the CA's certificate for clients to trust. The caller holds the lock or is alone.
func (l *Landscape) writeKeys() error {
	if l.dir == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(l.dir, "keys"), 0o700); err != nil {
		return err
	}
	if err := writeAtomically(l.AuthorityFile(), []byte(l.state.Authority.Certificate)); err != nil {
		return err
	}
	for name, key := range l.keys() {
		data, err := json.MarshalIndent(key, "", "  ")
		if err != nil {
			return err
		}
		if err := writeAtomically(l.keyPath(name), append(data, '\n')); err != nil {
			return err
		}
	}
	return nil
}

func (l *Landscape) keyPath(name string) string { return filepath.Join(l.dir, "keys", name+".json") }
