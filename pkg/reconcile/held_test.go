package reconcile

import (
	"testing"

	"reconcile/pkg/resource"
)

// TestHeldLogins: a login is known as far as nothing says otherwise of it, and for certain
// only while nobody else has touched the object since its secret was written.
func TestHeldLogins(t *testing.T) {
	const here, there = "https://tenant.example/a", "https://other.example"
	spec := func(id, secret, address string) accountSpec {
		return accountSpec{Role: text(id), Secret: hidden(secret, "PW"), Other: text(address)}
	}
	first := spec("caller", "first", here)
	hand := func(w *world) { w.accounts.stored[0].version++ }
	moved := func(w *world) { w.accounts.stored[0].spec.Other = text(there); hand(w) }
	for _, c := range []heldCase{
		{name: "written in an earlier run", applied: []accountSpec{first}, wanted: first, want: &login{"tenant.example", "caller", "first", true}},
		{name: "written again", applied: []accountSpec{first, spec("caller", "second", here)}, wanted: spec("caller", "second", here), want: &login{"tenant.example", "caller", "second", true}},
		{name: "something else was written", applied: []accountSpec{first, spec("other", "first", here)}, wanted: spec("other", "first", here), want: &login{"tenant.example", "other", "first", true}},
		{name: "not there", wanted: first},
		{name: "somebody touched it", applied: []accountSpec{first}, hand: hand, wanted: first, want: &login{"tenant.example", "caller", "first", false}},
		{
			name: "and then something else was written", applied: []accountSpec{first}, hand: hand, then: []accountSpec{spec("other", "first", here)},
			wanted: spec("other", "first", here), want: &login{"tenant.example", "other", "first", false},
		},
		{
			name: "and then the secret was written", applied: []accountSpec{first}, hand: hand, then: []accountSpec{spec("caller", "second", here)},
			wanted: spec("caller", "second", here), want: &login{"tenant.example", "caller", "second", true},
		},
		{name: "no version tells", applied: []accountSpec{first}, wanted: first, mute: true, want: &login{"tenant.example", "caller", "first", false}},
		{name: "another secret is wanted", applied: []accountSpec{first}, wanted: spec("caller", "second", here)},
		{name: "another id is wanted", applied: []accountSpec{first}, wanted: spec("other", "first", here), want: &login{"tenant.example", "", "first", true}},
		{name: "another host is wanted", applied: []accountSpec{first}, wanted: spec("caller", "first", there), want: &login{"", "caller", "first", true}},
		{
			name: "an address that is left alone", applied: []accountSpec{first}, hand: moved, wanted: first,
			meta: []func(*resource.Meta){ignore("/other", "")}, want: &login{"", "caller", "first", false},
		},
		{name: "a secret that is left alone", applied: []accountSpec{first}, wanted: first, meta: []func(*resource.Meta){ignore("/secret", "")}},
		{
			name: "a secret that was left alone", applied: []accountSpec{first}, wanted: spec("caller", "second", here),
			meta: []func(*resource.Meta){ignore("/secret", "2026-11-22")},
		},
	} {
		t.Run(c.name, c.check)
	}
}

// heldCase is what becomes of one account, and the login that it then holds.
type heldCase struct {
	name string
	// Each is applied, and the hand comes after it.
	applied []accountSpec
	hand    func(w *world)
	then    []accountSpec
	wanted  accountSpec
	meta    []func(*resource.Meta)
	mute    bool
	want    *login
}

type login struct {
	host, id, secret string
	ours             bool
}

func (c heldCase) check(t *testing.T) {
	w := newWorld()
	w.accounts.versions = !c.mute
	kind := accountKind()
	kind.SecretsAppear = false
	kind.Logins = []resource.LoginFields{{AddressPath: "/other", IDPath: "/role", SecretPath: "/secret"}}
	kinds := []resource.Kind{resource.Bind(kind, resource.WayAdapter, w.accounts)}
	plan := func(s accountSpec, meta ...func(*resource.Meta)) Plan {
		return w.planWith(t, kinds, one(w.account("u", s, meta...)))
	}
	apply := func(all []accountSpec) {
		for _, s := range all {
			p := plan(s)
			if err := Apply(t.Context(), &p, Options{}); err != nil {
				t.Fatal(err)
			}
			w.heal()
			// What was just written is known at once.
			same(t, "right after", len(p.Logins(ref("Account", "u"))), 1)
		}
	}
	apply(c.applied)
	if c.hand != nil {
		c.hand(w)
	}
	apply(c.then)
	held := plan(c.wanted, c.meta...).Logins(ref("Account", "u"))
	if c.want == nil {
		same(t, "logins", len(held), 0)
		return
	}
	same(t, "logins", len(held), 1)
	same(t, "host", held[0].Host, c.want.host)
	same(t, "id", held[0].ID, c.want.id)
	same(t, "ours", held[0].Ours, c.want.ours)
	if !held[0].Value.Equal(hidden(c.want.secret, "PW")) {
		t.Error("another secret")
	}
}

// TestSecretLeftAlone: one that the manifest changed while it was to be left alone was
// never sent, so it is not what the object holds, also when that time is over.
func TestSecretLeftAlone(t *testing.T) {
	w := newWorld()
	w.accounts.versions = true
	kind := accountKind()
	kind.SecretsAppear = false
	kind.Logins = []resource.LoginFields{{AddressPath: "/other", IDPath: "/role", SecretPath: "/secret"}}
	kinds := []resource.Kind{resource.Bind(kind, resource.WayAdapter, w.accounts)}
	run := func(password string, meta ...func(*resource.Meta)) Plan {
		s := accountSpec{Role: text("caller"), Secret: hidden(password, "PW"), Other: text("https://tenant.example")}
		boxed := w.box("b", boxSpec{Properties: props("of", password)})
		p := w.planWith(t, append(kinds, resource.Bind(boxKind(), resource.WayAPI, w.boxes)), manifest{w.account("u", s, meta...), boxed})
		if err := Apply(t.Context(), &p, Options{}); err != nil {
			t.Fatal(err)
		}
		w.heal()
		return p
	}
	run("first")
	run("second", ignore("/secret", ""))
	for _, l := range run("second").Logins(ref("Account", "u")) {
		if l.Ours {
			t.Error("a secret that was never sent counts as held")
		}
	}
}
