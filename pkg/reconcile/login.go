package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"reconcile/pkg/resource"
)

// A login that was refused once is remembered. A secret of which that is known is not
// written over one that may work; where it stands already, nothing is lost by what
// else is repaired.

// refuseLogins stops before a login is stored that is known to be refused, and tells
// nobody to enter one.
func (m *maker) refuseLogins() {
	if m.LoginRefused == nil {
		return
	}
	for i := range m.plan.Steps {
		s := &m.plan.Steps[i]
		for _, l := range m.stored(*s) {
			since, refused := m.LoginRefused(l.Host, l.ID, l.Value.AsSecret())
			if refused && !m.issues(l) {
				m.refuseLogin(*s, l, since)
				hold(s)
			}
		}
	}
}

// hold keeps the order of a step that a person does out of every runbook.
func hold(s *Step) {
	if s.Via != resource.WayPerson || s.work.withheld {
		return
	}
	const why = "its order is held: a secret that is to be typed is known to be refused"
	if s.work.withheld = true; s.Reason != "" {
		s.Reason += "; "
	}
	s.Reason += why
}

func (m *maker) refuseLogin(s Step, l resource.Login, since time.Time) {
	from, correct, when := "the secret that is there", "enter the right secret", "in an earlier run"
	if source := l.Value.Source(); !source.IsZero() {
		from, correct = "what "+source.String()+" holds", "correct "+source.String()
	}
	if !since.IsZero() {
		when = "since " + moment(since)
	}
	m.plan.Refused = append(m.plan.Refused, resource.Fault{
		Severity: resource.Error, Code: "E216", Ref: &s.Ref, Path: l.Path, Position: cmp.Or(m.desired[s.Ref].At(l.Path), s.Position),
		Message: fmt.Sprintf("%s: %s would get %s, which is refused as the secret of %q at %s %s", s.Ref, l.Path, from, l.ID, l.Host, when),
		Remedy:  correct + "; if it is right after all, such as after a lock that is over, reconcile verify --retry-login tries it once more, and --retry-login writes it",
	})
}

// logins are the logins that a step's object holds once the step is done, as far as
// they are known.
func (m *maker) logins(s Step) []resource.Login {
	if s.work.want == nil || s.Action != Create && s.Action != Update && s.Action != Adopt {
		return nil
	}
	spec := s.work.want
	if s.work.have != nil {
		spec = m.merge(m.desired[s.Ref], &s, s.work.entry)
	}
	return slices.DeleteFunc(s.work.kind.Logins(spec, m.Scope), func(l resource.Login) bool {
		return l.Host == "" || l.ID == "" && !l.Issued || l.Value.Form() != resource.Secret
	})
}

// stored are the logins that a step puts where another one may be: their secret or id
// changes, or a secret is sent again that nobody can compare. One that only goes
// elsewhere has its secret there already.
func (m *maker) stored(s Step) []resource.Login {
	return slices.DeleteFunc(m.logins(s), func(l resource.Login) bool {
		return l.Issued || !s.changes(l.Path) && !s.changes(l.IDPath) && !s.work.kind.Resends(s.Changes)
	})
}

// issues reports whether the plan itself makes a login good: its secret is written, or
// made by a person, where the service takes it from.
func (m *maker) issues(l resource.Login) bool {
	return slices.ContainsFunc(m.plan.Steps, func(s Step) bool {
		return slices.ContainsFunc(m.logins(s), func(made resource.Login) bool {
			return made.Issued && s.changes(made.Path) && made.Host == l.Host && made.Value.Equal(l.Value)
		})
	})
}
