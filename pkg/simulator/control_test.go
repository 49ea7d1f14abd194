package simulator_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/simulator"
)

const sim = root + "/_sim/"

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  m
		status int // of the second POST; 0 when the connection dies
		done   bool
		header string
	}{
		{"status", m{"method": "POST", "nth": 2, "status": 503, "retryAfter": 7}, 503, false, "7"},
		{"before", m{"method": "POST", "nth": 2, "cut": "before"}, 0, false, ""},
		{"after", m{"method": "POST", "nth": 2, "cut": "after"}, 0, true, ""},
		{"body", m{"method": "POST", "nth": 2, "cut": "body", "body": "{\"a\":1}"}, 0, true, ""},
		{"other path", m{"method": "POST", "path": "/other", "status": 503}, 201, true, ""},
		{"every route, but not the token's", m{"nth": 2, "status": 500, "body": "<html>"}, 500, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, simulator.Options{})
			r.want(204, "POST", sim+"faults", nil, []m{c.fault})
			r.want(201, "POST", dest, r.bearer("destination"), m{"Name": "A", "Type": "HTTP"})
			a, err := r.try("POST", dest, r.bearer("destination"), m{"Name": "B", "Type": "HTTP"})
			if c.status == 0 && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("connection: %v, answer %+v", err, a)
			}
			if c.status != 0 && (err != nil || a.status != c.status || a.header.Get("Retry-After") != c.header) {
				t.Errorf("answer %+v, %v", a, err)
			}
			list := r.want(200, "GET", dest, r.bearer("destination"), nil)
			if strings.Contains(list.body, `"B"`) != c.done {
				t.Errorf("done %v: %s", c.done, list.body)
			}
		})
	}
}

func TestFaultTimesAndClear(t *testing.T) {
	r := newRig(t, simulator.Options{})
	auth := r.bearer("destination")
	r.l.Fail(simulator.Fault{Times: -1, Status: 500}, simulator.Fault{Method: "GET", Nth: 2, Times: 2, Status: 404})
	for range 3 {
		r.want(500, "GET", dest, auth, nil)
	}
	r.want(200, "GET", sim+"requests", nil, nil)
	r.want(204, "DELETE", sim+"faults", nil, nil)
	r.want(200, "GET", dest, auth, nil)
	for _, bad := range []m{{"cut": "middle"}, {"status": 99}, {"path": "/_sim/dump"}, {"unknown": 1}, {"nth": -1}} {
		r.want(400, "POST", sim+"faults", nil, []m{bad})
	}
}

func TestExpiredTokens(t *testing.T) {
	r := newRig(t, simulator.Options{})
	r.systemUsers()
	old := r.bearer("destination")
	r.want(204, "POST", sim+"faults", nil, []m{{"nth": 2, "expireToken": true}})
	r.want(200, "GET", dest, old, nil)
	for range 2 {
		r.want(401, "GET", dest, old, nil)
	}
	r.tokens = map[string]string{}
	r.want(200, "GET", dest, r.bearer("destination"), nil)

	form := h{"Content-Type": "application/x-www-form-urlencoded"}
	a := r.json(r.want(200, "POST", tenant+"/oauth2/token", r.basic("IPS_BACKEND").and(form), "grant_type=client_credentials"))
	auth := h{"Authorization": "Bearer " + a["access_token"].(string)}
	r.want(200, "GET", tenant+"/scim/Users?count=1", auth, nil)
	r.l.Fail(simulator.Fault{Path: "/scim/Users", ExpireToken: true})
	r.want(401, "GET", tenant+"/scim/Users?count=1", auth, nil)
	r.want(401, "GET", tenant+"/scim/Groups?count=1", auth, nil)
}

func TestInternalFaultHitsTheBackendOnly(t *testing.T) {
	r := newRig(t, simulator.Options{})
	r.systemUsers()
	url := proxyURL + r.proxy(nil) + "/Users"
	r.l.Fail(simulator.Fault{Internal: true, Path: "/scim/Users", Status: 502})
	if a := r.want(502, "GET", url, r.basic("IAG_CALLER"), nil); !strings.Contains(a.body, "statusCode: 502") {
		t.Errorf("body %s", a.body)
	}
	r.want(200, "GET", url, r.basic("IAG_CALLER"), nil)
}

func TestDelayStandsAfterTheEffect(t *testing.T) {
	r := newRig(t, simulator.Options{})
	auth := r.bearer("destination")
	r.l.Fail(simulator.Fault{Delay: 50})
	r.client.Timeout = 5 * time.Millisecond
	if _, err := r.try("POST", dest, auth, m{"Name": "A", "Type": "HTTP"}); err == nil {
		t.Fatal("no timeout")
	}
	r.client.Timeout = 0
	r.want(200, "GET", dest+"/A", auth, nil)
}

func TestRequestLog(t *testing.T) {
	dir := t.TempDir()
	r := newRig(t, simulator.Options{Dir: dir})
	auth := r.bearer("destination")
	r.want(200, "GET", sim+"requests", nil, nil)
	r.want(200, "GET", dest+"?$select=Name&secret=x", auth.and(h{"X-Secret": "header"}), nil)
	r.want(404, "GET", dest+"/a%20b", auth, nil)
	want := []simulator.Request{
		{Seq: 1, Method: "POST", Path: "/tenants/iag-demo/oauth/token", Status: 200},
		{Seq: 2, Method: "GET", Path: "/destination-configuration/v1/subaccountDestinations", Query: "$select=Name&secret=x", Status: 200},
		{Seq: 3, Method: "GET", Path: "/destination-configuration/v1/subaccountDestinations/a b", Status: 404},
	}
	same := func(got []simulator.Request) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("log %+v", got)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("line %d: %+v", i+1, got[i])
			}
		}
	}
	same(r.l.Requests())
	var over []simulator.Request
	if err := json.Unmarshal([]byte(r.want(200, "GET", sim+"requests", nil, nil).body), &over); err != nil {
		t.Fatal(err)
	}
	same(over)
	data, err := os.ReadFile(filepath.Join(dir, "requests.jsonl"))
	if err != nil || bytes.Count(data, []byte("\n")) != 3 || bytes.Contains(data, []byte("header")) {
		t.Errorf("file %s, %v", data, err)
	}
	r.want(204, "DELETE", sim+"requests", nil, nil)
	if info, err := os.Stat(filepath.Join(dir, "requests.jsonl")); err != nil || info.Size() != 0 {
		t.Errorf("file after clearing: %v, %v", info, err)
	}
}

func TestConnections(t *testing.T) {
	r := newRig(t, simulator.Options{})
	c := r.json(r.want(200, "GET", sim+"connections", nil, nil))
	if c["root"] != root || c["tenant"] != "iag-demo" || c["identityServices"].(m)["url"] != tenant ||
		c["subaccount"] != r.key("destination")["tenantid"] || len(c["keys"].(m)) != 6 || len(c["secrets"].(m)) != 4 {
		t.Errorf("connections %v", c)
	}
	if k := r.key("accessGovernance"); k["ARQAPI"] == nil || k["uaa"].(m)["clientid"] != k["clientid"] {
		t.Errorf("key %v", k)
	}
	if k := r.key("adapter"); k["uri"] != root+"/adapter" || k["url"] != root+"/tenants/iag-demo" {
		t.Errorf("key %v", k)
	}
}

func TestDumpAndSeed(t *testing.T) {
	r := newRig(t, simulator.Options{})
	r.systemUsers()
	r.want(201, "POST", dest, r.bearer("destination"), m{"Name": "A", "Type": "HTTP"})
	dump, err := r.l.Dump()
	if err != nil {
		t.Fatal(err)
	}
	s := newRig(t, simulator.Options{})
	if s.secret("IAG_CALLER_SECRET") == r.secret("IAG_CALLER_SECRET") {
		t.Error("two landscapes share a secret")
	}
	s.want(204, "POST", sim+"seed", nil, string(dump))
	s.want(200, "GET", dest+"/A", r.bearer("destination"), nil)
	again, err := s.l.Dump()
	if err != nil || !bytes.Equal(dump, again) {
		t.Errorf("dump after seed differs: %v", err)
	}
	for _, bad := range []string{"", "{}", `{"format":2}`, `{"format":1,"unknown":1}`, `{"format":1}`} {
		s.want(400, "POST", sim+"seed", nil, bad)
	}
	s.want(200, "GET", dest+"/A", s.bearer("destination"), nil)
}

func TestClockAndLatency(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	r := newRig(t, simulator.Options{Now: func() time.Time { return now }})
	if a := r.want(200, "POST", sim+"clock", nil, m{"advance": "1h"}); a.body != `{"now":"2026-11-23T10:00:00Z"}` {
		t.Errorf("clock %s", a.body)
	}
	a := r.want(200, "GET", dest, r.bearer("destination"), nil)
	if got := a.header.Get("Date"); got != "Mon, 23 Nov 2026 10:00:00 GMT" {
		t.Errorf("Date %s", got)
	}
	r.want(400, "POST", sim+"clock", nil, m{"advance": "tomorrow"})
	r.want(400, "POST", sim+"latency", nil, m{"ms": -1})
	r.want(204, "POST", sim+"latency", nil, m{"ms": 20})
	start := time.Now()
	r.want(200, "GET", dest, r.bearer("destination"), nil)
	if d := time.Since(start); d < 20*time.Millisecond {
		t.Errorf("took %v", d)
	}
}

func TestBehaviourOverHTTP(t *testing.T) {
	r := newRig(t, simulator.Options{})
	a := r.json(r.want(200, "POST", sim+"behaviour", nil, m{"jobDelay": "5m", "lockAfter": 3}))
	if a["jobDelay"] != "5m0s" || a["lockAfter"] != 3.0 {
		t.Errorf("behaviour %v", a)
	}
	if a := r.json(r.want(200, "POST", sim+"behaviour", nil, m{"patchMissing": true})); a["jobDelay"] != "5m0s" {
		t.Errorf("behaviour %v", a)
	}
	r.want(400, "POST", sim+"behaviour", nil, m{"jobDelays": "5m"})
	r.want(400, "POST", sim+"behaviour", nil, m{"jobDelay": "soon"})
}

func TestPersistence(t *testing.T) {
	dir := t.TempDir()
	r := newRig(t, simulator.Options{Dir: dir})
	r.systemUsers()
	r.want(201, "POST", dest, r.bearer("destination"), m{"Name": "A", "Type": "HTTP"})
	r.l.Advance(time.Hour)
	if _, err := simulator.New(simulator.Options{Dir: dir}); !errors.Is(err, simulator.ErrInUse) {
		t.Fatalf("a second landscape on the folder: %v", err)
	}
	// A killed process leaves what is in the folder now, the last log line torn perhaps.
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(copied, "requests.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"seq":9`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s := newRig(t, simulator.Options{Dir: copied})
	if n := len(s.l.Requests()); n != len(r.l.Requests()) {
		t.Errorf("%d requests", n)
	}
	s.want(200, "GET", dest+"/A", r.bearer("destination"), nil)
	before, err1 := r.l.Dump()
	after, err2 := s.l.Dump()
	if err1 != nil || err2 != nil || !bytes.Equal(before, after) {
		t.Error("state differs after reload")
	}
}

func TestKeyFiles(t *testing.T) {
	r := newRig(t, simulator.Options{Dir: t.TempDir()})
	if err := r.l.SetRoot("http://127.0.0.1:4711"); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "127.0.0.1:1", "ftp://x", "http://x?y"} {
		if r.l.SetRoot(bad) == nil {
			t.Errorf("root %q was taken", bad)
		}
	}
	files := r.l.KeyFiles()
	for _, name := range []string{"destination", "identityServices", "accessGovernance", "auditLog", "adapter"} {
		data, err := os.ReadFile(files[name])
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(files[name])
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
		want, err := json.MarshalIndent(r.l.Connections().Keys[name], "", "  ")
		if err != nil || string(data) != string(want)+"\n" {
			t.Errorf("%s: %s", name, data)
		}
		if name != "identityServices" && !strings.Contains(string(data), `"http://127.0.0.1:4711/tenants/iag-demo"`) {
			t.Errorf("%s has another root: %s", name, data)
		}
	}
	if memory := newRig(t, simulator.Options{}); len(memory.l.KeyFiles()) != 0 {
		t.Error("a landscape in memory has files")
	}
}
