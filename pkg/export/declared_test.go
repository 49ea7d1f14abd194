package export

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/destination"
	"reconcile/pkg/ias"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// A secret under a name that tells nothing is known by the manifest at hand, or by
// what runs remember; the manifest's own reference is kept unless it is another one.
func TestConvertKeepsDeclaredReferences(t *testing.T) {
	source := secret.Outside{LookupEnv: func(name string) (string, bool) {
		value, ok := map[string]string{"SAME": canary, "OTHER": "CANARY-other"}[name]
		return value, ok
	}}
	plain := resource.Text(canary)
	properties := resource.Properties{
		"same": plain, "other": plain, "unset": plain, "mine": plain, "nobody": plain, "wrote": plain, "open": resource.Text("shown"),
		"URL": resource.Text("https://a.example"), "Password": hidden(canary), "A_other": resource.Text("shown"),
	}
	env := func(name string) resource.Value { return resource.Outside(secret.Ref{Env: name}) }
	output := func(user string) resource.Value {
		return resource.Output(resource.Ref{Kind: kindUser, Name: user}, "secret")
	}
	declared := destination.Spec{Properties: resource.Properties{
		"same": env("SAME"), "other": env("OTHER"), "unset": env("A_OTHER"), "mine": output("u"), "nobody": output("nobody"),
		"URL": env("URL"), "Password": resource.Outside(secret.Ref{File: "password"}), "open": resource.Text("else"),
	}}
	r := Convert([]Found{
		{Kind: kind(ias.Definition()), Objects: []resource.Object{userOf("u", "id-1", "new")}},
		{
			Kind: kind(destination.Definition()), Objects: []resource.Object{destinationOf("A", properties)},
			Declared: map[string]Declared{"A": {Spec: declared}},
			Secrets: func(object string) func(string) bool {
				return func(path string) bool {
					return object == "A" && (path == "/properties/wrote" || path == "/properties/URL")
				}
			},
		},
	}, source)
	all := told(r)
	have := map[string]string{}
	for name := range properties {
		have[name] = all["Destination/A/properties/"+name]
	}
	have["Password"] = resource.Paths(r.Objects[1].Spec)["/properties/Password"].Source().File
	want := map[string]string{
		"same": "env SAME", "other": "env A_OTHER_2", "unset": "env A_OTHER", "mine": "[secret of SystemUser/u]", "nobody": "env A_NOBODY",
		"wrote": "env A_WROTE", "open": "shown", "URL": "https://a.example", "Password": "password", "A_other": "shown",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}
