package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	syncJob = "Job/IAS repository sync"
	expects = "      externalSystemID: {proxySystem: IAS for IAG, output: id}\n"
)

// has reports whether a runbook has an order of an object.
func (r runbook) has(object string) bool {
	return slices.ContainsFunc(r.Orders, func(o order) bool { return o.Kind+"/"+o.Name == object })
}

// TestExpectedNumbersHoldWhatNobodyStarts: a job with a schedule starts by itself, so
// each look counts, and the order that would start it comes only once the number fits.
func TestExpectedNumbersHoldWhatNobodyStarts(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	d := k.desk(t, k.plain(t)).edited(t, "expect", expects, expects+"      expect: {users: {min: 2, max: 5, change: 50%}}\n")
	r := d.orders(t, 7)
	if len(r.Orders) != 7 || r.has(syncJob) {
		t.Fatalf("the synchronisation is ordered before anybody could count: %+v", r.Orders)
	}
	d.must(t, 2, slices.Concat([]string{"plan"}, d.manifest)...).says(t, syncJob, "no order yet")
	d.work(t, &r)
	d.must(t, 0, d.done("--report", d.reports(t, r))...).says(t, "3 users, 2 groups")
	second := d.orders(t, 7)
	if len(second.Orders) != 1 || !second.has(syncJob) {
		t.Fatalf("%+v", second.Orders)
	}
	d.work(t, &second)
	d.must(t, 0, d.done("--report", d.reports(t, second))...)
	d.must(t, 0, d.manifest...).says(t, "IAGSystem/IAS: 3 users, 2 groups come through the proxy system")

	// A mistyped filter: whoever enters it is told to pause the job, and every look tells.
	over := "        ips.trace.failed.entity.content: \"true\"\n"
	typo := d.edited(t, "typo", over, over+"        ias.user.filter: 'userName eq \"nobody\"'\n")
	r = typo.orders(t, 7)
	text, err := os.ReadFile(filepath.Join(typo.book(t, 7), "runbook.md"))
	if err != nil || !strings.Contains(string(text), "before you save: pause "+syncJob) {
		t.Errorf("nobody is told to pause the job: %s %v", text, err)
	}
	typo.work(t, &r)
	outside := []string{"E260", "0 Users come through the proxy system, and at least 2 are expected", "pause " + syncJob + " first", "Manage Jobs"}
	typo.must(t, 1, typo.done("--report", typo.reports(t, r))...).says(t, outside...)
	for _, command := range []string{"", "drift", "verify"} {
		args := typo.manifest
		if command != "" {
			args = slices.Concat([]string{command}, args)
		}
		e := typo.must(t, 1, args...)
		e.says(t, outside...)
		if strings.Contains(e.out, "In sync") {
			t.Errorf("%s calls it in sync: %s", command, e)
		}
	}
	// Without bounds the number of the last good look is what counts.
	unbound := typo.edited(t, "unbound", "min: 2, max: 5, ", "")
	unbound.must(t, 1, slices.Concat([]string{"drift"}, unbound.manifest)...).says(t, "the last time there were 3, and a change of at most 50% is expected")
}

// book is the folder of a runbook that was just written.
func (d *desk) book(t *testing.T, code int) string {
	t.Helper()
	dir := t.TempDir()
	d.must(t, code, slices.Concat(d.manifest, []string{"--workorders", dir})...)
	return dir
}

// TestTwinOfTheInstance finds a destination of the service instance that hides the one
// of the subaccount.
func TestTwinOfTheInstance(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	d := k.green(t, k.plain(t))
	twin := map[string]any{"Name": "IPS_PROXY", "Type": "HTTP", "URL": "https://elsewhere.example", "ProxyType": "Internet", "Authentication": "NoAuthentication"}
	d.asInstance(t, twin)
	for _, command := range []string{"verify", "drift"} {
		d.must(t, 1, slices.Concat([]string{command}, d.manifest)...).says(t, "F-5", "IAG→destination", "hides that of the subaccount", "elsewhere.example")
	}
}

// asInstance makes a destination on the level of the service instance, by its key.
func (d *desk) asInstance(t *testing.T, body map[string]any) {
	t.Helper()
	key := d.Connections().Keys["destination"].(map[string]string)
	form := "grant_type=client_credentials&client_id=" + url.QueryEscape(key["clientid"]) + "&client_secret=" + url.QueryEscape(key["clientsecret"])
	var token struct {
		AccessToken string `json:"access_token"`
	}
	d.post(t, key["url"]+"/oauth/token", "application/x-www-form-urlencoded", "", []byte(form), &token)
	d.post(t, key["uri"]+"/destination-configuration/v1/instanceDestinations", "application/json", token.AccessToken, marshal(t, body), nil)
}

// post sends one request to the landscape that must be taken.
func (d *desk) post(t *testing.T, address, media, token string, body []byte, into any) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", media)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := d.Transport().RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		t.Fatalf("%s: %s %s %v", address, answer.Status, text, err)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReportedIDIsNotProven holds that a wrong External System ID in the console of IAG
// is not called proven: the calls take the right one.
func TestReportedIDIsNotProven(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	d := k.green(t, k.plain(t))
	if !d.console(t, http.MethodPatch, "iagSystems/"+d.find(t, "iagSystems", "IAS"), map[string]any{"externalSystemID": "another"}) {
		t.Fatal("the console refused")
	}
	e := d.must(t, 0, slices.Concat([]string{"drift", "-o", "json"}, d.manifest)...)
	for object, facts := range map[string]map[string]string{
		"IAGSystem/IAS":          {"/externalSystemID": "reported"},
		"SystemUser/IAG caller":  {"/authorizations": "probe", "/clientID": "probe", "/secrets/2026-11/value": "probe", "/secrets/2026-11/expireIn": "reported"},
		"SystemUser/IPS backend": {"/authorizations": "reported"},
	} {
		for path, want := range facts {
			if got := e.seen(t).evidence(object, path); got != want {
				t.Errorf("%s %s is known by %q, want %q", object, path, got, want)
			}
		}
	}
}

// evidence is how one field of an object is known.
func (s seen) evidence(object, path string) string {
	for _, step := range s.Steps {
		for _, f := range step.Facts {
			if step.Kind+"/"+step.Name == object && f.Path == path {
				return f.Evidence
			}
		}
	}
	return ""
}
