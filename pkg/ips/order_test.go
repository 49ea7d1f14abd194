package ips

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// lines words an order's instructions, one each.
func lines(o resource.Order) []string {
	var all []string
	for _, i := range o.Do {
		all = append(all, i.String())
	}
	return all
}

func wanted() Spec {
	backend := resource.Ref{Kind: "SystemUser", Name: "b"}
	return normalize("IAS", Spec{
		Type: resource.Text("Identity Authentication"), Template: "ias-proxy",
		Properties: resource.Properties{
			"URL": resource.Text("https://t.example.org"), "User": resource.Output(backend, "clientID"),
			"Password": resource.Outside(secret.Ref{Env: "PW"}),
		},
	})
}

func TestOrderOfCreate(t *testing.T) {
	o := order(resource.Work[Spec]{Name: "IAS", Action: "create", Want: wanted()})
	want := []string{
		"open Identity Provisioning > Proxy Systems", "look System Name = IAS", "press Add",
		"choose Type = Identity Authentication", "type System Name = IAS", "property ias.api.version = 2", "property Type = HTTP",
		"property Authentication = BasicAuthentication", "property ProxyType = Internet", "property ias.support.patch.operation = true",
		"property ips.trace.failed.entity.content = false", "property URL = https://t.example.org", "property User = SystemUser/b#clientID",
		"credential Password from env:PW", "press Save", "note System ID = id",
	}
	if diff := cmp.Diff(want, lines(o)); diff != "" {
		t.Error(diff)
	}
	if !o.Identified || !strings.Contains(o.Right, "Manage Identity Provisioning") || o.Source == "" {
		t.Errorf("%+v", o)
	}
}

// TestOrderOfUpdate: a change is edited, never imported, and a change of the URL
// asks for every credential in the same save.
func TestOrderOfUpdate(t *testing.T) {
	update := func(changes ...resource.Change) []string {
		return lines(order(resource.Work[Spec]{Name: "IAS", Action: "update", Want: wanted(), Changes: changes}))[2:]
	}
	moved := resource.Change{Path: "/properties/URL", Have: resource.Text("https://old"), Want: resource.Text("https://t.example.org")}
	gone := resource.Change{Path: "/properties/ias.user.filter", Have: resource.Unknown()}
	described := resource.Change{Path: "/description", Want: resource.Text("d")}
	off := resource.Change{Path: "/enabled", Want: resource.Text("false")}
	for _, c := range []struct{ have, want []string }{
		{update(described), []string{"type Description = d", "press Save"}},
		{update(gone), []string{"drop ias.user.filter", "press Save"}},
		{update(moved), []string{"property URL = https://t.example.org", "credential Password from env:PW", "press Save"}},
		{update(off), []string{"press Enable"}},
	} {
		if diff := cmp.Diff(c.want, c.have); diff != "" {
			t.Error(diff)
		}
	}
}

// TestOrderHoldsNoSecret draws all kinds of systems and looks for the secret.
func TestOrderHoldsNoSecret(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := normalize("IAS", drawSpec(t))
		s.Properties = resource.Properties{"Password": lookedUp("hunter2"), "ips.http.header.X": lookedUp("hunter2"), "URL": resource.Text("https://x")}
		s.Baseline = rapid.SampledFrom([]string{"", `{"accessMode":"PROXY"}`, `{"accessMode":"PROXY","connectorTypeString":"SAP_CLOUD_IDENTITY"}`, "[]"}).Draw(t, "baseline")
		for _, action := range []string{"create", "update", "delete"} {
			o := order(resource.Work[Spec]{Name: "IAS", Action: action, Want: s, Changes: resource.Diff(Spec{}, s)})
			if data, err := json.Marshal(o); err != nil || strings.Contains(string(data), "hunter2") {
				t.Fatalf("%s %v", data, err)
			}
		}
	})
}

func TestBaselineThatDoesNotFit(t *testing.T) {
	for _, baseline := range []string{
		`{"accessMode":"READ","connectorTypeString":"SAP_CLOUD_IDENTITY","tenantId":"t"}`,
		`{"accessMode":"PROXY","connectorTypeString":"XSUAA","tenantId":"t"}`,
		`{"accessMode":"PROXY","connectorTypeString":"SAP_CLOUD_IDENTITY","tenantId":"other"}`,
	} {
		s := wanted()
		s.Baseline = baseline
		o := order(resource.Work[Spec]{Name: "IAS", Action: "create", Want: s, Scope: resource.Scope{IdentityHost: "t.accounts.ondemand.com"}})
		if len(o.Files) > 0 || !strings.Contains(strings.Join(o.Notes, " "), "by hand") {
			t.Errorf("%s: %+v", baseline, o)
		}
	}
}
