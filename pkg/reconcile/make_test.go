package reconcile

import (
	"testing"
	"time"

	"reconcile/pkg/resource"
)

// red and blue are two versions of one box.
var (
	red  = boxSpec{Note: text("red")}
	blue = boxSpec{Note: text("blue")}
)

func one(d Desired) manifest { return manifest{d} }

// TestActions checks what is planned for one box, and that doing it converges.
func TestActions(t *testing.T) {
	gone := func(w *world) { delete(w.boxes.stored, "a") }
	foreign := func(w *world) { w.foreignBox("a", red) }
	tests := []struct {
		name string
		// before was applied, then hand changed what is live, then after is wanted.
		before, after func(w *world) manifest
		hand          func(w *world)
		policy        Policy
		want          Action
		refused       []string
		// owned is what the ledger says after a run that is not refused.
		owned, exists bool
	}{
		{name: "create", after: box(red), want: Create, owned: true, exists: true},
		{name: "unchanged", before: box(red), after: box(red), want: Unchanged, owned: true, exists: true},
		{name: "update", before: box(red), after: box(blue), want: Update, owned: true, exists: true},
		{name: "create again", before: box(red), after: box(red), hand: gone, want: Create, owned: true, exists: true},
		{name: "unowned and equal", hand: foreign, after: box(red), want: Unchanged, exists: true},
		{name: "unowned and different", hand: foreign, after: box(blue), want: Update, refused: []string{"E201"}, exists: true},
		{name: "adopt different by flag", hand: foreign, after: box(blue), policy: Policy{Adopt: true}, want: Adopt, owned: true, exists: true},
		{name: "adopt different by manifest", hand: foreign, after: box(blue, adopt), want: Adopt, owned: true, exists: true},
		{name: "adopt equal", hand: foreign, after: box(red, adopt), want: Adopt, owned: true, exists: true},
		{name: "absent owned", before: box(red), after: box(red, absent), want: Delete},
		{name: "absent and gone", before: box(red), hand: gone, after: box(red, absent), want: Forget},
		{name: "absent and never there", after: box(red, absent), want: Unchanged},
		{name: "absent unowned", hand: foreign, after: box(red, absent), want: Kept, refused: []string{"E205"}, exists: true},
		{name: "absent unowned, adoption allowed", hand: foreign, after: box(red, absent), policy: Policy{Adopt: true}, want: Kept, refused: []string{"E205"}, exists: true},
		{name: "absent protected", before: box(red), after: box(red, absent, protect(true)), want: Kept, refused: []string{"E206"}, exists: true, owned: true},
		{name: "absent, protection lifted", before: box(red), after: box(red, absent, protect(false)), want: Delete},
		{name: "absent and unmanaged", before: box(red), after: box(red, absent, unmanaged), want: Kept, exists: true, owned: true},
		{name: "left the manifest", before: box(red), after: none, want: Kept, owned: true, exists: true},
		{name: "left the manifest, prune", before: box(red), after: none, policy: Policy{Prune: true}, want: Delete},
		{name: "left the manifest and is gone", before: box(red), hand: gone, after: none, want: Forget},
		{name: "unowned and not in the manifest", hand: foreign, after: none, policy: Policy{Prune: true}, want: "", exists: true},
		{name: "unmanaged and equal", hand: foreign, after: box(red, unmanaged), want: Unchanged, exists: true},
		{name: "unmanaged and different", hand: foreign, after: box(blue, unmanaged), want: Unchanged, exists: true},
		{name: "unmanaged, adoption allowed", hand: foreign, after: box(blue, unmanaged), policy: Policy{Adopt: true}, want: Unchanged, exists: true},
		{name: "unmanaged and missing", after: box(red, unmanaged), want: Unchanged},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			if c.before != nil {
				w.must(t, c.before(w), Policy{})
			}
			if c.hand != nil {
				c.hand(w)
			}
			m := c.after(w)
			plan := w.plan(t, m, c.policy)
			same(t, "action", actions(plan)["Box/a"], c.want)
			same(t, "refused", codes(plan), c.refused)
			if c.refused == nil {
				w.must(t, m, c.policy)
				w.settled(t, m, c.policy)
			} else if Apply(t.Context(), &plan, Options{}) == nil {
				t.Error("a refused plan was applied")
			}
			same(t, "owned", w.ledger(t).Entry(ref("Box", "a")).Owned, c.owned)
			same(t, "exists", w.exists(ref("Box", "a")), c.exists)
		})
	}
}

func box(s boxSpec, meta ...func(*resource.Meta)) func(*world) manifest {
	return func(w *world) manifest { return one(w.box("a", s, meta...)) }
}

func none(*world) manifest { return nil }

// TestStates checks what reports say of an object that is not written.
func TestStates(t *testing.T) {
	tests := []struct {
		name    string
		live    *boxSpec
		after   func(w *world) manifest
		want    State
		differs bool
	}{
		{"watched and equal", &red, box(red, unmanaged), InSync, false},
		{"watched and different", &red, box(blue, unmanaged), Drifted, true},
		{"watched and missing", nil, box(red, unmanaged), Broken, true},
		{"absent, as wanted", nil, box(red, absent), InSync, false},
		{"missing", nil, box(red), Drifted, true},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			if c.live != nil {
				w.foreignBox("a", *c.live)
			}
			plan := w.plan(t, c.after(w), Policy{})
			same(t, "state", plan.Steps[0].State, c.want)
			same(t, "differs", plan.Differs(), c.differs)
		})
	}
}

// TestOrigins checks who is said to have moved a property: the ledger remembers
// "old", live and manifest move on.
func TestOrigins(t *testing.T) {
	tests := []struct {
		name             string
		wrote, live, now resource.Properties
		want             map[string]resource.Origin
	}{
		{"nobody", props("p", "old"), props("p", "old"), props("p", "old"), map[string]resource.Origin{}},
		{"manifest", props("p", "old"), props("p", "old"), props("p", "new"), map[string]resource.Origin{"/properties/p": resource.OriginManifest}},
		{"live", props("p", "old"), props("p", "hand"), props("p", "old"), map[string]resource.Origin{"/properties/p": resource.OriginLive}},
		{"both", props("p", "old"), props("p", "hand"), props("p", "new"), map[string]resource.Origin{"/properties/p": resource.OriginBoth}},
		{"both the same", props("p", "old"), props("p", "new"), props("p", "new"), map[string]resource.Origin{}},
		{"manifest adds", props(), props(), props("p", "new"), map[string]resource.Origin{"/properties/p": resource.OriginManifest}},
		{"manifest drops", props("p", "old"), props("p", "old"), props(), map[string]resource.Origin{"/properties/p": resource.OriginManifest}},
		{"hand adds", props(), props("p", "hand"), props(), map[string]resource.Origin{"/properties/p": resource.OriginLive}},
		{"hand drops", props("p", "old"), props(), props("p", "old"), map[string]resource.Origin{"/properties/p": resource.OriginLive}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.must(t, one(w.box("a", boxSpec{Properties: c.wrote})), Policy{})
			w.editBox("a", func(s *boxSpec) { s.Properties = c.live })
			m := one(w.box("a", boxSpec{Properties: c.now}))
			same(t, "origins", origins(w.plan(t, m, Policy{}).Steps[0]), c.want)
			// Applying must not tell another story than the plan did.
			same(t, "origins after", origins(w.must(t, m, Policy{}).Steps[0]), c.want)
			w.settled(t, m, Policy{})
		})
	}
}

func TestOriginsWithoutMemory(t *testing.T) {
	w := newWorld()
	w.foreignBox("a", red)
	m := manifest{w.box("a", blue, adopt), w.box("b", blue)}
	plan := w.plan(t, m, Policy{})
	same(t, "adopted", origins(step(t, plan, "Box/a")), map[string]resource.Origin{"/note": resource.OriginUnknown})
	same(t, "created", origins(step(t, plan, "Box/b")), map[string]resource.Origin{"/note": resource.OriginNew})
	w.must(t, m, Policy{})
	delete(w.boxes.stored, "b")
	same(t, "created again", origins(step(t, w.plan(t, m, Policy{}), "Box/b")), map[string]resource.Origin{"/note": resource.OriginLive})
}

// TestOriginAfterInterruptedUpdate: a change that this tool may have made itself
// is never called a change by hand.
func TestOriginAfterInterruptedUpdate(t *testing.T) {
	w := newWorld()
	w.must(t, one(w.box("a", red)), Policy{})
	w.heal()
	w.interrupt(t, one(w.box("a", blue)), cut{at: 2, after: true, dies: true})
	plan := w.plan(t, one(w.box("a", boxSpec{Note: text("green")})), Policy{LiveChanges: resource.StopAtChanges})
	same(t, "origins", origins(plan.Steps[0]), map[string]resource.Origin{"/note": resource.OriginUnknown})
	same(t, "refused", codes(plan), nil)
}

// TestUnlisted checks what becomes of properties that the manifest does not list.
func TestUnlisted(t *testing.T) {
	theirs := boxSpec{Properties: props("mine", "1", "theirs", "2")}
	tests := []struct {
		name   string
		policy resource.Unlisted
		owned  bool
		want   resource.Properties
	}{
		{"made by us", resource.UnlistedDefault, true, props("mine", "1")},
		{"made by us, keep", resource.UnlistedKeep, true, props("mine", "1", "theirs", "2")},
		{"made by us, remove", resource.UnlistedRemove, true, props("mine", "1")},
		{"taken over", resource.UnlistedDefault, false, props("mine", "1", "theirs", "2")},
		{"taken over, keep", resource.UnlistedKeep, false, props("mine", "1", "theirs", "2")},
		{"taken over, remove", resource.UnlistedRemove, false, props("mine", "1")},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			m := one(w.box("a", boxSpec{Properties: props("mine", "1"), Unlisted: c.policy}, adopt))
			if c.owned {
				w.must(t, m, Policy{})
				w.editBox("a", func(s *boxSpec) { s.Properties = theirs.Properties })
			} else {
				w.foreignBox("a", theirs)
			}
			w.must(t, m, Policy{})
			same(t, "properties", w.boxes.stored["a"].spec.Properties, c.want)
			// What a take-over leaves alone stays in later runs, too.
			w.settled(t, m, Policy{})
		})
	}
}

// TestAdoptingSendsNothing: taking over what is equal is the ledger's business.
func TestAdoptingSendsNothing(t *testing.T) {
	w := newWorld()
	w.foreignBox("a", boxSpec{Note: text("red"), Properties: props("p", "1", "theirs", "2")})
	m := one(w.box("a", boxSpec{Note: text("red"), Properties: props("p", "1")}, adopt))
	w.heal()
	done := w.must(t, m, Policy{})
	same(t, "calls", w.history, nil)
	same(t, "changes", done.Steps[0].Changes, nil)
	w.settled(t, m, Policy{})
}

func TestKeepRemovesWhatWeWrote(t *testing.T) {
	w := newWorld()
	w.must(t, one(w.box("a", boxSpec{Properties: props("p", "1", "q", "2"), Unlisted: resource.UnlistedKeep})), Policy{})
	w.editBox("a", func(s *boxSpec) { s.Properties["console"] = text("3") })
	m := one(w.box("a", boxSpec{Properties: props("p", "1"), Unlisted: resource.UnlistedKeep}))
	w.must(t, m, Policy{})
	same(t, "properties", w.boxes.stored["a"].spec.Properties, props("p", "1", "console", "3"))
	w.settled(t, m, Policy{})
}

// TestWentBack: a field that resets itself is left alone when what was written last
// is what is wanted, and written when it is not, or when somebody set something else.
func TestWentBack(t *testing.T) {
	w := newWorld()
	m := func(trace string) manifest { return one(w.box("a", boxSpec{Properties: props("trace.x", trace)})) }
	w.must(t, m("off"), Policy{})
	plan := w.plan(t, m("on"), Policy{})
	same(t, "origins", origins(plan.Steps[0]), map[string]resource.Origin{"/properties/trace.x": resource.OriginManifest})
	w.must(t, m("on"), Policy{})
	same(t, "switched on", w.boxes.stored["a"].spec.Properties, props("trace.x", "on"))
	w.editBox("a", func(s *boxSpec) { s.Properties["trace.x"] = text("off") })
	w.settled(t, m("on"), Policy{})
	plan = w.plan(t, m("on"), Policy{})
	same(t, "told", plan.Steps[0].Reason, `/properties/trace.x was set to "on" and is "off" again: it switches itself off`)
	same(t, "another wish", len(w.plan(t, m("full"), Policy{}).Steps[0].Changes), 1)
	w.editBox("a", func(s *boxSpec) { s.Properties["trace.x"] = text("other") })
	same(t, "by hand", len(w.plan(t, m("on"), Policy{}).Steps[0].Changes), 1)
}

func TestIgnore(t *testing.T) {
	tests := []struct {
		name, path, until string
		want              Action
	}{
		{"no entry", "/other", "", Update},
		{"for ever", "/note", "", Unchanged},
		{"glob", "/no*", "", Unchanged},
		{"a star is one element", "/*/note", "", Update},
		{"until today", "/note", "2026-11-23", Unchanged},
		{"expired", "/note", "2026-11-22", Update},
		{"damaged glob", "/[", "", Update},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.must(t, one(w.box("a", red)), Policy{})
			w.editBox("a", func(s *boxSpec) { s.Note = text("by hand") })
			plan := w.plan(t, one(w.box("a", red, ignore(c.path, c.until))), Policy{})
			same(t, "action", plan.Steps[0].Action, c.want)
			same(t, "differs", plan.Differs(), c.want == Update)
		})
	}
}

func TestServerSetFieldsAreNotCompared(t *testing.T) {
	w := newWorld()
	m := one(w.box("a", boxSpec{Note: text("n"), Stamp: text("what the file says")}))
	w.must(t, m, Policy{})
	w.settled(t, m, Policy{})
}

// TestPositionsAndFacts checks what reports need of a step.
func TestPositionsAndFacts(t *testing.T) {
	w := newWorld()
	m := one(w.account("a", accountSpec{Role: text("r"), Secret: hidden("s", "SECRET")}))
	w.must(t, m, Policy{})
	m[0].Spec = accountSpec{Role: text("other"), Secret: hidden("s", "SECRET")}
	s := w.plan(t, m, Policy{}).Steps[0]
	same(t, "position", s.Position, at(""))
	same(t, "positions", s.Positions, map[string]resource.Position{"/role": at("/role")})
	same(t, "evidence", s.Evidence, EvidenceUnseen)
	for i, want := range []Fact{{Path: "/role", Evidence: EvidenceRead}, {Path: "/secret", Evidence: EvidenceUnseen}} {
		have := s.Facts[i]
		have.At = time.Time{}
		same(t, "fact", have, want)
	}
}

// TestListFails: a collection that cannot be read is no empty collection.
func TestListFails(t *testing.T) {
	w := newWorld()
	l := w.ledger(t)
	w.dead = true
	plan, err := Make(t.Context(), w.request(l, nil, Policy{}))
	if err == nil || len(plan.Steps) > 0 {
		t.Errorf("a plan without having read: %v", plan.Steps)
	}
}

// TestUnset: a secret may be missing only before its object exists.
func TestUnset(t *testing.T) {
	w := newWorld()
	open := func(name string, meta ...func(*resource.Meta)) Desired {
		return w.account(name, accountSpec{Role: text("r"), Secret: outside("MISSING")}, meta...)
	}
	w.foreignAccount("there", accountSpec{Role: text("r")})
	w.foreignAccount("goes", accountSpec{Role: text("r")})
	set := w.account("set", accountSpec{Role: text("r"), Secret: hidden("s", "SECRET")})
	faults := w.plan(t, manifest{open("there"), open("not yet"), open("goes", absent), set}, Policy{}).Unset()
	if len(faults) != 1 {
		t.Fatalf("faults: %v", faults)
	}
	same(t, "object", *faults[0].Ref, ref("Account", "there"))
	same(t, "path", faults[0].Path, "/secret")
	same(t, "code", faults[0].Code, "E170")
}

// TestWhatNobodyShows: a person made the account, as its secret tells; there is no
// interface to ask, so nothing is done and nothing claimed.
func TestWhatNobodyShows(t *testing.T) {
	w := newWorld()
	w.person = true
	secretIs := func(v resource.Value) manifest { return one(w.account("a", accountSpec{Role: text("r"), Secret: v})) }
	half := accountSpec{Other: hidden("s", "SECRET"), Secret: outside("MISSING")}
	same(t, "one of two", w.plan(t, one(w.account("a", half)), Policy{}).Steps[0].Action, Create)
	s := w.plan(t, secretIs(hidden("s", "SECRET")), Policy{}).Steps[0]
	same(t, "set", s.Action, Unchanged)
	same(t, "state", s.State, Unknown)
	s = w.plan(t, secretIs(outside("SECRET")), Policy{}).Steps[0]
	same(t, "not set", s.Action, Create)
	same(t, "waits", s.Waiting(), true)
}
