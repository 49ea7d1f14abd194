package reconcile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"reconcile/pkg/resource"
)

// StaleAfter is the age from which a snapshot says little of what is live.
const StaleAfter = 24 * time.Hour

// Past is a snapshot to plan on. Secrets are compared by keyed fingerprints where
// there are any and the secret is set, else by label, else not at all.
type Past struct {
	// Taken is when the services were read.
	Taken  time.Time
	hashes map[resource.Ref]map[string]string
	// present are objects that are there although nothing shows them.
	present map[resource.Ref]bool
	// keyed is true when fingerprints can be taken of what the manifest wants.
	keyed bool
}

// Recall makes a snapshot something to plan on: kinds that list what it holds and
// refuse every write, and a ledger that cannot be saved. key is what SnapshotKey
// derived, nil where secrets shall not be compared.
func (s Snapshot) Recall(kinds []resource.Kind, key []byte) (*Past, []resource.Kind, *Ledger, error) {
	if key != nil && resource.Text(checkText).Hash(key) != s.Check {
		return nil, nil, nil, errors.New("its fingerprints were taken with another key")
	}
	past := &Past{Taken: s.Taken, keyed: key != nil, hashes: map[resource.Ref]map[string]string{}, present: map[resource.Ref]bool{}}
	for _, ref := range s.Present {
		past.present[ref] = true
	}
	recorded := make([]resource.Kind, len(kinds))
	live := map[resource.Ref]map[string]resource.Value{}
	for i, k := range kinds {
		var objects []resource.Object
		for _, o := range s.Objects {
			if o.Kind != k.Name() {
				continue
			}
			spec, err := o.spec(k)
			if err != nil {
				return nil, nil, nil, fmt.Errorf("%s: %w", o.Ref, err)
			}
			past.hashes[o.Ref], live[o.Ref] = o.Hidden, resource.Paths(spec)
			objects = append(objects, resource.Object{Name: o.Name, ID: o.ID, Spec: spec})
		}
		recorded[i] = resource.ReadBefore(k, objects)
	}
	ledger, err := s.ledger(key, live)
	return past, recorded, ledger, err
}

// spec reads one object with its hidden values sealed.
func (o Pictured) spec(k resource.Kind) (resource.Spec, error) {
	_, spec, err := k.Decode(o.Spec)
	if err != nil {
		return nil, err
	}
	return k.Normalize(o.Name, k.Map(spec, func(path string, v resource.Value) resource.Value {
		if _, hidden := o.Hidden[path]; hidden {
			return resource.Seal()
		}
		return v
	})), nil
}

// elsewhere stands for a fingerprint that no value has.
const elsewhere = "elsewhere"

// ledger makes one that knows what the snapshot says.
func (s Snapshot) ledger(key []byte, live map[resource.Ref]map[string]resource.Value) (*Ledger, error) {
	l := &Ledger{
		who: Identity{s.Integration, s.Stage}, store: noStore{}, key: key,
		entries: map[resource.Ref]*Entry{}, foreign: foreign{claimed: map[resource.Ref]string{}},
	}
	var err error
	if key == nil {
		l.key = make([]byte, keySize)
		_, err = rand.Read(l.key)
	}
	for _, r := range s.Ledger {
		if r.ClaimedBy != "" {
			l.foreign.claimed[r.Ref] = r.ClaimedBy
		}
		if r.Owned || r.Owed || r.Lost != "" {
			l.Put(r.entry(l, live[r.Ref]))
		}
	}
	return l, err
}

// entry takes the fingerprints anew, with the key of l.
func (r Remembered) entry(l *Ledger, live map[string]resource.Value) Entry {
	e := Entry{Ref: r.Ref, Owned: r.Owned, Adopted: r.Adopted, ID: r.ID, FormerID: r.Lost, Protected: r.Protected, Via: r.Via, Labels: r.Labels, Owed: r.Owed, Seen: r.Seen, Wrote: map[string]string{}}
	// What is a secret, the snapshot does not show.
	e.Secrets = []string{}
	for _, path := range r.Unmoved {
		e.Wrote[path] = l.Fingerprint(live[path])
		if e.Wrote[path] == "" {
			e.Wrote[path] = elsewhere
		}
	}
	for path, text := range r.Wanted {
		e.Wrote[path] = l.Fingerprint(resource.Text(text))
	}
	for _, path := range r.Moved {
		e.Wrote[path] = moved
	}
	for path, text := range r.From {
		if e.From == nil {
			e.From = map[string]string{}
		}
		if e.From[path] = moved; text != moved {
			e.From[path] = l.Fingerprint(resource.Text(text))
		}
	}
	for path, a := range r.Accepted {
		if e.Accepted == nil {
			e.Accepted = Acceptances{}
		}
		one := Acceptance{Until: a.Until, Ticket: a.Ticket, Have: l.Fingerprint(live[path]), Want: anyWish}
		if a.Wanted != nil {
			one.Want = l.Fingerprint(resource.Text(*a.Wanted))
		}
		e.Accepted[path] = one
	}
	return e
}

// moved marks a path that was changed by hand, which of a hidden value is all that
// is known.
const moved = "moved"

// noStore is where the ledger of a snapshot lies: nowhere.
type noStore struct{}

func (noStore) Place(string) string { return "the snapshot" }

func (noStore) Load(context.Context) (Stored, error) { return Stored{}, nil }

func (noStore) Write(context.Context, Shard) (string, error) { return "", resource.ErrOffline }

// stale reports whether what is known is old.
func (p *Past) stale(now time.Time) bool { return p != nil && now.Sub(p.Taken) > StaleAfter }

// has reports whether an object that no interface shows is there.
func (p *Past) has(ref resource.Ref) bool { return p != nil && p.present[ref] }

// recalledEqual decides about what a snapshot hides, or the reader has no value
// for. What cannot be compared counts as equal, and is told.
func (m *maker) recalledEqual(c resource.Change, e Entry, taking bool) bool {
	want := c.Want
	if want.Form() == resource.Pending {
		want = m.output(want.From())
	}
	unset, sealed := want.Form() == resource.External, c.Have.Form() == resource.Sealed
	if !want.Sensitive() || !unset && !sealed || !c.Have.IsSet() {
		return false
	}
	hash, print := m.Past.hashes[e.Ref][c.Path], m.Ledger.Fingerprint(want)
	if m.Past.keyed && hash != "" && print != "" {
		return hash == print
	}
	if m.Past.keyed && hash == "" && print != "" {
		// No interface shows it: it was never written by this integration, or was
		// another one than the manifest wanted then.
		return e.Wrote[c.Path] == "" && !e.Owned && !taking
	}
	return m.blind(e, c.Path, want)
}

// blind counts a value as equal that cannot be compared, and says so, unless its
// label tells that it is another one.
func (m *maker) blind(e Entry, path string, want resource.Value) bool {
	if label, known := e.Labels[path]; known && label != want.Label() {
		return false
	}
	m.plan.Blind = append(m.plan.Blind, e.String()+" "+path)
	return true
}

// recalledSame decides about a value of an object that was reported, whose
// fingerprint the snapshot does not hold.
func (m *maker) recalledSame(want resource.Value, e Entry, path string) bool {
	if want.Form() == resource.Pending {
		want = m.output(want.From())
	}
	return m.blind(e, path, want)
}
