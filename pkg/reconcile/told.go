package reconcile

import (
	"maps"
	"slices"
	"strings"

	"reconcile/pkg/resource"
)

// An object that only a person can change is known by what was reported of it:
// the ledger holds its identifier and fingerprints of what was ordered.

// reported reports whether an object of a kind that nothing shows was reported as
// made, or was made by another way before.
func reported(kind resource.Kind, e Entry) bool { return kind.Way() == resource.WayPerson && e.Owned }

// tell gives a step the object as far as it was reported.
func (m *maker) tell(s *Step, e Entry) {
	object := &resource.Object{Name: s.Name, ID: e.ID, Spec: s.work.kind.Zero()}
	m.told[s.Ref], s.Evidence = object, saidBy(e, "")
}

// reported makes the step of an object that was reported: unchanged, or a work
// order for what the manifest says otherwise since.
func (m *maker) reported(s *Step, o Desired, e Entry) {
	s.State = Unknown
	switch {
	case o.goes() && o.protected():
		s.Action, s.State = Kept, Drifted
		m.refuse("E206", *s, "the manifest wants it deleted, but it is protected", "say protect: false if it really has to go")
		return
	case !o.Meta.Managed():
		s.Action, s.Reason = Unchanged, "manage: false; no interface shows it"
		return
	case o.goes():
		s.Action, s.State, s.Reason = Delete, Drifted, "the manifest says state: absent"
		return
	}
	s.Action = Unchanged
	s.Changes = m.movedSince(o, s.work.want, e)
	if len(s.Changes) > 0 {
		s.Action, s.State, s.Reason = Update, Drifted, whyMoved(o, s.Changes)
	}
	m.compareExport(s, o, e)
}

// whyMoved says why something is to be changed that was reported: a secret that
// nobody brought to its place, what a reference leads to, or the manifest itself.
func whyMoved(o Desired, changes []resource.Change) string {
	said := resource.Paths(o.Spec)
	var why, leads []string
	add := func(list *[]string, text string) {
		if !slices.Contains(*list, text) {
			*list = append(*list, text)
		}
	}
	for _, c := range changes {
		to, output := said[c.Path].From()
		switch {
		case c.Want.Form() == resource.External:
			add(&why, "a secret of it was not handed over")
		case said[c.Path].Form() == resource.Pending && c.Have.IsSet():
			add(&leads, "the "+output+" of "+to.String())
		default:
			add(&why, "the manifest changed since it was reported")
		}
	}
	if len(leads) > 0 {
		why = append(why, strings.Join(leads, " and ")+map[bool]string{true: " is", false: " are"}[len(leads) == 1]+" not what it was when this was reported")
	}
	return strings.Join(why, "; ")
}

// movedSince lists what the manifest says otherwise than what was reported.
func (m *maker) movedSince(o Desired, spec resource.Spec, e Entry) []resource.Change {
	want, said := resource.Paths(spec), resource.Paths(o.Spec)
	var changes []resource.Change
	for _, path := range slices.Sorted(maps.Keys(want)) {
		if fieldIs(o.Kind, path, resource.ServerSet) || m.ignored(o, path) || m.same(o.Kind, want[path], said[path], e, path) {
			continue
		}
		c := resource.Change{Path: path, Want: want[path], Origin: resource.OriginManifest}
		if e.Wrote[path] != "" || e.Labels[path] != "" {
			c.Have = resource.Unknown()
		}
		changes = append(changes, c)
	}
	if o.Kind.SecretsAppear() && slices.ContainsFunc(changes, func(c resource.Change) bool { return c.Want.Sensitive() }) {
		// What a new secret replaces goes once that is in use: with the next order.
		return changes
	}
	for _, path := range slices.Sorted(maps.Keys(e.Wrote)) {
		if _, wanted := want[path]; !wanted && listed(spec, path) && !m.ignored(o, path) {
			changes = append(changes, resource.Change{Path: path, Have: resource.Unknown(), Origin: resource.OriginManifest})
		}
	}
	return changes
}

// listed reports whether a path lies in a map that the manifest manages: what
// left such a map is to go, while a field that is not mentioned is left alone.
func listed(spec resource.Spec, path string) bool {
	return slices.ContainsFunc(resource.Lists(spec), func(list string) bool { return strings.HasPrefix(path, list+"/") })
}

// same reports whether a value is the one that was reported: by its fingerprint,
// or, where it was not at hand then, by the reference that led to it.
func (m *maker) same(kind resource.Kind, want, said resource.Value, e Entry, path string) bool {
	wrote := e.Wrote[path]
	switch {
	case m.Past != nil && wrote == elsewhere && want.Form() != resource.Literal:
		return m.recalledSame(want, e, path)
	case want.Form() == resource.External:
		return false
	case kind.SecretsAppear() && want.Form() == resource.Secret:
		// The service makes it, and it has a name: the same name is the same secret.
		return wrote != "" || e.Labels[path] != "" && e.Labels[path] == want.Label()
	case want.Form() == resource.Pending:
		// Nobody can compare the value; that it will be another one, its name tells.
		will := m.output(want.From()).Label()
		return wrote != "" && (will == "" || e.Labels[path] == "" || will == e.Labels[path])
	default:
		return wrote != "" && (wrote == m.Ledger.Fingerprint(want) || wrote == m.reference(said))
	}
}

// reference is the fingerprint of where a value comes from, for one that is not
// at hand.
func (m *maker) reference(v resource.Value) string {
	return m.Ledger.Fingerprint(resource.Text(source(v)))
}

func source(v resource.Value) string { return "from " + v.String() + " " + v.Source().String() }

// memory is what the ledger keeps of an object that a person made as ordered.
func (m *maker) memory(o Desired, spec resource.Spec) (wrote, labels map[string]string) {
	wrote, labels = map[string]string{}, map[string]string{}
	said := resource.Paths(o.Spec)
	for path, v := range resource.Paths(spec) {
		if wrote[path] = m.Ledger.Fingerprint(v); wrote[path] == "" {
			wrote[path] = m.reference(said[path])
		}
		if v.Label() != "" {
			labels[path] = v.Label()
		}
	}
	return wrote, labels
}

// remember fills in how an object is known that no interface shows.
func remember(s *Step, e Entry) {
	s.Facts, s.Evidence = nil, EvidenceRead
	moved := map[string]bool{}
	for _, c := range s.Changes {
		moved[c.Path] = true
	}
	want := resource.Paths(s.work.want)
	for _, path := range slices.Sorted(maps.Keys(want)) {
		fact := Fact{Path: path, Evidence: saidBy(e, path)}
		if want[path].Sensitive() && fact.Evidence == EvidenceExport {
			fact.Evidence = EvidenceReported
		}
		if moved[path] {
			fact.Evidence = EvidenceUnseen
		}
		for _, seen := range e.Seen {
			if seen.Evidence == fact.Evidence {
				fact.At = seen.At
			}
		}
		s.Facts = append(s.Facts, fact)
		s.Evidence = weaker(s.Evidence, fact.Evidence)
	}
}

// saidBy is the strongest evidence that the ledger has of the whole object.
func saidBy(e Entry, path string) Evidence {
	best := EvidenceUnseen
	for _, seen := range e.Seen {
		if (seen.Path == "" || covered(path, []string{seen.Path})) && weaker(best, seen.Evidence) == best && slices.Contains(strength, seen.Evidence) {
			best = seen.Evidence
		}
	}
	// What was read by an earlier way says nothing about what people did since.
	if best == EvidenceRead {
		return EvidenceReported
	}
	return best
}

// unchanged lists what was reported of an object and holds still.
func (p Plan) unchanged(ref resource.Ref) map[string]resource.Value {
	values := resource.Paths(p.maker.told[ref].Spec)
	for _, s := range p.Steps {
		for _, c := range s.Changes {
			if s.Ref == ref {
				delete(values, c.Path)
			}
		}
	}
	return values
}

// comesRound reports whether nobody has to start a job: a person would have to,
// and its schedule does. The plan then says so until a run is reported that can have
// seen the change, or the schedule has come round.
func (m *maker) comesRound(o Desired, needs map[resource.Ref]bool, reason string) bool {
	if o.Kind.Way() != resource.WayPerson || o.Kind.NextRun(m.want[o.Ref], m.Now()).IsZero() {
		return false
	}
	m.rounds[o.Ref] = needs
	entry := m.Ledger.Entry(o.Ref)
	if m.told[o.Ref] == nil || entry.Owed {
		return true // its own order is open
	}
	if reason == "" && !entry.Due.IsZero() && m.Now().Before(o.Kind.NextRun(m.want[o.Ref], entry.Due)) {
		reason = "something it needs changed on " + moment(entry.Due) + ", and no run since then is known to have ended well"
	}
	if reason == "" {
		return true
	}
	m.plan.Warnings = append(m.plan.Warnings, resource.Fault{
		Severity: resource.Warning, Code: "W247", Ref: &o.Ref, Position: o.At(""),
		Message: o.String() + " has to run (" + reason + "), and only a person can start it now; its schedule does by " + moment(o.Kind.NextRun(m.want[o.Ref], m.Now())),
		Remedy:  "start it by hand if that is too late, and report the run: reconcile done -f MANIFEST " + resource.InQuotes(o.String()) + " --status WORD --finished TIME",
	})
	return true
}
