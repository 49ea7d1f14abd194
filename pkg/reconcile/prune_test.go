package reconcile

import (
	"strings"
	"testing"

	"reconcile/pkg/resource"
)

// TestPruneMindsHands: what somebody changed by hand is not deleted unseen, neither
// by --prune nor by state: absent.
func TestPruneMindsHands(t *testing.T) {
	stop := Policy{Prune: true, LiveChanges: resource.StopAtChanges}
	spec := boxSpec{Note: text("red"), Password: text("pw"), Properties: props("p", "one")}
	gone := func(m *resource.Meta) { m.State = "absent" }
	for name, c := range map[string]struct {
		edit func(*boxSpec)
		want []string
	}{
		"nothing":  {func(*boxSpec) {}, nil},
		"changed":  {func(s *boxSpec) { s.Note = text("hand") }, []string{"/note"}},
		"secret":   {func(s *boxSpec) { s.Password = text("hand") }, []string{"/password"}},
		"added":    {func(s *boxSpec) { s.Properties["q"] = text("hand") }, []string{"/properties/q"}},
		"removed":  {func(s *boxSpec) { delete(s.Properties, "p") }, []string{"/properties/p"}},
		"a filler": {func(s *boxSpec) { s.Stamp = text("service") }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.must(t, one(w.box("a", spec)), Policy{})
			w.editBox("a", c.edit)
			for _, m := range []manifest{nil, one(w.box("a", spec, gone))} {
				plan := w.plan(t, m, stop)
				var paths []string
				for _, f := range plan.Refused {
					path, _, _ := strings.Cut(strings.TrimPrefix(f.Message, "Box/a: "), " ")
					paths = append(paths, path)
				}
				same(t, "refused", paths, c.want)
				same(t, "by default", codes(w.plan(t, m, Policy{Prune: true})), nil)
				if reason := step(t, plan, "Box/a").Reason; strings.Contains(reason, "by hand") != (c.want != nil) {
					t.Errorf("the reason is %q", reason)
				}
			}
			lifted := stop
			lifted.OverwriteLive = []resource.Ref{ref("Box", "a")}
			w.must(t, nil, lifted)
			same(t, "left", len(w.boxes.stored), 0)
		})
	}
}

// TestProtectedWhenItLeft: what the manifest protected stays when it leaves it, also
// when nothing else was written since it said so.
func TestProtectedWhenItLeft(t *testing.T) {
	w := newWorld()
	w.must(t, manifest{w.box("first", red, protect(true)), w.box("later", red)}, Policy{})
	later := manifest{w.box("first", red, protect(true)), w.box("later", red, protect(true))}
	plan := w.must(t, later, Policy{})
	same(t, "actions", actions(plan), map[string]Action{"Box/first": Unchanged, "Box/later": Adopt})
	same(t, "not approved", len(plan.Beyond(nil)), 0)
	w.settled(t, later, Policy{})
	plan = w.plan(t, nil, Policy{Prune: true})
	same(t, "--prune would not delete it", step(t, plan, "Box/first").Prunable, false)
	same(t, "kept", actions(plan), map[string]Action{"Box/first": Kept, "Box/later": Kept})
}
