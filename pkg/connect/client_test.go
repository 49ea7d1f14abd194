package connect

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDoSendsWhatTheCallSays(t *testing.T) {
	f := always(200, `[{"Name":"a"}]`, "ETag", "abc")
	s, c := open(t, f, Write)
	var out []map[string]string
	resp, err := c.Do(t.Context(), Call{
		Method: "PUT", Path: "/v1/things/{name}/parts/{part}", Args: []string{"a/b ü", "p#1?"},
		Query:  url.Values{"$includeMetadata": {"modification_time;etag"}},
		Header: http.Header{"if-match": {"abc"}},
		In:     map[string]string{"URL": "https://x?a=1&b=<2>"}, Out: &out,
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Status != 200 || resp.Header.Get("ETag") != "abc" {
		t.Errorf("response %+v", resp)
	}
	if diff := cmp.Diff([]map[string]string{{"Name": "a"}}, out); diff != "" {
		t.Error(diff)
	}
	r := f.seen[0]
	if want := "https://api.example/base/v1/things/a%2Fb%20%C3%BC/parts/p%231%3F?%24includeMetadata=modification_time%3Betag"; r.url != want {
		t.Errorf("url %s, want %s", r.url, want)
	}
	if want := `{"URL":"https://x?a=1&b=<2>"}`; r.body != want {
		t.Errorf("body %s, want %s", r.body, want)
	}
	for name, want := range map[string]string{
		"If-Match": "abc", "Accept": "application/json", "Content-Type": "application/json",
		"User-Agent": "reconcile", "Authorization": "",
	} {
		if got := r.header.Get(name); got != want {
			t.Errorf("header %s = %q, want %q", name, got, want)
		}
	}
	if s.Calls() != 1 || s.Retries() != 0 || s.Throttled() != 0 {
		t.Errorf("counted %d %d %d", s.Calls(), s.Retries(), s.Throttled())
	}
}

func TestDoRawBodyAndTypes(t *testing.T) {
	f := always(200, "<xml/>", "Content-Type", "application/xml")
	_, c := open(t, f, Write)
	var out []byte
	_, err := c.Do(t.Context(), Call{
		Method: "PATCH", Path: "/x", In: []byte(`{"a":null}`), ContentType: "application/merge-patch+json",
		Accept: "application/xml", Out: &out,
	})
	if err != nil || string(out) != "<xml/>" {
		t.Fatal(err, string(out))
	}
	r := f.seen[0]
	if r.body != `{"a":null}` || r.header.Get("Content-Type") != "application/merge-patch+json" || r.header.Get("Accept") != "application/xml" {
		t.Errorf("%+v", r)
	}
}

func TestDoEmptyBodyLeavesOutAlone(t *testing.T) {
	_, c := open(t, always(201, ""), Write)
	out := map[string]string{"kept": "yes"}
	if _, err := c.Do(t.Context(), Call{Method: "POST", Path: "/x", Out: &out}); err != nil || out["kept"] != "yes" {
		t.Error(err, out)
	}
}

func TestDoStatuses(t *testing.T) {
	for _, tc := range []struct {
		status int
		ok     []int
		fails  bool
	}{
		{200, nil, false},
		{204, nil, false},
		{207, nil, false},
		{200, []int{201}, true},
		{201, []int{201}, false},
		{304, nil, true},
		{304, []int{200, 304}, false},
		{404, []int{404}, false},
		{400, nil, true},
	} {
		_, c := open(t, always(tc.status, ""), ReadOnly)
		resp, err := c.Do(t.Context(), Call{Method: "GET", Path: "/x", OK: tc.ok})
		if (err != nil) != tc.fails || resp.Status != tc.status {
			t.Errorf("%d %v: %v, response %d", tc.status, tc.ok, err, resp.Status)
		}
	}
}

func TestDoUnreadableSuccess(t *testing.T) {
	for _, tc := range []struct {
		name, method, body, mediaType, want string
		uncertain                           bool
	}{
		{"html", "GET", "<html>", "text/html", "svc GET /x: 200 answered with an HTML page instead of the expected JSON", false},
		{"other type", "GET", `[1]`, "text/plain", "svc GET /x: 200 answered with something else instead of the expected JSON", false},
		{"blank", "GET", `  `, "text/plain", "svc GET /x: 200 answered with an empty body instead of the expected JSON", false},
		{"write", "PUT", "<html>", "text/html", "svc PUT /x: 200 answered with an HTML page instead of the expected JSON", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, c := open(t, always(200, tc.body, "Content-Type", tc.mediaType), Write)
			var out map[string]string
			_, err := c.Do(t.Context(), Call{Method: tc.method, Path: "/x", Out: &out})
			if err == nil || err.Error() != tc.want || errors.Is(err, ErrUncertain) != tc.uncertain {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
}

func TestDoRefusesCallsThatCannotBeBuilt(t *testing.T) {
	f := always(200, "")
	_, c := open(t, f, Write)
	for _, tc := range []struct {
		call Call
		want string
	}{
		{Call{Method: "GET", Path: "/x/{name}"}, "svc GET /x/{name}: fewer arguments than braces in the path"},
		{Call{Method: "GET", Path: "/x", Args: []string{"a"}}, "svc GET /x: more arguments than braces in the path"},
		{Call{Method: "GET", Path: "/x/{name}", Args: []string{""}}, `svc GET /x/{name}: "" cannot be part of a path`},
		{Call{Method: "GET", Path: "/x/{name}", Args: []string{".."}}, `svc GET /x/{name}: ".." cannot be part of a path`},
		{Call{Method: "PUT", Path: "/x", In: func() {}}, "svc PUT /x: the body cannot be written as JSON"},
		{Call{Method: "BAD METHOD", Path: "/x"}, "svc BAD METHOD /x: the request cannot be built"},
	} {
		if _, err := c.Do(t.Context(), tc.call); err == nil || err.Error() != tc.want {
			t.Errorf("got %v, want %s", err, tc.want)
		}
	}
	if len(f.seen) != 0 {
		t.Errorf("sent %v", f.paths())
	}
}

func TestClientRefusesBadServices(t *testing.T) {
	s := New(Options{Base: always(200, "")})
	good := address(t, "https://api.example")
	for _, tc := range []struct {
		service Service
		want    string
	}{
		{Service{Name: "a"}, "a: no address is configured"},
		{Service{Name: "a", Base: &url.URL{Path: "/x"}}, "a: address is not an absolute http or https URL"},
		{Service{Name: "a", Base: &url.URL{Scheme: "https", Host: "h", User: url.UserPassword("u", "canary")}}, "a: address must not carry user, query or fragment"},
		{Service{Name: "a", Base: good, Auth: Basic{User: "u"}}, "a: user or password is empty"},
		{Service{Name: "a", Base: good, Auth: ClientCredentials{TokenURL: "https://t"}}, "a: client secret is empty"},
		{Service{Name: "a", Base: good, Auth: credentialsAt("nowhere")}, "a: address of the token endpoint is not an absolute http or https URL"},
		{Service{Name: "a", Base: good, Auth: ClientCertificate{Certificate: "canary"}}, "a: certificate and key of the service key do not fit together or are no PEM"},
		{Service{Name: "a", Base: good, Auth: otherAuth{}}, "a: unknown way to log in: connect.otherAuth"},
	} {
		if _, err := s.Client(tc.service); err == nil || err.Error() != tc.want {
			t.Errorf("got %v, want %s", err, tc.want)
		}
	}
}

type otherAuth struct{ None }

func credentialsAt(tokenURL string) Auth {
	c := credentialsFor("id", "password")
	c.TokenURL = tokenURL
	return c
}

func TestAnswersAreLimited(t *testing.T) {
	big := strings.Repeat("x", maxAnswer+1)
	_, c := open(t, always(200, big), ReadOnly)
	_, err := c.Do(t.Context(), Call{Method: "GET", Path: "/x"})
	if err == nil || !strings.Contains(err.Error(), "larger than 32 MiB") || errors.Is(err, ErrUnreachable) {
		t.Error(err)
	}
	_, c = open(t, always(500, big), ReadOnly)
	_, err = c.Do(t.Context(), Call{Method: "GET", Path: "/x"})
	if err == nil || len(err.Error()) > 1200 {
		t.Error(err)
	}
}

func TestRealTransportByDefault(t *testing.T) {
	s := New(Options{})
	if _, ok := s.base.(*http.Transport); !ok || s.Mode() != ReadOnly {
		t.Errorf("base %T, mode %s", s.base, s.Mode())
	}
}

// TestPagesAreNoAnswers: what stands before a service may show a page with status 200;
// a write is then in doubt, and a read without a word is none.
func TestPagesAreNoAnswers(t *testing.T) {
	var list []string
	for _, c := range []struct {
		body, method string
		out          any
		failed       bool
		is           error
	}{
		{"<html>Sign in</html>", "DELETE", nil, true, ErrUncertain},
		{"<html>Sign in</html>", "PUT", new([]byte), true, ErrUncertain},
		{"<html>Sign in</html>", "POST", &list, true, ErrUncertain},
		{"<html>Sign in</html>", "GET", &list, true, nil},
		{"<html>Sign in</html>", "GET", new([]byte), false, nil},
		{"", "GET", &list, true, nil},
		{"", "DELETE", nil, false, nil},
		{"", "POST", &list, false, nil},
		{`{"Count": 1}`, "DELETE", nil, false, nil},
	} {
		_, client := open(t, always(200, c.body), Write)
		_, err := client.Do(t.Context(), Call{Method: c.method, Path: "/x", Out: c.out})
		if (err != nil) != c.failed || c.is != nil && !errors.Is(err, c.is) || c.failed && c.is == nil && errors.Is(err, ErrUncertain) {
			t.Errorf("%s %q: %v", c.method, c.body, err)
		}
	}
}
