package verify_test

import (
	"slices"
	"strings"
	"testing"

	"reconcile/pkg/connect"
	"reconcile/pkg/secret"
	"reconcile/pkg/simulator"
	"reconcile/pkg/verify"
)

// TestProxyLoginIsTriedOnce holds that a proxy system whose own login was refused is
// not asked again, by any call of any later session, until what is known of it changes.
func TestProxyLoginIsTriedOnce(t *testing.T) {
	landscape(t, func(r *rig) {
		proxy, key := r.proxy, []byte("key")
		r.click("PATCH", "proxySystems/"+proxy, m{"credentials": m{"Password": "void"}})
		r.target.Users = r.target.Users[:1]
		r.target.Users[0].Secret = secret.New(r.caller.secret)
		r.target.Systems[0].Login = verify.Login{State: "1", User: r.backend.id, Password: secret.New("void"), From: "env:BACKEND"}
		through := func() int {
			r.l.ClearRequests()
			f := only(r, r.run())
			if f.Code != "F-3" || f.Leg != verify.LegBackend || f.Ref != proxySystem || !strings.HasPrefix(f.Remedy, "first compare what env:BACKEND holds") {
				t.Errorf("%+v", f)
			}
			return len(r.requests(func(q simulator.Request) bool { return q.Internal && q.Status == 401 }))
		}
		if n := through(); n != 1 {
			t.Fatalf("%d logins", n)
		}
		hashes := r.target.Session.RefusedLogins(key)
		for state, want := range map[string]int{"1": 0, "2": 1} {
			r.target.Session = connect.New(connect.Options{Base: r.l.Transport()})
			r.target.Session.RefuseLogins(key, hashes)
			r.target.Systems[0].Login.State = state
			if n := through(); n != want {
				t.Errorf("state %s: %d logins, want %d", state, n, want)
			}
		}
		// Entered again, and tried because somebody says so: it is forgotten.
		r.click("PATCH", "proxySystems/"+proxy, m{"credentials": m{"Password": r.backend.secret}})
		r.target.Session = connect.New(connect.Options{Base: r.l.Transport()})
		r.target.Systems[0].Login.State = "1"
		r.run()
		if _, known := hashes[append(r.target.Session.ForgivenLogins(key), "")[0]]; !known {
			t.Errorf("a login that works is not forgiven: %v", r.target.Session.ForgivenLogins(key))
		}
	})
}

// TestRefusalAtTheHost: a refusal behind the proxy is one of the id and secret at the
// host only where the proxy system holds these for certain, and nothing else speaks
// against it; a success takes it back under the same condition.
func TestRefusalAtTheHost(t *testing.T) {
	const host = "iag-demo.accounts.ondemand.com"
	for _, c := range []struct {
		name  string
		login func(l *verify.Login)
		// opens lets the same id and secret log in directly in the same run.
		opens, noted bool
	}{
		{name: "this tool's own", login: func(*verify.Login) {}, noted: true},
		{name: "somebody typed another one", login: func(l *verify.Login) { l.Ours = false }},
		{name: "somebody may have typed another one", login: func(l *verify.Login) { l.Ours, l.Whole = false, false }},
		{name: "host not known", login: func(l *verify.Login) { l.Host = "" }},
		{name: "id not known", login: func(l *verify.Login) { l.User = "" }},
		{name: "secret not known", login: func(l *verify.Login) { l.Password = secret.Value{} }},
		{name: "it opens the tenant", login: func(*verify.Login) {}, opens: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			landscape(t, func(r *rig) {
				held := secret.New("void")
				if c.opens {
					held = secret.New(r.backend.secret)
				} else {
					r.target.Users = r.target.Users[:1]
				}
				login := verify.Login{State: "1", Whole: true, Host: host, User: r.backend.id, Password: held, Ours: true}
				c.login(&login)
				r.target.Systems[0].Login = login
				behind := func(password string) bool {
					r.click("PATCH", "proxySystems/"+r.proxy, m{"credentials": m{"Password": password}})
					r.run()
					return r.target.Session.LoginRefused(host, r.backend.id, held)
				}
				if noted := behind("void"); noted != c.noted {
					t.Errorf("refused: noted %v", noted)
				}
				// It is tried anew, as another process does that is told to.
				r.target.Session = connect.New(connect.Options{Base: r.l.Transport()})
				_ = behind(r.backend.secret)
				key := []byte("key")
				before := connect.New(connect.Options{})
				before.NoteRefusal(host, r.backend.id, held)
				forgiven := false
				for hash := range before.RefusedLogins(key) {
					forgiven = slices.Contains(r.target.Session.ForgivenLogins(key), hash)
				}
				if forgiven != c.noted {
					t.Errorf("works: forgiven %v", forgiven)
				}
			})
		})
	}
}

// TestStateTellsSecretsApart: where the state changes with each secret that is stored,
// a refusal is known also to whoever has another secret at hand, or none.
func TestStateTellsSecretsApart(t *testing.T) {
	for _, whole := range []bool{true, false} {
		landscape(t, func(r *rig) {
			r.click("PATCH", "proxySystems/"+r.proxy, m{"credentials": m{"Password": "void"}})
			r.target.Users = r.target.Users[:1]
			refused := func() int {
				return len(r.requests(func(q simulator.Request) bool { return q.Internal && q.Status == 401 }))
			}
			r.target.Systems[0].Login = verify.Login{State: "1", Whole: whole, User: r.backend.id, Password: secret.New("void")}
			r.run()
			r.target.Systems[0].Login = verify.Login{State: "1", Whole: whole}
			r.run()
			if n, want := refused(), map[bool]int{true: 1, false: 2}[whole]; n != want {
				t.Errorf("whole %v: %d logins were refused, want %d", whole, n, want)
			}
		})
	}
}
