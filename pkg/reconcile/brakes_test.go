package reconcile

import (
	"fmt"
	"strings"
	"testing"

	"reconcile/pkg/resource"
)

// many makes n boxes that this integration owns.
func (w *world) many(t *testing.T, n int) manifest {
	var m manifest
	for i := range n {
		m = append(m, w.box(fmt.Sprintf("b%02d", i), red))
	}
	w.must(t, m, Policy{})
	w.heal()
	return m
}

func TestDeleteLimits(t *testing.T) {
	tests := []struct {
		name          string
		owned, doomed int
		policy        Policy
		want          []string
		remedy        string
	}{
		{"no limit", 12, 12, Policy{}, nil, ""},
		{"as many as allowed", 5, 3, Policy{MaxDeletes: 3}, nil, ""},
		{"one too many", 5, 4, Policy{MaxDeletes: 3}, []string{"E203"}, "--max-deletes"},
		{"the share allowed", 10, 5, Policy{MaxDeleteShare: 0.5}, nil, ""},
		{"more than the share", 10, 6, Policy{MaxDeleteShare: 0.5}, []string{"E203"}, "--max-delete-share"},
		{"none at all", 5, 1, Policy{MaxDeletes: -1}, []string{"E203"}, "--max-deletes"},
		{"no share at all", 10, 1, Policy{MaxDeleteShare: -1}, []string{"E203"}, "--max-delete-share"},
		{"none, and none wanted", 5, 0, Policy{MaxDeletes: -1, MaxDeleteShare: -1}, nil, ""},
		{"no share below ten", 9, 9, Policy{MaxDeleteShare: 0.5}, nil, ""},
		{"both", 10, 6, Policy{MaxDeletes: 5, MaxDeleteShare: 0.5}, []string{"E203", "E203"}, "--max-deletes"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			m := w.many(t, c.owned)[c.doomed:]
			c.policy.Prune = true
			plan := w.plan(t, m, c.policy)
			same(t, "refused", codes(plan), c.want)
			if c.want != nil && !strings.Contains(plan.Refused[0].Remedy, c.remedy) {
				t.Errorf("the remedy %q does not name %s", plan.Refused[0].Remedy, c.remedy)
			}
			err := Apply(t.Context(), &plan, Options{})
			same(t, "refused to apply", err != nil, c.want != nil)
			left := c.owned - c.doomed
			if c.want != nil {
				left = c.owned
				same(t, "writes", w.writes, nil)
			}
			same(t, "boxes left", len(w.boxes.stored), left)
		})
	}
}

// TestDeleteLimitsCountStateAbsent: the limits hold however a deletion is asked for.
func TestDeleteLimitsCountStateAbsent(t *testing.T) {
	w := newWorld()
	w.many(t, 2)
	m := manifest{w.box("b00", red, absent), w.box("b01", red, absent)}
	same(t, "refused", codes(w.plan(t, m, Policy{MaxDeletes: 1})), []string{"E203"})
}

func TestRefusalsNameWhatLiftsThem(t *testing.T) {
	tests := []struct {
		code   string
		setup  func(w *world) (manifest, Policy)
		remedy string
	}{
		{"E201", func(w *world) (manifest, Policy) { w.foreignBox("a", red); return box(blue)(w), Policy{} }, "--adopt"},
		{"E202", func(w *world) (manifest, Policy) {
			w.foreignBox("a", boxSpec{Type: text("old")})
			return box(boxSpec{Type: text("new")}, adopt)(w), Policy{}
		}, "another name"},
		{"E205", func(w *world) (manifest, Policy) { w.foreignBox("a", red); return box(red, absent)(w), Policy{} }, "adopt"},
		{"E206", func(w *world) (manifest, Policy) {
			w.foreignBox("a", red)
			return box(red, absent, protect(true))(w), Policy{}
		}, "protect: false"},
	}
	for _, c := range tests {
		t.Run(c.code, func(t *testing.T) {
			w := newWorld()
			plan := w.plan(t, first(c.setup(w)), second(c.setup(w)))
			same(t, "refused", codes(plan), []string{c.code})
			fault := plan.Refused[0]
			if !strings.Contains(fault.Remedy, c.remedy) || !strings.Contains(fault.Message, "Box/a") {
				t.Errorf("%q and %q do not name the object and %q", fault.Message, fault.Remedy, c.remedy)
			}
			same(t, "position", fault.Position, at(""))
		})
	}
}

func first(m manifest, _ Policy) manifest { return m }
func second(_ manifest, p Policy) Policy  { return p }

func TestImmutable(t *testing.T) {
	w := newWorld()
	w.must(t, one(w.box("a", boxSpec{Type: text("old")})), Policy{})
	changed := one(w.box("a", boxSpec{Type: text("new")}))
	same(t, "refused", codes(w.plan(t, changed, Policy{})), []string{"E202"})
	ignored := one(w.box("a", boxSpec{Type: text("new")}, ignore("/type", "")))
	same(t, "ignored", codes(w.plan(t, ignored, Policy{})), nil)
	watched := one(w.box("a", boxSpec{Type: text("new")}, unmanaged))
	same(t, "only watched", codes(w.plan(t, watched, Policy{})), nil)
}

func TestStopOnLiveChanges(t *testing.T) {
	tests := []struct {
		name  string
		hand  string
		after boxSpec
		want  []string
	}{
		{"nobody moved", "red", red, nil},
		{"the manifest moved", "red", blue, nil},
		{"a hand moved", "hand", red, []string{"E204"}},
		{"both moved", "hand", blue, []string{"E204"}},
		{"both to the same", "blue", blue, nil},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.must(t, box(red)(w), Policy{})
			w.editBox("a", func(s *boxSpec) { s.Note = text(c.hand) })
			m := box(c.after)(w)
			same(t, "stop", codes(w.plan(t, m, Policy{LiveChanges: resource.StopAtChanges})), c.want)
			same(t, "overwrite", codes(w.plan(t, m, Policy{LiveChanges: resource.OverwriteChanges})), nil)
			watched := box(c.after, unmanaged)(w)
			same(t, "watched", codes(w.plan(t, watched, Policy{LiveChanges: resource.StopAtChanges})), nil)
		})
	}
}

func TestStopOnDeletionByHand(t *testing.T) {
	w := newWorld()
	m := manifest{w.box("a", red), w.box("new", red)}
	w.must(t, m[:1], Policy{})
	delete(w.boxes.stored, "a")
	plan := w.plan(t, m, Policy{LiveChanges: resource.StopAtChanges})
	same(t, "stop", codes(plan), []string{"E204"})
	same(t, "object", *plan.Refused[0].Ref, ref("Box", "a"))
	same(t, "overwrite", codes(w.plan(t, m, Policy{})), nil)
}

// TestOnlyLeavesOtherBrakesAlone: what is not asked for cannot refuse.
func TestOnlyLeavesOtherBrakesAlone(t *testing.T) {
	w := newWorld()
	w.foreignBox("theirs", red)
	m := manifest{w.box("theirs", blue), w.box("a", red)}
	same(t, "all", codes(w.plan(t, m, Policy{})), []string{"E201"})
	same(t, "only", codes(w.planOnly(t, m, Policy{}, ref("Box", "a"))), nil)
}

func TestOrphansOfProtectedKindsStay(t *testing.T) {
	w := newWorld()
	w.must(t, box(red)(w), Policy{})
	r := w.request(w.ledger(t), nil, Policy{Prune: true})
	protected := boxKind()
	protected.Protected = true
	r.Kinds = []resource.Kind{resource.Bind(protected, resource.WayAPI, w.boxes)}
	plan, err := Make(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "actions", actions(plan), map[string]Action{"Box/a": Kept})
}

// TestOrphansGoLast: an object that left the manifest may still be in use until
// what used it was changed, and goes in the reverse order of making.
func TestOrphansGoLast(t *testing.T) {
	w := newWorld()
	before := manifest{
		w.account("old", accountSpec{Role: text("r")}),
		w.box("a", boxSpec{Properties: resource.Properties{"id": output("Account", "old", "id")}}),
		w.box("unused", red),
	}
	w.must(t, before, Policy{})
	w.heal()
	w.history = nil
	m := manifest{w.box("a", boxSpec{Properties: props("id", "fixed")})}
	w.must(t, m, Policy{Prune: true})
	same(t, "history", w.history, []string{"update Box/a", "delete Box/unused", "delete Account/old"})
}

// TestOrphanOfAnInterruptedRun: what an interrupted create left behind does not
// get lost when the object leaves the manifest.
func TestOrphanOfAnInterruptedRun(t *testing.T) {
	for _, c := range []struct {
		name   string
		object func(w *world) Desired
		want   Action
	}{
		{"recognised by its key", func(w *world) Desired { return w.account("a", accountSpec{Role: text("r")}) }, Delete},
		{"recognised by its content", func(w *world) Desired { return w.box("a", red) }, Delete},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			m := one(c.object(w))
			w.interrupt(t, m, cut{at: 2, after: true, dies: true})
			plan := w.plan(t, nil, Policy{Prune: true})
			same(t, "actions", actions(plan), map[string]Action{m[0].String(): c.want})
			w.must(t, nil, Policy{Prune: true})
		})
	}
}
