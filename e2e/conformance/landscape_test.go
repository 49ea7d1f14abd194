package conformance_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"reconcile/pkg/simulator"
)

// object is a JSON object.
type object = map[string]any

// headers are request headers.
type headers = map[string]string

// landscape is a simulated landscape with what a client needs to reach it.
type landscape struct {
	*testing.T
	sim    *simulator.Landscape
	client *http.Client
	tokens map[string]string
	env    []string // of node programs
}

// inProcess makes a landscape that is reached without sockets; wrap stands between client and landscape.
func inProcess(t *testing.T, wrap func(http.RoundTripper) http.RoundTripper) *landscape {
	t.Helper()
	l := newLandscape(t, simulator.Options{})
	l.client = &http.Client{Transport: wrap(l.sim.Transport())}
	return l
}

// overTCP serves a landscape as reconcile simulate does, by http and https on one port of the loopback device, and
// writes its key files.
func overTCP(t *testing.T) *landscape {
	t.Helper()
	l := newLandscape(t, simulator.Options{Dir: t.TempDir()})
	server := httptest.NewUnstartedServer(l.sim)
	var err error
	if server.Listener, err = l.sim.Listen(server.Listener); err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(server.Close)
	if err := l.sim.SetRoot(server.URL); err != nil {
		t.Fatal(err)
	}
	l.env = []string{"NODE_EXTRA_CA_CERTS=" + l.sim.AuthorityFile()}
	l.client = server.Client()
	return l
}

func newLandscape(t *testing.T, o simulator.Options) *landscape {
	t.Helper()
	sim, err := simulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	return &landscape{T: t, sim: sim, tokens: map[string]string{}}
}

// root is the address of the landscape.
func (l *landscape) root() string { return l.sim.Connections().Root }

// key is the content of a service key.
func (l *landscape) key(name string) object {
	l.Helper()
	var key object
	if err := json.Unmarshal(mustJSON(l.T, l.sim.Connections().Keys[name]), &key); err != nil {
		l.Fatal(err)
	}
	return key
}

// bearer is the header with a token of a service key.
func (l *landscape) bearer(name string) headers {
	l.Helper()
	if l.tokens[name] == "" {
		key := l.key(name)
		form := url.Values{
			"grant_type": {"client_credentials"}, "client_id": {text(key["clientid"])},
			"client_secret": {text(key["clientsecret"])},
		}
		a := l.call("POST", text(key["url"])+"/oauth/token",
			headers{"Content-Type": "application/x-www-form-urlencoded"}, form.Encode())
		l.tokens[name] = text(a.object(l.T)["access_token"])
	}
	return headers{"Authorization": "Bearer " + l.tokens[name]}
}

// text is a string out of JSON, "" for anything else.
func text(v any) string {
	s, _ := v.(string)
	return s
}

// reply is an answer, read completely.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (a reply) object(t *testing.T) object {
	t.Helper()
	var v object
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("%v in %q", err, a.body)
	}
	return v
}

// call makes a call; a string is sent as it is, everything else as JSON.
func (l *landscape) call(method, address string, h headers, body any) reply {
	l.Helper()
	r := l.request(method, address, h, body)
	resp, err := l.client.Do(r)
	if err != nil {
		l.Fatalf("%s %s: %v", method, address, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		l.Fatalf("%s %s: %v", method, address, err)
	}
	return reply{resp.StatusCode, resp.Header, data}
}

func (l *landscape) request(method, address string, h headers, body any) *http.Request {
	l.Helper()
	data, given := body.(string)
	if body != nil && !given {
		data = string(mustJSON(l.T, body))
	}
	var in io.Reader = http.NoBody
	if body != nil {
		in = bytes.NewReader([]byte(data))
	}
	r, err := http.NewRequestWithContext(l.Context(), method, address, in)
	if err != nil {
		l.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for k, v := range h {
		if r.Header.Set(k, v); v == "" {
			r.Header.Del(k)
		}
	}
	return r
}

// want is call that checks the status.
func (l *landscape) want(status int, method, address string, h headers, body any) reply {
	l.Helper()
	a := l.call(method, address, h, body)
	if a.status != status {
		l.Fatalf("%s %s: status %d, want %d: %s", method, address, a.status, status, a.body)
	}
	return a
}

// with joins headers.
func with(a headers, more ...string) headers {
	out := headers{}
	maps.Copy(out, a)
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

// adapter makes a resource through the adapter contract and returns its id.
func (l *landscape) adapter(collection string, body object) string {
	l.Helper()
	h := with(l.bearer("adapter"), "Idempotency-Key", l.Name()+collection+text(body["system"].(object)["name"]))
	return text(l.want(201, "POST", l.root()+contractBase+"/"+collection, h, body).object(l.T)["id"])
}

// secret is a seeded secret.
func (l *landscape) secret(name string) string {
	l.Helper()
	v := l.sim.Connections().Secrets["env:"+name]
	if v == "" {
		l.Fatalf("no seeded secret %s", name)
	}
	return v
}

// join makes an address.
func join(parts ...string) string { return strings.Join(parts, "/") }
