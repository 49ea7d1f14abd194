package reconcile

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"reconcile/pkg/resource"
)

// TestPlanDoesNotDependOnListOrder: services list in any order.
func TestPlanDoesNotDependOnListOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		w := s.play(t)
		m := desired(w, s.after)
		one := w.plan(t, m, generous)
		w.reversed = true
		two := w.plan(t, m, generous)
		same(t, "steps", summary(two), summary(one))
		same(t, "digest", two.Digest, one.Digest)
	})
}

// TestDigestDoesNotDependOnManifestOrder: only the order of independent steps does.
func TestDigestDoesNotDependOnManifestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		w := s.play(t)
		m := desired(w, s.after)
		one := w.plan(t, m, generous)
		two := w.plan(t, rapid.Permutation(m).Draw(t, "order"), generous)
		same(t, "digest", two.Digest, one.Digest)
		same(t, "actions", actions(two), actions(one))
	})
}

// TestParallelismChangesNothing: the outcome is the same with any number of calls
// at the same time.
func TestParallelismChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		results := map[string]bool{}
		for _, n := range []int{1, 8, 64} {
			w := s.play(t)
			w.boxes.refuses = map[string]error{"b": errNo}
			plan := w.plan(t, desired(w, s.after), generous)
			w.apply(t, plan, Options{Parallelism: n})
			results[fmt.Sprint(outcomes(plan), w.existing())] = true
		}
		if len(results) != 1 {
			t.Fatalf("different results: %v", results)
		}
	})
}

// TestDigest checks what changes the digest of a plan and what must not.
func TestDigest(t *testing.T) {
	base := func(w *world) Request {
		w.foreignBox("a", red)
		return w.request(w.ledger(t), manifest{w.box("a", blue, adopt), w.box("b", boxSpec{Password: hidden("s", "S").WithLabel("1")})}, Policy{})
	}
	tests := []struct {
		name   string
		change func(w *world, r *Request)
		same   bool
	}{
		{"nothing", func(*world, *Request) {}, true},
		{"positions", func(_ *world, r *Request) {
			r.Objects[0].At = func(string) resource.Position { return resource.Position{File: "other.yaml", Line: 99} }
		}, true},
		{"time", func(w *world, _ *Request) { w.clock = w.clock.AddDate(1, 0, 0) }, true},
		{"ledger", func(_ *world, r *Request) {
			r.Ledger.Put(Entry{Ref: ref("Box", "b"), Wrote: map[string]string{"/note": "x"}, Seen: []Observation{{By: "me"}}})
		}, true},
		{"order", func(_ *world, r *Request) { r.Objects[0], r.Objects[1] = r.Objects[1], r.Objects[0] }, true},
		{"the secret itself", func(w *world, r *Request) {
			r.Objects[1].Spec = boxSpec{Password: hidden("other", "S").WithLabel("1")}
		}, true},
		{"an object that is in sync", func(w *world, r *Request) {
			w.foreignBox("c", red)
			r.Objects = append(r.Objects, w.box("c", red))
		}, true},
		{"the secret's place", func(w *world, r *Request) {
			r.Objects[1].Spec = boxSpec{Password: hidden("s", "T").WithLabel("1")}
		}, false},
		{"the secret's label", func(w *world, r *Request) {
			r.Objects[1].Spec = boxSpec{Password: hidden("s", "S").WithLabel("2")}
		}, false},
		{"the tenant", func(_ *world, r *Request) { r.Tenant = "tenant-2" }, false},
		{"what is wanted", func(_ *world, r *Request) { r.Objects[0].Spec = boxSpec{Note: text("green")} }, false},
		{"what was read", func(w *world, _ *Request) { w.editBox("a", func(s *boxSpec) { s.Note = text("green") }) }, false},
		{"only its version", func(w *world, _ *Request) { w.editBox("a", func(*boxSpec) {}) }, false},
		{"one object more", func(w *world, r *Request) { r.Objects = append(r.Objects, w.box("c", red)) }, false},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			before := digestOf(t, base(w))
			w2 := newWorld()
			two := base(w2)
			c.change(w2, &two)
			same(t, "same digest", digestOf(t, two) == before, c.same)
		})
	}
}

func digestOf(t tester, r Request) string {
	t.Helper()
	plan, err := Make(t.Context(), r)
	if err != nil {
		t.Fatalf("make: %v", err)
	}
	return plan.Digest
}

// TestDigestWithoutVersion: where an interface has no version, what it shows takes
// its place, without the secrets.
func TestDigestWithoutVersion(t *testing.T) {
	w := newWorld()
	w.foreignAccount("a", accountSpec{Role: text("r"), Other: text("x"), Secret: text("s")})
	m := one(w.account("a", accountSpec{Role: text("new")}, adopt))
	first := w.plan(t, m, Policy{}).Digest
	w.accounts.stored[0].spec.Secret = text("t")
	same(t, "another secret", w.plan(t, m, Policy{}).Digest, first)
	w.accounts.stored[0].spec.Other = text("y")
	if w.plan(t, m, Policy{}).Digest == first {
		t.Error("the digest does not cover what was read")
	}
}

// TestOrder checks the sort itself, cycles included.
func TestOrder(t *testing.T) {
	w := newWorld()
	names := func(all []Desired) (names string) {
		for _, o := range all {
			names += o.Name
		}
		return names
	}
	objects := manifest{w.box("a", red), w.box("b", red), w.box("c", red), w.box("d", red)}
	tests := []struct{ needs, want string }{
		{"", "abcd"}, {"ab", "bcda"}, {"ab bc cd", "dcba"}, {"da", "abcd"}, {"ab ba", "cdab"}, {"ax", "abcd"},
	}
	for _, c := range tests {
		needs := map[resource.Ref][]resource.Ref{}
		for i := 0; i+1 < len(c.needs); i += 3 {
			from := ref("Box", c.needs[i:i+1])
			needs[from] = append(needs[from], ref("Box", c.needs[i+1:i+2]))
		}
		same(t, c.needs, names(order(objects, needs)), c.want)
	}
}
