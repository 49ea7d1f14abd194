package reconcile

import (
	"strings"
	"testing"
	"time"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// refusedAt is when the login of "caller" at tenant.example with "bad" was refused.
var refusedAt = time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC)

func loginRefused(host, id string, password secret.Value) (time.Time, bool) {
	refused := host == "tenant.example" && id == "caller" && password.Equal(secret.New("bad"))
	if !refused {
		return time.Time{}, false
	}
	return refusedAt, true
}

// loginWorld holds boxes that log in as caller and accounts that own the secret.
func loginWorld() (*world, []resource.Kind) {
	w := newWorld()
	box, account := boxKind(), accountKind()
	box.Logins = []resource.LoginFields{{AddressPath: "/properties/url", IDPath: "/properties/user", SecretPath: "/password"}}
	account.Logins = []resource.LoginFields{{SecretPath: "/secret", Issued: true}}
	return w, []resource.Kind{resource.Bind(account, resource.WayAdapter, w.accounts), resource.Bind(box, resource.WayAPI, w.boxes)}
}

// planWith plans with kinds, knowing of the refused login. Objects are bound to
// the kinds given.
func (w *world) planWith(t tester, kinds []resource.Kind, m manifest) Plan {
	t.Helper()
	for i := range m {
		for _, k := range kinds {
			if k.Name() == m[i].Ref.Kind {
				m[i].Kind = k
			}
		}
	}
	r := w.request(w.ledger(t), m, Policy{})
	r.Kinds, r.LoginRefused, r.Scope.IdentityHost = kinds, loginRefused, "Tenant.example:443"
	plan, err := Make(t.Context(), r)
	if err != nil {
		t.Fatalf("make: %v", err)
	}
	return plan
}

func caller(url, user, password string, more ...string) boxSpec {
	return boxSpec{Password: hidden(password, "PW"), Properties: props(append([]string{"url", url, "user", user}, more...)...)}
}

// TestRefusedSecretIsNotWritten: only a login that is put where another one may be is
// held, and only when it is known to be refused there.
func TestRefusedSecretIsNotWritten(t *testing.T) {
	const here, there = "https://tenant.example/a", "https://other.example/a"
	stands := caller(here, "caller", "bad")
	works := caller(here, "caller", "good")
	tests := []struct {
		name   string
		before *boxSpec
		after  boxSpec
		meta   []func(*resource.Meta)
		held   bool
	}{
		{name: "over one that works", before: &works, after: stands, held: true},
		{name: "into a new object", after: stands, held: true},
		{name: "host in other letters", after: caller("https://TENANT.example:443/a", "caller", "bad"), held: true},
		{name: "another secret", before: &works, after: caller(here, "caller", "new")},
		{name: "of another id", before: &works, after: caller(here, "somebody", "bad")},
		{name: "at another place", before: &works, after: caller(there, "caller", "bad")},
		{name: "where it stands, nothing to do", before: &stands, after: stands},
		{name: "where it stands, something else is repaired", before: &stands, after: caller(here, "caller", "bad", "groups", "/Groups")},
		{name: "where it stands, another path of the same host", before: &stands, after: caller(here+"/b", "caller", "bad")},
		{name: "where it stands, the address is repaired", before: new(caller(there, "caller", "bad")), after: stands},
		{name: "given the id that is refused with it", before: new(caller(here, "somebody", "bad")), after: stands, held: true},
		{name: "only watched", before: &works, after: stands, meta: []func(*resource.Meta){unmanaged}},
		{name: "ignored", before: &works, after: caller(here, "caller", "bad", "groups", "/Groups"), meta: []func(*resource.Meta){ignore("/password", "")}},
		{name: "deleted", before: &works, after: stands, meta: []func(*resource.Meta){absent}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			w, kinds := loginWorld()
			if c.before != nil {
				w.must(t, one(w.box("a", *c.before)), Policy{})
				w.heal()
			}
			plan := w.planWith(t, kinds, one(w.box("a", c.after, c.meta...)))
			if !c.held {
				same(t, "refused", codes(plan), nil)
				return
			}
			same(t, "refused", codes(plan), []string{"E216"})
			f := plan.Refused[0]
			for _, part := range []string{"Box/a: /password", "env:PW", `"caller"`, "tenant.example", "2026-11-20 08:30 UTC"} {
				if !strings.Contains(f.Message, part) {
					t.Errorf("%q does not say %s", f.Message, part)
				}
			}
			if !strings.Contains(f.Remedy, "env:PW") || !strings.Contains(f.Remedy, "--retry-login") || strings.Contains(f.Message+f.Remedy, "bad") {
				t.Errorf("remedy %q", f.Remedy)
			}
			same(t, "path", f.Path, "/password")
			same(t, "position", f.Position, at(""))
			if err := Apply(t.Context(), &plan, Options{}); err == nil {
				t.Error("it was applied")
			}
			same(t, "writes", w.writes, nil)
		})
	}
}

// TestSecretThatThePlanMakesGood: what the same plan stores at the account is accepted
// from then on, whatever was refused before.
func TestSecretThatThePlanMakesGood(t *testing.T) {
	w, kinds := loginWorld()
	carrier := caller("https://tenant.example", "caller", "")
	carrier.Password = output("Account", "u", "secret")
	of := func(password string) manifest {
		return manifest{w.account("u", accountSpec{Secret: hidden(password, "PW")}), w.box("a", carrier)}
	}
	w.must(t, of("good"), Policy{})
	w.heal()
	same(t, "stored with it", codes(w.planWith(t, kinds, of("bad"))), nil)
	held := of("bad")[1:]
	held = append(manifest{w.account("u", accountSpec{Secret: hidden("bad", "PW")}, unmanaged)}, held...)
	same(t, "not stored with it", codes(w.planWith(t, kinds, held)), []string{"E216"})
}

// TestRefusedSecretIsNotSentAgain: a change that voids secrets sends one again that
// nobody can compare, and a person is not told to type it.
func TestRefusedSecretIsNotSentAgain(t *testing.T) {
	for _, way := range []resource.Way{resource.WayAdapter, resource.WayPerson} {
		w := newWorld()
		account := accountKind()
		account.SecretsAppear = false
		account.Logins = []resource.LoginFields{{AddressPath: "/other", IDPath: "/role", SecretPath: "/secret"}}
		account.Resends = func(diff []resource.Change) bool {
			for _, c := range diff {
				if c.Path == "/other" {
					return true
				}
			}
			return false
		}
		spec := func(path, role string) accountSpec {
			return accountSpec{Role: text(role), Secret: hidden("bad", "PW"), Other: text("https://tenant.example" + path)}
		}
		kinds := func(way resource.Way) []resource.Kind {
			return []resource.Kind{resource.Bind(account, way, w.accounts)}
		}
		if way == resource.WayAdapter {
			w.must(t, one(w.account("u", spec("/a", "caller"))), Policy{})
			w.heal()
			same(t, "nothing to do", codes(w.planWith(t, kinds(way), one(w.account("u", spec("/a", "caller"))))), nil)
		}
		plan := w.planWith(t, kinds(way), one(w.account("u", spec("/b", "caller"))))
		same(t, "refused "+string(way), codes(plan), []string{"E216"})
		same(t, "orders", len(plan.Orders()), 0)
	}
}
