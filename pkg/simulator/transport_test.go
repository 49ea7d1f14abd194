package simulator_test

import (
	"context"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"reconcile/pkg/simulator"
)

// overTCP is a rig that reaches its landscape through a socket.
func overTCP(t *testing.T) *rig {
	l, err := simulator.New(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(l)
	t.Cleanup(s.Close)
	if err := l.SetRoot(s.URL); err != nil {
		t.Fatal(err)
	}
	via, err := simulator.Forward(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return rigOf(t, l, via)
}

func TestForwardKeepsTheHost(t *testing.T) {
	r := overTCP(t)
	tokens := r.bearer("destination")
	url := r.l.Connections().Root + "/destination-configuration/v1/subaccountDestinations"
	r.want(201, "POST", url, tokens, m{"Name": "A", "Type": "HTTP"})
	r.want(200, "GET", url+"?$includeMetadata=modification_time;etag", tokens, nil)
	r.want(301, "GET", tenant+"/scim/Users", nil, nil)
	r.want(404, "GET", tenant+"/tenants/iag-demo/oauth/token", nil, nil)
	for _, host := range []string{"https://example.com", "https://nobody.accounts.ondemand.com"} {
		_, err := r.try("GET", host, nil, nil)
		if dns, ok := errors.AsType[*net.DNSError](err); !ok || !dns.IsNotFound {
			t.Errorf("%s: %v", host, err)
		}
	}
	alias := strings.Replace(url, "127.0.0.1", "localhost", 1)
	r.want(200, "GET", alias, tokens, nil)
	direct, err := http.NewRequestWithContext(t.Context(), "GET", r.l.Connections().Root, nil)
	if err != nil {
		t.Fatal(err)
	}
	direct.Host = "example.com"
	resp, err := http.DefaultTransport.RoundTrip(direct)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 421 || !strings.Contains(string(text), "example.com") {
		t.Errorf("%d %s %v", resp.StatusCode, text, err)
	}
}

func TestCutsOverTCP(t *testing.T) {
	for cut, done := range map[string]bool{"before": false, "after": true, "body": true} {
		t.Run(cut, func(t *testing.T) {
			r := overTCP(t)
			auth := r.bearer("destination")
			url := r.l.Connections().Root + "/destination-configuration/v1/subaccountDestinations"
			r.l.Fail(simulator.Fault{Method: "POST", Cut: cut, Body: `{"something":"long"}`})
			if _, err := r.try("POST", url, auth, m{"Name": "A", "Type": "HTTP"}); err == nil {
				t.Error("no error")
			}
			status := 404
			if done {
				status = 200
			}
			r.want(status, "GET", url+"/A", auth, nil)
		})
	}
}

func TestTransportRefusesUnknownHosts(t *testing.T) {
	r := newRig(t, simulator.Options{})
	for _, host := range []string{"https://example.com", "http://localhost", "https://iag-demo.accounts.ondemand.com:8443"} {
		_, err := r.try("GET", host, nil, nil)
		if dns, ok := errors.AsType[*net.DNSError](err); !ok || !dns.IsNotFound {
			t.Errorf("%s: %v", host, err)
		}
	}
	if len(r.l.Requests()) != 0 {
		t.Error("an unknown host is in the log")
	}
	r.want(301, "GET", tenant+":443/scim/Users", nil, nil)
	login := r.want(301, "GET", tenant, nil, nil).header.Get("Location")
	if a := r.want(200, "GET", login, nil, nil); !strings.Contains(a.body, "<html>") {
		t.Errorf("login page %s", a.body)
	}
	r.want(404, "GET", tenant+"/_sim/requests", nil, nil)
}

func TestTransportInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, simulator.Options{})
		r.want(204, "POST", sim+"latency", nil, m{"ms": 60000})
		job := r.integration(nil)
		start := time.Now()
		if run := r.run(job, "1"); run["status"] != "Completed" {
			t.Errorf("run %v", run)
		}
		if d := time.Since(start); d != time.Minute {
			t.Errorf("took %v", d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "GET", dest, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.l.Transport().RoundTrip(req); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("deadline: %v", err)
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	r := newRig(t, simulator.Options{Dir: t.TempDir()})
	job := r.integration(nil)
	auth, run := r.bearer("destination"), r.post("same")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				r.do("POST", dest, auth, m{"Name": "A", "Type": "HTTP"})
				r.do("GET", dest, auth, nil)
				r.do("POST", adapter+"jobs/"+job+"/runs", run, nil)
				r.do("DELETE", dest+"/A", auth, nil)
			}
		})
	}
	group.Wait()
	list := r.json(r.want(200, "GET", adapter+"jobs/"+job+"/runs", r.bearer("adapter"), nil))
	if n := len(list["items"].([]any)); n != 1 {
		t.Errorf("%d runs of one key", n)
	}
	for i, q := range r.l.Requests() {
		if q.Seq != i+1 {
			t.Fatalf("line %d has number %d", i, q.Seq)
		}
	}
}

func TestConsole(t *testing.T) {
	r := newRig(t, simulator.Options{})
	console := sim + "console/"
	user := r.json(r.want(201, "POST", console+"systemUsers", nil, m{"name": "U", "authorizations": []string{"Read Users"}, "label": "a"}))
	id, secret := user["clientID"].(string), user["secret"].(string)
	req, err := http.NewRequest("GET", tenant, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(id, secret)
	who := h{"Authorization": req.Header.Get("Authorization")}
	r.want(200, "GET", tenant+"/scim/Users", who, nil)
	second := r.json(r.want(201, "POST", console+"systemUsers/"+id+"/secrets", nil, m{"label": "b", "expireIn": "1 year"}))
	r.want(422, "POST", console+"systemUsers/"+id+"/secrets", nil, m{"label": "c"})
	r.want(200, "DELETE", console+"systemUsers/"+id+"/secrets/a", nil, nil)
	r.want(401, "GET", tenant+"/scim/Users", who, nil)
	if list := r.want(200, "GET", console+"systemUsers", nil, nil); strings.Contains(list.body, second["secret"].(string)) {
		t.Error("a secret is shown twice")
	}
	form := m{"type": "Identity Authentication", "name": "P", "properties": m{"URL": tenant}, "credentials": m{"Password": "x"}}
	made := r.json(r.want(201, "POST", console+"proxySystems", nil, form))["id"].(string)
	r.want(409, "POST", console+"proxySystems", nil, form)
	export := r.want(200, "GET", console+"proxySystems/"+made+"/export", nil, nil)
	if !strings.Contains(export.body, `"encryptedProperties":{"Password":null}`) {
		t.Errorf("export %s", export.body)
	}
	r.want(409, "POST", console+"proxySystems/import", nil, export.body)
	renamed := strings.Replace(export.body, `"name":"P"`, `"name":"Q"`, 1)
	imported := r.json(r.want(201, "POST", console+"proxySystems/import", nil, renamed))["id"].(string)
	if imported == made {
		t.Error("import kept the id")
	}
	a := r.want(200, "PATCH", console+"proxySystems/"+made, nil, m{"set": m{"a": "1"}, "remove": []string{"URL", "Password"}})
	if !strings.Contains(a.body, `"encryptedProperties":{}`) || strings.Contains(a.body, `"URL"`) {
		t.Errorf("edited %s", a.body)
	}
	r.want(200, "POST", console+"destinations/D", nil, m{"set": m{"URL": "x"}})
	r.want(200, "POST", console+"destinations/D", nil, m{"remove": []string{"URL"}})
	if a := r.want(200, "GET", dest+"/D", r.bearer("destination"), nil); a.body != `{"Name":"D"}` {
		t.Errorf("destination %s", a.body)
	}
	r.want(204, "DELETE", console+"destinations/D", nil, nil)
	sys := r.json(r.want(201, "POST", console+"iagSystems", nil, m{"name": "S", "type": "IAS", "externalSystemID": made}))["id"].(string)
	r.want(200, "PATCH", console+"iagSystems/"+sys, nil, m{"externalSystemID": imported})
	job := r.json(r.want(201, "POST", console+"jobs", nil, m{"name": "J", "category": "Repository Sync", "iagSystem": "S"}))["id"].(string)
	r.want(201, "POST", console+"jobs/"+job+"/runs", nil, nil)
	r.want(204, "DELETE", console+"jobs/"+job, nil, nil)
	r.want(404, "POST", console+"jobs/"+job+"/runs", nil, nil)
}

// TestImports keeps the simulator apart from the product: what it shared, it would share the mistakes of.
func TestImports(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range tree.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			own := path == "reconcile/pkg/simulator" && strings.HasSuffix(f.Name(), "_test.go")
			if first, _, _ := strings.Cut(path, "/"); !own && (strings.Contains(first, ".") || first == "reconcile") {
				t.Errorf("%s imports %s", f.Name(), path)
			}
		}
	}
}
