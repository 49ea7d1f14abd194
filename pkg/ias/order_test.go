package ias

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/resource"
)

func lines(o resource.Order) []string {
	var all []string
	for _, i := range o.Do {
		all = append(all, i.String())
	}
	return all
}

func TestOrders(t *testing.T) {
	spec := normalize("IAG caller", decode(t))
	added := []resource.Change{
		{Path: "/authorizations", Have: resource.Unknown(), Want: resource.Text("Access Proxy System API")},
		{Path: "/secrets/2026-11/expireIn", Want: resource.Text("1 year")},
		{Path: "/secrets/2026-11/value", Want: spec.Secrets["2026-11"].Value},
	}
	dropped := []resource.Change{{Path: "/secrets/2024~1a/value", Have: resource.Unknown()}}
	for _, c := range []struct {
		action  string
		changes []resource.Change
		want    []string
	}{
		{"create", nil, []string{
			"look Name = IAG caller", "press Add > System", "type Name = IAG caller", "tick Access Proxy System API", "press Save",
			"note Client ID = clientID",
			"press Add Secret", "type Description = 2026-11", "choose Expire in = 1 year", "press Save", "handOver Secret = 2026-11",
			"press Add Secret", "type Description = 2025-11", "choose Expire in = Never", "press Save", "handOver Secret = 2025-11",
		}},
		{"update", added, []string{
			"press Edit = IAG caller", "tick Access Proxy System API", "untick all other authorizations", "press Save",
			"press Add Secret", "type Description = 2026-11", "choose Expire in = 1 year", "press Save", "handOver Secret = 2026-11",
		}},
		{"update", dropped, []string{"press Edit = IAG caller", "press Delete Secret = 2024/a"}},
		{"delete", nil, []string{"press Delete = IAG caller"}},
	} {
		o := order(resource.Work[Spec]{Name: "IAG caller", Action: c.action, Want: spec, Changes: c.changes})
		if diff := cmp.Diff(c.want, lines(o)[1:]); diff != "" {
			t.Errorf("%s:\n%s", c.action, diff)
		}
		if !strings.Contains(o.Right, "Manage Tenant Configuration") || o.Source == "" || o.Why == "" || len(o.Keep) == 0 {
			t.Errorf("%+v", o)
		}
	}
}

func TestOrderHoldsNoSecret(t *testing.T) {
	spec := decode(t)
	for label, slot := range spec.Secrets {
		slot.Value = lookedUp("hunter2")
		spec.Secrets[label] = slot
	}
	data, err := json.Marshal(order(resource.Work[Spec]{Name: "x", Action: "create", Want: normalize("x", spec)}))
	if err != nil || strings.Contains(string(data), "hunter2") || !strings.Contains(string(data), "env:NAME") {
		t.Fatalf("%s %v", data, err)
	}
}

func TestIdentify(t *testing.T) {
	known := identify(Spec{ClientID: resource.Text("mine")}, "reported")
	if known.ClientID.Text() != "mine" {
		t.Error("what the manifest says is lost")
	}
	if unknown := identify(decode(t), "reported"); unknown.ClientID.Text() != "reported" {
		t.Error("what was reported is not taken")
	}
}
