package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"reconcile/pkg/connect"
)

// FileLocks keeps the claims to a ledger in a file beside it, one file each, named
// after the ledger file, the integration and the claim's number.
type FileLocks struct {
	// Path is the ledger file, ID the integration.
	Path, ID string
	// Now is the clock that all claims go by.
	Now func() time.Time
}

// file is the name of a claim's file.
func (f FileLocks) file(number int) string { return fmt.Sprintf("%s%d", f.prefixes()[0], number) }

// prefixes are what the names of claims begin with: those that are made now, and
// those of versions for which a file held one integration.
func (f FileLocks) prefixes() []string {
	old := f.Path + ".lock-"
	if f.ID == "" {
		return []string{old}
	}
	return []string{f.Path + "." + f.ID + ".lock-", old}
}

// Claims implements [LockStore].
func (f FileLocks) Claims(context.Context) ([]Claim, time.Time, error) {
	var claims []Claim
	var errs []error
	for _, prefix := range f.prefixes() {
		names, err := filepath.Glob(quoteGlob(prefix) + "*")
		errs = append(errs, err)
		for _, name := range names {
			number, ok := shardNumber(strings.TrimPrefix(name, prefix))
			if !ok {
				continue
			}
			c, gone, err := readClaim(name, number)
			if errs = append(errs, err); !gone && err == nil {
				claims = append(claims, c)
			}
		}
	}
	return claims, f.Now().UTC(), errors.Join(errs...)
}

// quoteGlob makes a path mean itself.
func quoteGlob(path string) string {
	return strings.NewReplacer("*", `[*]`, "?", `[?]`, "[", `[[]`).Replace(path)
}

// readClaim reads one claim; it may have been released since it was listed.
func readClaim(name string, number int) (c Claim, gone bool, err error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return c, true, nil
	}
	c = ParseClaim(string(data), number, "file "+name)
	c.Version = c.Expires.String()
	return c, false, err
}

// Stake implements [LockStore].
func (f FileLocks) Stake(_ context.Context, c Claim) (string, error) {
	err := alone(f.Path, func() error { return f.put(c, os.Link) })
	if errors.Is(err, fs.ErrExist) {
		err = connect.ErrConflict
	}
	return c.Expires.String(), err
}

// Renew implements [LockStore].
func (f FileLocks) Renew(_ context.Context, c Claim) (string, error) {
	err := alone(f.Path, func() error {
		stored, gone, err := readClaim(f.file(c.Number), c.Number)
		switch {
		case err != nil:
			return err
		case gone:
			return connect.ErrNotFound
		case stored.Token != c.Token:
			return connect.ErrPrecondition
		}
		return f.put(c, os.Rename)
	})
	return c.Expires.String(), err
}

// put writes the claim to a file of its own first: nobody reads half of one.
func (f FileLocks) put(c Claim, move func(from, to string) error) error {
	draft := fmt.Sprintf("%s.claim-%s", f.Path, c.Token)
	if err := os.WriteFile(draft, []byte(marshal(c)), 0o600); err != nil {
		return err
	}
	return errors.Join(move(draft, f.file(c.Number)), discard(draft))
}

func discard(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Drop implements [LockStore].
func (f FileLocks) Drop(_ context.Context, number int) error {
	return alone(f.Path, func() error {
		var errs []error
		for _, prefix := range f.prefixes() {
			errs = append(errs, discard(fmt.Sprintf("%s%d", prefix, number)))
		}
		return errors.Join(errs...)
	})
}
