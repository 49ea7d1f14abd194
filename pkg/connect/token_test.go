package connect

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/secret"
)

func okay(int, seen) (*http.Response, error) { return reply(200, "{}") }

func get(ctx context.Context, c *Client) error {
	_, err := c.Do(ctx, Call{Method: "GET", Path: "/x"})
	return err
}

func TestTokenRequest(t *testing.T) {
	for _, tc := range []struct {
		name  string
		style Style
		form  url.Values
		basic string
	}{
		{"form", InForm, url.Values{"grant_type": {"client_credentials"}, "client_id": {"sb-1!b2|x"}, "client_secret": {"pw$ =&"}}, ""},
		{"header", InHeader, url.Values{"grant_type": {"client_credentials"}}, "Basic " + base64.StdEncoding.EncodeToString([]byte("sb-1!b2|x:pw$ =&"))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := withTokens(okay)
			auth := credentialsFor("sb-1!b2|x", "pw$ =&")
			auth.Style = tc.style
			_, c := openAs(t, f, Options{}, auth)
			if err := get(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			form, _ := url.ParseQuery(f.seen[0].body)
			if diff := cmp.Diff(tc.form, form); diff != "" {
				t.Error(diff)
			}
			if got := f.seen[0].header.Get("Authorization"); got != tc.basic {
				t.Errorf("Authorization %q", got)
			}
			if got := f.seen[1].header.Get("Authorization"); got != "Bearer token-1" {
				t.Errorf("Authorization of the call %q", got)
			}
		})
	}
}

func TestTokenIsSharedByIdentity(t *testing.T) {
	f := withTokens(okay)
	s := New(Options{Base: f})
	client := func(password string) *Client {
		c, err := s.Client(Service{Name: "svc", Base: address(t, "https://api.example"), Auth: credentialsFor("id", password)})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, password := range []string{"first-secret", "first-secret", "second-secret"} {
		if err := get(t.Context(), client(password)); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.count("/oauth/token"); n != 2 {
		t.Errorf("%d token requests, want one for each secret", n)
	}
}

func TestTokenSingleFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := withTokens(okay)
		next := f.answer
		f.answer = func(n int, r seen) (*http.Response, error) { time.Sleep(time.Second); return next(n, r) }
		_, c := openAs(t, f, Options{}, credentialsFor("id", "password"))
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := get(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := f.count("/oauth/token"); n != 1 {
			t.Errorf("%d token requests for 20 callers", n)
		}
	})
}

func TestTokenWaiterLeavesWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := withTokens(okay)
		next := f.answer
		f.answer = func(n int, r seen) (*http.Response, error) { time.Sleep(time.Minute / 4); return next(n, r) }
		_, c := openAs(t, f, Options{}, credentialsFor("id", "password"))
		var wg sync.WaitGroup
		wg.Go(func() { _ = get(t.Context(), c) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := get(ctx, c)
		if !errors.Is(err, ErrUnreachable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		wg.Wait()
	})
}

func TestTokenIsRenewedBeforeItEnds(t *testing.T) {
	for _, tc := range []struct {
		expires string
		lives   time.Duration
	}{
		{"3600", time.Hour - time.Minute},
		{`"3600"`, time.Hour - time.Minute},
		{"100", 90 * time.Second},
		{"0", unknownLifetime},
		{"null", unknownLifetime},
		{`"soon"`, unknownLifetime},
		{"1e300", unknownLifetime},
	} {
		t.Run(tc.expires, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{answer: func(_ int, r seen) (*http.Response, error) {
					return reply(200, `{"access_token":"t","expires_in":`+tc.expires+`}`)
				}}
				_, c := openAs(t, f, Options{}, credentialsFor("id", "password"))
				for _, wait := range []time.Duration{0, tc.lives - time.Second, time.Second} {
					time.Sleep(wait)
					if err := get(t.Context(), c); err != nil {
						t.Fatal(err)
					}
				}
				want := []string{"POST /oauth/token", "GET /base/x", "GET /base/x", "POST /oauth/token", "GET /base/x"}
				if diff := cmp.Diff(want, f.paths()); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	f := withTokens(func(_ int, r seen) (*http.Response, error) {
		if r.header.Get("Authorization") == "Bearer token-1" {
			return reply(401, "Unauthorized")
		}
		return reply(200, "{}")
	})
	s, c := openAs(t, f, Options{Mode: Write}, credentialsFor("id", "password"))
	_, err := c.Do(t.Context(), Call{Method: "POST", Path: "/x", In: map[string]string{"a": "b"}})
	want := []string{"POST /oauth/token", "POST /base/x", "POST /oauth/token", "POST /base/x"}
	if diff := cmp.Diff(want, f.paths()); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if f.seen[3].body != `{"a":"b"}` || s.Calls() != 4 {
		t.Errorf("second body %q, %d calls", f.seen[3].body, s.Calls())
	}

	f = withTokens(func(int, seen) (*http.Response, error) { return reply(401, "Unauthorized") })
	_, c = openAs(t, f, Options{}, credentialsFor("id", "password"))
	err = get(t.Context(), c)
	if !errors.Is(err, ErrDenied) || f.count("/base/x") != 2 || err.Error() != "svc GET /x: 401 Unauthorized (2 attempts)" {
		t.Error(err, f.paths())
	}
}

func TestRefusedLoginIsNotTriedAgain(t *testing.T) {
	for _, tc := range []struct {
		status int
		body   string
		denied bool
	}{
		{401, `{"error":"unauthorized","error_description":"Bad credentials"}`, true},
		{400, `{"error":"invalid_client"}`, true},
		{400, `{"error":"unsupported_grant_type"}`, false},
		{404, `not here`, false},
	} {
		f := always(tc.status, tc.body)
		s, c := openAs(t, f, Options{}, credentialsFor("id", "password"))
		first, second := get(t.Context(), c), get(t.Context(), c)
		if first == nil || errors.Is(first, ErrDenied) != tc.denied || errors.Is(second, ErrDenied) != tc.denied {
			t.Errorf("%d %s: %v, then %v", tc.status, tc.body, first, second)
		}
		if want := map[bool]int{true: 1, false: 2}[tc.denied]; len(f.seen) != want || s.Calls() != want {
			t.Errorf("%d %s: %d requests, want %d", tc.status, tc.body, len(f.seen), want)
		}
	}
}

func TestRefusedLoginsAcrossProcesses(t *testing.T) {
	key := []byte("ledger key")
	s, c := openAs(t, always(401, ""), Options{}, credentialsFor("id", "password"))
	if len(s.RefusedLogins(key)) != 0 || get(t.Context(), c) == nil {
		t.Fatal("nothing refused yet")
	}
	hashes := s.RefusedLogins(key)
	for hash := range s.RefusedLogins([]byte("other")) {
		if _, same := hashes[hash]; len(hashes) != 1 || same || strings.Contains(fmt.Sprint(hashes), "password") {
			t.Fatal(hashes)
		}
	}
	for _, tc := range []struct {
		key, password string
		denied        bool
	}{
		{"ledger key", "password", true}, {"ledger key", "a new one", false}, {"other key", "password", false},
	} {
		f := withTokens(okay)
		next, c := openAs(t, f, Options{}, credentialsFor("id", tc.password))
		next.RefuseLogins([]byte(tc.key), hashes)
		err := get(t.Context(), c)
		if errors.Is(err, ErrDenied) != tc.denied || (len(f.seen) == 0) != tc.denied {
			t.Errorf("%+v: %v", tc, err)
		}
	}
}

// TestRefusedSince tells since when a login is refused: as the memory says that goes
// back furthest, and not at all where none noted it.
func TestRefusedSince(t *testing.T) {
	old, older := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	password := secret.New("password")
	key := func(name string, at time.Time) (k []byte, since map[string]time.Time) {
		s := New(Options{})
		s.NoteRefusal("host", "id", password)
		for hash := range s.RefusedLogins([]byte(name)) {
			since = map[string]time.Time{hash: at}
		}
		return []byte(name), since
	}
	s := New(Options{})
	is := func(what string, want time.Time, refused bool) {
		t.Helper()
		if since, ok := s.RefusedSince("host", "id", password); ok != refused || !since.Equal(want) {
			t.Errorf("%s: %v since %s, want %v since %s", what, ok, since, refused, want)
		}
	}
	is("nothing is known", time.Time{}, false)
	s.RefuseLogins(key("a", time.Time{}))
	is("by a memory without times", time.Time{}, true)
	s.RefuseLogins(key("b", old))
	is("by a second one", old, true)
	s.RefuseLogins(key("c", older))
	is("by a third one", older, true)
	s.NoteRefusal("host", "id", password)
	is("and again now", older, true)
	s.ForgiveLogin("host", "id", password)
	is("forgiven", time.Time{}, false)
	if _, ok := s.RefusedSince("host", "id", secret.New("another")); ok {
		t.Error("another secret is refused, too")
	}
}

func TestBasicLogin(t *testing.T) {
	const mirrored = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"401","detail":"backend refused"}`
	for _, tc := range []struct {
		name, body string
		status     int
		calls      int
	}{
		{"accepted", "{}", 200, 2},
		{"refused", "Unauthorized", 401, 1},
		{"forbidden", "Forbidden", 403, 2},
		{"backend refused", mirrored, 401, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := always(tc.status, tc.body)
			_, c := openAs(t, f, Options{}, Basic{User: "user", Password: secret.New("password")})
			_ = get(t.Context(), c)
			err := get(t.Context(), c)
			if errors.Is(err, ErrDenied) != (tc.status != 200) || len(f.seen) != tc.calls {
				t.Errorf("%v after %d calls", err, len(f.seen))
			}
			if got := f.seen[0].header.Get("Authorization"); got != "Basic dXNlcjpwYXNzd29yZA==" {
				t.Errorf("Authorization %q", got)
			}
		})
	}
}

func TestRefusalIsOfTheTenantNotOfThePath(t *testing.T) {
	s := New(Options{Base: always(401, "")})
	token, _ := s.Client(Service{Name: "token", Base: address(t, "https://ias.example/scim"), Auth: ClientCredentials{
		TokenURL: "https://ias.example/oauth2/token", ClientID: "id", Secret: secret.New("password"),
	}})
	basic, _ := s.Client(Service{Name: "basic", Base: address(t, "https://ias.example/ipsproxy"), Auth: Basic{User: "id", Password: secret.New("password")}})
	_ = get(t.Context(), token)
	if err := get(t.Context(), basic); !errors.Is(err, ErrDenied) || s.Calls() != 1 {
		t.Error(err, s.Calls())
	}
}

func TestTokenAnswersThatAreNone(t *testing.T) {
	for _, body := range []string{"<html>", "{}", `{"access_token":""}`, ""} {
		_, c := openAs(t, always(200, body), Options{}, credentialsFor("id", "password"))
		err := get(t.Context(), c)
		if err == nil || !strings.HasPrefix(err.Error(), "svc POST /oauth/token: 200 answered with ") || errors.Is(err, ErrUncertain) {
			t.Errorf("%q: %v", body, err)
		}
	}
}
