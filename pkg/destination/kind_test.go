package destination

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

func lookedUp(text string) resource.Value {
	return resource.Hidden(secret.New(text), secret.Ref{Env: "NAME"})
}

// exact compares values by form too: Equal alone takes a secret for a literal.
var exact = cmp.Comparer(func(a, b resource.Value) bool {
	return a.Form() == b.Form() && a.Equal(b) && a.Label() == b.Label() && a.Source() == b.Source()
})

func TestNormalize(t *testing.T) {
	tests := map[string]struct{ in, want Spec }{
		"nothing said": {Spec{}, Spec{Self: "x"}},
		"template below the listed": {
			Spec{Template: "ips-proxy", Properties: resource.Properties{
				"Description": resource.Text("ours"), "Accept": resource.Nothing(), "User": lookedUp("id"), "Password": lookedUp("pw"),
			}},
			Spec{Self: "x", Template: "ips-proxy", Properties: resource.Properties{
				"Type": resource.Text("HTTP"), "Description": resource.Text("ours"), "ProxyType": resource.Text("Internet"),
				"Authentication": resource.Text("BasicAuthentication"), "Accept": resource.Nothing(),
				"GROUPSURL": resource.Text("/Groups"), "USERSURL": resource.Text("/Users"),
				"serviceURL": resource.Text("/ipsproxy/service/api/v1/scim/"),
				"User":       resource.Text("id"), "Password": lookedUp("pw"),
			}},
		},
		"unknown template": {
			Spec{Template: "nonsense"}, Spec{Self: "x", Template: "nonsense", Properties: resource.Properties{}},
		},
		"live secrets in clear": {
			Spec{Properties: resource.Properties{
				"clientSecret": resource.Text("s"), "URL.headers.X": resource.Text("h"), "clientId": resource.Text("id"),
			}},
			Spec{Self: "x", Properties: resource.Properties{
				"clientSecret": resource.Text("s").Private(), "URL.headers.X": resource.Text("h").Private(), "clientId": resource.Text("id"),
			}},
		},
		"an unknown name keeps what was looked up": {
			Spec{Properties: resource.Properties{"CompanyCode": lookedUp("c"), "Other": resource.Text("o")}},
			Spec{Self: "x", Properties: resource.Properties{"CompanyCode": lookedUp("c"), "Other": resource.Text("o")}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, normalize("x", test.in), exact); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNormalizeIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := normalize("x", drawSpec(t))
		if diff := cmp.Diff(once, normalize("x", once), exact); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Normalize must not change what its caller holds.
func TestNormalizeLeavesItsInputAlone(t *testing.T) {
	in := Spec{Template: "ips-proxy", Properties: resource.Properties{"Password": resource.Text("x")}}
	normalize("x", in)
	if len(in.Properties) != 1 || in.Properties["Password"].Form() != resource.Literal {
		t.Errorf("%v", in.Properties)
	}
}

func drawSpec(t *rapid.T) Spec {
	key := rapid.SampledFrom([]string{"Type", "URL", "User", "Password", "URL.headers.X", "serviceURL", "Other", "some token"})
	value := rapid.Custom(drawValue)
	return Spec{
		Template:   rapid.SampledFrom([]string{"", "ips-proxy", "none"}).Draw(t, "template"),
		Properties: rapid.MapOf(key, value).Draw(t, "properties"),
		Unlisted:   rapid.SampledFrom([]resource.Unlisted{"", "keep", "remove"}).Draw(t, "unlisted"),
	}
}

func drawValue(t *rapid.T) resource.Value {
	text := rapid.SampledFrom([]string{"", "a", "HTTP", "https://h"}).Draw(t, "text")
	return rapid.SampledFrom([]resource.Value{
		{},
		resource.Nothing(), resource.Text(text), lookedUp(text), resource.Seal(),
		resource.Outside(secret.Ref{Env: "E"}), resource.Output(resource.Ref{Kind: "SystemUser", Name: "u"}, "secret"),
	}).Draw(t, "value")
}

func TestKeep(t *testing.T) {
	have := Spec{Properties: resource.Properties{"Type": resource.Text("HTTP"), "Old": resource.Text("1"), "Foreign": resource.Text("2")}}
	wrote := func(path string) bool { return path == "/properties/Old" }
	ours, foreign := resource.Ownership{Owned: true, Wrote: wrote}, resource.Ownership{}
	tests := map[string]struct {
		policy resource.Unlisted
		own    resource.Ownership
		want   []string
	}{
		"ours":                        {"", ours, []string{"Type"}},
		"ours, keep":                  {"keep", ours, []string{"Foreign", "Type"}}, // what we wrote goes
		"taken over":                  {"", foreign, []string{"Foreign", "Old", "Type"}},
		"taken over, remove in words": {"remove", foreign, []string{"Type"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := Spec{Unlisted: test.policy, Properties: resource.Properties{"Type": resource.Text("HTTP"), "Gone": resource.Nothing()}}
			var got resource.Set
			for key := range keep(have, want, test.own).Properties {
				got = append(got, key)
			}
			if !got.Equal(test.want) {
				t.Errorf("kept %v, want %v", got, test.want)
			}
		})
	}
}

func TestOutput(t *testing.T) {
	def := Definition()
	want := normalize("IPS_PROXY", Spec{})
	live := &resource.Live[Spec]{Name: "LIVE"}
	for _, test := range []struct {
		output string
		have   *resource.Live[Spec]
		want   *Spec
		text   string
	}{
		{"name", nil, &want, "IPS_PROXY"}, {"name", live, nil, "LIVE"}, {"name", nil, nil, ""}, {"other", live, &want, ""},
	} {
		if got := def.Output(test.output, test.have, test.want); got.Text() != test.text {
			t.Errorf("%s: %q, want %q", test.output, got, test.text)
		}
	}
}
