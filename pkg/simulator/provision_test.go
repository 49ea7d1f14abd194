package simulator_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"reconcile/pkg/simulator"
)

const requests = sim + "console/accessRequests"

// provisioningJob is the integration with a Provisioning job.
func (r *rig) provisioningJob() string {
	r.Helper()
	r.integration(nil)
	id, _ := r.create("jobs", "prov", m{"name": "provisioning", "category": "Provisioning"}, nil)
	return id
}

// ask is an approved request; more overrides.
func (r *rig) ask(more m) string {
	r.Helper()
	q := m{"iagSystem": "IAS", "action": "assign", "user": "user001", "group": "FINANCE"}
	maps.Copy(q, more)
	return r.json(r.want(201, "POST", requests, nil, q))["id"].(string)
}

// inGroup tells whether a person of the directory is a member of a group.
func (r *rig) inGroup(user, group string) bool {
	r.Helper()
	who := r.basic("IPS_BACKEND")
	page := r.json(r.want(200, "GET", tenant+"/scim/Users?filter="+strings.ReplaceAll(`userName eq "`+user+`"`, " ", "%20"), who, nil))
	return strings.Contains(fmt.Sprint(page["Resources"]), "display:"+group+" ")
}

func TestProvisioningReachesTheDirectory(t *testing.T) {
	r := newRig(t, simulator.Options{Dir: t.TempDir()})
	job := r.provisioningJob()
	r.ask(nil)
	r.ask(m{"user": "neu", "mail": "neu@example.com"})
	r.ask(m{"user": "user002", "group": "IAG_USER", "action": "remove"})
	if r.inGroup("user001", "FINANCE") || !r.inGroup("user002", "IAG_USER") {
		t.Fatal("it is done before the job runs")
	}
	r.l.ClearRequests()
	if run := r.run(job, "1"); run["status"] != "Completed" || fmt.Sprint(run["log"]) != "[3 items]" {
		t.Errorf("run %v", run)
	}
	if !r.inGroup("user001", "FINANCE") || !r.inGroup("neu", "FINANCE") || r.inGroup("user002", "IAG_USER") {
		t.Error("an item did not reach the directory")
	}
	through := 0
	for _, q := range r.l.Requests() {
		if q.Internal && q.Method == "PATCH" && strings.HasPrefix(q.Path, "/ipsproxy/") && q.Status == 204 {
			through++
		}
	}
	if through != 3 {
		t.Errorf("%d changes went through the proxy", through)
	}
	if run := r.run(job, "2"); fmt.Sprint(run["log"]) != "[0 items]" {
		t.Errorf("done twice: %v", run)
	}
	if list := r.want(200, "GET", requests, nil, nil).body; strings.Count(list, `"status":"Completed"`) != 3 {
		t.Errorf("requests %s", list)
	}
}

func TestProvisioningFailsAndIsRetried(t *testing.T) {
	code := "Error occurred during provisioning: Service call return code : "
	for name, c := range map[string]struct {
		request m
		dest    m // properties of IPS_PROXY, set by hand
		proxy   m
		reason  string
	}{
		"unknown group":        {m{"group": "NONE"}, nil, nil, "Group NONE not found"},
		"unknown person":       {m{"user": "nobody", "action": "remove"}, nil, nil, "User nobody not found"},
		"unknown application":  {m{"iagSystem": "other"}, nil, nil, "Application other not found"},
		"wrong secret":         {nil, m{"Password": "x"}, nil, code + "401"},
		"no support for PATCH": {nil, nil, m{"ias.support.patch.operation": "false"}, code + "400"},
		"no such host":         {nil, m{"URL": "https://nobody.accounts.ondemand.com"}, nil, code + "503"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, simulator.Options{})
			r.integration(c.proxy)
			job, _ := r.create("jobs", "prov", m{"name": "provisioning", "category": "Provisioning"}, nil)
			good := r.ipsProxy()
			r.want(200, "POST", sim+"console/destinations/IPS_PROXY", nil, m{"set": c.dest})
			id := r.ask(c.request)
			if run := r.run(job, "1"); run["status"] != "Failed" || fmt.Sprint(run["log"]) != "[1 items "+c.reason+"]" {
				t.Fatalf("run %v", run)
			}
			if c.dest == nil {
				return
			}
			r.want(200, "PUT", dest, r.bearer("destination"), good)
			if run := r.run(job, "2"); fmt.Sprint(run["log"]) != "[0 items]" {
				t.Errorf("a failed item was taken unasked: %v", run)
			}
			r.want(200, "POST", requests+"/"+id+"/retry", nil, nil)
			r.want(404, "POST", requests+"/"+id+"/retry", nil, nil)
			r.ask(m{"group": "NONE"})
			if run := r.run(job, "3"); run["status"] != "Completed with Errors" || !r.inGroup("user001", "FINANCE") {
				t.Errorf("run %v", run)
			}
		})
	}
}

func TestAccessRequestsAreChecked(t *testing.T) {
	r := newRig(t, simulator.Options{})
	good := m{"iagSystem": "IAS", "action": "assign", "user": "a", "group": "b"}
	for name, change := range map[string]m{
		"no user": {"user": ""}, "no group": {"group": ""}, "no system": {"iagSystem": ""}, "unknown action": {"action": "grant"},
		"made here": {"status": "Completed"}, "a quote": {"group": `a" or "b`}, "unknown field": {"role": "x"},
	} {
		t.Run(name, func(t *testing.T) {
			q := maps.Clone(good)
			maps.Copy(q, change)
			r.want(400, "POST", requests, nil, q)
		})
	}
	if list := r.want(200, "GET", requests, nil, nil).body; list != "[]" {
		t.Errorf("requests %s", list)
	}
}
