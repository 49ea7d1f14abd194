//go:build live

package conformance_test

import (
	"crypto/rand"
	"net/http"
	"os"
	"strings"
	"testing"

	"reconcile/e2e/conformance"
)

// liveKey names the file with the service key of the Destination service instance that TestLive works on. liveSCIM is
// the address that /Users and /Groups are added to, of a directory or of a proxy system, with its login.
const (
	liveKey      = "RECONCILE_LIVE_DESTINATION_KEY"
	liveSCIM     = "RECONCILE_LIVE_SCIM_URL"
	liveUser     = "RECONCILE_LIVE_SCIM_USER"
	livePassword = "RECONCILE_LIVE_SCIM_PASSWORD"
)

// throwAway starts the names of what a run makes.
func throwAway(t *testing.T) string {
	t.Helper()
	prefix := "ZZ_PROBE_" + rand.Text()[:10]
	t.Logf("names start with %s", prefix)
	return prefix
}

// TestLive aims the suite at a real tenant. It makes destinations, fragments and certificates of one random name,
// touches nothing else, and removes them again.
func TestLive(t *testing.T) {
	file := os.Getenv(liveKey)
	if file == "" {
		t.Fatalf("%s does not name a key file", liveKey)
	}
	key, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	target, err := conformance.FromKey(key, http.DefaultTransport, throwAway(t))
	if err != nil {
		t.Fatal(err)
	}
	conformance.Run(t, target)
}

// TestLiveSCIM aims the SCIM suite at a real directory or proxy. It makes one person and one group of a random name,
// and removes them again.
func TestLiveSCIM(t *testing.T) {
	c := &conformance.SCIM{
		T: t, Base: os.Getenv(liveSCIM), User: os.Getenv(liveUser), Password: os.Getenv(livePassword),
		Client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	if c.Base == "" || c.User == "" || c.Password == "" {
		t.Fatalf("want %s, %s and %s", liveSCIM, liveUser, livePassword)
	}
	c.Proxy, c.Prefix = strings.Contains(c.Base, "/ipsproxy/"), throwAway(t)
	conformance.RunSCIM(c)
}
