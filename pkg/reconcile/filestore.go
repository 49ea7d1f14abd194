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
	"slices"

	"github.com/gofrs/flock"
)

// FileStore keeps ledgers in one JSON file, of one integration or of several. It is the
// alternative to storing them beside the objects, and the only way where no such place
// is configured.
type FileStore struct {
	// Path is the file; its folder must exist.
	Path string
}

type fileShard struct {
	Name       string            `json:"name"`
	Properties map[string]string `json:"properties"`
}

// Place implements [Store].
func (f FileStore) Place(name string) string {
	if name == "" {
		return "file " + f.Path
	}
	return fmt.Sprintf("file %s (%s)", f.Path, name)
}

// Load reads all shards. A missing file is an empty ledger; one that is there holds at
// least one shard.
func (f FileStore) Load(context.Context) (Stored, error) {
	stored, err := f.read()
	shards := make([]Shard, len(stored))
	for i, s := range stored {
		shards[i] = Shard{Name: s.Name, Properties: s.Properties, Version: s.version()}
	}
	return Stored{Shards: shards}, err
}

// Write replaces one shard; the file is exchanged as a whole, so that a crash
// leaves the old or the new one. Others that write to the file meanwhile wait.
func (f FileStore) Write(_ context.Context, s Shard) (version string, err error) {
	err = alone(f.Path, func() error {
		version, err = f.put(s)
		return err
	})
	return version, err
}

// alone does something while no other process does anything alone on the same file.
// The file beside it that says so stays; a process that dies lets go of it.
func alone(path string, do func() error) error {
	mutex := flock.New(path+".mutex", flock.SetPermissions(0o600))
	if err := mutex.Lock(); err != nil {
		return unusable(err)("file " + path)
	}
	return errors.Join(do(), mutex.Unlock())
}

func (f FileStore) put(s Shard) (string, error) {
	stored, err := f.read()
	if err != nil {
		return "", err
	}
	wrote := fileShard{Name: s.Name, Properties: s.Properties}
	at := slices.IndexFunc(stored, func(old fileShard) bool { return old.Name == s.Name })
	switch {
	case at < 0 && s.Version == "":
		stored = append(stored, wrote)
	case at < 0 || stored[at].version() != s.Version:
		return "", fmt.Errorf("%s was changed by another process since it was read", f.Path)
	default:
		stored[at] = wrote
	}
	return wrote.version(), f.replace(stored)
}

func (f FileStore) read() ([]fileShard, error) {
	data, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unusable(err)(f.Place(""))
	}
	var stored []fileShard
	if err := json.Unmarshal(data, &stored); err != nil {
		return nil, damaged("it is not a ledger file")(f.Place(""))
	}
	if len(stored) == 0 {
		return nil, damaged("it holds no shard, and none is ever written that way")(f.Place(""))
	}
	// A shard under a name that means nothing would be passed over, and with it all
	// that is owned.
	for _, one := range stored {
		if _, _, ok := shardOf(one.Name); !ok {
			return nil, damaged("%q is not the name of a shard", one.Name)(f.Place(""))
		}
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
