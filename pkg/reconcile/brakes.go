package reconcile

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"reconcile/pkg/resource"
)

// refuse adds a brake that holds. The remedy names what lifts it.
func (m *maker) refuse(code string, s Step, message, remedy string) {
	m.plan.Refused = append(m.plan.Refused, resource.Fault{
		Severity: resource.Error, Code: code, Ref: &s.Ref, Position: s.Position,
		Message: fmt.Sprintf("%s: %s", s.Ref, message), Remedy: remedy,
	})
}

func (m *maker) refuseImmutable(s Step) {
	if s.Action != Update && s.Action != Adopt {
		return
	}
	for _, c := range s.Changes {
		if fieldIs(m.desired[s.Ref].Kind, c.Path, resource.Immutable) {
			m.refuse("E202", s, fmt.Sprintf("%s cannot be changed on an existing object (%q to %q)", c.Path, c.Have, c.Want),
				"take the old value into the manifest, or make a new object under another name")
		}
	}
}

// orphans are owned objects that the manifest does not hold any more.
func (m *maker) orphans() {
	refs := m.Ledger.Refs()
	// What is used by others goes last: the reverse of the order of making.
	slices.SortStableFunc(refs, func(a, b resource.Ref) int { return m.rank(b) - m.rank(a) })
	// Only once nothing in the manifest uses it any more.
	doomed := m.writing()
	for _, ref := range refs {
		entry := m.Ledger.Entry(ref)
		kind := m.kind(ref.Kind)
		have := m.live[ref]
		if _, wanted := m.desired[ref]; wanted || kind == nil || !entry.Owned && intentKey(entry) == "" {
			continue
		}
		s := Step{Ref: ref, Via: kind.Way(), Evidence: EvidenceRead, work: work{kind: kind, have: have, own: ownership(entry)}}
		told := have == nil && reported(kind, entry)
		if told {
			m.tell(&s, entry)
		}
		switch {
		case have == nil && !told:
			s.Action, s.State, s.Reason = Forget, InSync, "it left the manifest and is gone"
		case !told && !m.ours(kind, entry, have):
			s.Action, s.State, s.Reason = Kept, Drifted, "it left the manifest; an interrupted run may have made it: adopt it, or delete it by hand"
		case either(s, m.Ledger.owner) != "":
			s.Action, s.State, s.Reason = Forget, InSync, "it left the manifest, and another integration owns it"
		case kind.Protected():
			s.Action, s.State, s.Reason = Kept, Drifted, "it left the manifest, but its kind is protected: say protect: false and state: absent to delete it"
		case entry.Protected:
			s.Action, s.State, s.Reason = Kept, Drifted, "it left the manifest, which said protect: true: say protect: false and state: absent to delete it"
		case m.Policy.Prune:
			s.Action, s.State, s.Reason, s.After = Delete, Drifted, "it left the manifest", slices.Clone(doomed)
			doomed = append(doomed, ref)
			m.mindHands(&s, entry)
			m.refuseClaimed(s)
		default:
			s.Action, s.State, s.Reason, s.Prunable = Kept, Drifted, "it left the manifest; --prune would delete it", true
		}
		s.work.order = m.orderID(s, Desired{Ref: ref, Kind: kind}, entry)
		m.add(s)
	}
}

// writing lists the objects of the manifest that are changed.
func (m *maker) writing() []resource.Ref {
	var refs []resource.Ref
	for _, s := range m.plan.Steps {
		if s.Action.Writes() {
			refs = append(refs, s.Ref)
		}
	}
	return refs
}

// rank is the place of a reference's kind in the order of making.
func (m *maker) rank(r resource.Ref) int {
	return slices.IndexFunc(m.Kinds, func(k resource.Kind) bool { return k.Name() == r.Kind })
}

func (m *maker) kind(name string) resource.Kind {
	for _, k := range m.Kinds {
		if k.Name() == name {
			return k
		}
	}
	return nil
}

// deletions checks the limits on the whole plan, before anything is written.
func deletions(steps []Step, r Request) []resource.Fault {
	var doomed []string
	for _, s := range steps {
		if s.Action == Delete {
			doomed = append(doomed, s.String())
		}
	}
	owned := 0
	for _, ref := range r.Ledger.Refs() {
		if r.Ledger.Entry(ref).Owned {
			owned++
		}
	}
	var refused []resource.Fault
	if limit := max(r.Policy.MaxDeletes, 0); r.Policy.MaxDeletes != 0 && len(doomed) > limit {
		refused = append(refused, tooMany(fmt.Sprintf("%d objects would be deleted, more than %d", len(doomed), limit), doomed, fmt.Sprintf("--max-deletes %d", len(doomed))))
	}
	share := max(r.Policy.MaxDeleteShare, 0)
	if r.Policy.MaxDeleteShare != 0 && owned >= 10 && float64(len(doomed)) > share*float64(owned) {
		refused = append(refused, tooMany(fmt.Sprintf("%d of %d objects would be deleted, more than %.0f %%", len(doomed), owned, share*100), doomed, fmt.Sprintf("--max-delete-share %.2f", math.Ceil(float64(len(doomed))/float64(owned)*100)/100)))
	}
	return refused
}

func tooMany(message string, doomed []string, flag string) resource.Fault {
	return resource.Fault{
		Severity: resource.Error, Code: "E203", Message: message + ": " + strings.Join(doomed, ", "),
		Remedy: "if that is meant: " + flag,
	}
}
