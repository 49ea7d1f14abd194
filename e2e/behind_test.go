package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// twoLogins makes the system users of the example by hand, so that only the proxy
// system and the destination hold their secrets, and returns the way to the landscape.
func (k *kit) twoLogins(t *testing.T) *desk {
	t.Helper()
	args := k.example(t, "behind",
		"{systemUser: IAG caller, output: clientID}", "{env: MY_ID}", "{systemUser: IAG caller, output: secret}", "{env: MY_SECRET}",
		"{systemUser: IPS backend, output: clientID}", "{env: BK_ID}", "{systemUser: IPS backend, output: secret}", "{env: BK_SECRET}",
	)
	path := filepath.Join(k.dir, "behind.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(data), "  systemUsers:\n")
	_, after, found := strings.Cut(rest, "  # Step 2:")
	if !found {
		t.Fatal("the example has no step 2")
	}
	k.write(t, "behind.yaml", before+"  # Step 2:"+after)
	d := k.desk(t, args)
	for variable, rights := range map[string][]string{"MY": {"Access Proxy System API"}, "BK": {"Manage Users", "Manage Groups"}} {
		var made struct{ ClientID, Secret string }
		if err := d.ask(t, http.MethodPost, "systemUsers", object{"name": variable, "authorizations": rights, "label": "a"}, &made); err != nil {
			t.Fatal(err)
		}
		d.env[variable+"_ID"], d.env[variable+"_SECRET"] = made.ClientID, made.Secret
	}
	return d
}

// with runs a command of the manifest with a secret of the proxy system's user and
// demands its exit code, and how many logins the tenant refused meanwhile.
func (d *desk) with(t *testing.T, secret string, code, refused int, args ...string) ended {
	t.Helper()
	d.env["BK_SECRET"] = secret
	d.ClearRequests()
	e := d.must(t, code, slices.Concat(args, d.manifest)...)
	if n := d.refused(); n != refused {
		t.Errorf("%v with %q: %d logins were refused, want %d", args, secret, n, refused)
	}
	return e
}

// written is how many logins are refused in a run that writes a wrong secret: two in the
// sync that the change starts, which IAG makes, and one in the proof.
const written = 3

// TestRefusedBehindTheProxy: a secret that this tool gave to a proxy system, and that
// was refused behind it, costs one login over all processes, and is not written again.
func TestRefusedBehindTheProxy(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	d := k.twoLogins(t)
	right := d.env["BK_SECRET"]
	const wrong = "wrong-secret-4711"
	d.with(t, right, 0, 0)
	d.with(t, wrong, 6, written).says(t, proxyObject, "IPS→IAS")
	// Each run is a process of its own; one of them has the right secret already.
	d.with(t, wrong, 1, 0, "verify").says(t, proxyObject, "IPS→IAS")
	d.with(t, wrong, 1, 0, "verify")
	d.with(t, right, 1, 0, "verify")
	d.with(t, right, 0, 0)
	e := d.with(t, wrong, 5, 0)
	if !strings.Contains(e.out, "E216") || !strings.Contains(e.out, "env:BK_SECRET") || strings.Contains(e.out+e.err, wrong) {
		t.Errorf("%s", e)
	}
	if n := len(e.writes()); n > 0 {
		t.Errorf("%d writes", n)
	}
	d.with(t, right, 0, 0)
	// Told to, it is written and tried once more.
	d.with(t, wrong, 6, written, "--retry-login")
	d.with(t, wrong, 1, 0, "verify")
	d.with(t, right, 0, 0)
	d.with(t, wrong, 5, 0)
}

// TestHandBehindTheProxy: what somebody else typed behind the proxy and is refused says
// nothing of the manifest's secret, which can still be written.
func TestHandBehindTheProxy(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	d := k.twoLogins(t)
	right := d.env["BK_SECRET"]
	const next = "next-secret-4711"
	d.with(t, right, 0, 0)
	id := d.find(t, "proxySystems", strings.TrimPrefix(proxyObject, "ProxySystem/"))
	typed := func(secret string) {
		t.Helper()
		if !d.console(t, http.MethodPatch, "proxySystems/"+id, object{"credentials": object{"Password": secret}}) {
			t.Fatal("the console refused")
		}
	}
	typed("typed-by-hand")
	d.with(t, right, 1, 1, "verify")
	d.with(t, right, 1, 0, "verify")
	// The ledger still tells of the right secret, which is not accused: written again, it works.
	d.with(t, next, 6, written)
	d.with(t, right, 0, 0)
	// Nor does what somebody typed make a secret good that was refused.
	d.with(t, next, 6, written, "--retry-login")
	typed(right)
	d.with(t, next, 0, 0, "verify")
	d.with(t, right, 0, 0)
	d.with(t, next, 5, 0)
}
