package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FileStore keeps the ledger in one JSON file. It is the alternative to storing
// it beside the objects, and the only way where no such place is configured.
type FileStore struct {
	// Path is the file; its folder must exist.
	Path string
}

type fileShard struct {
	Name       string            `json:"name"`
	Properties map[string]string `json:"properties"`
}

// Load reads all shards. A missing file is an empty ledger.
func (f FileStore) Load(context.Context) ([]Shard, error) {
	stored, err := f.read()
	shards := make([]Shard, len(stored))
	for i, s := range stored {
		shards[i] = Shard{Name: s.Name, Properties: s.Properties, Version: s.version()}
	}
	return shards, err
}

// Write replaces one shard; the file is exchanged as a whole, so that a crash
// leaves the old or the new one.
func (f FileStore) Write(_ context.Context, s Shard) (string, error) {
	stored, err := f.read()
	if err != nil {
		return "", err
	}
	wrote := fileShard{Name: s.Name, Properties: s.Properties}
	found := false
	for i, old := range stored {
		if old.Name == s.Name {
			found = true
			if old.version() != s.Version {
				return "", fmt.Errorf("%s was changed by another process since it was read", f.Path)
			}
			stored[i] = wrote
		}
	}
	if !found && s.Version != "" {
		return "", fmt.Errorf("%s was changed by another process since it was read", f.Path)
	}
	if !found {
		stored = append(stored, wrote)
	}
	return wrote.version(), f.replace(stored)
}

func (f FileStore) read() ([]fileShard, error) {
	data, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var stored []fileShard
	if err := json.Unmarshal(data, &stored); err != nil {
		return nil, fmt.Errorf("%w: %s is not a ledger file", ErrLedger, f.Path)
	}
	return stored, nil
}

func (f FileStore) replace(stored []fileShard) error {
	data, err := json.MarshalIndent(stored, "", "  ")
	if err != nil {
		return err
	}
	return ReplaceFile(f.Path, append(data, '\n'))
}

// ReplaceFile writes data to a new file beside path, readable for its owner only,
// makes it durable and renames it over path: whoever reads has the old or the new.
func ReplaceFile(path string, data []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".reconcile-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(data)
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

func (s fileShard) version() string {
	data, _ := json.Marshal(s)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
