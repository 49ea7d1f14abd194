package reconcile

import (
	"testing"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// TestReadableSecret: a secret that the interface returns is compared in memory.
func TestReadableSecret(t *testing.T) {
	w := newWorld()
	m := func(text, label string) manifest {
		return one(w.box("a", boxSpec{Password: hidden(text, "PASSWORD").WithLabel(label)}))
	}
	w.must(t, m("one", ""), Policy{})
	w.settled(t, m("one", ""), Policy{})
	plan := w.plan(t, m("two", ""), Policy{})
	same(t, "origins", origins(plan.Steps[0]), map[string]resource.Origin{"/password": resource.OriginManifest})
	w.must(t, m("two", ""), Policy{})
	same(t, "sent", w.boxes.stored["a"].spec.Password.Text(), "two")
	// The label is for people where the value can be compared.
	w.settled(t, m("two", "2026-12"), Policy{})
	w.editBox("a", func(s *boxSpec) { s.Password = text("by hand") })
	plan = w.plan(t, m("two", ""), Policy{})
	same(t, "origins", origins(plan.Steps[0]), map[string]resource.Origin{"/password": resource.OriginLive})
}

// TestSealedSecrets checks secrets that cannot be read back: known are the
// fingerprint and the label of the last write.
func TestSealedSecrets(t *testing.T) {
	secretIs := func(text, label string) accountSpec {
		return accountSpec{Secret: hidden(text, "SECRET").WithLabel(label)}
	}
	notThere := accountSpec{Secret: resource.Outside(secret.Ref{Env: "SECRET"}).WithLabel("one")}
	tests := []struct {
		name          string
		before, after accountSpec
		want          Action
		origins       map[string]resource.Origin
	}{
		{"the same", secretIs("s", "one"), secretIs("s", "one"), Unchanged, map[string]resource.Origin{}},
		{"another secret", secretIs("s", "one"), secretIs("t", "one"), Update, map[string]resource.Origin{"/secret": resource.OriginManifest}},
		{"another secret and label", secretIs("s", "one"), secretIs("t", "two"), Update, map[string]resource.Origin{"/secret": resource.OriginManifest}},
		{"another label, the same secret", secretIs("s", "one"), secretIs("s", "two"), Unchanged, map[string]resource.Origin{}},
		{"not at hand, the same label", secretIs("s", "one"), notThere, Unchanged, map[string]resource.Origin{}},
		{"not at hand, another label", secretIs("s", "two"), notThere, Update, map[string]resource.Origin{"/secret": resource.OriginManifest}},
		{"new in the manifest", accountSpec{Role: text("r")}, secretIs("s", "one"), Update, map[string]resource.Origin{"/secret": resource.OriginManifest}},
		{"not managed any more", secretIs("s", "one"), accountSpec{}, Unchanged, map[string]resource.Origin{}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.must(t, one(w.account("a", c.before)), Policy{})
			if c.before.Secret.Form() == resource.Unset {
				w.accounts.stored[0].spec.Secret = text("somebody set it")
			}
			m := one(w.account("a", c.after))
			plan := w.plan(t, m, Policy{})
			same(t, "action", plan.Steps[0].Action, c.want)
			same(t, "origins", origins(plan.Steps[0]), c.origins)
			if !plan.Steps[0].Waiting() {
				w.must(t, m, Policy{})
				w.settled(t, m, Policy{})
			}
		})
	}
}

// TestSealedNeverWritten: a sealed secret of somebody else cannot be compared. It
// is left alone, unless the object is taken over.
func TestSealedNeverWritten(t *testing.T) {
	w := newWorld()
	w.foreignAccount("a", accountSpec{Role: text("r"), Secret: text("theirs")})
	spec := accountSpec{Role: text("r"), Secret: hidden("ours", "SECRET")}
	w.settled(t, one(w.account("a", spec)), Policy{})
	same(t, "secret", w.accounts.stored[0].spec.Secret.Text(), "theirs")
	m := one(w.account("a", spec, adopt))
	w.must(t, m, Policy{})
	same(t, "secret", w.accounts.stored[0].spec.Secret.Text(), "ours")
	w.settled(t, m, Policy{})
}

// TestSecretNotAtHandIsNeverSent: nothing empty is written where a secret belongs,
// and what the ledger knows of it is not lost.
func TestSecretNotAtHandIsNeverSent(t *testing.T) {
	w := newWorld()
	full := accountSpec{Role: text("r"), Secret: hidden("s", "SECRET").WithLabel("one")}
	w.must(t, one(w.account("a", full)), Policy{})
	missing := resource.Outside(secret.Ref{Env: "SECRET"})
	changed := accountSpec{Role: text("changed"), Secret: missing.WithLabel("two")}
	done := w.converge(t, one(w.account("a", changed)), Policy{})
	same(t, "outcomes", outcomes(done), map[string]Outcome{"Account/a": Waits})
	same(t, "secret", w.accounts.stored[0].spec.Secret.Text(), "s")
	// Another object is written, so the ledger is refreshed on the way.
	unset := accountSpec{Role: text("r"), Secret: missing.WithLabel("one")}
	w.must(t, manifest{w.account("a", unset), w.box("b", red)}, Policy{})
	w.settled(t, manifest{w.account("a", full), w.box("b", red)}, Policy{})
}
