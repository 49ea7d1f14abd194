package memory

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
)

// refusedLogins is what is remembered of logins that were refused: keyed hashes,
// which tell neither id nor secret. A login is tried again when its id or secret
// changes, because it then is another one.
type refusedLogins struct {
	Format int      `json:"format"`
	Key    []byte   `json:"key"`
	Hashes []string `json:"refused"`
	// Since says when each was first refused. Versions before did not note that.
	Since map[string]time.Time `json:"since,omitempty"`
}

// mostRefused bounds the memory; the oldest are forgotten and cost one more try.
const mostRefused = 64

// known makes a memory usable that was never written.
func (r *refusedLogins) known() {
	if len(r.Key) == 0 {
		r.Format, r.Key, r.Hashes, r.Since = pageFormat, make([]byte, 32), nil, nil
		_, _ = rand.Read(r.Key) // never fails
	}
}

// add notes what the session saw refused, and reports whether that is news. anew says
// that logins were tried of which a refusal was remembered: what then was not refused
// is forgotten. What was not tried stays, so that a run that came to nothing forgets
// nothing.
func (r *refusedLogins) add(s *connect.Session, anew bool) bool {
	r.known()
	before, since := slices.Clone(r.Hashes), r.refusals()
	over, refused := s.ForgivenLogins(r.Key), s.RefusedLogins(r.Key)
	if anew {
		over = append(over, s.TriedLogins(r.Key)...)
	}
	r.Hashes = slices.DeleteFunc(r.Hashes, func(hash string) bool { return refused[hash].IsZero() && slices.Contains(over, hash) })
	for _, hash := range slices.Sorted(maps.Keys(refused)) {
		if !slices.Contains(r.Hashes, hash) {
			r.Hashes = append(r.Hashes, hash)
			since[hash] = refused[hash]
		}
	}
	r.Hashes = r.Hashes[max(0, len(r.Hashes)-mostRefused):]
	maps.DeleteFunc(since, func(hash string, at time.Time) bool { return at.IsZero() || !slices.Contains(r.Hashes, hash) })
	r.Since = since
	return !slices.Equal(before, r.Hashes)
}

// refusals are the hashes with the time since when; zero where nobody noted it.
func (r *refusedLogins) refusals() map[string]time.Time {
	since := map[string]time.Time{}
	for _, hash := range r.Hashes {
		since[hash] = r.Since[hash]
	}
	return since
}

// Logins is the memory of refused logins, of this machine and beside the ledger.
type Logins struct {
	// Session makes the logins.
	Session *connect.Session
	// File is what this machine remembers, "" where there is no place for it.
	File string
	// Anew lets every login be tried, whatever is remembered.
	Anew bool
	// Beside is the memory with the ledger.
	Beside *Memory

	// read is true once the page beside the ledger was read.
	read bool
}

// ReadHere tells the session what this machine remembers, before the first call:
// the ledger cannot remember the very login that opens the ledger.
func (l *Logins) ReadHere() error {
	if l.Anew {
		return nil
	}
	m, err := readRefused(l.File)
	if len(m.Key) > 0 {
		l.Session.RefuseLogins(m.Key, m.refusals())
	}
	return err
}

// ReadBeside tells the session what is remembered beside the ledger, which was opened.
// A page that cannot be read costs a try for each login, no more.
func (l *Logins) ReadBeside() {
	var m refusedLogins
	if err := l.Beside.notes.read(loginsPage, &m); err == nil && len(m.Key) > 0 && !l.Anew {
		l.Session.RefuseLogins(m.Key, m.refusals())
	}
	l.read = true
}

// Keep keeps what was refused in this run, for every process to come: on this machine,
// and beside the ledger where the session may write there. Its error is about the latter.
func (l *Logins) Keep(ctx context.Context) error {
	l.keepHere()
	if !l.read || l.Session.Mode() == connect.ReadOnly {
		return nil
	}
	ctx, cancel := LastWords(ctx)
	defer cancel()
	return l.Beside.notes.revise(ctx, loginsPage, func() (any, error) {
		var m refusedLogins
		if err := l.Beside.notes.read(loginsPage, &m); err != nil {
			m = refusedLogins{}
		}
		if !m.add(l.Session, l.Anew) {
			return nil, nil
		}
		return m, nil
	})
}

// keepHere keeps it on this machine. Where that fails the next process tries once more.
func (l *Logins) keepHere() {
	here, strange := readRefused(l.File)
	if l.File == "" || strange != nil || !here.add(l.Session, l.Anew) {
		return
	}
	if data, err := json.Marshal(here); err == nil && os.MkdirAll(filepath.Dir(l.File), 0o700) == nil {
		_ = reconcile.ReplaceFile(l.File, append(data, '\n'))
	}
}

// readRefused reads a memory; one that is missing or damaged is empty. One of a newer
// version may refuse logins in a way that this version would not see, so it is a
// [*reconcile.LedgerError].
func readRefused(file string) (refusedLogins, error) {
	var m refusedLogins
	data, err := os.ReadFile(file)
	if err != nil {
		return m, nil //nolint:nilerr // it need not be there
	}
	if format := formatOf(data); format > pageFormat {
		return m, reconcile.Newer("the memory of refused logins", "file "+file, format, pageFormat,
			"update reconcile; or, once no newer version runs on this machine, remove the file: then each login that was refused is tried once more")
	}
	if json.Unmarshal(data, &m) != nil {
		m = refusedLogins{}
	}
	return m, nil
}
