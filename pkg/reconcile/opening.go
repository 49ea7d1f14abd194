package reconcile

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"reconcile/pkg/resource"
)

// LedgerError says why a ledger cannot be used. It is an [ErrLedger].
type LedgerError struct {
	// Code is that of the catalogue.
	Code string
	Who  Identity
	// What cannot be used; "" is the ledger itself.
	What string
	// Where is the file or fragment, Reason what is wrong with it, as one sentence.
	Where, Reason string
	Remedy        string
}

// Error names the integration, the place and what is wrong.
func (e *LedgerError) Error() string {
	of := ""
	if e.Who != (Identity{}) {
		of = " of " + e.Who.String()
	}
	return fmt.Sprintf("%s%s cannot be used: %s", cmp.Or(e.What, "the ledger"), of, strings.TrimSpace(e.Where+" "+e.Reason))
}

// Is makes it an ErrLedger.
func (e *LedgerError) Is(target error) bool { return target == ErrLedger }

const (
	startAnew = "or start a new one with --new-ledger. The price: nothing is owned any more, and what shall be managed again has to be taken over with --adopt"
	backUp    = "restore it from a backup, as new as can be had; or take it away and "
)

// ledgerProblem words what is wrong with a ledger, in a place.
type ledgerProblem func(where string) *LedgerError

func damaged(format string, args ...any) ledgerProblem {
	return func(where string) *LedgerError {
		return &LedgerError{Code: "E221", Where: where, Reason: "is damaged: " + fmt.Sprintf(format, args...), Remedy: backUp + strings.TrimPrefix(startAnew, "or ")}
	}
}

// unusable is the problem of a place where a ledger cannot be, so that nobody can tell
// whether it is there and whole.
func unusable(cause error) ledgerProblem {
	reason := cause.Error()
	if at, ok := errors.AsType[*fs.PathError](cause); ok {
		reason = at.Err.Error()
	}
	return func(where string) *LedgerError {
		return &LedgerError{
			Code: "E221", Where: where, Reason: "cannot be read or written: " + reason,
			Remedy: "see that it is a file that you may read and write, in a folder that is there; or give the --ledger that earlier runs had",
		}
	}
}

func newer(format int) ledgerProblem {
	return func(where string) *LedgerError {
		return Newer("", where, format, ledgerFormat, "update reconcile: the ledger is whole, and a new one would forget what is owned")
	}
}

// Newer is the error of what belongs to a ledger, or is remembered like one, and was
// written by a newer version: what names it, known is the format of this version.
func Newer(what, where string, format, known int, remedy string) *LedgerError {
	return &LedgerError{
		Code: "E222", What: what, Where: where, Remedy: remedy,
		Reason: fmt.Sprintf("was written by a newer version (format %d, this one knows %d)", format, known),
	}
}

func otherOwner(format string, args ...any) ledgerProblem {
	return func(where string) *LedgerError {
		return &LedgerError{
			Code: "E223", Where: where, Reason: "belongs to " + fmt.Sprintf(format, args...),
			Remedy: "rename one of the two, or keep its ledger elsewhere with --ledger",
		}
	}
}

// OpenLedger loads the ledger of an integration. One that has not begun is empty; one
// that is lost, incomplete, damaged or newer is a [*LedgerError].
func OpenLedger(ctx context.Context, who Identity, store Store) (*Ledger, error) {
	return open(ctx, who, store, false)
}

// StartLedger is OpenLedger for those who know that the ledger is lost and want to go
// on without it: then it is empty, and Anew.
func StartLedger(ctx context.Context, who Identity, store Store) (*Ledger, error) {
	return open(ctx, who, store, true)
}

func open(ctx context.Context, who Identity, store Store, anew bool) (*Ledger, error) {
	l := &Ledger{who: who, store: store, entries: map[resource.Ref]*Entry{}}
	stored, err := store.Load(ctx)
	if wrong, ok := errors.AsType[*LedgerError](err); ok {
		wrong.Who = who
		return nil, wrong
	}
	if err != nil {
		return nil, fmt.Errorf("load the ledger of %s: %w", who, err)
	}
	own := l.sort(stored.Shards)
	for i, s := range own {
		if wrong := l.read(i, s); wrong != nil {
			return nil, l.problem(s.Name, wrong)
		}
	}
	if len(own) > 0 {
		return l, l.complete()
	}
	if l.anew = anew && len(stored.Traces) > 0; len(stored.Traces) > 0 && !anew {
		return nil, l.gone(stored.Traces)
	}
	l.key = make([]byte, keySize)
	_, err = rand.Read(l.key)
	return l, err
}

// DamagedPage is the error of a page beside the ledger that cannot be read.
func DamagedPage(where string) error {
	return &LedgerError{
		Code: "E221", Where: where, Reason: "is damaged: it cannot be read",
		Remedy: "restore it from a backup; or take it away: then only what it told is forgotten",
	}
}

// Anew reports whether the integration starts with a new ledger because its own is
// lost.
func (p Plan) Anew() bool { return p.maker != nil && p.maker.Ledger.Anew() }

// gone is the error of a ledger that is not there although it was.
func (l *Ledger) gone(traces []string) error {
	be := " is"
	if len(traces) > 1 {
		be = " are"
	}
	return &LedgerError{
		Code: "E220", Who: l.who,
		Reason: "it is gone from " + l.store.Place("") + ", but " + strings.Join(traces, " and ") + be + " there, so it had one",
		Remedy: "restore it from a backup, or give the --ledger that earlier runs had; " + startAnew,
	}
}

func (l *Ledger) problem(shard string, wrong ledgerProblem) error {
	e := wrong(l.store.Place(shard))
	e.Who = l.who
	return e
}

// sort keeps apart what is this integration's, in its order, and what others own.
func (l *Ledger) sort(all []Shard) (own []Shard) {
	l.foreign = foreign{
		claimed: map[resource.Ref]string{}, suspected: map[string]string{},
		secrets: map[resource.Ref]map[string]bool{}, taking: map[resource.Ref]taker{},
	}
	for _, s := range all {
		switch id, _, ok := shardOf(s.Name); {
		case ok && id == l.who.String():
			own = append(own, s)
		case ok:
			l.foreign.read(l.store.Place(s.Name), id, s)
		}
	}
	slices.SortFunc(own, func(a, b Shard) int {
		return cmp.Or(cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	return own
}

// read takes in a shard, and says what is wrong with it.
func (l *Ledger) read(index int, s Shard) ledgerProblem {
	var h header
	if err := json.Unmarshal([]byte(s.Properties[metaProperty]), &h); err != nil {
		return damaged("its header cannot be read")
	}
	if wrong := l.check(index, s.Name, h); wrong != nil {
		return wrong
	}
	if index == 0 {
		key, err := base64.StdEncoding.DecodeString(h.Key)
		// A wrong key makes every object look changed by hand.
		if err != nil || len(key) != keySize || h.Check != "" && h.Check != keyCheck(key) {
			return damaged("its key is not the one that it was written with")
		}
		l.key, l.last = key, h.Lock
		if h.Tally != nil {
			l.tally = *h.Tally
		}
		if !l.tally.sound() {
			return damaged("its count of runs contradicts itself")
		}
	}
	for name, text := range s.Properties {
		if name == metaProperty {
			continue
		}
		entry := &Entry{}
		if err := json.Unmarshal([]byte(text), entry); err != nil || entry.Kind == "" {
			return damaged("its entry %q cannot be read", name)
		}
		// Else two entries could tell of one object, and chance would choose.
		if name != propertyName(entry.Ref) {
			return damaged("its entry %q tells of %s, which has another place", name, entry.Ref)
		}
		l.removeDouble(name)
		l.entries[entry.Ref] = entry
	}
	l.shards = append(l.shards, &shard{name: s.Name, version: s.Version, properties: maps.Clone(s.Properties)})
	return nil
}

// removeDouble takes an entry out of earlier shards: a crash between two writes
// leaves it in both, and the later one is the newer.
func (l *Ledger) removeDouble(name string) {
	for _, s := range l.shards {
		if _, ok := s.properties[name]; ok {
			delete(s.properties, name)
			s.dirty = true
		}
	}
}

func (l *Ledger) check(index int, name string, h header) ledgerProblem {
	switch {
	case h.Format > ledgerFormat:
		return newer(h.Format)
	case h.Format < 1:
		return damaged("its header has no format")
	case h.Integration != l.who.String():
		return otherOwner("integration %q", h.Integration)
	case h.Name+h.Stage != "" && h.who() != l.who:
		return otherOwner("integration %q of stage %q, and this is %q of stage %q", h.Name, h.Stage, l.who.Name, l.who.Stage)
	case name != l.shardName(index):
		return damaged("shard %d before it is missing", index)
	}
	return nil
}

func (h header) who() Identity { return Identity{h.Name, h.Stage} }

// complete reports whether every shard that the first one counts was loaded.
func (l *Ledger) complete() error {
	var h header
	_ = json.Unmarshal([]byte(l.shards[0].properties[metaProperty]), &h)
	if missing := h.Shards - len(l.shards); missing > 0 {
		return l.problem("", damaged("%d of %d shards are missing", missing, h.Shards))
	}
	return nil
}

// keySize is the length of a ledger's key in bytes.
const keySize = 32

// keyCheck is a value by which a key is known without telling it.
func keyCheck(key []byte) string {
	sum := hmac.New(sha256.New, key)
	_, _ = sum.Write([]byte("reconcile ledger")) // never fails
	return hex.EncodeToString(sum.Sum(nil)[:8])
}
