package e2e

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"reconcile/pkg/cli"
)

// TestPrivateAuthority runs over the real network stack against a service on this
// machine whose certificate only --ca-file vouches for.
func TestPrivateAuthority(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	var calls atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/oauth/token") {
			_, _ = io.WriteString(w, `{"access_token": "t", "expires_in": 3600}`)
			return
		}
		_, _ = io.WriteString(w, `[]`)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	k.write(t, "keys/tls.json", fmt.Sprintf(`{"clientid": "c", "clientsecret": "s", "uri": %q, "url": %q, "tenantid": "t"}`, server.URL, server.URL))
	manifest := k.write(t, "tls.yaml", `apiVersion: reconcile/v1
kind: Integration
metadata: {name: tls, stage: test}
spec:
  connections: {destinationService: {serviceKey: {file: keys/tls.json}}}
  destinations:
    - name: A
      properties: {Type: HTTP, URL: "https://a.example", ProxyType: Internet, Authentication: NoAuthentication}
`)
	ca := k.write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	for name, tc := range map[string]struct {
		env  map[string]string
		args []string
		code int
		says string
	}{
		"unknown authority": {nil, nil, 4, "certificate"},
		"--ca-file":         {nil, []string{"--ca-file", ca}, 2, "create"},
		"RECONCILE_CA_FILE": {map[string]string{"RECONCILE_CA_FILE": ca}, nil, 2, "create"},
		"no such file":      {nil, []string{"--ca-file", ca + "x"}, 3, "E235"},
		"no certificate":    {nil, []string{"--ca-file", manifest}, 3, "E235"},
		"no proxy":          {map[string]string{"HTTPS_PROXY": "htps://me:hunter2@proxy.example"}, nil, 3, "E236"},
	} {
		before := calls.Load()
		var out, story bytes.Buffer
		code := cli.Main(context.Background(), append([]string{"plan", "-f", manifest}, tc.args...), cli.IO{
			In: strings.NewReader(""), Out: &out, Err: &story, Now: time.Now,
			LookupEnv: func(name string) (string, bool) { text, ok := tc.env[name]; return text, ok },
		})
		if code != tc.code || !strings.Contains(out.String(), tc.says) || (calls.Load() > before) != (tc.code == 2) {
			t.Errorf("%s: exit %d, want %d; %d calls\n%s%s", name, code, tc.code, calls.Load()-before, out.String(), story.String())
		}
	}
}
