package verify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"reconcile/pkg/connect"
	"reconcile/pkg/secret"
	"reconcile/pkg/verify"
)

const (
	scim = "application/scim+json"
	list = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":1,"itemsPerPage":1,"startIndex":1,"Resources":[{"userName":"jane.doe"}]}`
)

// goodDestination is a stored destination as it should be.
func goodDestination() map[string]string {
	return map[string]string{
		"Name": "IPS_PROXY", "Type": "HTTP", "URL": tenant, "ProxyType": "Internet", "Authentication": "BasicAuthentication",
		"User": "caller-id", "Password": "caller-secret", "Accept": scim, "GROUPSURL": "/Groups", "USERSURL": "/Users",
		"serviceURL": "/ipsproxy/service/api/v1/scim/",
	}
}

// scripted is a target whose every request is answered by script.
func scripted(script canned, stored map[string]string) verify.Target {
	identity, _ := url.Parse(tenant)
	return verify.Target{
		Identity: identity, Session: connect.New(connect.Options{Base: script}),
		Destination: func(_ context.Context, _ string) (map[string]string, bool, error) { return stored, true, nil },
		Systems:     []verify.System{{Ref: system, Proxy: proxySystem, ExternalSystemID: "id-1"}},
	}
}

func TestAnswersAreToldApart(t *testing.T) {
	mirror := func(status any) string {
		code := strings.Trim(fmt.Sprint(status), `"`)
		return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Failed to read entity. HTTP operation failed invoking %s/scim/Users?filter=jane.doe with statusCode: %s. Response: {\"user\":\"jane.doe\"}","status":%v}`, tenant, code, status)
	}
	cases := []struct {
		name        string
		answer      canned
		code        string
		leg         string
		message     string
		calls       int
		destination bool // whether the destination is proved
	}{
		{"list", reply(200, scim, list), "", "", "", 2, true},
		{"list as plain JSON", reply(200, "application/json", list), "", "", "", 2, true},
		{"HTML", reply(200, "text/html", "<html>jane.doe</html>"), "F-37", verify.LegProxy, "an HTML page", 2, false},
		{"HTML that says it is SCIM", reply(200, "text/plain", "\n<html>"), "F-37", verify.LegProxy, "an HTML page", 2, false},
		{"other JSON", reply(200, "application/json", `{"a":"jane.doe"}`), "F-37", verify.LegProxy, "no SCIM list", 2, false},
		{"text", reply(200, "text/plain", "jane.doe"), "F-37", verify.LegProxy, "no JSON", 2, false},
		{"nothing", reply(200, scim, ""), "F-37", verify.LegProxy, "no JSON", 2, false},
		{"301", reply(301, "text/html", "<html>"), "F-3", verify.LegProxy, "code : 301", 1, false},
		{"302", reply(302, "text/html", "<html>"), "F-3", verify.LegProxy, "login page", 1, false},
		{"caller 401", reply(401, "text/plain", "Unauthorized"), "F-3", verify.LegProxy, `"caller-id"`, 1, false},
		{"backend 401, number", reply(401, scim, mirror(401)), "F-3", verify.LegBackend, "statusCode: 401", 1, true},
		{"backend 401, text", reply(401, scim, mirror(`"401"`)), "F-3", verify.LegBackend, "statusCode: 401", 1, true},
		{"caller 403", reply(403, "", ""), "F-4", verify.LegProxy, "may not use proxy systems", 1, false},
		{"backend 403", reply(403, scim, mirror(403)), "F-38", verify.LegBackend, "may not read Users", 2, true},
		{"404", reply(404, "text/plain", "Not Found"), "F-5", verify.LegProxy, `"id-1"`, 2, false},
		{"backend 404", reply(404, scim, mirror(404)), "F-2", verify.LegBackend, "statusCode: 404", 2, true},
		{"backend 500", reply(500, scim, mirror(500)), "F-2", verify.LegBackend, "statusCode: 500", 2, true},
		{"proxy 500", reply(500, "text/plain", "jane.doe"), "F-2", verify.LegProxy, "500: no reason", 2, false},
		{"proxy 400", reply(400, scim, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"unsupported","status":400}`), "F-2", verify.LegProxy, "400: unsupported", 2, false},
		{"SCIM 401 that quotes nobody", reply(401, scim, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Unauthorized"}`), "F-3", verify.LegProxy, `"caller-id"`, 1, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				target := scripted(func(r *http.Request) (*http.Response, error) { calls++; return c.answer(r) }, goodDestination())
				report, err := verify.Run(t.Context(), target)
				if err != nil {
					t.Fatal(err)
				}
				checkFinding(t, report, c.code, c.leg, c.message)
				if calls != c.calls || proved(report, destination, "/properties/Password") != c.destination {
					t.Errorf("%d calls, proofs %+v", calls, report.Proofs)
				}
				checkDiscretion(t, report)
			})
		})
	}
}

// checkFinding holds the first finding against what is expected; an empty code
// expects none.
func checkFinding(t *testing.T, report verify.Report, code, leg, message string) {
	t.Helper()
	if code == "" {
		if len(report.Findings) != 0 {
			t.Errorf("findings %+v", report.Findings)
		}
		return
	}
	if len(report.Findings) == 0 {
		t.Fatal("no finding")
	}
	if f := report.Findings[0]; f.Code != code || f.Leg != leg || !strings.Contains(f.Message, message) {
		t.Errorf("finding %+v", f)
	}
}

// checkDiscretion holds that neither secrets nor people are in a report.
func checkDiscretion(t *testing.T, report verify.Report) {
	t.Helper()
	text, err := json.Marshal(report)
	if err != nil || strings.Contains(string(text), "caller-secret") || strings.Contains(string(text), "jane.doe") {
		t.Errorf("%v in %s", err, text)
	}
}

func TestNothingIsSentElsewhere(t *testing.T) {
	cases := map[string]map[string]string{
		"other host":             {"URL": "https://evil.example"},
		"longer host":            {"URL": tenant + ".evil.example"},
		"user in the address":    {"URL": "https://x:y@" + strings.TrimPrefix(tenant, "https://")},
		"tenant as user":         {"URL": tenant + "@evil.example"},
		"plain text":             {"URL": strings.Replace(tenant, "https", "http", 1)},
		"other port":             {"URL": tenant + ":8443"},
		"service path is a host": {"serviceURL": ".evil.example/ipsproxy/service/api/v1/scim/"},
		"service path is user":   {"serviceURL": "@evil.example/"},
		"service path is port":   {"serviceURL": ":8443/"},
		"query":                  {"USERSURL": "/Users?x=y", "GROUPSURL": "/Groups#z"},
		"broken":                 {"URL": "https://%zz"},
		"blank":                  {"URL": tenant + " "},
		"nothing":                {"URL": ""},
	}
	for name, changes := range cases {
		t.Run(name, func(t *testing.T) {
			stored := goodDestination()
			maps.Copy(stored, changes)
			target := scripted(func(r *http.Request) (*http.Response, error) {
				t.Errorf("sent to %s", r.URL)
				return nil, errDown
			}, stored)
			report, err := verify.Run(t.Context(), target)
			if err != nil || len(report.Findings) == 0 || len(report.Gaps) == 0 {
				t.Errorf("%v, findings %+v, gaps %+v", err, report.Findings, report.Gaps)
			}
			checkDiscretion(t, report)
		})
	}
}

func TestSameHostInOtherSpellings(t *testing.T) {
	for _, address := range []string{strings.Replace(tenant, "iag-demo", "IAG-Demo", 1), tenant + ":443"} {
		synctest.Test(t, func(t *testing.T) {
			stored := goodDestination()
			stored["URL"] = address
			report, err := verify.Run(t.Context(), scripted(reply(200, scim, list), stored))
			if err != nil || len(report.Findings) != 0 || len(report.Gaps) != 0 {
				t.Errorf("%s: %v, %+v", address, err, report)
			}
		})
	}
}

func TestOtherLoginsAreNotReplayed(t *testing.T) {
	stored := goodDestination()
	stored["Authentication"] = "ClientCertificateAuthentication"
	delete(stored, "User")
	delete(stored, "Password")
	report, err := verify.Run(t.Context(), scripted(func(*http.Request) (*http.Response, error) { return nil, errDown }, stored))
	if err != nil || len(report.Findings) != 0 || len(report.Gaps) != 2 || !strings.Contains(report.Gaps[0].Reason, "ClientCertificateAuthentication") {
		t.Errorf("%v, %+v", err, report)
	}
}

func TestPasswordWithABlankIsNotShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stored := goodDestination()
		stored["Password"] = "caller-secret "
		report, err := verify.Run(t.Context(), scripted(reply(401, "text/plain", "caller-secret "), stored))
		if err != nil || len(report.Findings) != 1 || !strings.Contains(report.Findings[0].Message, "Password begins or ends with a blank") {
			t.Errorf("%v, %+v", err, report.Findings)
		}
		checkDiscretion(t, report)
	})
}

func TestNothingCouldBeAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := scripted(func(*http.Request) (*http.Response, error) { return nil, errDown }, goodDestination())
		down.Users = []verify.User{{Ref: callerUser, ClientID: "caller-id", Secret: secret.New("caller-secret"), Authorizations: []string{"Read Users"}}}
		report, err := verify.Run(t.Context(), down)
		if !errors.Is(err, connect.ErrUnreachable) || len(report.Findings) != 0 || len(report.Gaps) == 0 || !report.Gaps[0].Lost {
			t.Errorf("%v, %+v", err, report)
		}
		checkDiscretion(t, report)
	})
	for _, broken := range []verify.Target{{}, {Session: connect.New(connect.Options{})}} {
		if _, err := verify.Run(t.Context(), broken); err == nil {
			t.Error("a target without a tenant is accepted")
		}
	}
	unread := scripted(nil, nil)
	unread.Destination = func(context.Context, string) (map[string]string, bool, error) { return nil, false, errDown }
	if report, err := verify.Run(t.Context(), unread); !errors.Is(err, errDown) || len(report.Gaps) != 1 {
		t.Errorf("%v, %+v", err, report)
	}
	unread.Destination = nil
	if report, err := verify.Run(t.Context(), unread); err != nil || len(report.Gaps) != 1 || report.Gaps[0].Lost {
		t.Errorf("%v, %+v", err, report)
	}
}
