package reconcile

import (
	"encoding/json"
	"testing"
	"time"

	"reconcile/pkg/resource"
)

// accepts accepts the changes by hand of Box/a and stores that.
func (w *world) accepts(t *testing.T, m manifest, until, ticket string) []string {
	t.Helper()
	r := w.request(w.ledger(t), m, Policy{})
	plan, err := Make(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	paths, _ := plan.Accept(ref("Box", "a"), Acceptance{Until: until, Ticket: ticket, By: "me"})
	if err := r.Ledger.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	return paths
}

// TestAcceptances: each path has its own word, which holds while nobody moves what
// is live or what is wanted.
func TestAcceptances(t *testing.T) {
	w := newWorld()
	spec := boxSpec{Note: text("red"), Properties: props("p", "one")}
	m := one(w.box("a", spec))
	stop := Policy{LiveChanges: resource.StopAtChanges}
	w.must(t, m, stop)
	w.editBox("a", func(s *boxSpec) { s.Note = text("hand") })
	same(t, "first", w.accepts(t, m, "2026-12-31", "CHG1"), []string{"/note"})
	w.editBox("a", func(s *boxSpec) { s.Properties["extra"] = text("hand") })
	same(t, "brakes", codes(w.plan(t, m, stop)), []string{"E204"})
	same(t, "second", w.accepts(t, m, "2026-11-26", "CHG2"), []string{"/properties/extra"})
	plan := w.plan(t, m, stop)
	same(t, "told", step(t, plan, "Box/a").Accepted, []Accepted{
		{[]string{"/note"}, "2026-12-31", "CHG1", "me"}, {[]string{"/properties/extra"}, "2026-11-26", "CHG2", "me"},
	})
	same(t, "warnings", []string{plan.Warnings[0].Code, plan.Warnings[1].Code}, []string{"W212", "W213"})
	w.settled(t, m, stop)

	// Another field is written: what is accepted stays, also what is in no list.
	spec.Properties = props("p", "two")
	other := one(w.box("a", spec))
	w.must(t, other, stop)
	live := w.boxes.stored["a"].spec
	same(t, "note", live.Note.Text(), "hand")
	same(t, "extra", live.Properties["extra"].Text(), "hand")
	w.settled(t, other, stop)

	// Another wish ends it, overwriting lifts it, and so does the day.
	wish := one(w.box("a", boxSpec{Note: text("blue"), Properties: spec.Properties}))
	same(t, "wish", codes(w.plan(t, wish, stop)), []string{"E204"})
	lifted := stop
	lifted.OverwriteLive = []resource.Ref{ref("Box", "a")}
	same(t, "lifted", len(step(t, w.plan(t, other, lifted), "Box/a").Changes), 2)
	w.clock = w.clock.Add(7 * 24 * time.Hour)
	late := w.plan(t, other, stop)
	same(t, "late", origins(step(t, late, "Box/a")), map[string]resource.Origin{"/properties/extra": resource.OriginLive})
	w.must(t, other, lifted)
	same(t, "forgotten", w.ledger(t).Entry(ref("Box", "a")).Accepted, nil)
	w.settled(t, other, stop)
}

// TestAcceptancesOfOlderLedgers: one word about many paths is read as one each.
func TestAcceptancesOfOlderLedgers(t *testing.T) {
	w := newWorld()
	m := one(w.box("a", red))
	w.must(t, m, Policy{})
	w.editBox("a", func(s *boxSpec) { s.Note = text("hand") })
	l := w.ledger(t)
	e := l.Entry(ref("Box", "a"))
	older := map[string]any{"until": "2026-12-31", "ticket": "CHG1", "by": "me", "paths": map[string]string{"/note": l.Fingerprint(text("hand"))}}
	data, err := json.Marshal(older)
	if err != nil || json.Unmarshal(data, &e.Accepted) != nil {
		t.Fatal(err)
	}
	l.Put(e)
	if err := l.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop := Policy{LiveChanges: resource.StopAtChanges}
	w.settled(t, m, stop)
	same(t, "wish", codes(w.plan(t, box(blue)(w), stop)), []string{"E204"})
}

// TestNothingToAccept says why.
func TestNothingToAccept(t *testing.T) {
	w := newWorld()
	w.foreignBox("theirs", red)
	m := manifest{w.box("a", red), w.box("theirs", blue)}
	w.must(t, m[:1], Policy{})
	for name, why := range map[string]string{
		"a": "nothing on it was changed by hand", "theirs": "this integration did not make it, so nothing on it counts as changed by hand",
	} {
		_, refused := w.plan(t, m, Policy{}).Accept(ref("Box", name), Acceptance{})
		same(t, name, refused, why)
	}
	delete(w.boxes.stored, "a")
	_, refused := w.plan(t, m, Policy{}).Accept(ref("Box", "a"), Acceptance{})
	same(t, "deleted", refused, "it was deleted by hand, and only a change can be left alone")
}
