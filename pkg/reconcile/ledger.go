package reconcile

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"reconcile/pkg/resource"
)

// ErrLedger says that the ledger is damaged or was written by a newer version.
// Nobody may go on by guessing.
var ErrLedger = errors.New("the ledger cannot be used")

// Entry is what the ledger keeps of one object. It never holds a property value
// and never a secret, only keyed fingerprints.
type Entry struct {
	resource.Ref
	// Owned is true when this integration made or adopted the object, Adopted when
	// it was the latter.
	Owned   bool `json:"owned,omitempty"`
	Adopted bool `json:"adopted,omitempty"`
	// ID is the service's own identifier, Via the way it was written.
	ID  string       `json:"id,omitempty"`
	Via resource.Way `json:"via,omitempty"`
	// Wrote maps each path this integration wrote to a keyed 8-byte fingerprint.
	Wrote map[string]string `json:"wrote,omitempty"`
	// Labels maps the path of a secret to its plain label.
	Labels map[string]string `json:"labels,omitempty"`
	// Since maps the path of a secret to the time at which another one than before
	// was written there.
	Since map[string]time.Time `json:"since,omitempty"`
	// Intent is what was about to be done when the entry was last saved.
	Intent *Intent `json:"intent,omitempty"`
	// Owed is true when a job has to run because something it needs changed.
	Owed bool `json:"owed,omitempty"`
	// Counted is what was counted before a step of the object was last done.
	Counted map[string]Counted `json:"counted,omitempty"`
	// Accepted is a state made by hand that shall be left alone for a time.
	Accepted *Acceptance `json:"accepted,omitempty"`
	// Seen lists what is known of the object, and how.
	Seen []Observation `json:"seen,omitempty"`
}

// Counted is a number and when it was seen.
type Counted struct {
	Number int       `json:"number"`
	At     time.Time `json:"at"`
}

// Observation is one thing known of an object.
type Observation struct {
	// Path is a JSON pointer; empty means the whole object.
	Path     string    `json:"path,omitempty"`
	Evidence Evidence  `json:"evidence"`
	At       time.Time `json:"at"`
	// By names who said so, or whom a log names; Hash is what was seen. Gone says that
	// a log tells of a deletion.
	By   string `json:"by,omitempty"`
	Hash string `json:"hash,omitempty"`
	Gone bool   `json:"gone,omitempty"`
}

// Evidence says how something is known, strongest first.
type Evidence string

// The kinds of evidence.
const (
	EvidenceRead     Evidence = "read"
	EvidenceExport   Evidence = "export"
	EvidenceProbe    Evidence = "probe"
	EvidenceAuditLog Evidence = "auditlog"
	EvidenceReported Evidence = "reported"
	EvidenceUnseen   Evidence = "unseen"
)

// Shard is one stored piece of the ledger.
type Shard struct {
	Name string
	// Version guards against overwriting another run's shard; "" is a new one.
	Version    string
	Properties map[string]string
	// Foreign marks a shard of another integration's ledger, which lies in the same
	// place. It is only read.
	Foreign bool
}

// Store keeps shards. Write returns the new version, and an error when the
// stored shard is not the one that was loaded.
type Store interface {
	Load(ctx context.Context) ([]Shard, error)
	Write(ctx context.Context, s Shard) (version string, err error)
}

// Identity is what an integration is known by everywhere.
type Identity struct{ Name, Stage string }

// String returns the identity as it stands in names. Two identities may share it:
// a-b of stage c, and a of stage b-c.
func (i Identity) String() string { return i.Name + "-" + i.Stage }

// Ledger is the memory of one integration. It is safe for one goroutine.
type Ledger struct {
	who     Identity
	store   Store
	key     []byte
	entries map[resource.Ref]*Entry
	shards  []*shard
	// lock guards the writes, where there is one; last is the number of the last
	// lock under which the ledger was written.
	lock *Lock
	last int
	// claimed tells which other integrations of the same place own an object.
	claimed map[resource.Ref]string
	// writes counts the shards that were written.
	writes int
}

type shard struct {
	name, version string
	properties    map[string]string
	dirty         bool
}

const (
	// ledgerFormat is the version of what is written.
	ledgerFormat = 1
	// metaProperty holds the shard's header.
	metaProperty = "reconcile"
	// shardLimit is the size of a shard in bytes, names and values together. The
	// service documents no limit for fragments, so it is kept modest.
	shardLimit = 32 << 10
)

// header describes a shard.
type header struct {
	Format      int    `json:"format"`
	Integration string `json:"integration"`
	// Name and Stage tell apart what Integration cannot. Older headers lack them.
	Name  string `json:"name,omitempty"`
	Stage string `json:"stage,omitempty"`
	// Key keys the fingerprints, Shards counts the shards, and Lock is the number of
	// the lock under which the ledger was last written. All in shard 0 only.
	Key    string `json:"key,omitempty"`
	Shards int    `json:"shards,omitempty"`
	Lock   int    `json:"lock,omitempty"`
}

// LedgerName returns the name that all shards of an integration start with.
func LedgerName(id string) string { return LedgerPrefix + id + "-" }

// LedgerPrefix is what the shards of all integrations start with.
const LedgerPrefix = "reconcile-ledger-"

// OpenLedger loads the ledger of an integration. A ledger that does not exist
// yet is empty; one that is incomplete, damaged or newer is ErrLedger.
func OpenLedger(ctx context.Context, who Identity, store Store) (*Ledger, error) {
	l := &Ledger{who: who, store: store, entries: map[resource.Ref]*Entry{}}
	stored, err := store.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the ledger of %s: %w", who, err)
	}
	l.claims(stored)
	stored = slices.DeleteFunc(stored, func(s Shard) bool { return s.Foreign })
	slices.SortFunc(stored, func(a, b Shard) int {
		return cmp.Or(cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	for i, s := range stored {
		if err := l.read(i, s); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrLedger, s.Name, err)
		}
	}
	if len(stored) == 0 {
		l.key = make([]byte, 32)
		_, err = rand.Read(l.key)
	}
	return l, errors.Join(err, l.complete())
}

// claims notes what other integrations own. A shard that cannot be read claims
// nothing: it is not ours to judge.
func (l *Ledger) claims(stored []Shard) {
	l.claimed = map[resource.Ref]string{}
	for _, s := range stored {
		var h header
		if !s.Foreign || json.Unmarshal([]byte(s.Properties[metaProperty]), &h) != nil || h.Format != ledgerFormat {
			continue
		}
		for name, text := range s.Properties {
			var e Entry
			if name != metaProperty && json.Unmarshal([]byte(text), &e) == nil && e.Owned {
				l.claimed[e.Ref] = h.Integration
			}
		}
	}
}

func (l *Ledger) read(index int, s Shard) error {
	var h header
	if err := json.Unmarshal([]byte(s.Properties[metaProperty]), &h); err != nil {
		return errors.New("its header is damaged")
	}
	if err := l.check(index, s.Name, h); err != nil {
		return err
	}
	if index == 0 {
		key, err := base64.StdEncoding.DecodeString(h.Key)
		if err != nil || len(key) == 0 {
			return errors.New("its key is damaged")
		}
		l.key, l.last = key, h.Lock
	}
	for name, text := range s.Properties {
		if name == metaProperty {
			continue
		}
		entry := &Entry{}
		if err := json.Unmarshal([]byte(text), entry); err != nil || entry.Kind == "" {
			return fmt.Errorf("entry %q is damaged", name)
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

func (l *Ledger) check(index int, name string, h header) error {
	switch {
	case h.Format > ledgerFormat:
		return fmt.Errorf("it was written by a newer version (format %d, this one knows %d): update reconcile", h.Format, ledgerFormat)
	case h.Format < 1:
		return errors.New("its header is damaged")
	case h.Integration != l.who.String():
		return fmt.Errorf("it belongs to integration %q", h.Integration)
	case h.Name+h.Stage != "" && h.who() != l.who:
		return fmt.Errorf("it belongs to integration %q of stage %q, and this is %q of stage %q: rename one of them, or keep its ledger elsewhere with --ledger",
			h.Name, h.Stage, l.who.Name, l.who.Stage)
	case name != l.shardName(index):
		return fmt.Errorf("shard %d is missing", index)
	}
	return nil
}

func (h header) who() Identity { return Identity{h.Name, h.Stage} }

func (l *Ledger) shardName(index int) string {
	return fmt.Sprintf("%s%d", LedgerName(l.who.String()), index)
}

// complete reports whether every shard that the first one counts was loaded.
func (l *Ledger) complete() error {
	if len(l.shards) == 0 {
		return nil
	}
	var h header
	_ = json.Unmarshal([]byte(l.shards[0].properties[metaProperty]), &h)
	if h.Shards > len(l.shards) {
		return fmt.Errorf("%w: %d of %d shards are missing", ErrLedger, h.Shards-len(l.shards), h.Shards)
	}
	return nil
}

// Entry returns what is known of an object; the zero Entry when nothing is.
func (l *Ledger) Entry(ref resource.Ref) Entry {
	if e, ok := l.entries[ref]; ok {
		return *e
	}
	return Entry{Ref: ref}
}

// Refs lists all objects the ledger knows, sorted.
func (l *Ledger) Refs() []resource.Ref {
	return slices.SortedFunc(maps.Keys(l.entries), resource.Ref.Compare)
}

// Stored reports whether the ledger was ever written: fingerprints of one that was
// not mean nothing to the next run.
func (l *Ledger) Stored() bool { return len(l.shards) > 0 }

// LastLock returns the number of the lock under which the ledger was last written.
func (l *Ledger) LastLock() int { return l.last }

// Fingerprint returns the keyed fingerprint of a value.
func (l *Ledger) Fingerprint(v resource.Value) string { return v.Hash(l.key) }

// Put replaces what is known of an object. Nothing is stored before Save.
func (l *Ledger) Put(e Entry) { l.entries[e.Ref] = &e }

// Drop forgets an object. Nothing is stored before Save.
func (l *Ledger) Drop(ref resource.Ref) { delete(l.entries, ref) }

// mark returns a way back to what is known now.
func (l *Ledger) mark() (back func()) {
	// Put replaces entries and never changes one, so that the map is all there is.
	before := maps.Clone(l.entries)
	return func() { l.entries = before }
}
