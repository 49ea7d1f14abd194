package reconcile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

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
	switch {
	case s.Action == Create && entry.Owned:
		m.refuse("E204", s, "was deleted by hand"+since(entry)+", and the manifest wants it",
			fmt.Sprintf("take it out of the manifest, or make it again with --overwrite-live %q", s.Ref))
	case s.Action == Delete:
		for _, path := range m.edited(s, entry) {
			m.refuse("E204", s, fmt.Sprintf("%s was changed by hand%s, and it would be deleted", path, since(entry)),
				fmt.Sprintf("take it into the manifest, or delete it all the same with --overwrite-live %q", s.Ref))
		}
	case s.Action == Update:
		for _, c := range s.Changes {
			if m.byHand(c, entry) {
				m.refuse("E204", s, fmt.Sprintf("%s was changed by hand%s: it is %s, and the manifest says %s", c.Path, since(entry), told(c.Have), told(c.Want)), remedy)
			}
		}
	}
}

// mindHands says of an object that would be deleted what somebody changed on it,
// and stops there, where the policy says so.
func (m *maker) mindHands(s *Step, e Entry) {
	if paths := m.edited(*s, e); len(paths) > 0 {
		s.Reason += "; somebody changed " + strings.Join(paths, ", ") + " by hand"
	}
	m.refuseLive(*s)
}

// edited lists the paths of a live object that do not hold what this integration
// last wrote there, or announced, and those that it would have removed.
func (m *maker) edited(s Step, e Entry) []string {
	have := s.work.have
	if have == nil || !e.Owned || len(e.Wrote) == 0 {
		return nil
	}
	live := resource.Paths(have.Spec)
	ours := resource.Only(have.Spec, func(path string) bool { return e.Wrote[path] != "" })
	paths := map[string]bool{}
	for _, c := range resource.Diff(have.Spec, s.work.kind.Keep(*have, ours, ownership(e))) {
		paths[c.Path] = true
	}
	for path := range e.Wrote {
		paths[path] = true
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(paths)), func(path string) bool {
		v := live[path]
		hash := m.Ledger.Fingerprint(v)
		sent := interrupted(e) && (e.Intent.Wrote == nil || e.Intent.Wrote[path] == hash)
		return v.Form() == resource.Sealed || fieldIs(s.work.kind, path, resource.ServerSet) || hash == e.Wrote[path] || sent
	})
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

// refuseClaimed stops before a write to what another integration owns, and at what
// both own, also while nothing is to be written.
func (m *maker) refuseClaimed(s Step) {
	other := either(s, m.Ledger.ClaimedBy)
	if other == "" || s.Action == Forget || !s.Action.Writes() && !m.shared(s) {
		return
	}
	m.refuse("E211", s, fmt.Sprintf("integration %s owns it, too: one would undo what the other does", other),
		"let one of the two own it, and say manage: false in the other")
}

// either asks about an object under the name that is live, and then under the one that
// the manifest gives it.
func either(s Step, ask func(resource.Ref) string) string {
	ref := s.Ref
	if s.work.have != nil {
		ref.Name = s.work.have.Name
	}
	return cmp.Or(ask(ref), ask(s.Ref))
}

// shared reports whether this integration and another one both own an object, for sure.
func (m *maker) shared(s Step) bool {
	o, wanted := m.desired[s.Ref]
	return m.Ledger.Entry(s.Ref).Owned && either(s, m.Ledger.owner) != "" && (!wanted || o.Meta.Managed())
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

// createOrigin says who moved an object that has to be made: whoever deleted ours.
func createOrigin(e Entry) resource.Origin {
	if e.Owned {
		return resource.OriginLive
	}
	return resource.OriginNew
}
