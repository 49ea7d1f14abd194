package simulator_test

import (
	"strings"
	"testing"
	"time"

	"reconcile/pkg/simulator"
)

// integration sets up everything that the IAS integration needs and returns the id of the job.
func (r *rig) integration(proxyChanges m) string {
	r.systemUsers()
	r.want(201, "POST", dest, r.bearer("destination"), r.ipsProxy())
	proxyID := r.proxy(proxyChanges)
	r.create("iagSystems", "s", m{"name": "IAS", "type": "IAS", "externalSystemID": proxyID}, nil)
	jobID, _ := r.create("jobs", "j", m{
		"name": "sync", "category": "Repository Sync", "iagSystem": "IAS",
		"recurrence": m{"every": "24h", "start": "02:00", "timeZone": "Europe/Berlin"},
	}, nil)
	return jobID
}

func (r *rig) run(job, key string) m {
	r.Helper()
	return r.json(r.want(201, "POST", adapter+"jobs/"+job+"/runs", r.bearer("adapter").and(h{"Idempotency-Key": key}), nil))
}

func TestRepositorySyncWalksTheProxy(t *testing.T) {
	r := newRig(t, simulator.Options{})
	job := r.integration(nil)
	run := r.run(job, "r1")
	if run["status"] != "Completed" || run["users"] != 42.0 || run["groups"] != 8.0 {
		t.Fatalf("run: %v", run)
	}
	again := r.run(job, "r1")
	if again["id"] != run["id"] {
		t.Errorf("the same key ran twice: %v", again)
	}
	list := r.json(r.want(200, "GET", adapter+"jobs/"+job+"/runs", r.bearer("adapter"), nil))
	if n := len(list["items"].([]any)); n != 1 {
		t.Errorf("%d runs", n)
	}
	r.want(200, "GET", adapter+"jobs/"+job+"/runs/"+run["id"].(string), r.bearer("adapter"), nil)
	internal, client := 0, 0
	for _, q := range r.l.Requests() {
		if strings.HasPrefix(q.Path, "/ipsproxy") || strings.HasPrefix(q.Path, "/scim") {
			if q.Internal {
				internal++
			} else {
				client++
			}
		}
	}
	if internal != 4 || client != 0 {
		t.Errorf("internal %d, client %d", internal, client)
	}
}

func TestRepositorySyncFailsAsIAGDoes(t *testing.T) {
	user := "Error occurred during user sync: Service call return code : "
	group := "Error occurred during group sync: Service call return code : "
	both := func(code string) string { return user + code + "|" + group + code }
	cases := []struct {
		name   string
		dest   m // set by hand; nil removes
		proxy  m
		status string
		log    string
	}{
		{"good", nil, nil, "Completed", "42 users synchronized|8 groups synchronized"},
		{"key in wrong case", m{"serviceURL": nil, "ServiceURL": "/ipsproxy/service/api/v1/scim/"}, nil, "Failed", both("503")},
		{"no users path", m{"USERSURL": nil}, nil, "Completed with Errors", user + "404|8 groups synchronized"},
		{"groups path in wrong case", m{"GROUPSURL": "/groups"}, nil, "Completed with Errors", "42 users synchronized|" + group + "404"},
		{"wrong secret", m{"Password": "x"}, nil, "Failed", both("401")},
		{"no authentication", m{"Authentication": "basicAuthentication"}, nil, "Failed", both("301")},
		{"wrong tenant", m{"URL": otherHost}, nil, "Failed", both("401")},
		{"unknown host", m{"URL": "https://nobody.accounts.ondemand.com"}, nil, "Failed", both("503")},
		{"old path", m{"URL": tenant + "/ips"}, nil, "Failed", both("404")},
		{"no Accept", m{"Accept": nil}, nil, "Failed", both("406")},
		{"proxy value in wrong case", nil, m{"Authentication": "basicauthentication"}, "Failed", both("401")},
		{"proxy key in wrong case", nil, m{"URL": nil, "Url": tenant}, "Failed", both("401")},
		{"proxy of another tenant", nil, m{"URL": otherHost}, "Failed", both("401")},
		{"proxy to nowhere", nil, m{"URL": "https://nobody.accounts.ondemand.com"}, "Failed", both("500")},
		{"proxy with a slash", nil, m{"URL": tenant + "/"}, "Failed", both("404")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, simulator.Options{})
			job := r.integration(c.proxy)
			set, remove := m{}, []string{}
			for k, v := range c.dest {
				if v == nil {
					remove = append(remove, k)
				} else {
					set[k] = v
				}
			}
			r.want(200, "POST", root+"/_sim/console/destinations/IPS_PROXY", nil, m{"set": set, "remove": remove})
			run := r.run(job, "x")
			var log []string
			for _, line := range run["log"].([]any) {
				log = append(log, line.(string))
			}
			if run["status"] != c.status || strings.Join(log, "|") != c.log {
				t.Errorf("status %v, log %q", run["status"], log)
			}
		})
	}
}

func TestJobDelayLeavesARunInProcess(t *testing.T) {
	r := newRig(t, simulator.Options{Behaviour: simulator.Behaviour{JobDelay: time.Hour}})
	job := r.integration(nil)
	run := r.run(job, "1")
	if run["status"] != "In Process" || run["users"] != 0.0 || run["finishedAt"] != nil {
		t.Fatalf("run: %v", run)
	}
	r.l.Advance(2 * time.Hour)
	r.tokens = map[string]string{}
	run = r.json(r.want(200, "GET", adapter+"jobs/"+job+"/runs/"+run["id"].(string), r.bearer("adapter"), nil))
	if run["status"] != "Completed" || run["users"] != 42.0 || run["finishedAt"] == nil {
		t.Fatalf("run: %v", run)
	}
}

func TestUserGroupSyncAndProvisioning(t *testing.T) {
	r := newRig(t, simulator.Options{})
	r.integration(nil)
	sync, _ := r.create("jobs", "j2", m{"name": "group sync", "category": "SCI User Group Sync"}, nil)
	if run := r.run(sync, "1"); run["status"] != "Failed" {
		t.Errorf("without user source: %v", run)
	}
	r.create("parameters", "p", m{"group": "UserSource", "name": "SourceSystem", "value": "IAS"}, nil)
	if run := r.run(sync, "2"); run["status"] != "Completed" || run["users"] != 42.0 {
		t.Errorf("through the proxy: %v", run)
	}
	directory := r.ipsProxy()
	directory["Name"], directory["serviceURL"] = "SAP_Identity_Services_Identity_Directory", "/scim"
	directory["User"], directory["Password"] = r.secret("IPS_BACKEND_ID"), r.secret("IPS_BACKEND_SECRET")
	r.want(201, "POST", dest, r.bearer("destination"), directory)
	if run := r.run(sync, "3"); run["status"] != "Completed" || run["groups"] != 8.0 {
		t.Errorf("through the directory: %v", run)
	}
	prov, _ := r.create("jobs", "j3", m{"name": "provisioning", "category": "Provisioning"}, nil)
	if run := r.run(prov, "1"); run["status"] != "Completed" || run["users"] != 0.0 {
		t.Errorf("provisioning: %v", run)
	}
}

func TestAuditLogTellsWhatWasDoneInIAG(t *testing.T) {
	r := newRig(t, simulator.Options{Behaviour: simulator.Behaviour{AuditRate: -1}})
	audit := root + "/auditlog/v2/auditlogrecords"
	r.want(401, "GET", audit, nil, nil)
	r.want(403, "GET", audit, r.bearer("destination"), nil)
	r.want(204, "GET", audit, r.bearer("auditLog"), nil)
	job := r.integration(nil)
	r.run(job, "1")
	a := r.want(200, "GET", audit+"?category=audit.configuration", r.bearer("auditLog"), nil)
	for _, text := range []string{"Application 'IAS' created", "Job scheduler 'sync' created", "Job scheduler 'sync' started"} {
		if !strings.Contains(a.body, text) {
			t.Errorf("no %q in %s", text, a.body)
		}
	}
	if strings.Contains(a.body, "IAG caller") {
		t.Error("the subaccount's log knows of a system user")
	}
	r.want(400, "GET", audit+"?category=nonsense", r.bearer("auditLog"), nil)
	r.want(400, "GET", audit+"?time_from=yesterday", r.bearer("auditLog"), nil)
	r.want(204, "GET", audit+"?time_to=2001-01-01T00:00:00", r.bearer("auditLog"), nil)
}

func TestAuditLogPages(t *testing.T) {
	r := newRig(t, simulator.Options{})
	for i := range 501 {
		r.want(201, "POST", root+"/_sim/console/parameters", nil, m{"group": "G", "name": string(rune('a' + i)), "value": "v"})
	}
	audit := root + "/auditlog/v2/auditlogrecords"
	first := r.want(200, "GET", audit, r.bearer("auditLog"), nil)
	handle, ok := strings.CutPrefix(first.header.Get("Paging"), "handle=")
	if !ok {
		t.Fatal("no handle")
	}
	second := r.want(200, "GET", audit+"?handle="+handle, r.bearer("auditLog"), nil)
	if n := strings.Count(second.body, "message_uuid"); n != 1 || second.header.Get("Paging") != "" {
		t.Errorf("%d records on the second page", n)
	}
}

func TestAuditLogWindowAndRate(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	r := newRig(t, simulator.Options{Now: func() time.Time { return now }})
	audit := root + "/auditlog/v2/auditlogrecords"
	r.want(201, "POST", root+"/_sim/console/parameters", nil, m{"group": "G", "name": "n", "value": "v"})
	r.l.Advance(30*24*time.Hour - time.Second)
	r.want(200, "GET", audit, r.bearer("auditLog"), nil)
	r.l.Advance(time.Hour)
	r.tokens = map[string]string{}
	r.want(204, "GET", audit, r.bearer("auditLog"), nil)
	r.want(200, "GET", audit+"?time_from=2026-11-01T00:00:00", r.bearer("auditLog"), nil)
	for range 2 {
		r.want(204, "GET", audit, r.bearer("auditLog"), nil)
	}
	a := r.want(429, "GET", audit, r.bearer("auditLog"), nil)
	if a.header.Get("Retry-After") != "" {
		t.Error("a hint that SAP does not give")
	}
	r.l.Advance(time.Second)
	r.want(200, "POST", root+"/_sim/behaviour", nil, m{"auditRate": 8})
	for range 8 {
		r.want(204, "GET", audit, r.bearer("auditLog"), nil)
	}
	r.want(429, "GET", audit, r.bearer("auditLog"), nil)
}
