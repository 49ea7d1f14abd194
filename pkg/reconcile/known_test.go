package reconcile

import (
	"testing"

	"reconcile/pkg/resource"
)

// TestKnown: after an apply a plan knows what was read back.
func TestKnown(t *testing.T) {
	w := newWorld()
	plan := w.plan(t, w.chain(), Policy{})
	same(t, "before", plan.Known(ref("Box", "c")), nil)
	same(t, "output before", plan.Output(ref("Account", "a"), "id"), resource.Value{})
	done := w.apply(t, plan, Options{})
	same(t, "after", done.Known(ref("Box", "c")), map[string]resource.Value{
		"/properties/from": text("id-1"), "/stamp": text("stamp 1"),
	})
	same(t, "output after", done.Output(ref("Account", "a"), "id"), text("id-1"))
	same(t, "nobody", done.Output(ref("Account", "nobody"), "id"), resource.Value{})
	same(t, "no plan", Plan{}.Known(ref("Box", "c")), nil)
	same(t, "no plan", Plan{}.Output(ref("Box", "c"), "id"), resource.Value{})
}

// TestProve: a call that needs a field proves it, as far as it cannot be read.
func TestProve(t *testing.T) {
	w := newWorld()
	m := one(w.account("a", accountSpec{Role: text("r"), Secret: hidden("s", "SECRET")}))
	w.must(t, m, Policy{})
	tests := []struct {
		name  string
		paths []string
		want  Evidence
	}{
		{"nothing", nil, EvidenceUnseen},
		{"another field", []string{"/role", "/secre"}, EvidenceUnseen},
		{"the field", []string{"/secret"}, EvidenceProbe},
		{"all fields", []string{""}, EvidenceProbe},
	}
	for _, c := range tests {
		plan := w.plan(t, m, Policy{})
		plan.Prove(ref("Account", "a"), c.paths)
		plan.Prove(ref("Account", "nobody"), []string{""})
		same(t, c.name, plan.Steps[0].Evidence, c.want)
		same(t, c.name+", read", plan.Steps[0].Facts[0].Evidence, EvidenceRead)
		same(t, c.name+", sealed", plan.Steps[0].Facts[1].Evidence, c.want)
		same(t, c.name+", dated", plan.Steps[0].Facts[1].At.IsZero(), c.want == EvidenceUnseen)
	}
}
