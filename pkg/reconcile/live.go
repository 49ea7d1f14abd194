package reconcile

import (
	"cmp"
	"fmt"
	"slices"
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
