package reconcile

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
)

// killedAfterCreate leaves a box that this integration made, and an open intent.
func killedAfterCreate(t tester, s boxSpec) *world {
	w := newWorld()
	w.interrupt(t, one(w.box("a", s)), cut{at: 2, after: true, dies: true})
	return w
}

// TestEditedAfterAnInterruptedCreate: what an interrupted create left behind is
// ours also when the manifest wants something else by now, and stays foreign when
// somebody else may have made it.
func TestEditedAfterAnInterruptedCreate(t *testing.T) {
	first := boxSpec{Note: text("red"), Properties: props("p", "1")}
	next := boxSpec{Note: text("blue"), Properties: props("q", "2")}
	for _, c := range []struct {
		name  string
		first boxSpec
		hand  func(*boxSpec)
		after boxSpec
		want  []string
	}{
		{"edited", first, nil, next, nil},
		{"a property left", first, nil, boxSpec{Note: text("red"), Properties: props()}, nil},
		{"not edited", first, nil, first, nil},
		{"another value", first, func(s *boxSpec) { s.Note = text("green") }, next, []string{"E201"}},
		{"a value is missing", first, func(s *boxSpec) { delete(s.Properties, "p") }, next, []string{"E201"}},
		{"one more property", first, func(s *boxSpec) { s.Properties["x"] = text("1") }, next, []string{"E201"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := killedAfterCreate(t, c.first)
			if c.hand != nil {
				w.editBox("a", c.hand)
			}
			m := one(w.box("a", c.after))
			same(t, "refused", codes(w.plan(t, m, Policy{})), c.want)
			if c.want == nil {
				// Killed once more, before and after the change.
				w.interrupt(t, m, cut{at: 2, dies: true})
				w.interrupt(t, m, cut{at: 2, after: true, dies: true})
				w.must(t, m, Policy{})
				w.settled(t, m, Policy{})
				same(t, "adopted", w.ledger(t).Entry(ref("Box", "a")).Adopted, false)
			}
		})
	}
}

// TestEditedAfterAnInterruptedBulk: the same for a call that creates many.
func TestEditedAfterAnInterruptedBulk(t *testing.T) {
	w := newWorld()
	w.bulk = true
	var before, after manifest
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		before, after = append(before, w.box(name, red)), append(after, w.box(name, blue))
	}
	w.interrupt(t, before, cut{at: 2, after: true, dies: true})
	w.must(t, after, Policy{})
	w.settled(t, after, Policy{})
}

// TestOldIntent: an intent of an older version says nothing of what was wanted;
// then only the content of now counts.
func TestOldIntent(t *testing.T) {
	for _, c := range []struct {
		name string
		now  boxSpec
		want []string
	}{{"equal", red, nil}, {"edited", blue, []string{"E201"}}} {
		t.Run(c.name, func(t *testing.T) {
			w := killedAfterCreate(t, red)
			l := w.ledger(t)
			e := l.Entry(ref("Box", "a"))
			e.Intent = &Intent{Action: Create, Key: e.Intent.Key, At: e.Intent.At}
			l.Put(e)
			save(t, l)
			same(t, "refused", codes(w.plan(t, one(w.box("a", c.now)), Policy{})), c.want)
		})
	}
}

// TestLeftAfterAnInterruptedCreate: what left the manifest meanwhile is listed,
// and goes when that is wanted.
func TestLeftAfterAnInterruptedCreate(t *testing.T) {
	gone := func(w *world) manifest { return one(w.box("a", red, absent)) }
	for _, c := range []struct {
		name   string
		hand   func(*boxSpec)
		after  func(*world) manifest
		policy Policy
		want   Action
	}{
		{"kept", nil, none, Policy{}, Kept},
		{"pruned", nil, none, Policy{Prune: true}, Delete},
		{"absent", nil, gone, Policy{}, Delete},
		{"changed by somebody", func(s *boxSpec) { s.Note = text("hand") }, none, Policy{Prune: true}, Kept},
		{"absent, changed by somebody", func(s *boxSpec) { s.Note = text("hand") }, gone, Policy{}, Kept},
		{"extended by somebody", func(s *boxSpec) { s.Properties = props("x", "1") }, none, Policy{Prune: true}, Kept},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := killedAfterCreate(t, red)
			if c.hand != nil {
				w.editBox("a", c.hand)
			}
			m := c.after(w)
			plan := w.plan(t, m, c.policy)
			same(t, "actions", actions(plan), map[string]Action{"Box/a": c.want})
			if c.want == Delete {
				w.must(t, m, c.policy)
				w.settled(t, m, c.policy)
				return
			}
			if len(plan.Refused) == 0 {
				w.must(t, m, c.policy)
			}
			same(t, "intent is kept", w.ledger(t).Entry(ref("Box", "a")).Intent != nil, true)
		})
	}
}

// TestRevertedAfterAnInterruptedUpdate: nobody knows which of two secrets a
// service holds that shows neither, so it is written again.
func TestRevertedAfterAnInterruptedUpdate(t *testing.T) {
	w := newWorld()
	with := func(s string) manifest {
		return one(w.account("a", accountSpec{Secret: hidden(s, "SECRET").WithLabel("same")}))
	}
	w.must(t, with("old"), Policy{})
	w.heal()
	w.interrupt(t, with("new"), cut{at: 2, after: true, dies: true})
	w.must(t, with("old"), Policy{})
	same(t, "secret", w.accounts.stored[0].spec.Secret.Text(), "old")
	w.settled(t, with("old"), Policy{})
}

// TestUnsentIntentsAreTakenBack: a batch whose announcement could not be stored
// was not sent, and the save that records the batch before must not claim it.
func TestUnsentIntentsAreTakenBack(t *testing.T) {
	w := newWorld()
	m := manifest{w.box("a", red), w.box("b", blue, adopt), w.task("t", taskSpec{Runs: true, Needs: []resource.Ref{ref("Box", "b")}})}
	w.foreignBox("b", red)
	plan := w.plan(t, m, Policy{})
	// Announce a, create a, announce b.
	w.fault = cut{at: 3}
	if err := Apply(t.Context(), &plan, Options{Parallelism: 1}); !errors.Is(err, connect.ErrUncertain) {
		t.Fatalf("the error is %v", err)
	}
	w.heal()
	l := w.ledger(t)
	same(t, "a", l.Entry(ref("Box", "a")).Owned, true)
	for _, r := range l.Refs() {
		if e := l.Entry(r); r.Name != "a" && (e.Intent != nil || e.Owned || e.Owed) {
			t.Errorf("the ledger claims %+v", e)
		}
	}
}

// TestHalfAnAnnouncementIsTakenBack: of a ledger in several pieces, a part was
// stored when the save failed.
func TestHalfAnAnnouncementIsTakenBack(t *testing.T) {
	w := filled(t, 60)
	l := w.ledger(t)
	old := l.Entry(ref("Box", "b000"))
	old.ID = ""
	l.Put(old)
	save(t, l)
	w.heal()
	w.foreignBox("b000", red)
	w.foreignBox("b059", red)
	m := manifest{w.box("b000", blue), w.box("b059", blue)}
	plan := w.plan(t, m, Policy{})
	// Later pieces are written first.
	w.fault = cut{at: 2}
	if err := Apply(t.Context(), &plan, Options{Parallelism: 8}); err == nil {
		t.Fatal("the cut did not happen")
	}
	w.heal()
	l = w.ledger(t)
	for _, r := range l.Refs() {
		if l.Entry(r).Intent != nil {
			t.Errorf("the ledger claims that %s was about to be changed", r)
		}
	}
}

// TestLedgerOfALookalike: a-b of stage c and a of stage b-c share every name, and
// never a ledger.
func TestLedgerOfALookalike(t *testing.T) {
	w := newWorld()
	one, other := Identity{"demo", "x-test"}, Identity{"demo-x", "test"}
	same(t, "names", one.String(), other.String())
	l, err := OpenLedger(t.Context(), one, w.store)
	if err != nil {
		t.Fatal(err)
	}
	l.Put(fat("a", 1))
	save(t, l)
	_, err = OpenLedger(t.Context(), other, w.store)
	if !errors.Is(err, ErrLedger) || !strings.Contains(err.Error(), `"demo" of stage "x-test"`) {
		t.Errorf("the error is %v", err)
	}
	if _, err := OpenLedger(t.Context(), one, w.store); err != nil {
		t.Errorf("its own: %v", err)
	}
}

// TestOldHeaderIsRead: headers without name and stage are read, and get them when
// their piece is written next.
func TestOldHeaderIsRead(t *testing.T) {
	w := filled(t, 1)
	for name, s := range w.store.shards {
		var h header
		if err := json.Unmarshal([]byte(s.Properties[metaProperty]), &h); err != nil {
			t.Fatal(err)
		}
		h.Name, h.Stage = "", ""
		s.Properties = maps.Clone(s.Properties)
		s.Properties[metaProperty] = marshal(h)
		w.store.shards[name] = s
	}
	l := w.ledger(t)
	same(t, "entries", len(l.Refs()), 1)
	l.Put(fat("new", 1))
	save(t, l)
	if text := w.store.shards[LedgerName(testID)+"0"].Properties[metaProperty]; !strings.Contains(text, `"name":"demo"`) {
		t.Errorf("the header is %s", text)
	}
}
