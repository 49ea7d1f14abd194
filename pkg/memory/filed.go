package memory

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"reconcile/pkg/destination"
	"reconcile/pkg/reconcile"
)

// filed keeps the ledger in a file, alone or with others. What other integrations of
// the subaccount keep beside the destinations is read all the same: they own objects
// there, too.
type filed struct {
	reconcile.FileStore
	id    string
	notes *notebook
	locks reconcile.LockStore
	// beside is nil where no destination service is configured.
	beside *destination.API
	// elsewhere are the names of the shards that are not in the file.
	elsewhere []string
}

// Place implements [reconcile.Store].
func (f *filed) Place(name string) string {
	if slices.Contains(f.elsewhere, name) {
		return "fragment " + name
	}
	return f.FileStore.Place(name)
}

// Load reads the file, what lies beside it, and the fragments of other integrations.
func (f *filed) Load(ctx context.Context) (reconcile.Stored, error) {
	stored, err := f.FileStore.Load(ctx)
	if err != nil {
		return stored, err
	}
	own := func(s reconcile.Shard) bool { return f.owns(s.Name) }
	f.notes.sole = len(stored.Shards) == 0 || slices.ContainsFunc(stored.Shards, own)
	if err := cmp.Or(f.notes.reread(), f.notes.newer()); err != nil {
		return stored, err
	}
	claims, _, err := f.locks.Claims(ctx)
	stored.Traces = append(f.notes.traces(), f.notes.besideLink()...)
	for _, c := range claims {
		stored.Traces = append(stored.Traces, traceOf(c)...)
	}
	if err != nil || f.beside == nil {
		return stored, err
	}
	all, _, err := f.beside.ListFragments(ctx)
	f.elsewhere, f.notes.twin = nil, ""
	for _, s := range shards(all) {
		if f.owns(s.Name) {
			f.notes.twin = s.Name
			continue
		}
		f.elsewhere = append(f.elsewhere, s.Name)
		stored.Shards = append(stored.Shards, s)
	}
	return stored, err
}

func (f *filed) owns(shard string) bool {
	_, own := numbered(shard, reconcile.LedgerName(f.id))
	return own
}

// realPath is the one name of a file, whatever links lead to it: two names would be
// two locks. The file need not be there yet.
func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	for links := 0; err == nil && links < 40; links++ {
		to, notLink := os.Readlink(path)
		if notLink != nil {
			folder, missing := filepath.EvalSymlinks(filepath.Dir(path))
			if missing != nil {
				return path, nil //nolint:nilerr // it need not be there yet
			}
			return filepath.Join(folder, filepath.Base(path)), nil
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	if err == nil {
		err = fmt.Errorf("%s: too many links", path)
	}
	return path, err
}

// File is the file that --ledger names, "" for the place beside the destinations.
func File(flag string) (string, error) {
	path, file := strings.CutPrefix(flag, "file:")
	if !file {
		return "", nil
	}
	return realPath(path)
}
