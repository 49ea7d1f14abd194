package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

// Move is what a log tells of an object that nothing shows: somebody changed it, or
// deleted it where Gone is true.
type Move struct {
	At   time.Time
	By   string
	Gone bool
}

// Moved notes that somebody changed an object after it was last confirmed, so that
// nobody knows what it looks like now. Its step asks a person to look and to set all of
// it again. Later plans recall it from what looks saw, until somebody reports it.
func (p *Plan) Moved(ref resource.Ref, mv Move) {
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Ref != ref || s.Action == RunJob || s.work.moved != nil && !mv.At.After(s.work.moved.At) {
			continue
		}
		m := p.maker
		m.restore(s, mv)
		s.Digest, s.work.pending = s.digest(m.Tenant, s.Changes), s.digest(m.Tenant, m.unresolved(*s))
		if s.Via == resource.WayPerson {
			s.work.order = m.orderID(*s, m.desired[ref], m.Ledger.Entry(ref))
		}
	}
	p.Digest = planDigest(p.Steps)
}

// recallMove finds what an earlier look heard of an object, unless it was confirmed
// since.
func (m *maker) recallMove(s *Step, e Entry) {
	var last *Observation
	for _, seen := range m.Seen.Objects[s.String()].Seen {
		if seen.Evidence == EvidenceAuditLog && seen.Path == "" && (last == nil || seen.At.After(last.At)) {
			last = &seen
		}
	}
	if last == nil || s.Via != resource.WayPerson || !last.At.Truncate(time.Second).After(confirmed(e)) {
		return
	}
	m.restore(s, Move{At: last.At, By: last.By, Gone: last.Gone})
	m.refuseMoved(*s)
}

// restore turns the step of an object that somebody changed into the order to look and
// to set all of it again; to make it again where it was deleted.
func (m *maker) restore(s *Step, mv Move) {
	first := s.work.moved == nil
	s.work.moved = &mv
	o := m.desired[s.Ref]
	if m.told[s.Ref] != nil && o.Meta.Managed() && !o.goes() && (s.Action == Unchanged || s.Action == Update || s.Action == Create) {
		m.again(s, o, mv.Gone)
	}
	who := orSomebody(mv.By)
	verb := "changed"
	if mv.Gone {
		verb = "deleted"
	}
	s.Reason = fmt.Sprintf("%s %s it on %s, after it was last known at %s; what it is now, nothing shows", who, verb, moment(mv.At), moment(confirmed(m.Ledger.Entry(s.Ref))))
	s.State = Drifted
	if first {
		s.Facts = append(s.Facts, Fact{Evidence: EvidenceAuditLog, At: mv.At})
	}
	m.weigh(s)
}

func orSomebody(by string) string {
	if by == "" {
		return "somebody"
	}
	return by
}

// again makes a change of every field that a person can set again. Secrets that the
// service makes are left: setting them again would be another secret, and a login
// proves them.
func (m *maker) again(s *Step, o Desired, gone bool) {
	changes := slices.Clone(s.Changes)
	want := resource.Paths(s.work.want)
	for _, path := range slices.Sorted(maps.Keys(want)) {
		left := fieldIs(o.Kind, path, resource.ServerSet) || m.ignored(o, path) || o.Kind.SecretsAppear() && besideSecret(want, path)
		if left || s.changes(path) || !gone && fieldIs(o.Kind, path, resource.Immutable) {
			continue
		}
		c := resource.Change{Path: path, Want: want[path], Have: resource.Unknown(), Origin: resource.OriginLive}
		if gone {
			c.Have = resource.Value{}
		}
		changes = append(changes, c)
	}
	if len(changes) == 0 {
		return
	}
	slices.SortStableFunc(changes, func(a, b resource.Change) int { return strings.Compare(a.Path, b.Path) })
	s.Action, s.Changes = Update, changes
	if gone {
		s.Action = Create
	}
	if s.Positions == nil {
		s.Positions = map[string]resource.Position{}
	}
	for _, c := range changes {
		s.Positions[c.Path] = o.At(c.Path)
	}
}

// besideSecret reports whether a path is a secret or describes one.
func besideSecret(want map[string]resource.Value, path string) bool {
	slot, ok := parent(path)
	return want[path].Sensitive() || ok && slices.ContainsFunc(slices.Collect(maps.Keys(want)), func(other string) bool {
		beside, _ := parent(other)
		return beside == slot && want[other].Sensitive()
	})
}

// parent is the pointer to what holds the element that a pointer leads to.
func parent(path string) (of string, ok bool) {
	at := strings.LastIndex(path, "/")
	if at <= 0 {
		return "", false
	}
	return path[:at], true
}

// refuseMoved stops at what somebody changed where nothing shows what it is now, where
// the policy says so.
func (m *maker) refuseMoved(s Step) {
	if !s.Action.Writes() {
		return
	}
	m.refuseReplacement(s)
	if m.Policy.LiveChanges != resource.StopAtChanges || m.overwrites(s.Ref) {
		return
	}
	m.refuse("E204", s, s.Reason, fmt.Sprintf("look at it: report it as it is with reconcile done %q, or have all of it set again with --overwrite-live %q", s.Ref, s.Ref))
}
