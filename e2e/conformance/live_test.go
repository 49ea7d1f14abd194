//go:build live

package conformance_test

import (
	"crypto/rand"
	"net/http"
	"os"
	"testing"

	"reconcile/e2e/conformance"
)

// liveKey names the file with the service key of the Destination service instance that TestLive works on.
const liveKey = "RECONCILE_LIVE_DESTINATION_KEY"

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
	target, err := conformance.FromKey(key, http.DefaultTransport, "ZZ_PROBE_"+rand.Text()[:10])
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("names start with %s", target.Prefix)
	conformance.Run(t, target)
}
