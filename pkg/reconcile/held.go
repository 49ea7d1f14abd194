package reconcile

import (
	"time"

	"reconcile/pkg/resource"
)

// HeldLogin is a login that an object holds as far as is known.
type HeldLogin struct {
	resource.Login
	// Ours says that this integration wrote its secret, and that nobody else has touched
	// the object since. Otherwise it may hold what somebody typed.
	Ours bool
}

// Logins returns the logins that an object holds: their hosts, ids and secrets are
// those that it was given or reported with and that nothing says otherwise of. What is
// not known of a login is left out, and the whole login where its secret is not known.
func (p Plan) Logins(ref resource.Ref) []HeldLogin {
	if p.maker == nil || p.maker.want[ref] == nil || p.maker.live[ref] == nil && p.maker.told[ref] == nil {
		return nil
	}
	m := p.maker
	left := m.Ledger.Entry(ref).Untouched
	ours := left != "" && m.live[ref] != nil && left == m.version(*m.live[ref])
	var held []HeldLogin
	spec := resource.Only(m.want[ref], func(path string) bool { return p.holds(ref, path) })
	for _, l := range m.desired[ref].Kind.Logins(spec, m.Scope) {
		if l.Value.Form() == resource.Secret {
			held = append(held, HeldLogin{l, ours})
		}
	}
	return held
}

// holds reports whether an object holds what is wanted at a path, as far as is known.
func (p Plan) holds(ref resource.Ref, path string) bool {
	m := p.maker
	want := resource.Paths(m.want[ref])[path]
	if live := m.live[ref]; live != nil {
		if have := resource.Paths(live.Spec)[path]; have.Form() != resource.Sealed && !have.Equal(want) {
			return false
		}
	}
	// A secret that another hand wrote, or that is left alone, cannot be compared.
	if want.Sensitive() && (m.ignored(m.desired[ref], path) || m.Ledger.Entry(ref).Wrote[path] != m.Ledger.Fingerprint(want)) {
		return false
	}
	for _, s := range p.Steps {
		if s.Ref == ref && s.Outcome != Applied && s.changes(path) {
			return false
		}
	}
	return true
}

// version is a fingerprint of the version of an object, "" where the service tells none.
func (m *maker) version(have resource.Object) string {
	if have.Version == "" {
		return ""
	}
	return m.Ledger.Fingerprint(resource.Text(have.ID + "\n" + have.Version))
}

// untouched is the version that a step left of an object, "" unless all hidden secrets
// that the entry tells of are what this integration wrote: the step sent them, or they
// are those of before and nobody came between. An object that hides none needs none.
func (a *applier) untouched(s *Step, before map[string]string, e Entry, object resource.Object) string {
	alone := e.Untouched != "" && s.work.have != nil && e.Untouched == a.version(*s.work.have)
	hidden := false
	for path, v := range resource.Paths(object.Spec) {
		if v.Form() != resource.Sealed || e.Wrote[path] == "" {
			continue
		}
		hidden = true
		sent := s.Action == Create || s.changes(path) || s.work.kind.Resends(s.Changes)
		if !sent && (!alone || before[path] != e.Wrote[path]) {
			return ""
		}
	}
	if !hidden {
		return ""
	}
	return a.version(object)
}

// Revision names what is known of an object: it changes with every change that is
// read and every report. whole says that it changes with a secret that somebody stores,
// too. It is empty for an object that is not known.
func (p Plan) Revision(ref resource.Ref) (name string, whole bool) {
	switch {
	case p.maker == nil:
		return "", false
	case p.maker.live[ref] != nil:
		return identify(p.maker.live[ref]), p.maker.live[ref].Version != ""
	case p.maker.told[ref] != nil:
		return reportedAt(p.maker.Ledger.Entry(ref)).UTC().Format(time.RFC3339), false
	default:
		return "", false
	}
}
