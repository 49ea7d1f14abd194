package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestLandscape runs the program as people install it, and talks to it over TCP.
func TestLandscape(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", bin, "../cmd/reconcile").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	program := filepath.Join(bin, "reconcile")
	t.Run("serves", func(t *testing.T) { landscapeServes(t, program) })
	t.Run("obeys", func(t *testing.T) { landscapeObeys(t, program) })
}

// live is a running reconcile simulate, reached over TCP as any client reaches it.
type live struct {
	*testing.T
	command *exec.Cmd
	out     *bufio.Reader
	ready   struct {
		URL, Data, CA string
		Keys          map[string]string
	}
	tokens map[string]string
	// vars are what earlier steps found.
	vars map[string]string
}

// simulate starts a server on a folder.
func simulate(t *testing.T, program, dir string) *live {
	t.Helper()
	s := &live{T: t, tokens: map[string]string{}, vars: map[string]string{}}
	s.command = exec.Command(program, "simulate", "--listen", "127.0.0.1:0", "--data", dir)
	pipe, err := s.command.StdoutPipe()
	if err = errors.Join(err, s.command.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.command.Process.Kill(); _ = s.command.Wait() })
	s.out = bufio.NewReader(pipe)
	line, err := s.out.ReadBytes('\n')
	if err = errors.Join(err, json.Unmarshal(line, &s.ready)); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return s
}

// key reads a key file.
func (s *live) key(name string) map[string]any {
	s.Helper()
	var key map[string]any
	data, err := os.ReadFile(s.ready.Keys[name])
	if err = errors.Join(err, json.Unmarshal(data, &key)); err != nil {
		s.Fatal(err)
	}
	return key
}

// exchange is one request and what must come of it. ${NAME} in target and body is what an earlier step found.
type exchange struct {
	// as is the key whose token is sent, or the system user whose credentials are.
	as, method, target, body string
	status                   int
	// holds is a regular expression of the body; its first group is kept under the name find.
	holds, find string
}

// play makes the exchanges one after the other.
func (s *live) play(list ...exchange) {
	s.Helper()
	for _, x := range list {
		status, body := s.send(x)
		found := regexp.MustCompile(s.expand(x.holds)).FindStringSubmatch(body)
		if status != x.status || found == nil {
			s.Fatalf("%s %s: status %d, body %.500s\nwant %d and %s", x.method, x.target, status, body, x.status, x.holds)
		}
		if x.find != "" {
			s.vars[x.find] = found[1]
		}
	}
}

func (s *live) expand(text string) string {
	return os.Expand(text, func(name string) string { return s.vars[name] })
}

// send makes one request. A target without a slash in front begins with the host that is meant. Status 0 tells that the
// connection died.
func (s *live) send(x exchange) (status int, body string) {
	s.Helper()
	host, path, _ := strings.Cut(s.expand(x.target), "/")
	r, err := http.NewRequestWithContext(s.Context(), x.method, s.ready.URL+"/"+path, strings.NewReader(s.expand(x.body)))
	if err != nil {
		s.Fatal(err)
	}
	r.Host = host
	r.Header.Set("Accept", "application/scim+json")
	s.dress(r, x)
	// A cut is seen only where net/http does not repeat the request on a kept connection.
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, ""
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, string(data)
	}
	return answer.StatusCode, string(data)
}

// dress adds credentials and media type.
func (s *live) dress(r *http.Request, x exchange) {
	s.Helper()
	switch {
	case strings.HasSuffix(r.URL.Path, "/token"):
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	case strings.Contains(r.URL.Path, "/scim/"):
		r.Header.Set("Content-Type", "application/scim+json")
	default:
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Idempotency-Key", x.target+x.body)
	if x.as == "" {
		return
	}
	if callers, ok := s.key("identityServices")["callers"].(map[string]any); ok && callers[x.as] != nil {
		caller := callers[x.as].(map[string]any)
		r.SetBasicAuth(caller["clientid"].(string), caller["clientsecret"].(string))
		return
	}
	r.Header.Set("Authorization", "Bearer "+s.token(x.as))
}

// token gets a token for a key, as the key says.
func (s *live) token(name string) string {
	s.Helper()
	if s.tokens[name] == "" {
		key := s.key(name)
		if uaa, nested := key["uaa"].(map[string]any); nested {
			key = uaa
		}
		form := url.Values{
			"grant_type": {"client_credentials"}, "client_id": {key["clientid"].(string)},
			"client_secret": {key["clientsecret"].(string)},
		}
		answer, err := http.PostForm(key["url"].(string)+"/oauth/token", form)
		if err != nil {
			s.Fatal(err)
		}
		defer answer.Body.Close()
		var out struct {
			Token string `json:"access_token"`
		}
		if err := json.NewDecoder(answer.Body).Decode(&out); err != nil || out.Token == "" {
			s.Fatalf("token of %s: %v", name, err)
		}
		s.tokens[name] = out.Token
	}
	return s.tokens[name]
}

// kill ends the server as a power cut would.
func (s *live) kill() {
	s.Helper()
	if err := s.command.Process.Kill(); err != nil {
		s.Fatal(err)
	}
	_ = s.command.Wait()
}

// end asks the server to end and demands that it does so cleanly, having printed one line only.
func (s *live) end() {
	s.Helper()
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		s.Fatal(err)
	}
	rest, err := io.ReadAll(s.out)
	if err = errors.Join(err, s.command.Wait()); err != nil || len(bytes.TrimSpace(rest)) > 0 {
		s.Errorf("end: %v, and it printed %q", err, rest)
	}
}

// Addresses of the landscape.
const (
	subaccount = "/destination-configuration/v1/subaccountDestinations"
	identity   = "iag-demo.accounts.ondemand.com"
	throughIPS = identity + "/ipsproxy/service/api/v1/scim/"
)

// landscapeServes walks all parts of the landscape as one integration would be made by hand: what each part
// answers depends on what was made in the others.
func landscapeServes(t *testing.T, program string) {
	s := simulate(t, program, t.TempDir())
	s.checkReady()
	uaa := s.key("destination")["url"].(string)
	s.vars["id"], s.vars["secret"] = url.QueryEscape(s.key("destination")["clientid"].(string)), url.QueryEscape(s.key("destination")["clientsecret"].(string))
	s.vars["provider"] = strings.TrimPrefix(uaa, s.ready.URL)
	users := s.key("identityServices")["callers"].(map[string]any)
	for name, user := range map[string]string{"caller": "IAG caller", "backend": "IPS backend"} {
		s.vars[name] = users[user].(map[string]any)["clientid"].(string)
		s.vars[name+"Secret"] = users[user].(map[string]any)["clientsecret"].(string)
	}
	s.play(
		// XSUAA: the subdomain in the path is the subaccount.
		exchange{method: "POST", target: "${provider}/oauth/token", body: "grant_type=client_credentials&client_id=${id}&client_secret=${secret}", status: 200, holds: `"expires_in":43199`},
		exchange{method: "POST", target: "/tenants/iag-subscriber/oauth/token", body: "grant_type=client_credentials&client_id=${id}&client_secret=${secret}", status: 200},
		exchange{method: "POST", target: "/tenants/nobody/oauth/token", body: "grant_type=client_credentials&client_id=${id}&client_secret=${secret}", status: 404},
		exchange{method: "POST", target: "${provider}/oauth/token", body: "grant_type=client_credentials&client_id=${id}&client_secret=x", status: 401, holds: `"error_description":"Bad credentials"`},
		// Adapter contract: system users and a proxy system, then IAG.
		exchange{as: "adapter", method: "POST", target: "/adapter/v1/systemUsers", body: `{"system":{"name":"IAG caller","authorizations":["Access Proxy System API"],"clientID":"${caller}","slots":[{"label":"a","expireIn":"Never"}]},"secrets":{"a":"${callerSecret}"}}`, status: 201},
		exchange{as: "adapter", method: "POST", target: "/adapter/v1/systemUsers", body: `{"system":{"name":"IPS backend","authorizations":["Manage Users","Manage Groups"],"clientID":"${backend}","slots":[{"label":"a","expireIn":"Never"}]},"secrets":{"a":"${backendSecret}"}}`, status: 201},
		exchange{as: "adapter", method: "POST", target: "/adapter/v1/proxySystems", body: `{"system":{"name":"IAS for IAG","accessMode":"PROXY","connectorTypeString":"SAP_CLOUD_IDENTITY","properties":{"Type":"HTTP","ProxyType":"Internet","Authentication":"BasicAuthentication","URL":"https://` + identity + `","User":"${backend}","ias.api.version":"2","ias.support.patch.operation":"true"}},"secrets":{"Password":"${backendSecret}"}}`, status: 201, holds: `"id":"([0-9a-f-]{36})"`, find: "system"},
		exchange{as: "adapter", method: "POST", target: "/adapter/v1/parameters", body: `{"system":{"group":"UserSource","name":"SourceSystem","value":"IAS"}}`, status: 201},
		exchange{as: "adapter", method: "POST", target: "/adapter/v1/iagSystems", body: `{"system":{"name":"IAS","type":"IAS","externalSystemID":"${system}"}}`, status: 201},
		exchange{as: "adapter", method: "POST", target: "/adapter/v1/jobs", body: `{"system":{"name":"sync","category":"Repository Sync","iagSystem":"IAS"}}`, status: 201, holds: `"id":"([0-9a-f-]{36})"`, find: "job"},
		exchange{as: "destination", method: "GET", target: "/adapter/v1/jobs", status: 403},
		// Destination service on both levels, and what consumers ask.
		exchange{as: "destination", method: "POST", target: subaccount, body: `{"Name":"IPS_PROXY","Type":"HTTP","URL":"https://` + identity + `","ProxyType":"Internet","Authentication":"BasicAuthentication","User":"${caller}","Password":"${callerSecret}","Accept":"application/scim+json","USERSURL":"/Users","GROUPSURL":"/Groups","serviceURL":"/ipsproxy/service/api/v1/scim/"}`, status: 201, holds: `^$`},
		exchange{as: "destination", method: "GET", target: "/destination-configuration/v1/instanceDestinations", status: 200, holds: `^\[\]$`},
		exchange{as: "destination", method: "POST", target: subaccount[:len(subaccount)-1] + "Fragments", body: `{"FragmentName":"f","URL":"https://other"}`, status: 201},
		exchange{as: "destination", method: "POST", target: "/destination-configuration/v1/subaccountCertificates", body: `{"Name":"c.pem","Attributes":{"CN":"x","Validity":{"TimeUnit":"DAYS","Value":30}}}`, status: 201},
		exchange{as: "destination", method: "PUT", target: subaccount + "/IPS_PROXY/labels", body: `[{"key":"k","values":["v"]}]`, status: 204},
		exchange{as: "destination", method: "GET", target: "/destination-configuration/v1/destinations/IPS_PROXY", status: 200, holds: `"authTokens":\[\{.*"type":"Basic"`},
		exchange{as: "destination", method: "GET", target: "/destination-configuration/v2/destinations/IPS_PROXY@instance", status: 404, holds: `Configuration with the specified name was not found`},
		// Identity Authentication and Identity Provisioning answer by the tenant's host.
		exchange{method: "POST", target: identity + "/oauth2/token", body: "grant_type=client_credentials&client_id=${backend}&client_secret=${backendSecret}", status: 200, holds: `"access_token"`},
		exchange{as: "IPS backend", method: "GET", target: identity + "/scim/Users?count=1", status: 200, holds: `"totalResults":42`},
		exchange{as: "IPS backend", method: "GET", target: identity + "/scim/Groups", status: 200, holds: `"totalResults":8`},
		exchange{as: "IPS backend", method: "GET", target: identity + "/scim/Schemas", status: 200, holds: `"itemsPerPage":1000`},
		exchange{as: "IAG caller", method: "GET", target: identity + "/scim/Users", status: 403},
		exchange{as: "IAG caller", method: "GET", target: throughIPS + "${system}/Users?count=1", status: 200, holds: `"totalResults":42`},
		exchange{method: "GET", target: throughIPS + "${system}/Users", status: 301, holds: `Log On`},
		exchange{as: "IAG caller", method: "GET", target: "other-demo.accounts.ondemand.com/ipsproxy/service/api/v1/scim/${system}/Users", status: 401},
		exchange{as: "IPS backend", method: "GET", target: "somebody.accounts.ondemand.com/scim/Users", status: 421},
		// The job reads the stored destination; the audit log tells of it.
		exchange{as: "adapter", method: "POST", target: "/adapter/v1/jobs/${job}/runs", status: 201, holds: `"users":42,"groups":8,"log":\["42 users synchronized","8 groups synchronized"\]`},
		exchange{as: "auditLog", method: "GET", target: "/auditlog/v2/auditlogrecords", status: 200, holds: `Job scheduler 'sync' started`},
		// A key in the wrong case is saved, and breaks the call.
		exchange{method: "POST", target: "/_sim/console/destinations/IPS_PROXY", body: `{"set":{"userSurl":"/Users"},"remove":["USERSURL"]}`, status: 200},
		exchange{method: "POST", target: "/_sim/console/jobs/${job}/runs", status: 201, holds: `Error occurred during user sync: Service call return code : 404`},
	)
	s.end()
}

// checkReady holds the line of readiness and the key that SAP issues.
func (s *live) checkReady() {
	s.Helper()
	for _, name := range []string{"destination", "destinationX509", "identityServices", "accessGovernance", "auditLog", "adapter"} {
		if path := s.ready.Keys[name]; path != filepath.Join(s.ready.Data, "keys", name+".json") || len(s.key(name)) == 0 {
			s.Errorf("key file of %s: %q", name, path)
		}
	}
	if data, err := os.ReadFile(s.ready.CA); err != nil || !strings.HasPrefix(s.ready.CA, s.ready.Data) || !bytes.Contains(data, []byte("BEGIN CERTIFICATE")) {
		s.Errorf("CA: %q %v", s.ready.CA, err)
	}
	key := s.key("destination")
	for _, field := range []string{"clientid", "clientsecret", "uri", "url", "identityzone", "tenantid", "instanceid", "xsappname", "uaadomain"} {
		if text, _ := key[field].(string); text == "" {
			s.Errorf("the key has no %s", field)
		}
	}
	if key["uri"] != s.ready.URL || !strings.HasPrefix(key["url"].(string), s.ready.URL+"/tenants/") {
		s.Errorf("uri %v, url %v", key["uri"], key["url"])
	}
}

// landscapeObeys walks the control interface, and loses nothing to a kill.
func landscapeObeys(t *testing.T, program string) {
	dir := t.TempDir()
	s := simulate(t, program, dir)
	s.token("destination")
	fault := func(text string) exchange {
		return exchange{method: "POST", target: "/_sim/faults", body: "[" + text + "]", status: 204}
	}
	list := exchange{as: "destination", method: "GET", target: subaccount, status: 200}
	with := func(x exchange, status int, holds string) exchange { x.status, x.holds = status, holds; return x }
	post := func(name string, status int) exchange {
		return exchange{as: "destination", method: "POST", target: subaccount, body: `{"Name":"` + name + `","Type":"HTTP"}`, status: status}
	}
	clear := exchange{method: "DELETE", target: "/_sim/faults", status: 204}
	s.play(
		exchange{method: "DELETE", target: "/_sim/requests", status: 204}, with(list, 200, `^\[\]$`),
		exchange{method: "GET", target: "/_sim/requests", status: 200, holds: `^\[\{"seq":1,"method":"GET","path":"` + subaccount + `","query":"","status":200\}\]$`},
		// Faults: a status for the second request only, with a hint; a path that is not asked; the token's and our own routes never.
		fault(`{"method":"GET","path":"`+subaccount+`","nth":2,"times":1,"status":503,"retryAfter":1}`), list, with(list, 503, `Service Unavailable`), list,
		fault(`{"times":-1,"status":500,"body":"{\"a\":1}"}`), with(list, 500, `^\{"a":1\}$`), exchange{method: "GET", target: "/_sim/requests", status: 200},
		exchange{method: "POST", target: "/oauth/token", body: "grant_type=client_credentials", status: 401}, clear, list,
		fault(`{"method":"POST","cut":"before"}`), post("BEFORE", 0), fault(`{"method":"POST","cut":"after"}`), post("AFTER", 0),
		with(list, 200, `^\[\{"Name":"AFTER","Type":"HTTP"\}\]$`),
		fault(`{"cut":"body"}`), with(list, 0, `^\[`), fault(`{"status":429}`), with(list, 429, ``),
		exchange{method: "POST", target: "/_sim/faults", body: `[{"cut":"sideways"}]`, status: 400},
		fault(`{"expireToken":true}`), with(list, 401, ``),
	)
	s.tokens = map[string]string{}
	began := time.Now()
	s.play(exchange{method: "POST", target: "/_sim/latency", body: `{"ms": 40}`, status: 204}, list)
	if took := time.Since(began); took < 40*time.Millisecond {
		t.Errorf("a latency of 40 ms took %v", took)
	}
	s.play(
		exchange{method: "POST", target: "/_sim/latency", body: `{"ms": 0}`, status: 204},
		exchange{method: "POST", target: "/_sim/clock", body: `{"advance": "13h"}`, status: 200}, with(list, 401, ``),
	)
	s.tokens = map[string]string{}
	s.play(
		exchange{method: "GET", target: "/_sim/connections", status: 200, holds: `"env:IAG_CALLER_SECRET":"`},
		exchange{method: "GET", target: "/_sim/dump", status: 200, holds: `(?s)^(.*"AFTER".*)$`, find: "dump"},
		post("LATER", 201), exchange{method: "POST", target: "/_sim/seed", body: "${dump}", status: 204},
		exchange{as: "destination", method: "GET", target: subaccount + "/LATER", status: 404},
		exchange{method: "POST", target: "/_sim/seed", body: `{"format":1}`, status: 400}, post("LAST", 201),
	)
	s.survivesKill(program, dir)
}

// survivesKill kills the server and finds state and log as they were.
func (s *live) survivesKill(program, dir string) {
	s.Helper()
	_, before := s.send(exchange{method: "GET", target: "/_sim/dump"})
	_, asked := s.send(exchange{method: "GET", target: "/_sim/requests"})
	s.kill()
	again := simulate(s.T, program, dir)
	_, after := again.send(exchange{method: "GET", target: "/_sim/dump"})
	_, remembered := again.send(exchange{method: "GET", target: "/_sim/requests"})
	if before != after || asked != remembered || !strings.Contains(after, `"LAST"`) {
		s.Error("state or request log differ after a kill")
	}
	data, err := os.ReadFile(filepath.Join(dir, "requests.jsonl"))
	if lines := strings.Count(string(data), "\n"); err != nil || lines != strings.Count(asked, `"seq":`) {
		s.Errorf("%d lines in requests.jsonl, %v", lines, err)
	}
	again.play(exchange{as: "destination", method: "GET", target: subaccount + "/LAST", status: 200})
	again.end()
}
