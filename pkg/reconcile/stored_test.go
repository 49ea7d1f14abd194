package reconcile

import (
	"errors"
	"maps"
	"testing"

	"reconcile/pkg/resource"
)

// adding makes the service add a property to every new box.
func (w *world) adding() {
	w.boxes.spoils = func(s boxSpec) boxSpec {
		if s.Stamp.Text() == "stamp 1" {
			s.Properties = maps.Clone(s.Properties)
			s.Properties["added"] = text("by the service")
		}
		return s
	}
}

// TestAddedByTheService: what the service adds to a new object, and the manifest
// wants absent, is gone after one run.
func TestAddedByTheService(t *testing.T) {
	for _, c := range []struct {
		name    string
		want    boxSpec
		history []string
	}{
		{"wanted absent", boxSpec{Properties: resource.Properties{"p": text("1"), "added": resource.Nothing()}}, []string{"create Box/a", "update Box/a"}},
		{"unlisted goes", boxSpec{Properties: props("p", "1")}, []string{"create Box/a", "update Box/a"}},
		{"unlisted stays", boxSpec{Properties: props("p", "1"), Unlisted: resource.UnlistedKeep}, []string{"create Box/a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.adding()
			m := one(w.box("a", c.want))
			w.must(t, m, Policy{})
			same(t, "history", w.history, c.history)
			w.settled(t, m, Policy{})
		})
	}
}

// TestAddedAndStuck: where it cannot be removed the step fails, the object is
// ours, and the next run tries again.
func TestAddedAndStuck(t *testing.T) {
	w := newWorld()
	w.adding()
	m := one(w.box("a", boxSpec{Properties: props("p", "1")}))
	plan := w.plan(t, m, Policy{})
	add := w.boxes.spoils
	w.boxes.spoils = func(s boxSpec) boxSpec {
		w.boxes.refuses = map[string]error{"a": errors.New("not now")}
		return add(s)
	}
	w.apply(t, plan, Options{})
	same(t, "outcomes", outcomes(plan), map[string]Outcome{"Box/a": Failed})
	same(t, "owned", w.ledger(t).Entry(ref("Box", "a")).Owned, true)
	w.boxes.refuses = nil
	w.boxes.spoils = add
	w.must(t, m, Policy{})
	w.settled(t, m, Policy{})
}
