package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"reconcile/pkg/resource"
)

// Acceptance is somebody's word that a change by hand shall be left alone for a
// time. It holds for exactly the state that was accepted.
type Acceptance struct {
	// Until is the last day it holds, as 2026-12-31.
	Until string `json:"until"`
	// Ticket and By say where it was decided and by whom.
	Ticket string    `json:"ticket"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	// Paths maps what was accepted to the fingerprint of the live value.
	Paths map[string]string `json:"paths"`
}

// holds reports whether the acceptance is in force.
func (a *Acceptance) holds(now time.Time) bool {
	return a != nil && now.Format(time.DateOnly) <= a.Until
}

// accepted reports whether a live value was accepted as it is.
func (m *maker) accepted(e Entry, path string, have resource.Value) bool {
	if !e.Accepted.holds(m.Now()) {
		return false
	}
	hash, ok := e.Accepted.Paths[path]
	return ok && hash == m.Ledger.Fingerprint(have)
}

// merge returns what the object shall be: the manifest's wish, and everything
// live that is not ours to touch: what is not managed, ignored, or accepted.
func (m *maker) merge(o Desired, s *Step, e Entry) resource.Spec {
	live := resource.Paths(s.work.have.Spec)
	merged := o.Kind.Keep(*s.work.have, s.work.want, s.work.own)
	return o.Kind.Map(merged, func(path string, v resource.Value) resource.Value {
		have := live[path]
		switch {
		case have.Form() == resource.Sealed || !m.ignored(o, path) && !m.accepted(e, path, have):
			return v
		case have.IsSet():
			return have
		default:
			return resource.Nothing()
		}
	})
}

// Accept notes in the ledger that the changes by hand of one object are left
// alone. It returns the paths; none means that nothing was changed by hand, which
// can be said only of what this integration owns. Nothing is stored before the
// ledger is saved.
func (p Plan) Accept(ref resource.Ref, word Acceptance) []string {
	for _, s := range p.Steps {
		if s.Ref != ref || s.Action == RunJob || s.work.have == nil {
			continue
		}
		word.Paths = map[string]string{}
		var paths []string
		for _, c := range s.Changes {
			if c.Origin != resource.OriginLive && c.Origin != resource.OriginBoth || c.Have.Form() == resource.Sealed {
				continue
			}
			word.Paths[c.Path] = p.maker.Ledger.Fingerprint(c.Have)
			paths = append(paths, c.Path)
		}
		if len(paths) == 0 {
			return nil
		}
		entry := p.maker.Ledger.Entry(ref)
		entry.Accepted = &word
		p.maker.Ledger.Put(entry)
		return paths
	}
	return nil
}

// Ledger returns the ledger that the plan was made on.
func (p Plan) Ledger() *Ledger { return p.maker.Ledger }

// overwrites reports whether somebody allowed to undo the changes of an object.
func (m *maker) overwrites(ref resource.Ref) bool {
	return slices.Contains(m.Policy.OverwriteLive, ref)
}

// refuseLive stops at what somebody changed by hand, where the policy says so.
func (m *maker) refuseLive(s Step) {
	if m.Policy.LiveChanges != resource.StopAtChanges || m.overwrites(s.Ref) {
		return
	}
	entry := m.Ledger.Entry(s.Ref)
	remedy := fmt.Sprintf("take it into the manifest, undo it with --overwrite-live %q, or leave it for a time: reconcile accept %q --until DATE --ticket TICKET", s.Ref, s.Ref)
	if s.Action == Create && entry.Owned {
		m.refuse("E204", s, "was deleted by hand"+since(entry)+", and the manifest wants it",
			fmt.Sprintf("take it out of the manifest, or make it again with --overwrite-live %q", s.Ref))
	}
	if s.Action != Update {
		return
	}
	for _, c := range s.Changes {
		if m.byHand(c, entry) {
			m.refuse("E204", s, fmt.Sprintf("%s was changed by hand%s: it is %s, and the manifest says %s", c.Path, since(entry), told(c.Have), told(c.Want)), remedy)
		}
	}
}

// byHand reports whether somebody changed the very value. One that follows an
// object that somebody made anew is told with that.
func (m *maker) byHand(c resource.Change, e Entry) bool {
	follows := m.carries(e.Ref, c.Path) && m.Ledger.Fingerprint(c.Have) == e.Wrote[c.Path]
	return (c.Origin == resource.OriginLive || c.Origin == resource.OriginBoth) && !follows
}

// since says when an object was last seen as this integration left it.
func since(e Entry) string {
	for _, seen := range slices.Backward(e.Seen) {
		if seen.Path == "" && seen.Evidence == EvidenceRead {
			return " after " + seen.At.UTC().Format(time.RFC3339)
		}
	}
	return ""
}

// told words a value in a message.
func told(v resource.Value) string {
	switch v.Form() {
	case resource.Unset, resource.Absent:
		return "absent"
	case resource.Literal:
		return fmt.Sprintf("%q", v.Text())
	default:
		return v.String()
	}
}

// refuseClaimed stops before a write to what another integration owns, under the
// name that the manifest gives it or the one that is live.
func (m *maker) refuseClaimed(s Step) {
	ref := s.Ref
	if s.work.have != nil {
		ref.Name = s.work.have.Name
	}
	other := cmp.Or(m.Ledger.ClaimedBy(ref), m.Ledger.ClaimedBy(s.Ref))
	if other == "" || !s.Action.Writes() {
		return
	}
	m.refuse("E211", s, fmt.Sprintf("integration %s owns it, too: one would undo what the other does", other),
		"let one of the two own it, and say manage: false in the other")
}

// refuseFrozen stops a plan that would write while nothing may be written.
func (m *maker) refuseFrozen() {
	if m.Policy.Frozen == "" || !m.plan.Acts() {
		return
	}
	m.plan.Refused = append(m.plan.Refused, resource.Fault{
		Severity: resource.Error, Code: "E210", Message: "nothing may be changed now: " + m.Policy.Frozen,
		Remedy: "wait, or in an emergency: --emergency TICKET",
	})
}
