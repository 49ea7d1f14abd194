package verify_test

import (
	"strings"
	"testing"
	"time"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
	"reconcile/pkg/simulator"
	"reconcile/pkg/verify"
)

func TestGoodIntegrationIsProved(t *testing.T) {
	landscape(t, func(r *rig) {
		report := r.run()
		if len(report.Findings) != 0 || len(report.Gaps) != 0 || len(report.Counts) != 0 {
			t.Errorf("findings %+v, gaps %+v, counts %+v", report.Findings, report.Gaps, report.Counts)
		}
		for _, p := range report.Proofs {
			if !p.OK {
				t.Errorf("not proved: %+v", p)
			}
		}
		for _, want := range []struct {
			ref   resource.Ref
			paths []string
		}{
			{destination, []string{"/properties/URL", "/properties/serviceURL", "/properties/USERSURL", "/properties/GROUPSURL", "/properties/User", "/properties/Password", "/properties/Accept"}},
			{proxySystem, []string{"/properties/URL", "/properties/User", "/properties/Password"}},
			{callerUser, []string{"/clientID", "/secrets/a/value", "/authorizations/Access Proxy System API"}},
			{backendUser, []string{"/clientID", "/secrets/a/value"}},
		} {
			for _, path := range want.paths {
				if !proved(report, want.ref, path) {
					t.Errorf("%s %s is not proved", want.ref, path)
				}
			}
		}
		if n := len(r.requests(throughProxy)); n != 2 {
			t.Errorf("%d proxy calls", n)
		}
	})
}

func TestWritingIsSaidToBeUnproven(t *testing.T) {
	landscape(t, func(r *rig) {
		unproven := 0
		for _, p := range r.run().Proofs {
			if p.Ref == backendUser && strings.Contains(p.Detail, "writing stays unproven") {
				unproven++
			}
		}
		if unproven != 2 {
			t.Errorf("%d authorizations to write are said to be unproven", unproven)
		}
	})
}

func TestFullWalkCounts(t *testing.T) {
	landscape(t, func(r *rig) {
		r.target.Full = true
		report := r.run()
		want := []verify.Count{
			{Ref: system, Of: "Users", Delivered: 42, Read: 42, Complete: true},
			{Ref: system, Of: "Groups", Delivered: 8, Read: 8, Complete: true},
		}
		if len(report.Findings) != 0 || len(report.Counts) != 2 || report.Counts[0] != want[0] || report.Counts[1] != want[1] {
			t.Errorf("findings %+v, counts %+v", report.Findings, report.Counts)
		}
	})
}

const (
	userLog  = "Error occurred during user sync: Service call return code : "
	groupLog = "Error occurred during group sync: Service call return code : "
)

// mistakes are what people get wrong, one at a time, and the finding that each must give.
var mistakes = []struct {
	name    string
	make    func(*rig)
	code    string
	ref     resource.Ref
	leg     string
	message []string
	// proxied is the number of calls to proxy systems, refused that of logins refused.
	proxied, refused int
}{
	{
		"groups path in lower case", func(r *rig) { r.edit(m{"GROUPSURL": "/groups"}) },
		"F-36", destination, verify.LegDestination,
		[]string{`GROUPSURL is "/groups" and must be "/Groups": values are case-sensitive, so IAG logs "` + groupLog + `404"`},
		2, 0,
	},
	{
		"service path without its slash", func(r *rig) { r.edit(m{"serviceURL": "/ipsproxy/service/api/v1/scim"}) },
		"F-5", destination, verify.LegDestination,
		[]string{`must be "/ipsproxy/service/api/v1/scim/"`, userLog + "404", groupLog + "404"},
		2, 0,
	},
	{"key in wrong case", func(r *rig) {
		r.edit(m{"serviceURL": nil, "ServiceURL": "/ipsproxy/service/api/v1/scim/"})
	}, "F-24", destination, verify.LegDestination, []string{`"ServiceURL"`, `"serviceURL"`}, 0, 0},
	{
		"key missing", func(r *rig) { r.edit(m{"USERSURL": nil}) },
		"F-36", destination, verify.LegDestination,
		[]string{"USERSURL is missing"},
		1, 0,
	},
	{
		"no Accept", func(r *rig) { r.edit(m{"Accept": nil}) },
		"F-37", destination, verify.LegDestination,
		[]string{"Accept is missing"},
		2, 0,
	},
	{
		"type in wrong case", func(r *rig) { r.edit(m{"Type": "http"}) },
		"F-24", destination, verify.LegDestination,
		[]string{`Type is "http" and must be "HTTP"`},
		0, 0,
	},
	{
		"login in wrong case", func(r *rig) { r.edit(m{"Authentication": "basicAuthentication"}) },
		"F-24", destination, verify.LegDestination,
		[]string{`Authentication is "basicAuthentication"`, userLog + "301"},
		1, 0,
	},
	{
		"console address", func(r *rig) { r.edit(m{"URL": tenant + "/ips"}) },
		"F-5", destination, verify.LegDestination,
		[]string{`"` + tenant + `/ips"`, userLog + "404"},
		2, 0,
	},
	{
		"slash after the tenant", func(r *rig) { r.edit(m{"URL": tenant + "/"}) },
		"F-5", destination, verify.LegDestination,
		[]string{"without anything after the host"},
		2, 0,
	},
	{
		"another tenant", func(r *rig) { r.edit(m{"URL": "https://" + other}) },
		"F-5", destination, verify.LegDestination,
		[]string{other, "not sent"},
		0, 0,
	},
	{
		"a host that only begins like the tenant", func(r *rig) { r.edit(m{"URL": tenant + "." + other}) },
		"F-5", destination, verify.LegDestination,
		[]string{"not sent"},
		0, 0,
	},
	{
		"unknown id", func(r *rig) { r.target.Systems[0].ExternalSystemID = "0f8b2c1e-0000-4000-8000-000000000001" },
		"F-5", system, verify.LegProxy,
		[]string{"0f8b2c1e", userLog + "404", groupLog + "404"},
		2, 0,
	},
	{
		"wrong caller secret in the destination", func(r *rig) { r.edit(m{"Password": "wrong-secret"}) },
		"F-3", destination, verify.LegProxy,
		[]string{`"` + callerID + `"`, userLog + "401"},
		2, 1,
	}, // the other call proves the manifest's own secret
	{"caller without the role", func(r *rig) {
		r.click("PATCH", "systemUsers/"+r.caller.id, m{"authorizations": []string{"Read Users"}})
	}, "F-4", callerUser, verify.LegProxy, []string{"may not use proxy systems", userLog + "403"}, 1, 0},
	{"backend secret void", func(r *rig) {
		r.click("PATCH", "proxySystems/"+r.proxy, m{"set": m{"URL": tenant + ":443"}})
	}, "F-3", proxySystem, verify.LegBackend, []string{"own login at its backend is refused", userLog + "401"}, 1, 1}, // mirrored
	{"throttled", func(r *rig) {
		r.l.Fail(simulator.Fault{Path: proxyPath(r) + "/Users", Status: 429, Times: -1})
	}, "F-23", destination, verify.LegProxy, []string{"no more proxy calls", userLog + "429"}, 2, 0},
	{"unavailable", func(r *rig) {
		r.l.Fail(simulator.Fault{Path: proxyPath(r) + "/Groups", Status: 503, Times: -1})
	}, "F-2", proxySystem, verify.LegProxy, []string{"503", groupLog + "503"}, -1, 0},
	{
		"destination missing", func(r *rig) { r.click("DELETE", "destinations/IPS_PROXY", nil) },
		"F-24", destination, verify.LegDestination,
		[]string{"no destination IPS_PROXY"},
		-1, 0,
	},
}

func TestMistakes(t *testing.T) {
	for _, c := range mistakes {
		t.Run(c.name, func(t *testing.T) {
			landscape(t, func(r *rig) {
				c.make(r)
				f := only(r, r.run())
				if f.Code != c.code || f.Ref != c.ref || f.Leg != c.leg || f.Cause == "" || f.Remedy == "" || f.Source == "" {
					r.Errorf("finding %+v", f)
				}
				for _, part := range c.message {
					if part = strings.ReplaceAll(part, callerID, r.caller.id); !strings.Contains(f.Message, part) {
						r.Errorf("no %q in %q", part, f.Message)
					}
				}
				if n := len(r.requests(throughProxy)); n != c.proxied && c.proxied >= 0 {
					r.Errorf("%d proxy calls: %+v", n, r.requests(throughProxy))
				}
				if n := len(r.requests(refusedLogin)); n != c.refused {
					r.Errorf("%d refused logins: %+v", n, r.requests(refusedLogin))
				}
				if n := len(r.requests(func(q simulator.Request) bool { return q.Host == other })); n != 0 {
					r.Errorf("%d requests to another tenant", n)
				}
			})
		})
	}
}

const callerID = "<caller>"

func proxyPath(r *rig) string { return "/ipsproxy/service/api/v1/scim/" + r.proxy }

func TestBackendWithoutManageGroups(t *testing.T) {
	landscape(t, func(r *rig) {
		r.click("PATCH", "systemUsers/"+r.backend.id, m{"authorizations": []string{"Manage Users"}})
		report := r.run()
		if len(report.Findings) != 2 {
			t.Fatalf("findings %+v", report.Findings)
		}
		mine, theirs := report.Findings[0], report.Findings[1]
		if mine.Code != "F-38" || mine.Ref != backendUser || mine.Leg != verify.LegTool || !strings.Contains(mine.Message, "Manage Groups") {
			t.Errorf("the user's own read: %+v", mine)
		}
		if theirs.Code != "F-38" || theirs.Ref != proxySystem || theirs.Leg != verify.LegBackend ||
			!strings.Contains(theirs.Remedy, "Manage Groups") || !strings.Contains(theirs.Message, "group sync: Service call return code : 403") {
			t.Errorf("through the proxy: %+v", theirs)
		}
		if !proved(report, destination, "/properties/GROUPSURL") || proved(report, backendUser, "/authorizations/Manage Groups") {
			t.Errorf("proofs %+v", report.Proofs)
		}
	})
}

func TestRefusedCallerIsTriedOnce(t *testing.T) {
	landscape(t, func(r *rig) {
		r.target.Users[0].Secret = secret.New("wrong-secret")
		r.edit(m{"Password": "wrong-secret"})
		report := r.run()
		if len(report.Findings) != 2 || report.Findings[0].Ref != callerUser || report.Findings[1].Ref != destination {
			t.Fatalf("findings %+v", report.Findings)
		}
		for _, f := range report.Findings {
			if f.Code != "F-3" {
				t.Errorf("finding %+v", f)
			}
		}
		if !strings.Contains(report.Findings[1].Message, "not tried again") {
			t.Errorf("message %q", report.Findings[1].Message)
		}
		r.run()
		if n := len(r.requests(refusedLogin)); n != 1 {
			t.Errorf("%d logins of a refused caller: %+v", n, r.requests(refusedLogin))
		}
	})
}

func TestWorkingSecretElsewhereIsNamed(t *testing.T) {
	landscape(t, func(r *rig) {
		r.edit(m{"Password": "wrong-secret"})
		if f := only(t, r.run()); !strings.Contains(f.Cause, "another secret than the manifest") {
			t.Errorf("cause %q", f.Cause)
		}
	})
}

func TestVoidBackendSecretIsTriedOnce(t *testing.T) {
	landscape(t, func(r *rig) {
		r.click("PATCH", "proxySystems/"+r.proxy, m{"set": m{"URL": tenant + ":443"}})
		twin := r.target.Systems[0]
		twin.Ref.Name = "twin"
		r.target.Systems = append(r.target.Systems, twin)
		r.run()
		refused := r.requests(func(q simulator.Request) bool { return q.Internal && q.Status >= 300 })
		if len(refused) != 1 {
			t.Errorf("%d calls of the proxy to its backend: %+v", len(refused), refused)
		}
	})
}

func TestSystemsShareCallsAndLint(t *testing.T) {
	landscape(t, func(r *rig) {
		twin := r.target.Systems[0]
		twin.Ref.Name = "twin"
		second := verify.System{Ref: resource.Ref{Kind: "IAGSystem", Name: "second"}, ExternalSystemID: r.proxySystem("second", nil)}
		waiting := verify.System{Ref: resource.Ref{Kind: "IAGSystem", Name: "waiting"}}
		direct := verify.System{Ref: resource.Ref{Kind: "IAGSystem", Name: "direct"}, Destination: "CONCUR"}
		r.target.Systems = append(r.target.Systems, twin, second, waiting, direct)
		r.edit(m{"GROUPSURL": "/groups"})
		report := r.run()
		only(t, report)
		if n := len(r.requests(throughProxy)); n != 4 {
			t.Errorf("%d proxy calls for two ids", n)
		}
		if !works(report, twin.Ref) || !works(report, second.Ref) {
			t.Errorf("proofs %+v", report.Proofs)
		}
		if len(report.Gaps) != 2 || report.Gaps[0].Ref != direct.Ref || report.Gaps[1].Ref != waiting.Ref || report.Gaps[0].Lost {
			t.Errorf("gaps %+v", report.Gaps)
		}
	})
}

func TestFilteredSystemIsAHintInTheFullWalkOnly(t *testing.T) {
	landscape(t, func(r *rig) {
		id := r.click("POST", "proxySystems/import", m{
			"connectorTypeString": "SAP_CLOUD_IDENTITY", "accessMode": "PROXY", "name": "filtered",
			"properties": m{
				"Type": "HTTP", "ProxyType": "Internet", "Authentication": "BasicAuthentication", "URL": tenant,
				"User": r.backend.id, "ias.api.version": "2",
			},
			"readTransformation": m{"user": m{"condition": "($.emails EMPTY true)"}, "group": m{}},
		})["id"].(string)
		r.click("PATCH", "proxySystems/"+id, m{"credentials": m{"Password": r.backend.secret}})
		r.target.Systems[0].ExternalSystemID = id
		if report := r.run(); len(report.Findings) != 0 {
			t.Errorf("findings %+v", report.Findings)
		}
		r.target.Full = true
		report := r.run()
		if f := only(t, report); f.Code != "F-22" || f.Ref != proxySystem || !strings.Contains(f.Message, "reads 42 users") {
			t.Errorf("finding %+v", f)
		}
		if c := report.Counts[0]; c.Read != 42 || c.Delivered != 0 || !c.Complete {
			t.Errorf("count %+v", c)
		}
	})
}

func TestOtherCallerIsProvedByItsOwnCall(t *testing.T) {
	landscape(t, func(r *rig) {
		next := r.systemUser("next caller", "Access Proxy System API")
		bare := r.systemUser("bare caller", "Manage Applications")
		ref := resource.Ref{Kind: "SystemUser", Name: "next caller"}
		r.target.Users = append(r.target.Users,
			verify.User{Ref: ref, ClientID: next.id, Secret: secret.New(next.secret), Authorizations: []string{"Access Proxy System API"}},
			verify.User{
				Ref: resource.Ref{Kind: "SystemUser", Name: "bare caller"}, ClientID: bare.id, Secret: secret.New(bare.secret),
				Authorizations: []string{"Manage Applications", "Access Proxy System API"},
			},
			verify.User{Ref: resource.Ref{Kind: "SystemUser", Name: "not made yet"}})
		report := r.run()
		if !proved(report, ref, "/authorizations/Access Proxy System API") {
			t.Errorf("proofs %+v", report.Proofs)
		}
		if f := only(t, report); f.Code != "F-4" || f.Ref.Name != "bare caller" || f.Leg != verify.LegProxy {
			t.Errorf("finding %+v", f)
		}
		if len(report.Gaps) != 2 || report.Gaps[0].What != "authorization Manage Applications" || report.Gaps[1].Ref.Name != "not made yet" {
			t.Errorf("gaps %+v", report.Gaps)
		}
		logins := r.requests(func(q simulator.Request) bool { return q.Path == "/oauth2/token" })
		if len(logins) != 4 {
			t.Errorf("%d logins of four users", len(logins))
		}
	})
}

func TestExpiredSecret(t *testing.T) {
	landscape(t, func(r *rig) {
		made := r.click("POST", "systemUsers/"+r.backend.id+"/secrets", m{"label": "b", "expireIn": "1 year"})
		r.target.Users[1].Secret = secret.New(made["secret"].(string))
		r.target.Users[1].From = "env:IPS_BACKEND_SECRET"
		r.l.Advance(366 * 24 * time.Hour)
		if f := only(t, r.run()); f.Code != "F-3" || f.Ref != backendUser || f.Leg != verify.LegTool ||
			!strings.HasPrefix(f.Remedy, "first compare what env:IPS_BACKEND_SECRET holds") || !strings.Contains(f.Remedy, "where the manifest refers to") || strings.Contains(f.Remedy, "destination") {
			t.Errorf("finding %+v", f)
		}
	})
}
