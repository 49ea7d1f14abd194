package reconcile

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/resource"
)

// veiled is the secret that stands under a harmless name.
const veiled = "TOPSECRET"

func setting(v resource.Value) boxSpec {
	return boxSpec{Note: text("red"), Properties: resource.Properties{"mySetting": v, "plain": text("shown")}}
}

// silent demands that nothing which leaves a plan holds the secret.
func silent(t *testing.T, p Plan) {
	t.Helper()
	steps, _ := json.Marshal(p.Steps)
	refused, _ := json.Marshal(p.Refused)
	before, _ := json.Marshal(p.Before())
	snapshot, _ := json.Marshal(p.Snapshot([]byte("0123456789abcdef0123456789abcdef")))
	all := fmt.Sprintf("%s\n%s\n%s\n%s\n%s\n%+v\n%v", steps, refused, before, snapshot, summary(p), p.Steps, p.Known(ref("Box", "a")))
	if strings.Contains(all, veiled) {
		t.Errorf("the secret is shown:\n%s", all)
	}
}

// TestSecretStaysOneWithoutItsReference: what was written as a secret is hidden
// whatever its name, also once the manifest does not refer to it any more.
func TestSecretStaysOneWithoutItsReference(t *testing.T) {
	without := setting(resource.Value{})
	delete(without.Properties, "mySetting")
	without.Note = text("blue")
	ignoring := func(meta *resource.Meta) {
		meta.Ignore = []resource.Ignore{{Path: "/properties/mySetting", Reason: "r"}}
	}
	stop := Policy{LiveChanges: resource.StopAtChanges}
	cases := map[string]struct {
		edit  func(*boxSpec)
		after func(*world) manifest
		with  Policy
	}{
		"not listed":                     {nil, func(w *world) manifest { return one(w.box("a", without)) }, Policy{}},
		"null":                           {nil, func(w *world) manifest { return one(w.box("a", setting(resource.Nothing()))) }, Policy{}},
		"another text":                   {nil, func(w *world) manifest { return one(w.box("a", setting(text("open")))) }, Policy{}},
		"kept by the policy":             {nil, func(w *world) manifest { return one(w.box("a", without, ignoring)) }, Policy{}},
		"pruned":                         {nil, func(*world) manifest { return nil }, Policy{Prune: true}},
		"left":                           {nil, func(*world) manifest { return nil }, Policy{}},
		"another one by hand":            {byHandSecret, func(w *world) manifest { return one(w.box("a", setting(hidden("TOP", "V")))) }, Policy{}},
		"by hand, and it stops":          {byHandSecret, func(w *world) manifest { return one(w.box("a", setting(hidden("TOP", "V")))) }, stop},
		"by hand, without the reference": {byHandSecret, func(w *world) manifest { return one(w.box("a", without)) }, stop},
		"something else changes": {byHandSecret, func(w *world) manifest {
			s := setting(hidden(veiled, "V"))
			s.Note = text("blue")
			return one(w.box("a", s))
		}, Policy{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.must(t, one(w.box("a", setting(hidden(veiled, "V")))), Policy{})
			if c.edit != nil {
				w.editBox("a", c.edit)
			}
			m := c.after(w)
			p := w.plan(t, m, c.with)
			silent(t, p)
			if len(p.Refused) == 0 {
				silent(t, w.apply(t, p, Options{Parallelism: 1, WaitJobs: time.Minute}))
				silent(t, w.plan(t, m, c.with))
			}
		})
	}
}

func byHandSecret(s *boxSpec) { s.Properties["mySetting"] = text(veiled + "TWO") }

// TestReferenceHidesWhatOthersMade: what the manifest refers to is a secret, although
// this integration did not write what stands there.
func TestReferenceHidesWhatOthersMade(t *testing.T) {
	w := newWorld()
	w.foreignBox("a", setting(text(veiled)))
	m := one(w.box("a", setting(hidden("TOP", "V"))))
	silent(t, w.plan(t, m, Policy{}))
	silent(t, w.must(t, m, Policy{Adopt: true}))
}

// TestTextAfterSecretIsShown: what took the place of a secret is no secret.
func TestTextAfterSecretIsShown(t *testing.T) {
	w := newWorld()
	w.must(t, one(w.box("a", setting(hidden(veiled, "V")))), Policy{})
	w.must(t, one(w.box("a", setting(text("open")))), Policy{})
	same(t, "secrets", w.ledger(t).Entry(ref("Box", "a")).Secrets, []string{})
	w.editBox("a", func(s *boxSpec) { s.Properties["mySetting"] = text("by hand") })
	p := w.plan(t, one(w.box("a", setting(text("open")))), Policy{})
	same(t, "have", p.Steps[0].Changes[0].Have.Text(), "by hand")
}

// TestOlderLedgerHidesWhatItDoesNotKnow: an older entry does not say which paths held
// secrets, so only what the manifest shows all the same is shown.
func TestOlderLedgerHidesWhatItDoesNotKnow(t *testing.T) {
	w := newWorld()
	w.must(t, one(w.box("a", setting(hidden(veiled, "V")))), Policy{})
	for name, s := range w.store.shards {
		for property, entry := range s.Properties {
			s.Properties[property] = strings.ReplaceAll(entry, `"secrets":["/properties/mySetting"],`, "")
		}
		w.store.shards[name] = s
	}
	if w.ledger(t).Entry(ref("Box", "a")).Secrets != nil {
		t.Fatal("the entry is not an older one")
	}
	silent(t, w.plan(t, one(w.box("a", setting(text("open")))), Policy{}))
	w.editBox("a", func(s *boxSpec) { s.Properties["plain"] = text("by hand") })
	p := w.plan(t, one(w.box("a", setting(hidden(veiled, "V")))), Policy{})
	same(t, "have", p.Steps[0].Changes[0].Have.Text(), "by hand")
	w.must(t, one(w.box("a", setting(hidden(veiled, "V")))), Policy{})
	same(t, "secrets", w.ledger(t).Entry(ref("Box", "a")).Secrets, []string{"/properties/mySetting"})
}

// TestInterruptedSecretStaysOne: what an interrupted run announced as a secret is one.
func TestInterruptedSecretStaysOne(t *testing.T) {
	for _, at := range []int{2, 3} {
		w := newWorld()
		w.fault = cut{at: at, after: true, dies: true}
		p := w.plan(t, one(w.box("a", setting(hidden(veiled, "V")))), Policy{})
		_ = Apply(t.Context(), &p, Options{Parallelism: 1})
		w.heal()
		silent(t, w.plan(t, one(w.box("a", setting(text("open")))), Policy{}))
		silent(t, w.plan(t, nil, Policy{Prune: true}))
	}
}

// TestSecretOfAnotherIntegrationIsHidden: whoever only watches an object learns from
// the ledger of its owner what is a secret in it.
func TestSecretOfAnotherIntegrationIsHidden(t *testing.T) {
	w := newWorld()
	w.must(t, one(w.box("a", setting(hidden(veiled, "V")))), Policy{})
	l, err := OpenLedger(t.Context(), Identity{"other", "test"}, w.store)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Make(t.Context(), w.request(l, one(w.box("a", setting(text("open")))), Policy{}))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "changes", len(p.Steps[0].Changes), 1)
	silent(t, p)
}
