package reconcile

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

// Acceptance is somebody's word that a change by hand of one path shall be left
// alone for a time. It holds while neither the live value nor the wanted one moves.
type Acceptance struct {
	// Until is the last day it holds, as 2026-12-31.
	Until string `json:"until"`
	// Ticket and By say where it was decided and by whom.
	Ticket string    `json:"ticket"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	// Have and Want are the fingerprints of what was live and of what was wanted.
	Have string `json:"have"`
	Want string `json:"want,omitempty"`
}

// Acceptances are those of one object, by path.
type Acceptances map[string]Acceptance

// UnmarshalJSON reads what is stored, also in its older form, in which one
// acceptance was about many paths and did not know what was wanted.
func (a *Acceptances) UnmarshalJSON(data []byte) error {
	var older struct {
		Acceptance
		Paths map[string]string `json:"paths"`
	}
	plain := map[string]Acceptance{}
	if err := json.Unmarshal(data, &older); err != nil || older.Until == "" {
		err := json.Unmarshal(data, &plain)
		*a = plain
		return err
	}
	for path, have := range older.Paths {
		one := older.Acceptance
		one.Have = have
		plain[path] = one
	}
	*a = plain
	return nil
}

// Accepted tells of paths of one object that stay as somebody left them.
type Accepted struct {
	Paths  []string `json:"paths"`
	Until  string   `json:"until"`
	Ticket string   `json:"ticket"`
	By     string   `json:"by,omitempty"`
}

const (
	// noWish is the fingerprint of a wish that nothing be there, anyWish stands for
	// one that is not known.
	noWish, anyWish = "absent", "any"
	// acceptanceWarning is how long before its end an acceptance is warned of.
	acceptanceWarning = 7 * 24 * time.Hour
)

// wish is the fingerprint of what is wanted, also of what cannot be sent yet.
func (m *maker) wish(want resource.Value) string {
	switch want.Form() {
	case resource.Unset, resource.Absent:
		return noWish
	case resource.Literal, resource.Secret:
		return m.Ledger.Fingerprint(want)
	default:
		return m.reference(want)
	}
}

// accepted reports whether a live value was accepted as it is.
func (m *maker) accepted(e Entry, path string, have, want resource.Value) bool {
	a, ok := e.Accepted[path]
	switch {
	case !ok || m.Now().Format(time.DateOnly) > a.Until || m.overwrites(e.Ref) || have.Form() == resource.Sealed:
		return false
	case a.Have != m.Ledger.Fingerprint(have):
		return false
	case a.Want == "":
		// An older ledger: what was wanted then is what was last written.
		return e.Wrote[path] == m.Ledger.Fingerprint(want)
	default:
		return a.Want == anyWish || a.Want == m.wish(want)
	}
}

// standing lists the paths whose acceptance holds.
func (m *maker) standing(e Entry, live, want map[string]resource.Value) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(e.Accepted)), func(path string) bool {
		return !m.accepted(e, path, live[path], want[path])
	})
}

// still keeps the acceptances of what is live as it was accepted.
func (m *maker) still(e Entry, object resource.Object) Acceptances {
	live, kept := resource.Paths(object.Spec), Acceptances{}
	for path, a := range e.Accepted {
		if a.Have == m.Ledger.Fingerprint(live[path]) {
			kept[path] = a
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

// merge returns what the object shall be: the manifest's wish, and everything
// live that is not ours to touch: what is not managed, ignored, accepted, or went
// back by itself.
func (m *maker) merge(o Desired, s *Step, e Entry) resource.Spec {
	live := resource.Paths(s.work.have.Spec)
	stays := func(path string, want resource.Value) bool {
		_, reset := m.wentBack(o.Kind, e, path, live[path], want)
		return live[path].Form() != resource.Sealed && (m.ignored(o, path) || m.accepted(e, path, live[path], want) || reset)
	}
	merged := o.Kind.Keep(*s.work.have, s.work.want, s.work.own)
	kept := o.Kind.Map(merged, func(path string, v resource.Value) resource.Value {
		have := live[path]
		switch {
		case !stays(path, v):
			return v
		case have.IsSet():
			return have
		default:
			return resource.Nothing()
		}
	})
	return resource.Restore(s.work.have.Spec, kept, func(path string) bool { return stays(path, resource.Value{}) })
}

// tellAccepted notes on a step what of it is accepted, and warns of it: it is a
// difference from the manifest that nobody would see else.
func (m *maker) tellAccepted(s *Step, o Desired, e Entry) {
	if len(e.Accepted) == 0 {
		return
	}
	wanted := resource.Paths(o.Kind.Keep(*s.work.have, s.work.want, s.work.own))
	groups := map[Acceptance][]string{}
	for _, path := range m.standing(e, resource.Paths(s.work.have.Spec), wanted) {
		a := e.Accepted[path]
		word := Acceptance{Until: a.Until, Ticket: a.Ticket, By: a.By}
		groups[word] = append(groups[word], path)
	}
	for word, paths := range groups {
		s.Accepted = append(s.Accepted, Accepted{paths, word.Until, word.Ticket, word.By})
	}
	slices.SortFunc(s.Accepted, func(a, b Accepted) int { return slices.Compare(a.Paths, b.Paths) })
	for _, a := range s.Accepted {
		m.plan.Warnings = append(m.plan.Warnings, a.warning(*s, m.Now()))
	}
}

// warning words an acceptance, louder before it ends.
func (a Accepted) warning(s Step, now time.Time) resource.Fault {
	f := resource.Fault{
		Severity: resource.Warning, Code: "W212", Ref: &s.Ref, Position: s.Position,
		Message: fmt.Sprintf("%s: %s stays as somebody left it until %s (%s)", s.Ref, strings.Join(a.Paths, ", "), a.Until, strings.Join(slices.DeleteFunc([]string{a.Ticket, a.By}, func(t string) bool { return t == "" }), ", ")),
		Remedy:  fmt.Sprintf("to end it: reconcile accept %q --end", s.Ref),
	}
	if now.Add(acceptanceWarning).Format(time.DateOnly) > a.Until {
		f.Code = "W213"
		f.Remedy = fmt.Sprintf("it ends soon: take the change into the manifest, undo it with --overwrite-live %q, or accept it for longer", s.Ref)
	}
	return f
}

// Accept notes in the ledger that the changes by hand of one object are left
// alone; what was accepted before and holds still goes on. It returns the paths, or
// why there are none. Nothing is stored before the ledger is saved.
func (p Plan) Accept(ref resource.Ref, word Acceptance) (paths []string, refused string) {
	m, entry := p.maker, p.maker.Ledger.Entry(ref)
	for _, s := range p.Steps {
		switch {
		case s.Ref != ref || s.Action == RunJob:
			continue
		case s.Action == Create && entry.Owned:
			return nil, "it was deleted by hand, and only a change can be left alone"
		case !entry.Owned:
			return nil, "this integration did not make it, so nothing on it counts as changed by hand"
		case s.work.have == nil:
			return nil, "no interface shows what was changed by hand on it"
		}
		all := Acceptances{}
		for _, a := range s.Accepted {
			for _, path := range a.Paths {
				all[path] = entry.Accepted[path]
			}
		}
		for _, c := range s.Changes {
			if c.Have.Form() != resource.Sealed && c.Path != resource.NamePath && m.byHand(c, entry) {
				word.Have, word.Want = m.Ledger.Fingerprint(c.Have), m.wish(c.Want)
				all[c.Path] = word
				paths = append(paths, c.Path)
			}
		}
		if len(paths) == 0 {
			paths = all.until(word)
		}
		if len(paths) > 0 {
			entry.Accepted = all
			m.Ledger.Put(entry)
			return paths, ""
		}
	}
	return nil, "nothing on it was changed by hand"
}

// until gives what is accepted already the day, ticket and name of another word, and
// returns the paths: somebody accepts it for longer, or for less long.
func (a Acceptances) until(word Acceptance) []string {
	for path, one := range a {
		one.Until, one.Ticket, one.By, one.At = word.Until, word.Ticket, word.By, word.At
		a[path] = one
	}
	return slices.Sorted(maps.Keys(a))
}

// EndAcceptance takes back all that was accepted on an object and returns the
// paths. Nothing is stored before the ledger is saved.
func (p Plan) EndAcceptance(ref resource.Ref) []string {
	entry := p.maker.Ledger.Entry(ref)
	paths := slices.Sorted(maps.Keys(entry.Accepted))
	entry.Accepted = nil
	if len(paths) > 0 {
		p.maker.Ledger.Put(entry)
	}
	return paths
}
