package reconcile

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

// Sightings is what looks at an integration showed: for each object its state and
// what was proven of it, for each real call when it last went well. It lies beside
// the ledger's shards, so that a look needs no lock. It holds no value, only keyed
// fingerprints.
type Sightings struct {
	Format int `json:"format"`
	// At is when it was recorded last.
	At      time.Time           `json:"at"`
	Objects map[string]Sighting `json:"objects,omitempty"`
	Proofs  map[string]Tried    `json:"proofs,omitempty"`
}

// Sighting is what was last seen of one object.
type Sighting struct {
	State State `json:"state"`
	// Code is the failure by which the object is broken.
	Code     string   `json:"code,omitempty"`
	Evidence Evidence `json:"evidence,omitempty"`
	// Since is when the state began, Good when the object was last seen in sync, and
	// At when it was looked at.
	Since time.Time `json:"since"`
	Good  time.Time `json:"good,omitzero"`
	At    time.Time `json:"at"`
	// Seen lists what calls proved of fields that cannot be read.
	Seen []Observation `json:"seen,omitempty"`
	// Counted is what was last counted of the object and was as expected.
	Counted map[string]Counted `json:"counted,omitempty"`
}

// Trial is one real call that was made for an object, and whether it did what it
// has to. Of names the call.
type Trial struct {
	resource.Ref
	Of string
	OK bool
}

// Tried is when a call last went well, and since when it does not; a zero Bad
// means that it does.
type Tried struct {
	Good time.Time `json:"good,omitzero"`
	Bad  time.Time `json:"bad,omitzero"`
}

// sightingsFormat is the version of what is written.
const sightingsFormat = 1

// Usable reports whether this version understands what was read; what it does not
// understand counts as nothing, and costs only memory.
func (s Sightings) Usable() bool { return s.Format == sightingsFormat }

// Tried returns what is remembered of a call.
func (s Sightings) Tried(t Trial) Tried { return s.Proofs[t.key()] }

// key finds a call again. Its name may quote what the manifest says, which the
// ledger never keeps.
func (t Trial) key() string { return t.String() + "|" + digest(t.Of)[len("sha256:"):][:16] }

// Sightings adds what a plan and its proofs show to what was known. news is true
// when something changed that is worth writing down: a state, a proof, a kind of
// evidence; that time went by is none.
func (p Plan) Sightings(old Sightings, trials []Trial) (next Sightings, news bool) {
	now := p.maker.Now().UTC().Truncate(time.Second)
	next = Sightings{Format: sightingsFormat, At: now, Objects: map[string]Sighting{}, Proofs: maps.Clone(old.Proofs)}
	if next.Proofs == nil {
		next.Proofs = map[string]Tried{}
	}
	if len(p.maker.Only) > 0 {
		maps.Copy(next.Objects, old.Objects)
	}
	for _, s := range p.Steps {
		if s.Action == RunJob || s.gone() {
			continue
		}
		before, known := old.Objects[s.String()]
		seen := s.sighting(before, now, countedAt(p.maker.Now()), p.maker.prints(s.Ref))
		next.Objects[s.String()] = seen
		news = news || !known || !seen.like(before) || seen.Code != before.Code
	}
	for _, t := range trials {
		before, known := old.Proofs[t.key()]
		after := before.after(t.OK, now)
		next.Proofs[t.key()] = after
		news = news || !known || after.Bad.IsZero() != before.Bad.IsZero()
	}
	return next.without(p), news
}

// Tally notes what was counted of an object and is as expected.
func (p Plan) Tally(ref resource.Ref, of string, number int) {
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Ref == ref && s.Action != RunJob {
			if s.work.counted == nil {
				s.work.counted = map[string]int{}
			}
			s.work.counted[of] = number
		}
	}
}

// Begun reports whether the integration has a ledger.
func (p Plan) Begun() bool { return p.maker.Ledger.Stored() }

// gone reports whether the step's object is not there any more.
func (s Step) gone() bool {
	return s.Action == Forget || s.Action == Delete && s.Outcome == Applied
}

func (s Step) sighting(before Sighting, now, counted time.Time, prints map[string]string) Sighting {
	seen := Sighting{State: s.State, Evidence: s.Evidence, Since: now, Good: before.Good, At: now, Counted: maps.Clone(before.Counted)}
	for of, number := range s.work.counted {
		if seen.Counted == nil {
			seen.Counted = map[string]Counted{}
		}
		seen.Counted[of] = Counted{Number: number, At: counted}
	}
	if before.State == s.State {
		seen.Since = before.Since
	}
	if s.State == InSync {
		seen.Good = now
	}
	if s.State == Broken {
		seen.Code = s.Code
	}
	for _, f := range s.Facts {
		if f.Evidence == EvidenceProbe {
			seen.Seen = append(seen.Seen, Observation{Path: f.Path, Evidence: f.Evidence, At: f.At, Hash: prints[f.Path]})
		}
	}
	if mv := s.work.moved; mv != nil {
		seen.Seen = append(seen.Seen, Observation{Evidence: EvidenceAuditLog, At: mv.At, By: mv.By, Gone: mv.Gone})
	}
	return seen
}

// like reports whether two sightings differ only in their times.
func (s Sighting) like(o Sighting) bool {
	return s.State == o.State && s.Evidence == o.Evidence && len(s.Counted) == len(o.Counted) && slices.EqualFunc(s.Seen, o.Seen, func(a, b Observation) bool {
		return a.Path == b.Path && a.Evidence == b.Evidence && a.Hash == b.Hash && (a.Evidence != EvidenceAuditLog || a.At.Equal(b.At))
	})
}

func (t Tried) after(ok bool, now time.Time) Tried {
	switch {
	case ok:
		return Tried{Good: now}
	case t.Bad.IsZero():
		return Tried{Good: t.Good, Bad: now}
	default:
		return t
	}
}

// without forgets the calls for objects that are not there any more.
func (s Sightings) without(p Plan) Sightings {
	if len(p.maker.Only) > 0 {
		return s
	}
	maps.DeleteFunc(s.Proofs, func(key string, _ Tried) bool {
		ref, _, _ := strings.Cut(key, "|")
		_, there := s.Objects[ref]
		return !there
	})
	return s
}

// Within drops what matters least until the text fits into limit bytes: objects
// that are in sync by what is read again at each look.
func (s Sightings) Within(limit int) Sightings {
	text, _ := json.Marshal(s)
	size := len(text)
	if size <= limit {
		return s
	}
	s.Objects = maps.Clone(s.Objects)
	for _, name := range slices.Sorted(maps.Keys(s.Objects)) {
		o := s.Objects[name]
		if size > limit && o.State == InSync && len(o.Seen) == 0 {
			one, _ := json.Marshal(o)
			size -= len(one) + len(name) + len(`"":,`)
			delete(s.Objects, name)
		}
	}
	return s
}
