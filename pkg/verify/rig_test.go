package verify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
	"reconcile/pkg/simulator"
	"reconcile/pkg/verify"
)

const (
	console = "http://landscape.localhost/_sim/console/"
	tenant  = "https://iag-demo.accounts.ondemand.com"
	other   = "other-demo.accounts.ondemand.com"
)

type m = map[string]any

var (
	destination = resource.Ref{Kind: "Destination", Name: "IPS_PROXY"}
	system      = resource.Ref{Kind: "IAGSystem", Name: "IAS"}
	proxySystem = resource.Ref{Kind: "ProxySystem", Name: "IAS for IAG"}
	callerUser  = resource.Ref{Kind: "SystemUser", Name: "IAG caller"}
	backendUser = resource.Ref{Kind: "SystemUser", Name: "IPS backend"}
)

// rig is a landscape with the whole integration set up, as a person would.
type rig struct {
	*testing.T
	l               *simulator.Landscape
	caller, backend credentials
	proxy           string
	target          verify.Target
}

type credentials struct{ id, secret string }

// landscape runs a test on a good integration inside a bubble, where pauses
// cost nothing.
func landscape(t *testing.T, test func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l, err := simulator.New(simulator.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := &rig{T: t, l: l}
		r.caller = r.systemUser("IAG caller", "Access Proxy System API")
		r.backend = r.systemUser("IPS backend", "Manage Users", "Manage Groups")
		r.proxy = r.proxySystem("IAS for IAG", nil)
		r.edit(m{
			"Type": "HTTP", "URL": tenant, "ProxyType": "Internet", "Authentication": "BasicAuthentication",
			"User": r.caller.id, "Password": r.caller.secret, "Accept": "application/scim+json",
			"GROUPSURL": "/Groups", "USERSURL": "/Users", "serviceURL": "/ipsproxy/service/api/v1/scim/",
		})
		identity, _ := url.Parse(tenant)
		r.target = verify.Target{
			Identity: identity, Session: connect.New(connect.Options{Base: l.Transport()}), Destination: r.stored,
			Systems: []verify.System{{Ref: system, Proxy: proxySystem, ExternalSystemID: r.proxy}},
			Users: []verify.User{
				{Ref: callerUser, ClientID: r.caller.id, Secret: secret.New(r.caller.secret), SecretPath: "/secrets/a/value", Authorizations: []string{"Access Proxy System API"}},
				{Ref: backendUser, ClientID: r.backend.id, Secret: secret.New(r.backend.secret), SecretPath: "/secrets/a/value", Authorizations: []string{"Manage Users", "Manage Groups"}},
			},
		}
		l.ClearRequests()
		test(r)
	})
}

// click makes a console call that must succeed.
func (r *rig) click(method, path string, body any) m {
	r.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		r.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.Context(), method, console+path, bytes.NewReader(data))
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.l.Transport().RoundTrip(req)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode > 299 {
		r.Fatalf("%s %s: %d %s %v", method, path, resp.StatusCode, answer, err)
	}
	out := m{}
	_ = json.Unmarshal(answer, &out)
	return out
}

func (r *rig) systemUser(name string, authorizations ...string) credentials {
	r.Helper()
	made := r.click("POST", "systemUsers", m{"name": name, "authorizations": authorizations, "label": "a"})
	return credentials{made["clientID"].(string), made["secret"].(string)}
}

// proxySystem makes a proxy system to the tenant; changes override properties.
func (r *rig) proxySystem(name string, changes m) string {
	r.Helper()
	properties := m{
		"Type": "HTTP", "ProxyType": "Internet", "Authentication": "BasicAuthentication", "URL": tenant,
		"User": r.backend.id, "ias.api.version": "2", "ias.support.patch.operation": "true",
	}
	maps.Copy(properties, changes)
	made := r.click("POST", "proxySystems", m{
		"type": "Identity Authentication", "name": name, "properties": properties,
		"credentials": m{"Password": r.backend.secret},
	})
	return made["id"].(string)
}

// edit changes the stored destination by hand; nil removes a property.
func (r *rig) edit(changes m) {
	r.Helper()
	set, remove := m{}, []string{}
	for key, value := range changes {
		if value == nil {
			remove = append(remove, key)
		} else {
			set[key] = value
		}
	}
	r.click("POST", "destinations/IPS_PROXY", m{"set": set, "remove": remove})
}

// stored reads the destination as the Destination service would answer it.
func (r *rig) stored(_ context.Context, name string) (map[string]string, bool, error) {
	if name != "IPS_PROXY" {
		return nil, false, nil
	}
	req, err := http.NewRequestWithContext(r.Context(), "GET", console+"destinations/IPS_PROXY", nil)
	if err != nil {
		return nil, false, err
	}
	resp, err := r.l.Transport().RoundTrip(req)
	if err != nil {
		return nil, false, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound {
		return nil, false, nil
	}
	properties := map[string]string{}
	return properties, true, json.NewDecoder(resp.Body).Decode(&properties)
}

// run verifies, and checks what holds for every run: nothing but reads, no
// secret in the report.
func (r *rig) run() verify.Report {
	r.Helper()
	report, err := verify.Run(r.Context(), r.target)
	if err != nil {
		r.Fatal(err)
	}
	text, err := json.Marshal(report)
	if err != nil {
		r.Fatal(err)
	}
	for _, s := range []string{r.caller.secret, r.backend.secret, r.target.Users[0].Secret.Reveal()} {
		if strings.Contains(string(text), s) {
			r.Errorf("the report has a secret: %s", text)
		}
	}
	for _, q := range r.l.Requests() {
		if q.Method != "GET" && q.Path != "/oauth2/token" {
			r.Errorf("wrote: %s %s", q.Method, q.Path)
		}
	}
	return report
}

// requests are the log's entries that match.
func (r *rig) requests(match func(simulator.Request) bool) []simulator.Request {
	return slices.DeleteFunc(r.l.Requests(), func(q simulator.Request) bool { return !match(q) })
}

func throughProxy(q simulator.Request) bool {
	return !q.Internal && strings.Contains(q.Path, "/ipsproxy/")
}

// refusedLogin also sees a 401 that the proxy mirrors.
func refusedLogin(q simulator.Request) bool { return !q.Internal && q.Status == 401 }

// only returns the single finding that a report must have.
func only(t testing.TB, report verify.Report) resource.Finding {
	t.Helper()
	if len(report.Findings) != 1 {
		t.Fatalf("%d findings: %+v", len(report.Findings), report.Findings)
	}
	return report.Findings[0]
}

// proved reports whether a proof of ref for the pointer is good.
func proved(report verify.Report, ref resource.Ref, path string) bool {
	return slices.ContainsFunc(report.Proofs, func(p verify.Proof) bool {
		return p.Ref == ref && p.OK && slices.Contains(p.Paths, path)
	})
}

// works reports whether a call went well for ref.
func works(report verify.Report, ref resource.Ref) bool {
	return slices.ContainsFunc(report.Proofs, func(p verify.Proof) bool { return p.Ref == ref && p.OK })
}

// canned answers every request alike; nobody is behind it.
type canned func(*http.Request) (*http.Response, error)

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) { return c(r) }

// reply is a canned answer.
func reply(status int, media, body string) canned {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {media}}
		if status/100 == 3 {
			h.Set("Location", "https://elsewhere.example/login?state=x")
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r, ContentLength: int64(len(body))}, nil
	}
}

var errDown = errors.New("connection refused")

// lettered is a session whose landscape spells the groups of IAG in small letters.
func (r *rig) lettered() *connect.Session {
	return connect.New(connect.Options{Base: canned(func(q *http.Request) (*http.Response, error) {
		answer, err := r.l.Transport().RoundTrip(q)
		if err != nil || !strings.Contains(q.URL.RawQuery, "IAG_USER") {
			return answer, err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		body = bytes.ReplaceAll(body, []byte("IAG_USER"), []byte("Iag_User"))
		answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return answer, err
	})})
}
