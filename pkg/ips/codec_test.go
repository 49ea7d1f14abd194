package ips

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

func TestEncode(t *testing.T) {
	s := right()
	s.Properties["User"], s.Properties["Password"] = lookedUp("id"), lookedUp("pw")
	s.Properties["ips.http.header.X"], s.Properties["ips.http.header.Y"] = resource.Text("plain"), lookedUp("hidden")
	s.Properties["Gone"], s.Properties["Token"] = resource.Nothing(), resource.Seal()
	s.Enabled, s.Transformations.Read = resource.Text("false"), resource.Text(`{"user":{}}`)
	system, secrets := Encode("IAS for IAG", normalize("IAS for IAG", s))
	got, err := json.Marshal(system)
	const want = `{"accessMode":"PROXY","alias":"Used by IAG","connectorTypeString":"SAP_CLOUD_IDENTITY","name":"IAS for IAG",` +
		`"properties":{"Authentication":"BasicAuthentication","ProxyType":"Internet","Type":"HTTP","URL":"https://t.accounts.ondemand.com",` +
		`"User":"id","ias.api.version":"2","ias.support.patch.operation":"true","ips.http.header.X":"plain","ips.trace.failed.entity.content":"false"},` +
		`"readTransformation":{"user":{}},"state":"DISABLED"}`
	if string(got) != want || err != nil {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if diff := cmp.Diff(map[string]resource.Value{"Password": lookedUp("pw"), "ips.http.header.Y": lookedUp("hidden")}, secrets, exact); diff != "" {
		t.Error(diff)
	}
}

// What a manifest does not say is not sent.
func TestEncodeLeavesOut(t *testing.T) {
	system, secrets := Encode("x", normalize("x", Spec{Type: resource.Text("SAP Concur")}))
	if diff := cmp.Diff(map[string]any{"name": "x", "accessMode": "PROXY"}, system); diff != "" || secrets != nil {
		t.Error(diff, secrets)
	}
}

const export = `{"id":"0f8b","connectorTypeString":"SAP_CLOUD_IDENTITY","accessMode":"PROXY","destinationName":"","alias":"Used by IAG",
 "gitAllowedExpressions":[],"name":"IAG-IAS-Proxy","tenantId":"t","state":"ENABLED","properties":{"URL":"https://t","ias.api.version":2,"flag":true},
 "encryptedProperties":{"Password":null},"readTransformation":{"user":{"mappings":[]}},"unheardOf":{"x":1}}`

func TestDecode(t *testing.T) {
	name, got, err := Decode("0f8b", json.RawMessage(export))
	want := Spec{
		Self: "IAG-IAS-Proxy", Type: resource.Text("Identity Authentication"), Description: resource.Text("Used by IAG"), Enabled: resource.Text("true"),
		Properties: resource.Properties{
			"URL": resource.Text("https://t"), "ias.api.version": resource.Text("2"), "flag": resource.Text("true"), "Password": resource.Seal(),
		},
		Transformations: Transformations{Read: resource.Text(`{"user":{"mappings":[]}}`)},
	}
	if diff := cmp.Diff(want, got, exact); diff != "" || name != "IAG-IAS-Proxy" || err != nil {
		t.Error(diff, name, err)
	}
	for _, bad := range []string{"", "[]", "{}", `{"name":""}`, `{"name":1}`, `{"name":"x","properties":[]}`} {
		if _, _, err := Decode("", json.RawMessage(bad)); err == nil {
			t.Errorf("%s is no error", bad)
		}
	}
}

// sealed is what an interface shows of a specification: no steering, no
// credentials, nothing that is not known or not there.
func sealed(s Spec) Spec {
	out := Spec{Self: s.Self, Type: s.Type, Properties: resource.Properties{}}
	_, secrets := Encode(s.Self, s)
	for key, value := range s.Properties {
		if _, ok := secrets[key]; ok {
			out.Properties[key] = resource.Seal()
		} else if value.Form() == resource.Literal || value.Form() == resource.Secret {
			out.Properties[key] = catalogue.Mark(key, resource.Text(value.Reveal()))
		}
	}
	if _, ok := catalogue.ConnectorOf(s.Type.Text()); !ok {
		out.Type = resource.Value{}
	}
	if s.Description.Form() == resource.Literal {
		out.Description = s.Description
	}
	if _, ok := stateWords[s.Enabled.Text()]; ok {
		out.Enabled = s.Enabled
	}
	for from, to := range map[*resource.Value]*resource.Value{
		&s.Transformations.Read: &out.Transformations.Read, &s.Transformations.Write: &out.Transformations.Write,
	} {
		if isDocument(from.Text()) {
			*to = *from
		}
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := normalize("x", drawSpec(t))
		if want.Properties == nil {
			want.Properties = resource.Properties{}
		}
		system, secrets := Encode("x", want)
		encrypted := map[string]any{}
		for key := range secrets {
			encrypted[key] = nil
		}
		system["encryptedProperties"] = encrypted
		data, err := json.Marshal(system)
		if err != nil {
			t.Fatal(err)
		}
		name, got, err := Decode("id", data)
		if diff := cmp.Diff(sealed(want), got, exact); diff != "" || name != "x" || err != nil {
			t.Fatal(diff, name, err)
		}
	})
}

func TestPaths(t *testing.T) {
	for path, want := range map[string]string{
		"/properties/Password": "Password", "/properties/ips.http.header.a~1b": "ips.http.header.a/b",
		"/properties/URL": "", "/description": "", "/properties/a/b": "", "": "",
	} {
		if got := SecretName(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]bool{
		"/properties/URL": true, "/properties/ldap.url": true, "/properties/jco.client.ashost": true,
		"/properties/User": false, "/description": false,
	} {
		if got := AllSecrets([]resource.Change{{Path: path}}); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
	if c := Codec(); c.Collection != "proxySystems" || c.Encode == nil || c.Decode == nil || c.AllSecrets == nil || c.SecretName == nil {
		t.Error("the codec is incomplete")
	}
}

// Whatever a service or a person's file holds, decoding never panics, and what
// it accepts stays the same when it goes round.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(export))
	f.Add([]byte(`{"name":"x","properties":{"a":null,"b":[1]},"encryptedProperties":{"a":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		name, spec, err := Decode("", data)
		if err != nil {
			return
		}
		if name == "" {
			t.Fatal("accepted without a name")
		}
		if diff := cmp.Diff(spec, normalize(name, spec), exact); diff != "" {
			t.Fatal(diff)
		}
	})
}
