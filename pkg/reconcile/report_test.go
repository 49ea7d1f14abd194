package reconcile

import (
	"strings"
	"testing"
	"time"

	"reconcile/pkg/resource"
)

// reportWorld is a world in which a person makes accounts, and a box that needs
// what one of them brings.
func reportWorld() *world {
	w := newWorld()
	w.person = true
	return w
}

func (w *world) needing(role string, secret resource.Value) manifest {
	return manifest{
		w.account("a", accountSpec{Role: text(role), Secret: secret}),
		w.account("b", accountSpec{Role: text("r")}),
		w.box("x", boxSpec{Note: resource.Output(ref("Account", "a"), "id")}),
	}
}

// said makes the report of an account.
func said(name, id string) Said {
	return Said{Ref: ref("Account", name), ID: id, By: "anna", At: time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)}
}

// report takes reports and keeps them, or returns why not.
func (w *world) report(t tester, m manifest, all ...Said) []resource.Fault {
	t.Helper()
	p := w.plan(t, m, Policy{})
	_, refused := p.Take(all, false)
	if len(refused) == 0 {
		if err := p.maker.Ledger.Save(t.Context()); err != nil {
			t.Fatalf("%v", err)
		}
	}
	return refused
}

// TestReportedObject: what was reported is there, brings its identifier to who
// needs it, and is never said to be in sync.
func TestReportedObject(t *testing.T) {
	w := reportWorld()
	m := w.needing("r", resource.Value{})
	same(t, "refused", len(w.report(t, m, said("a", "id-1"), said("b", "id-2"))), 0)
	p := w.plan(t, m, Policy{})
	a := step(t, p, "Account/a")
	same(t, "action", a.Action, Unchanged)
	same(t, "state", a.State, Unknown)
	same(t, "evidence", a.Evidence, EvidenceReported)
	same(t, "orders", len(p.Orders()), 0)
	w.must(t, m, Policy{})
	same(t, "the box got the id", w.boxes.stored["x"].spec.Note.Text(), "id-1")
	w.settled(t, m, Policy{})

	p = w.plan(t, m, Policy{})
	p.Prove(ref("Account", "a"), []string{"/role"})
	a = step(t, p, "Account/a")
	same(t, "proved", a.Evidence, EvidenceProbe)
	same(t, "proved state", a.State, InSync)
}

// TestChangedSinceReported: the manifest moves on, and a new order says what.
func TestChangedSinceReported(t *testing.T) {
	w := reportWorld()
	first := w.plan(t, w.needing("r", resource.Value{}), Policy{}).Orders()
	w.report(t, w.needing("r", resource.Value{}), said("a", "id-1"), said("b", "id-2"))
	m := w.needing("other", resource.Value{})
	p := w.plan(t, m, Policy{})
	a := step(t, p, "Account/a")
	same(t, "action", a.Action, Update)
	same(t, "path", a.Changes[0].Path, "/role")
	same(t, "before", a.Changes[0].Have.Form(), resource.Unseen)
	same(t, "the id is still known", p.Identifier(ref("Account", "a")), "id-1")

	old := said("a", "")
	old.Order = first[0].ID
	refused := w.report(t, m, old)
	same(t, "code", refused[0].Code, "E240")
	short := said("a", "")
	short.Order = p.Orders()[0].ID[:shortest]
	same(t, "refused", len(w.report(t, m, short)), 0)
	same(t, "action", step(t, w.plan(t, m, Policy{}), "Account/a").Action, Unchanged)

	// There and back again is another order than the first time.
	back := w.plan(t, w.needing("r", resource.Value{}), Policy{}).Orders()
	if len(back) != 1 || back[0].ID == first[0].ID || back[0].ID == short.Order {
		t.Errorf("%+v", back)
	}
}

// TestOrderIsStable: neither a secret that comes to hand nor an identifier that
// becomes known makes another order.
func TestOrderIsStable(t *testing.T) {
	w := reportWorld()
	id := func(secret resource.Value, name string) string {
		return step(t, w.plan(t, w.needing("r", secret), Policy{}), name).work.order
	}
	before := id(outside("SECRET"), "Account/a")
	same(t, "with the secret at hand", id(hidden("s", "SECRET"), "Account/a"), before)
	if id(outside("ELSEWHERE"), "Account/a") == before {
		t.Error("another place for the secret is the same order")
	}
}

func TestRefusedReports(t *testing.T) {
	w := reportWorld()
	m := w.needing("r", resource.Value{})
	same(t, "refused", len(w.report(t, m, said("b", "id-2"))), 0)
	stranger := Said{Ref: ref("Account", "nobody"), ID: "x"}
	boxed := Said{Ref: ref("Box", "x"), ID: "x"}
	for name, c := range map[string]struct {
		said Said
		code string
	}{
		"nobody's":       {stranger, "E241"},
		"not a person's": {boxed, "E241"},
		"taken id":       {said("a", "id-2"), "E243"},
	} {
		refused := w.report(t, m, c.said)
		if len(refused) != 1 || refused[0].Code != c.code || refused[0].Remedy == "" {
			t.Errorf("%s: %+v", name, refused)
		}
	}
	same(t, "nothing was taken", step(t, w.plan(t, m, Policy{}), "Account/a").Action, Create)
}

func TestFourEyesRule(t *testing.T) {
	w := reportWorld()
	m := w.needing("r", resource.Value{})
	for doubt, want := range map[string]int{"nobody vouches": 1, "": 0} {
		s := said("a", "id-1")
		s.Doubt = doubt
		_, refused := w.plan(t, m, Policy{}).Take([]Said{s}, true)
		same(t, "refused, "+doubt, len(refused), want)
		_, refused = w.plan(t, m, Policy{}).Take([]Said{s}, false)
		same(t, "refused without the policy", len(refused), 0)
	}
}

// TestForgottenHandOver: an account is there and its secret is not: its order
// opens again, and nothing that needs the secret goes on.
func TestForgottenHandOver(t *testing.T) {
	w := reportWorld()
	m := w.needing("r", outside("SECRET"))
	w.report(t, m, said("a", "id-1"))
	s := step(t, w.plan(t, m, Policy{}), "Account/a")
	same(t, "waits", s.Waiting(), true)
	same(t, "action", s.Action, Update)
	s = step(t, w.plan(t, w.needing("r", hidden("s", "SECRET")), Policy{}), "Account/a")
	same(t, "action", s.Action, Unchanged)
}

// TestDeletedByPerson: who leaves the manifest is kept, pruned by an order, and
// forgotten once that is reported.
func TestDeletedByPerson(t *testing.T) {
	w := reportWorld()
	m := w.needing("r", resource.Value{})
	w.report(t, m, said("a", "id-1"), said("b", "id-2"))
	less := manifest{m[0], m[2]}
	same(t, "kept", step(t, w.plan(t, less, Policy{}), "Account/b").Action, Kept)
	p := w.plan(t, less, Policy{Prune: true})
	same(t, "deleted", step(t, p, "Account/b").Action, Delete)
	same(t, "waits", len(p.Orders()), 1)
	p.Take([]Said{said("b", "")}, false)
	same(t, "forgotten", p.maker.Ledger.Entry(ref("Account", "b")).Owned, false)
}

func TestOldReports(t *testing.T) {
	w := reportWorld()
	m := w.needing("r", resource.Value{})
	s := said("a", "id-1")
	s.Order = w.plan(t, m, Policy{}).Orders()[0].ID
	same(t, "refused", len(w.report(t, m, s)), 0)
	l := w.ledger(t)
	same(t, "counted", l.Counted(s), true)
	later := s
	later.Order, later.At = strings.Repeat("x", 64), s.At.Add(time.Hour)
	same(t, "another", l.Old(later), false)
	later.At = s.At.Add(-time.Hour)
	same(t, "history", l.Old(later), true)
}
