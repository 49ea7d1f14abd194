package connect

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"reconcile/pkg/secret"
)

// fake is a base transport that records what it is asked and answers what the
// test says.
type fake struct {
	mu     sync.Mutex
	seen   []seen
	answer func(n int, r seen) (*http.Response, error)
}

// seen is one recorded request.
type seen struct {
	method, url, body string
	header            http.Header
}

func (f *fake) RoundTrip(req *http.Request) (*http.Response, error) {
	r := seen{method: req.Method, url: req.URL.String(), header: req.Header.Clone()}
	if req.Body != nil {
		data, err := io.ReadAll(req.Body)
		if err = errors.Join(err, req.Body.Close()); err != nil {
			return nil, err
		}
		r.body = string(data)
	}
	f.mu.Lock()
	f.seen = append(f.seen, r)
	n := len(f.seen)
	f.mu.Unlock()
	return f.answer(n, r)
}

// paths lists method and path of all requests, for comparison.
func (f *fake) paths() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for _, r := range f.seen {
		u, _ := url.Parse(r.url)
		all = append(all, r.method+" "+u.Path)
	}
	return all
}

// count returns how many requests had this path.
func (f *fake) count(path string) int {
	n := 0
	for _, p := range f.paths() {
		if strings.HasSuffix(p, " "+path) {
			n++
		}
	}
	return n
}

// reply makes an answer; headers come in pairs. JSON is recognised.
func reply(status int, body string, headers ...string) (*http.Response, error) {
	h := http.Header{}
	if strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[") {
		h.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{
		StatusCode: status, Header: h, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader([]byte(body))),
	}, nil
}

// cutReply is an answer whose body breaks off.
func cutReply(status int, body string) (*http.Response, error) {
	resp, err := reply(status, body)
	resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(body[:len(body)/2]), failing{}))
	return resp, err
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// always answers every request alike.
func always(status int, body string, headers ...string) *fake {
	return &fake{answer: func(int, seen) (*http.Response, error) { return reply(status, body, headers...) }}
}

// errRefused is a connection that was never made.
func errConnectionRefused() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
}

func address(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// open makes a session and a client without login over f.
func open(t testing.TB, f *fake, mode Mode) (*Session, *Client) {
	t.Helper()
	return openAs(t, f, Options{Mode: mode}, None{})
}

func openAs(t testing.TB, f http.RoundTripper, o Options, auth Auth) (*Session, *Client) {
	t.Helper()
	o.Base = f
	s := New(o)
	c, err := s.Client(Service{Name: "svc", Base: address(t, "https://api.example/base/"), Auth: auth})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

// credentialsFor is a login at the fake's token endpoint.
func credentialsFor(id, password string) ClientCredentials {
	return ClientCredentials{TokenURL: "https://uaa.example/oauth/token", ClientID: id, Secret: secret.New(password)}
}

// withTokens answers token requests with t1, t2, … and hands the rest to next.
func withTokens(next func(n int, r seen) (*http.Response, error)) *fake {
	var mu sync.Mutex
	issued := 0
	return &fake{answer: func(n int, r seen) (*http.Response, error) {
		if !strings.HasSuffix(r.url, "/oauth/token") {
			return next(n, r)
		}
		mu.Lock()
		defer mu.Unlock()
		issued++
		return reply(200, `{"access_token":"token-`+string(rune('0'+issued))+`","expires_in":3600}`)
	}}
}
