package verify_test

import (
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
