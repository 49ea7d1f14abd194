package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"reconcile/pkg/connect"
)

// FileLocks keeps the claims to a ledger file beside it, one file each, named
// after the ledger and the claim's number.
type FileLocks struct {
	// Path is the ledger file.
	Path string
	// Now is the clock that all claims go by.
	Now func() time.Time
}

func (f FileLocks) file(number int) string { return fmt.Sprintf("%s.lock-%d", f.Path, number) }

// Claims implements [LockStore].
func (f FileLocks) Claims(context.Context) ([]Claim, time.Time, error) {
	names, err := filepath.Glob(quoteGlob(f.Path) + ".lock-*")
	var claims []Claim
	for _, name := range names {
		number, malformed := strconv.Atoi(strings.TrimPrefix(name, f.Path+".lock-"))
		if malformed != nil {
			continue
		}
		c, gone, failed := readClaim(name)
		if gone {
			continue
		}
		c.Number, err = number, errors.Join(err, failed)
		claims = append(claims, c)
	}
	return claims, f.Now().UTC(), err
}

// quoteGlob makes a path mean itself.
func quoteGlob(path string) string {
	return strings.NewReplacer("*", `[*]`, "?", `[?]`, "[", `[[]`).Replace(path)
}

// readClaim reads one claim; it may have been released since it was listed.
func readClaim(name string) (c Claim, gone bool, err error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return c, true, nil
	}
	if err == nil && json.Unmarshal(data, &c) != nil {
		err = fmt.Errorf("%s is not a lock of this program: delete it if you know whose it is", name)
	}
	c.Version = c.Expires.String()
	return c, false, err
}

// Stake implements [LockStore].
func (f FileLocks) Stake(_ context.Context, c Claim) (string, error) {
	err := f.put(c, os.Link)
	if errors.Is(err, fs.ErrExist) {
		err = connect.ErrConflict
	}
	return c.Expires.String(), err
}

// Renew implements [LockStore].
func (f FileLocks) Renew(_ context.Context, c Claim) (string, error) {
	stored, gone, err := readClaim(f.file(c.Number))
	switch {
	case err != nil:
		return "", err
	case gone:
		return "", connect.ErrNotFound
	case stored.Token != c.Token:
		return "", connect.ErrPrecondition
	}
	return c.Expires.String(), f.put(c, os.Rename)
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
func (f FileLocks) Drop(_ context.Context, number int) error { return discard(f.file(number)) }
