package reconcile

import (
	"fmt"

	"reconcile/pkg/resource"
)

// An output of an object, such as the id of a proxy system, is an address that
// other objects carry. Who moves it moves them, so that is told like every other
// change by hand, and where the object is protected it is never done unasked.

// replaced notes that an object is not ours any more where what has its name now
// has another id: ours was deleted, and somebody made this one. An announced create
// is kept, because it may tell that this one is ours after all.
func (m *maker) replaced() {
	for _, ref := range m.Ledger.Refs() {
		e, have := m.Ledger.Entry(ref), m.live[ref]
		if have == nil || !e.Owned || e.ID == "" || have.ID == "" || have.ID == e.ID || e.Via == resource.WayPerson {
			continue
		}
		m.Ledger.Put(Entry{Ref: ref, Intent: e.Intent, Owed: e.Owed, FormerID: e.ID, Protected: e.Protected, Secrets: e.Secrets})
	}
}

// stranger reports whether somebody made what now has the name of an object that
// was ours.
func (m *maker) stranger(ref resource.Ref) bool {
	lost, have := m.Ledger.Entry(ref).lost(), m.live[ref]
	return lost != "" && have != nil && have.ID != lost
}

// carried returns the output that the manifest puts at a path.
func (m *maker) carried(ref resource.Ref, path string) (to resource.Ref, output string, ok bool) {
	o, known := m.desired[ref]
	if !known {
		return to, "", false
	}
	v := resource.Paths(o.Spec)[path]
	to, output = v.From()
	return to, output, v.Form() == resource.Pending
}

func (m *maker) carries(ref resource.Ref, path string) bool {
	_, _, ok := m.carried(ref, path)
	return ok
}

// origins are the fingerprints of the references to outputs that an object holds.
func (m *maker) origins(o Desired) map[string]string {
	var from map[string]string
	for path, v := range resource.Paths(o.Spec) {
		if v.Form() == resource.Pending {
			if from == nil {
				from = map[string]string{}
			}
			from[path] = m.reference(v)
		}
	}
	return from
}

// carriedOrigin says who moved an output that an object carries: whoever moved the
// object that it comes from. liveMoved says that the carrying one was moved, too.
func (m *maker) carriedOrigin(c resource.Change, e Entry, liveMoved bool) resource.Origin {
	to, output, _ := m.carried(e.Ref, c.Path)
	maker, have := m.Ledger.Entry(to), m.live[to]
	manifest := resource.OriginManifest
	if liveMoved {
		manifest = resource.OriginBoth
	}
	switch {
	case m.stranger(to), (maker.Owned || maker.FormerID != "") && have == nil && m.told[to] == nil:
		return resource.OriginLive
	case maker.Owned, have == nil, m.desired[to].Kind.Output(output, nil, m.want[to]).IsSet():
		return manifest
	case e.From[c.Path] == "":
		return resource.OriginUnknown
	case e.From[c.Path] == m.reference(resource.Paths(m.desired[e.Ref].Spec)[c.Path]):
		return resource.OriginLive
	default:
		return manifest
	}
}

// refuseReplacement stops before an object whose id is an address elsewhere is
// made again: the new one has another id, and what carries the old one follows.
func (m *maker) refuseReplacement(s Step) {
	entry := m.Ledger.Entry(s.Ref)
	id := entry.ID
	if !entry.Owned {
		id = entry.FormerID
	}
	if s.Action != Create || id == "" || !m.desired[s.Ref].protected() || m.overwrites(s.Ref) {
		return
	}
	m.refuse("E212", s, fmt.Sprintf("it was made with id %s and is gone; made again it gets another id, and everything that carries the old one changes", id),
		fmt.Sprintf("if it was deleted by mistake, have it restored; to make a new one: --overwrite-live %q", s.Ref))
}

// addresses stops before an object would carry the output of another one than
// before, which nobody asked for.
func (m *maker) addresses() {
	for _, s := range m.plan.Steps {
		if !s.Action.Writes() || s.Action == Delete || m.overwrites(s.Ref) {
			continue
		}
		for _, c := range s.Changes {
			if to, output, ok := m.carried(s.Ref, c.Path); ok && !m.overwrites(to) {
				m.refuseMovedAddress(s, c, to, output)
				m.refuseNewAddress(s, c, to, output)
			}
		}
	}
}

// refuseMovedAddress stops where somebody made the object anew whose output is
// carried. Whoever takes the new one over was told.
func (m *maker) refuseMovedAddress(s Step, c resource.Change, to resource.Ref, output string) {
	have := m.live[to]
	if have == nil || m.taken(to) || !m.desired[to].protected() && m.Policy.LiveChanges != resource.StopAtChanges {
		return
	}
	moved := c.Origin == resource.OriginLive && c.Have.IsSet()
	if !moved && (!m.stranger(to) || c.Want.Text() != have.ID) {
		return
	}
	was := told(c.Have)
	if lost := m.Ledger.Entry(to).lost(); lost != "" && !c.Have.IsSet() {
		was = told(resource.Text(lost))
	}
	m.refuse("E212", s, fmt.Sprintf("%s carries the %s of %s, which was %s and is %s now: somebody made another one", c.Path, output, to, was, told(c.Want)),
		fmt.Sprintf("have the old one restored; or, if the new one is right, take it over with --adopt or --overwrite-live %q", to))
}

// taken reports whether the plan takes an object over, or knows that an
// interrupted run of this integration made it.
func (m *maker) taken(ref resource.Ref) bool {
	for _, s := range m.plan.Steps {
		if s.Ref == ref && s.Action == Adopt {
			return true
		}
	}
	return false
}

// refuseNewAddress stops where an object that left the manifest is about to be
// followed by a new one of its kind: most likely it only got another name.
func (m *maker) refuseNewAddress(s Step, c resource.Change, to resource.Ref, output string) {
	if m.live[to] != nil || m.told[to] != nil || !c.Have.IsSet() || !m.desired[to].protected() {
		return
	}
	for _, left := range m.plan.Steps {
		have := left.work.have
		if _, wanted := m.desired[left.Ref]; wanted || left.Kind != to.Kind || have == nil || !left.work.kind.Output(output, have, nil).Equal(c.Have) {
			continue
		}
		m.refuse("E212", s, fmt.Sprintf("%s carries the %s of %s, which left the manifest; %s would be made anew and get another one", c.Path, output, left.Ref, to),
			fmt.Sprintf("if it only got another name, say previously: %s; if it is to be another one: --overwrite-live %q", left.Name, to))
	}
}
