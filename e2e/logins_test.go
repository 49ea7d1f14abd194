package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// refusals counts the logins that the landscape refused in one run.
func (e ended) refusals() int {
	n := 0
	for _, c := range e.calls {
		if c.served == 401 {
			n++
		}
	}
	return n
}

// TestExpiredSecretLogsInOnce looks for drift thirty times with a secret that does
// not open any more: exactly one login fails, because five lock the user.
func TestExpiredSecretLogsInOnce(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"fragments", "file"} {
		t.Run(where, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { expire(t, where) }) })
	}
}

func expire(t *testing.T, where string) {
	k := newKit(t)
	flags := k.example(t, "integration")
	if where == "file" {
		flags = append(flags, "--ledger", "file:"+filepath.Join(k.dir, "ledger.json"))
	}
	l := k.land(t, k.dump)
	l.must(t, 0, append(flags, "--adopt")...)
	rounds := func(what string, times, want int, more ...string) {
		t.Helper()
		refused, codes := 0, map[int]int{}
		for range times {
			e := l.run(append(append([]string{"drift"}, flags...), more...)...)
			codes[e.code]++
			if refused += e.refusals(); e.code == 0 || e.code == 3 {
				t.Fatalf("%s: a login that fails must show, got %s", what, e)
			}
		}
		if refused != want {
			t.Errorf("%s: %d logins were refused, want %d (exit codes %v)", what, refused, want, codes)
		}
	}
	k.env["IPS_BACKEND_SECRET"] = "expired"
	rounds("thirty looks", 30, 1)
	if e := l.run(append([]string{"plan"}, flags...)...); e.refusals() != 0 {
		t.Errorf("plan tries again: %s", e)
	}
	k.env["IPS_BACKEND_SECRET"] = "expired as well"
	rounds("another secret", 5, 1)
	rounds("--retry-login", 1, 1, "--retry-login")
	rounds("after --retry-login", 3, 0)
	for _, name := range k.memories(t, l) {
		if strings.Contains(name, "expired") {
			t.Errorf("the memory holds the secret: %s", name)
		}
	}
}

// TestGoneSecretLogsInOnce deletes a secret in the console, where nobody tells this
// tool: one login fails over thirty looks, also the one that the proxy system makes.
func TestGoneSecretLogsInOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	manifest := k.plain(t)
	for _, c := range []struct {
		user, object, leg string
		// away is true where whoever looks has not the secret.
		away bool
	}{
		{user: "IAG caller", object: "SystemUser/IAG caller", leg: "tool→IAS"},
		{user: "IPS backend", object: proxyObject, leg: "IPS→IAS"},
		{user: "IPS backend", object: proxyObject, leg: "IPS→IAS", away: true},
	} {
		t.Run(fmt.Sprint(c.user, " away ", c.away), func(t *testing.T) {
			d := k.green(t, manifest)
			drift := slices.Concat([]string{"drift", "--exit-zero"}, manifest)
			id := d.shown["SystemUser/"+c.user+"#clientID"]
			if !d.console(t, http.MethodDelete, "systemUsers/"+id+"/secrets/2026-11", nil) {
				t.Fatal("the console refused")
			}
			if c.away {
				delete(d.env, "IPS_BACKEND_SECRET")
			}
			rounds := func(what string, times, want int, more ...string) {
				t.Helper()
				d.ClearRequests()
				for range times {
					d.run(slices.Concat(drift, more)...).says(t, c.object, c.leg)
				}
				if refused := d.refused(); refused != want {
					t.Errorf("%s: %d logins were refused, want %d", what, refused, want)
				}
			}
			rounds("thirty looks", 30, 1)
			rounds("verify", 1, 0)
			rounds("--retry-login", 1, 1, "--retry-login")
			rounds("after --retry-login", 3, 0)
			if c.object == proxyObject {
				// Whoever says that it was entered again is believed once.
				time.Sleep(1100 * time.Millisecond)
				d.ClearRequests()
				d.run(d.done(proxyObject)...)
				rounds("after a report that is wrong", 3, 0)
			}
		})
	}
}

// refused counts the logins that the tenant refused, those of proxy systems too.
func (d *desk) refused() int {
	n := 0
	for _, q := range d.Requests() {
		if q.Status == http.StatusUnauthorized && !strings.HasPrefix(q.Path, "/ipsproxy") {
			n++
		}
	}
	return n
}

// memories are all texts that the ledger and its notes hold.
func (k *kit) memories(t *testing.T, l *land) []string {
	t.Helper()
	var texts []string
	for _, shelf := range l.state(t).Fragments {
		for _, one := range shelf {
			for _, text := range one.Properties {
				texts = append(texts, text)
			}
		}
	}
	files, _ := filepath.Glob(filepath.Join(k.dir, "ledger*.json"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	return texts
}

// TestRefusedKeyIsRememberedHere uses a service key that does not open: the ledger
// lies behind it, so this machine remembers.
func TestRefusedKeyIsRememberedHere(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	key, err := os.ReadFile(filepath.Join(k.dir, "keys", "destination.json"))
	if err != nil {
		t.Fatal(err)
	}
	flags := k.example(t, "integration")
	l := k.land(t, k.dump)
	l.must(t, 0, append(flags, "--adopt")...)
	k.env["XDG_CACHE_HOME"] = t.TempDir()
	k.env["HOME"] = k.env["XDG_CACHE_HOME"]
	wrong := strings.Replace(string(key), `"clientsecret":"`, `"clientsecret":"old-`, 1)
	if wrong == string(key) {
		t.Fatal("the key has no secret to spoil")
	}
	k.write(t, "keys/destination.json", wrong)
	refused := 0
	for _, command := range []string{"drift", "plan", "verify", "", "drift", "plan"} {
		args := flags
		if command != "" {
			args = append([]string{command}, flags...)
		}
		e := l.must(t, 4, args...)
		refused += e.refusals()
	}
	if refused != 1 {
		t.Errorf("%d logins were refused, want 1", refused)
	}
	found, _ := filepath.Glob(filepath.Join(k.env["HOME"], "*", "reconcile", "refused-logins.json"))
	more, _ := filepath.Glob(filepath.Join(k.env["HOME"], "reconcile", "refused-logins.json"))
	file := strings.Join(append(found, more...), "")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the memory %q: %v, %v", file, info, err)
	}
	data, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(data), "old-") || strings.Contains(string(data), "clientid") {
		t.Errorf("the memory says too much: %s %v", data, err)
	}
	k.write(t, "keys/destination.json", string(key))
	l.must(t, 0, append([]string{"drift"}, flags...)...)
}

// TestStoredSecretIsTriedAgain lets a login be refused whose secret the service does
// not hold, and then stores that very secret: it counts as another one.
func TestStoredSecretIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := newKit(t)
		k.env["CALLER_2"] = "a-second-secret-of-some-length"
		first, second := k.example(t, "first"), k.example(t, "second", oldSecret, newSecret)
		l := k.land(t, k.dump)
		l.must(t, 0, append(first, "--adopt")...)
		l.must(t, 0, second...)
		if e := l.run(append([]string{"verify"}, first...)...); e.code != 1 || e.refusals() != 1 {
			t.Fatalf("the first secret is gone: %s", e)
		}
		if e := l.run(append([]string{"verify"}, first...)...); e.refusals() != 0 {
			t.Fatalf("it is tried again: %s", e)
		}
		l.must(t, 0, first...)
		if e := l.must(t, 0, append([]string{"verify"}, first...)...); strings.Contains(e.out, "refused before") {
			t.Errorf("it is still remembered: %s", e)
		}
	})
}
