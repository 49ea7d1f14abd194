package reconcile

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"reconcile/pkg/resource"
)

// ErrLedger says that the ledger is lost, damaged or was written by a newer version.
// Nobody may go on by guessing. A [*LedgerError] says which, and what to do.
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
	// Protected is true when the manifest last said protect: true.
	Protected bool `json:"protected,omitempty"`
	// From maps each path that held an output of another object to a fingerprint of
	// which output that was.
	From map[string]string `json:"from,omitempty"`
	// FormerID is the identifier before ID; it says what stands where the old one is
	// still in use. Without Owned it is the one under which the object was ours, and
	// somebody else's has its name now.
	FormerID string `json:"formerID,omitempty"`
	// Wrote maps each path this integration wrote to a keyed 8-byte fingerprint.
	Wrote map[string]string `json:"wrote,omitempty"`
	// Secrets are the paths of Wrote, sorted, at which a secret was written and nothing
	// else has taken its place. Entries of an older version do not say: nil.
	Secrets []string `json:"secrets,omitzero"`
	// Labels maps the path of a secret to its plain label.
	Labels map[string]string `json:"labels,omitempty"`
	// Since maps the path of a secret to the time at which another one than before
	// was written there.
	Since map[string]time.Time `json:"since,omitempty"`
	// Untouched is a keyed fingerprint of the version in which this integration left the
	// object, with no secret in it that another hand wrote; "" where that is not known.
	Untouched string `json:"untouched,omitempty"`
	// Intent is what was about to be done when the entry was last saved.
	Intent *Intent `json:"intent,omitempty"`
	// Owed is true when a job has to run because something it needs changed.
	Owed bool `json:"owed,omitempty"`
	// Due is when something that a job needs was last changed and no run since is
	// known; zero when nothing was.
	Due time.Time `json:"due,omitzero"`
	// Ran are the runs of a job that people reported, the newest first.
	Ran []Ran `json:"ran,omitempty"`
	// Counted is what was counted before a step of the object was last done.
	Counted map[string]Counted `json:"counted,omitempty"`
	// Accepted is what was changed by hand and shall be left alone for a time.
	Accepted Acceptances `json:"accepted,omitempty"`
	// Seen lists what is known of the object, and how.
	Seen []Observation `json:"seen,omitempty"`
}

// lost is the identifier under which an object was ours that is not any more.
func (e Entry) lost() string {
	if e.Owned {
		return ""
	}
	return e.FormerID
}

// UnmarshalJSON implements [json.Unmarshaler]: earlier versions kept the identifier
// of an object that was lost under a name of its own.
func (e *Entry) UnmarshalJSON(text []byte) error {
	type entry Entry
	old := struct {
		*entry
		Lost string `json:"lost"`
	}{entry: (*entry)(e)}
	err := json.Unmarshal(text, &old)
	e.FormerID = cmp.Or(e.FormerID, old.Lost)
	return err
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
}

// Stored is what a store holds.
type Stored struct {
	// Shards are those of all integrations that keep their ledgers in this place, and
	// of those elsewhere whose objects lie in the same place.
	Shards []Shard
	// Traces name what lies beside the shards and is written only beside a ledger that
	// has begun.
	Traces []string
}

// Store keeps shards.
type Store interface {
	// Place says to people where a shard of this name is.
	Place(name string) string
	// Load reads all that is there.
	Load(ctx context.Context) (Stored, error)
	// Write returns the new version, and an error when the stored shard is not the one
	// that was loaded.
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
	// foreign is what other integrations own.
	foreign foreign
	// tally counts the runs that wrote; counted is true once it counts this one.
	tally   Tally
	counted bool
	// anew is true when this ledger takes the place of one that is lost.
	anew bool
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
	Key string `json:"key,omitempty"`
	// Check tells a key that was altered. Older headers lack it.
	Check  string `json:"check,omitempty"`
	Shards int    `json:"shards,omitempty"`
	Lock   int    `json:"lock,omitempty"`
	// Tally is in shard 0, too. Older headers lack it.
	Tally *Tally `json:"tally,omitempty"`
}

// LedgerName returns the name that all shards of an integration start with.
func LedgerName(id string) string { return LedgerPrefix + id + "-" }

// LedgerPrefix is what the shards of all integrations start with.
const LedgerPrefix = "reconcile-ledger-"

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
func (l *Ledger) Stored() bool {
	return slices.ContainsFunc(l.shards, func(s *shard) bool { return s.version != "" })
}

// Written reports whether anything was stored since the ledger was opened.
func (l *Ledger) Written() bool { return l.writes > 0 }

// Mark is what pages and claims beside a ledger that has begun carry, so that its loss
// shows; "" before it has begun.
func (l *Ledger) Mark() string {
	if !l.Stored() {
		return ""
	}
	return keyCheck(l.key)
}

// Anew reports whether this ledger takes the place of one that is lost.
func (l *Ledger) Anew() bool { return l.anew }

// LastLock returns the number of the lock under which the ledger was last written.
func (l *Ledger) LastLock() int { return l.last }

// Fingerprint returns the keyed fingerprint of a value.
func (l *Ledger) Fingerprint(v resource.Value) string { return v.Hash(l.key) }

// Put replaces what is known of an object. Nothing is stored before Save.
func (l *Ledger) Put(e Entry) { l.entries[e.Ref] = &e }

// Drop forgets an object. Nothing is stored before Save.
func (l *Ledger) Drop(ref resource.Ref) { delete(l.entries, ref) }

// Point returns a way back to what is known now, as often as it is called.
func (l *Ledger) Point() (back func()) {
	// Put replaces entries and never changes one, so that the map is all there is.
	before, tally, counted := maps.Clone(l.entries), l.tally, l.counted
	return func() { l.entries, l.tally, l.counted = maps.Clone(before), tally, counted }
}
