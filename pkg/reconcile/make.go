package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// Make reads every collection once and lists, in order, what separates the live
// objects from the desired ones. It writes nothing.
func Make(ctx context.Context, r Request) (Plan, error) {
	live, err := list(ctx, r.Kinds)
	if err != nil {
		return Plan{}, err
	}
	m := newMaker(r, live)
	m.rename()
	m.veilUnwanted()
	m.replaced()
	for _, o := range order(r.Objects, m.needs) {
		m.add(m.object(o))
	}
	m.orphans()
	m.addresses()
	m.runs()
	m.limit()
	m.refuseLogins()
	m.block()
	m.refuseFrozen()
	m.plan.Refused = append(m.plan.Refused, deletions(m.plan.Steps, r)...)
	m.plan.Digest = planDigest(m.plan.Steps)
	m.plan.maker = m
	return m.plan, nil
}

// Unset lists the references that Lookup left open because the object might not
// exist yet, and that lead nowhere although it does.
func (p Plan) Unset() []resource.Fault {
	var faults []resource.Fault
	for _, o := range p.maker.Objects {
		if p.maker.live[o.Ref] == nil || o.goes() {
			continue
		}
		paths := resource.Paths(o.Spec)
		for _, path := range slices.Sorted(maps.Keys(paths)) {
			if v := paths[path]; v.Form() == resource.External {
				faults = append(faults, unset(o, path, fmt.Errorf("%s %w", v.Source(), secret.ErrUnset)))
			}
		}
	}
	return faults
}

// maker holds what is known while a plan is made.
type maker struct {
	Request
	live    map[resource.Ref]*resource.Object
	desired map[resource.Ref]Desired
	needs   map[resource.Ref][]resource.Ref
	// want holds the specifications with every known output filled in.
	want map[resource.Ref]resource.Spec
	// told holds the objects of which a person reported that they are there.
	told map[resource.Ref]*resource.Object
	// jobs holds what each job that runs after changes needs.
	jobs map[resource.Ref]map[resource.Ref]bool
	// rounds holds the same of jobs that come round by themselves.
	rounds map[resource.Ref]map[resource.Ref]bool
	// fresh holds what was reported since the plan was made.
	fresh map[resource.Ref]bool
	// heard are the texts that fields may have held; nil until somebody asks.
	heard map[string]bool
	plan  Plan
}

func newMaker(r Request, live map[resource.Ref]*resource.Object) *maker {
	m := &maker{
		Request: r, live: live, needs: requirements(r.Objects),
		desired: map[resource.Ref]Desired{}, want: map[resource.Ref]resource.Spec{},
		told: map[resource.Ref]*resource.Object{},
		jobs: map[resource.Ref]map[resource.Ref]bool{}, rounds: map[resource.Ref]map[resource.Ref]bool{},
		fresh: map[resource.Ref]bool{},
	}
	m.Exports = maps.Clone(r.Exports)
	for _, o := range r.Objects {
		m.desired[o.Ref] = o
	}
	return m
}

func (m *maker) add(s Step) {
	s.Digest = s.digest(m.Tenant, s.Changes)
	s.work.pending = s.digest(m.Tenant, m.unresolved(s))
	m.plan.Steps = append(m.plan.Steps, s)
}

// unresolved are a step's changes with references to outputs instead of what they
// lead to.
func (m *maker) unresolved(s Step) []resource.Change {
	changes := slices.Clone(s.Changes)
	if o, ok := m.desired[s.Ref]; ok {
		wanted := resource.Paths(o.Spec)
		for i, c := range changes {
			if v := wanted[c.Path]; v.Form() == resource.Pending {
				changes[i].Want = v
			}
		}
	}
	return changes
}

// resolve fills in the outputs of other objects, as far as they are known.
func resolve(o Desired, output func(to resource.Ref, name string) resource.Value) resource.Spec {
	return o.Kind.Normalize(o.Name, o.Kind.Map(o.Spec, func(_ string, v resource.Value) resource.Value {
		if v.Form() != resource.Pending {
			return v
		}
		to, name := v.From()
		if known := output(to, name); known.Form() == resource.Literal || known.Form() == resource.Secret {
			return known
		}
		return v
	}))
}

func (m *maker) output(to resource.Ref, name string) resource.Value {
	o, ok := m.desired[to]
	if !ok {
		return resource.Value{}
	}
	have := m.live[to]
	if have == nil {
		have = m.told[to]
	}
	return o.Kind.Output(name, have, m.want[to])
}

// object makes the step of one object that the manifest holds.
func (m *maker) object(o Desired) Step {
	want := resolve(o, m.output)
	m.want[o.Ref] = want
	m.veilLive(o.Ref)
	entry, have := m.Ledger.Entry(o.Ref), m.live[o.Ref]
	reported := reported(o.Kind, entry) && have == nil
	if reported {
		want = o.Kind.Identify(want, entry.ID)
		m.told[o.Ref] = &resource.Object{Name: o.Name, ID: entry.ID, Spec: want}
	}
	m.want[o.Ref] = want
	s := Step{
		Ref: o.Ref, Via: o.Kind.Way(), Position: o.At(""), After: m.needs[o.Ref],
		work: work{kind: o.Kind, have: have, want: want, own: ownership(entry), entry: entry, key: intentKey(entry), recalled: m.Past != nil && have != nil},
	}
	switch {
	case reported:
		m.reported(&s, o, entry)
	case o.goes():
		m.absent(&s, o, entry)
	case have == nil:
		m.missing(&s, o, entry)
	default:
		m.existing(&s, o, entry)
	}
	m.describe(&s, o)
	if reported {
		remember(&s, entry)
		m.know(&s, entry)
	}
	m.recall(&s, entry)
	m.tellRun(&s, entry)
	if s.Via == resource.WayPerson {
		s.work.order = m.orderID(s, o, entry)
	}
	return s
}

func ownership(e Entry) resource.Ownership {
	return resource.Ownership{Owned: e.Owned && !e.Adopted, Wrote: func(path string) bool { return e.Wrote[path] != "" }}
}

func (m *maker) absent(s *Step, o Desired, e Entry) {
	s.State = InSync
	switch {
	case s.work.have != nil && o.protected():
		s.Action, s.State = Kept, Drifted
		m.refuse("E206", *s, "the manifest wants it deleted, but it is protected", "say protect: false if it really has to go")
	case s.work.have == nil && e.Owned:
		s.Action, s.Reason = Forget, "it is gone already"
	case s.work.have == nil:
		s.Action, s.Reason = Unchanged, "it does not exist, as wanted"
	case !o.Meta.Managed():
		s.Action, s.State, s.Reason = Kept, Drifted, "manage: false, so it is not deleted"
	case m.ours(o.Kind, e, s.work.have):
		s.Action, s.State, s.Reason = Delete, Drifted, "the manifest says state: absent"
		m.mindHands(s, e)
		m.refuseClaimed(*s)
	default:
		s.Action, s.State = Kept, Drifted
		m.refuse("E205", *s, "the manifest wants it deleted, but this integration did not make it",
			"adopt it first (adopt: true without state: absent), or delete it by hand")
	}
}

func (m *maker) missing(s *Step, o Desired, e Entry) {
	s.State = Drifted
	if !o.Meta.Managed() {
		s.Action, s.State, s.Reason = Unchanged, Broken, "manage: false, but it does not exist"
		return
	}
	if m.Past.has(o.Ref) || s.Via == resource.WayPerson && o.Kind.SecretsAppear() && s.holds(resource.Secret) && !s.holds(resource.External) {
		s.Action, s.State, s.Reason = Unchanged, Unknown, "its secret is set, so somebody made it; no interface shows the rest"
		return
	}
	s.Action = Create
	if s.Via == resource.WayPerson {
		s.State = Unknown
	}
	if e.Owned {
		s.Reason = "it was deleted since this integration made it"
	}
	for path, v := range resource.Paths(s.work.want) {
		s.Changes = append(s.Changes, resource.Change{Path: path, Want: v, Origin: createOrigin(e)})
	}
	slices.SortFunc(s.Changes, func(a, b resource.Change) int { return strings.Compare(a.Path, b.Path) })
	m.refuseLive(*s)
	m.refuseReplacement(*s)
	m.refuseClaimed(*s)
}

func (m *maker) existing(s *Step, o Desired, e Entry) {
	if m.stranger(o.Ref) {
		s.Reason = fmt.Sprintf("somebody else made it: this integration's had id %s, and this one has %s", e.FormerID, s.work.have.ID)
	}
	m.tellAccepted(s, o, e)
	taking := !e.Owned && o.Meta.Managed() && m.mayTake(o, e, s)
	s.Changes = m.compare(o, s, e, taking)
	s.Action, s.State = Unchanged, InSync
	if len(s.Changes) > 0 {
		s.Action, s.State = Update, Drifted
	}
	switch {
	case !o.Meta.Managed() && e.Owned && either(*s, m.Ledger.owner) != "":
		s.Action, s.Reason = Forget, "manage: false, and another integration owns it"
	case !o.Meta.Managed():
		s.Action = Unchanged
	case taking:
		s.Action = Adopt
	case interrupted(e) && len(s.Changes) == 0:
		// Only the ledger has to learn it.
		s.Action, s.Reason = Adopt, "an interrupted run changed it"
	case e.Owned && !e.Protected && o.guarded() && len(s.Changes) == 0:
		// The same: once it left the manifest, nobody else would know.
		s.Action, s.Reason = Adopt, "the ledger has to learn that it is protected"
	case !e.Owned && len(s.Changes) > 0:
		s.Reason = cmp.Or(s.Reason, "this integration did not make it")
		m.refuse("E201", *s, "it exists, differs, and was not made by this integration",
			"take it over with --adopt or adopt: true, or only watch it with manage: false")
	}
	if s.Action == Unchanged && m.shared(*s) {
		// Also where nothing is to be written: drift knows no brakes.
		s.State, s.Reason = Drifted, fmt.Sprintf("integration %s owns it, too (E211)", either(*s, m.Ledger.owner))
	}
	m.noteResets(s, o.Kind, e)
	m.refuseImmutable(*s)
	m.refuseLive(*s)
	m.refuseClaimed(*s)
}

// mayTake says whether an object that is not ours may become ours: because the
// user allows it, or because an interrupted run of this integration made it.
func (m *maker) mayTake(o Desired, e Entry, s *Step) bool {
	if e.Intent != nil && e.Intent.Action == Create && m.made(o, e, s) {
		s.Reason, s.work.made, s.work.own.Owned = "an interrupted run made it", true, true
		return true
	}
	if m.Policy.Adopt || o.Meta.Adopt || e.lost() != "" && m.overwrites(o.Ref) {
		s.Reason = "taken over as allowed"
		return true
	}
	return false
}

// compare lists what differs, without what is known not to matter.
func (m *maker) compare(o Desired, s *Step, e Entry, taking bool) []resource.Change {
	changes := resource.Diff(s.work.have.Spec, m.merge(o, s, e))
	changes = slices.DeleteFunc(changes, func(c resource.Change) bool {
		return m.sealedEqual(c, e, taking) || fieldIs(o.Kind, c.Path, resource.ServerSet) || m.ignored(o, c.Path)
	})
	for i := range changes {
		changes[i].Origin = m.origin(changes[i], e)
	}
	return append(renamed(o, s.work.have), changes...)
}

// sealedEqual decides about values that cannot be read back: equal when the
// fingerprint of the last write says so. What was never written by us cannot be
// compared, and is written only when the object is taken over.
func (m *maker) sealedEqual(c resource.Change, e Entry, taking bool) bool {
	if m.Past != nil {
		return m.recalledEqual(c, e, taking)
	}
	if c.Have.Form() != resource.Sealed || !c.Want.IsSet() {
		return false
	}
	wrote, known := e.Wrote[c.Path]
	if !known {
		return !e.Owned && !taking
	}
	if sent := e.Intent; interrupted(e) && sent.Wrote[c.Path] != "" && sent.Wrote[c.Path] != wrote {
		// Nobody knows which of the two it holds.
		return false
	}
	if hash := m.Ledger.Fingerprint(c.Want); hash != "" {
		return hash == wrote
	}
	return e.Labels[c.Path] == c.Want.Label()
}

func (m *maker) ignored(o Desired, pointer string) bool {
	today := m.Now().Format("2006-01-02")
	return slices.ContainsFunc(o.Meta.Ignore, func(i resource.Ignore) bool {
		return glob(i.Path, pointer) && (i.Until == "" || today <= i.Until)
	})
}

// origin compares three versions: what was last written, what is live, what is
// wanted. Without the first, nobody can say who moved; after an interrupted
// change it may have been this tool, if what it announced is what is live.
func (m *maker) origin(c resource.Change, e Entry) resource.Origin {
	if !e.Owned {
		return resource.OriginUnknown
	}
	last := e.Wrote[c.Path]
	liveMoved := last == moved || c.Have.Form() != resource.Sealed && m.Ledger.Fingerprint(c.Have) != last
	wantMoved := m.Ledger.Fingerprint(c.Want) != last
	switch {
	case liveMoved && interrupted(e) && m.announced(c, *e.Intent):
		return resource.OriginUnknown
	case wantMoved && m.carries(e.Ref, c.Path):
		return m.carriedOrigin(c, e, liveMoved)
	case liveMoved && wantMoved:
		return resource.OriginBoth
	case liveMoved:
		return resource.OriginLive
	default:
		return resource.OriginManifest
	}
}

// describe fills in what reports show of a step: positions and evidence.
func (m *maker) describe(s *Step, o Desired) {
	s.Evidence = EvidenceRead
	if s.Via == resource.WayPerson {
		s.Evidence = EvidenceUnseen
	}
	s.Positions = map[string]resource.Position{}
	for _, c := range s.Changes {
		s.Positions[c.Path] = o.At(c.Path)
		// What is not listed has the place of the list.
		if list, _, ok := strings.Cut(strings.TrimPrefix(c.Path, "/"), "/"); ok && !c.Want.IsSet() {
			s.Positions["/"+list] = o.At("/" + list)
		}
	}
	if s.work.have == nil {
		return
	}
	m.look(s, s.work.have.Spec)
}

// look notes how each field of an object is known that was just read.
func (m *maker) look(s *Step, spec resource.Spec) {
	known, now := s.Evidence, m.Now().UTC().Truncate(time.Second)
	stale := m.Past.stale(now)
	if m.Past != nil {
		now = m.Past.Taken
	}
	have := resource.Paths(spec)
	s.Facts = nil
	for _, pointer := range slices.Sorted(maps.Keys(resource.Paths(s.work.want))) {
		fact := Fact{Path: pointer, Evidence: known, At: now, Stale: stale}
		if have[pointer].Form() == resource.Sealed {
			fact = Fact{Path: pointer, Evidence: EvidenceUnseen}
			s.Evidence = EvidenceUnseen
		}
		s.Facts = append(s.Facts, fact)
	}
}
