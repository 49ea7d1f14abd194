package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"reconcile/pkg/manifest"
)

// createFiles writes files that must not exist yet.
func createFiles(files []manifest.File) error {
	for _, f := range files {
		if _, err := os.Lstat(f.Name); err == nil {
			return usageError{fmt.Errorf("%s is there already", f.Name), "remove it, or write to another place; nothing was written"}
		}
	}
	for _, f := range files {
		if err := createFile(f); err != nil {
			return lateError{err}
		}
	}
	return nil
}

func createFile(f manifest.File) error {
	if err := os.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(f.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s appeared meanwhile and stays as it is", f.Name)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(f.Data)
	return errors.Join(err, file.Close())
}

// replaceFile writes a file all or nothing and keeps its permissions.
func replaceFile(name string, data []byte) error {
	// Behind a link, what it leads to is written.
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(name), ".reconcile-fmt-*")
	if err != nil {
		return err
	}
	_, err = draft.Write(data)
	err = errors.Join(err, draft.Chmod(info.Mode().Perm()), draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), name)
	}
	if err != nil {
		_ = os.Remove(draft.Name())
	}
	return err
}

// replaceOrCreate writes a file all or nothing, whether it is there or not.
func replaceOrCreate(name string, data []byte) error {
	if _, err := os.Stat(name); err == nil {
		return replaceFile(name, data)
	}
	return createFile(manifest.File{Name: name, Data: data})
}
