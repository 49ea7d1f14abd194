package export

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/destination"
	"reconcile/pkg/iag"
	"reconcile/pkg/ias"
	"reconcile/pkg/ips"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

const canary = "CANARY-secret"

func hidden(text string) resource.Value { return resource.Hidden(secret.New(text), secret.Ref{}) }

func kind[S any](d resource.Definition[S]) resource.Kind {
	return resource.Bind(d, resource.WayAPI, nil)
}

// userOf is a live system user with sealed secrets of the labels.
func userOf(name, clientID string, labels ...string) resource.Object {
	s := ias.Spec{ClientID: resource.Text(clientID), Secrets: ias.Secrets{}}
	for i, label := range labels {
		s.Secrets[label] = ias.Slot{Value: resource.Seal(), Place: i}
	}
	return resource.Object{Name: name, Spec: s}
}

func destinationOf(name string, p resource.Properties) resource.Object {
	return resource.Object{Name: name, Spec: destination.Spec{Properties: p, Self: name}}
}

// told says of every written value what it became.
func told(r Result) map[string]string {
	all := map[string]string{}
	for _, o := range r.Objects {
		for path, v := range resource.Paths(o.Spec) {
			text := v.String()
			if v.Form() == resource.External {
				text = "env " + v.Source().Env
			}
			all[o.Kind.Name()+"/"+o.Name+path] = text
		}
	}
	return all
}

func TestConvert(t *testing.T) {
	basic := func(user, password string) resource.Properties {
		return resource.Properties{"User": resource.Text(user), "Password": hidden(password)}
	}
	users := Found{Kind: kind(ias.Definition()), Objects: []resource.Object{userOf("IAG caller", "id-1", "new", "old"), userOf("bare", "id-2")}}
	r := Convert([]Found{
		users,
		{Kind: kind(destination.Definition()), Objects: []resource.Object{
			destinationOf("A", basic("id-1", canary)), destinationOf("B", basic("id-1", canary)), destinationOf("C", basic("id-1", canary+"2")),
			destinationOf("D", basic("id-2", canary)), destinationOf("E", basic("somebody", canary)),
			destinationOf("F", resource.Properties{"URL": resource.Text("https://u:" + canary + "@h"), "own": resource.Text("plain"), "ssh.private.key": resource.Text(canary)}),
		}},
		{Kind: kind(ips.Definition()), Objects: []resource.Object{{Name: "P", ID: "id-p", Spec: ips.Spec{
			Enabled: resource.Text("true"), Type: resource.Text("Identity Authentication"),
			Properties: resource.Properties{"User": resource.Text("id-1"), "Password": resource.Seal(), "ips.failed.request.retry.attempts": resource.Text("2"), "ips.http.header.X": resource.Text(canary)},
		}}}},
		{Kind: kind(iag.SystemDefinition()), Objects: []resource.Object{
			{Name: "S", Spec: iag.System{ExternalSystemID: resource.Text("id-p")}}, {Name: "T", Spec: iag.System{ExternalSystemID: resource.Text("other")}},
		}},
		{Kind: kind(iag.ParameterDefinition()), Objects: []resource.Object{
			{Name: "UserSource/SourceSystem", Spec: iag.Parameter{Group: "UserSource", Value: resource.Text("S")}},
			{Name: "Other/SourceSystem", Spec: iag.Parameter{Group: "Other", Value: resource.Text("S")}},
		}},
	}, nil)
	want := map[string]string{
		"SystemUser/IAG caller/clientID": "id-1", "SystemUser/IAG caller/secrets/new/value": "env IAG_CALLER_SECRET",
		"SystemUser/IAG caller/secrets/old/value": "env IAG_CALLER_SECRET_OLD", "SystemUser/bare/clientID": "id-2",
		"Destination/A/properties/User": "[clientID of SystemUser/IAG caller]", "Destination/A/properties/Password": "[secret of SystemUser/IAG caller]",
		"Destination/B/properties/User": "[clientID of SystemUser/IAG caller]", "Destination/B/properties/Password": "[secret of SystemUser/IAG caller]",
		"Destination/C/properties/User": "[clientID of SystemUser/IAG caller]", "Destination/C/properties/Password": "env C_PASSWORD",
		"Destination/D/properties/User": "[clientID of SystemUser/bare]", "Destination/D/properties/Password": "env D_PASSWORD",
		"Destination/E/properties/User": "somebody", "Destination/E/properties/Password": "env E_PASSWORD",
		"Destination/F/properties/URL": "env F_URL", "Destination/F/properties/own": "plain", "Destination/F/properties/ssh.private.key": "env F_SSH_PRIVATE_KEY",
		"ProxySystem/P/type": "Identity Authentication", "ProxySystem/P/properties/User": "[clientID of SystemUser/IAG caller]",
		"ProxySystem/P/properties/Password": "[secret of SystemUser/IAG caller]", "ProxySystem/P/properties/ips.http.header.X": "env P_IPS_HTTP_HEADER_X",
		"IAGSystem/S/externalSystemID": "[id of ProxySystem/P]", "IAGSystem/T/externalSystemID": "other",
		"Parameter/UserSource/SourceSystem/value": "[name of IAGSystem/S]", "Parameter/Other/SourceSystem/value": "S",
	}
	if diff := cmp.Diff(want, told(r)); diff != "" {
		t.Error(diff)
	}
	if text := fmt.Sprintf("%v %+v", r, told(r)); strings.Contains(text, canary) {
		t.Error("a secret is shown")
	}
	if len(r.Secrets) != 8 {
		t.Errorf("%d secrets: %+v", len(r.Secrets), r.Secrets)
	}
}

// What the environment knows tells whether a destination uses a user's secret.
func TestConvertKnowsOutsideSecrets(t *testing.T) {
	source := secret.Outside{LookupEnv: func(name string) (string, bool) {
		value, ok := map[string]string{"ID": "id-1", "SECRET": canary}[name]
		return value, ok
	}}
	user := resource.Object{Name: "u", Spec: ias.Spec{
		ClientID: resource.Outside(secret.Ref{Env: "ID"}),
		Secrets:  ias.Secrets{"l": {Value: resource.Outside(secret.Ref{Env: "SECRET"})}},
	}}
	r := Convert([]Found{
		{Kind: kind(ias.Definition()), Objects: []resource.Object{user}},
		{Kind: kind(destination.Definition()), Objects: []resource.Object{
			destinationOf("A", resource.Properties{"clientId": resource.Text("id-1"), "clientSecret": hidden("CANARY-other")}),
			destinationOf("B", resource.Properties{"clientId": resource.Text("id-1"), "clientSecret": hidden(canary)}),
		}},
	}, source)
	want := map[string]string{
		"SystemUser/u/clientID": "env ID", "SystemUser/u/secrets/l/value": "env SECRET",
		"Destination/A/properties/clientId": "[clientID of SystemUser/u]", "Destination/A/properties/clientSecret": "env A_CLIENT_SECRET",
		"Destination/B/properties/clientId": "[clientID of SystemUser/u]", "Destination/B/properties/clientSecret": "[secret of SystemUser/u]",
	}
	if diff := cmp.Diff(want, told(r)); diff != "" {
		t.Error(diff)
	}
}

func TestConvertLeavesOutTheSecondOfAName(t *testing.T) {
	r := Convert([]Found{{Kind: kind(ias.Definition()), Objects: []resource.Object{userOf("u", "1"), userOf("u", "2")}}}, nil)
	if len(r.Objects) != 1 || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "SystemUser/u is there twice") {
		t.Errorf("%+v", r)
	}
}

// What steers comes from the manifest given; that something may be taken over
// does not.
func TestConvertKeepsWhatSteers(t *testing.T) {
	no := false
	meta := resource.Meta{Name: "x", Adopt: true, State: "present", Protect: &no}
	r := Convert([]Found{
		{
			Kind: kind(destination.Definition()), Objects: []resource.Object{destinationOf("x", resource.Properties{"own": resource.Text("***"), "apiKey": hidden("[secret]"), "kept": resource.Text("k")})},
			Declared: map[string]Declared{"x": {Meta: meta, Spec: destination.Spec{Unlisted: resource.UnlistedKeep}}},
		},
		{
			Kind: kind(ips.Definition()), Objects: []resource.Object{{Name: "p", Spec: ips.Spec{}}},
			Declared: map[string]Declared{"p": {Spec: ips.Spec{Unlisted: resource.UnlistedRemove, Baseline: "b"}}},
		},
		{
			Kind: kind(iag.JobDefinition()), Objects: []resource.Object{{Name: "j", Spec: iag.Job{}}, {Name: "k", Spec: iag.Job{}}},
			Declared: map[string]Declared{"j": {Spec: iag.Job{RunAfterChange: true}}},
		},
	}, nil)
	d, p := r.Objects[0].Spec.(destination.Spec), r.Objects[1].Spec.(ips.Spec)
	if d.Unlisted != resource.UnlistedKeep || len(d.Properties) != 1 || len(r.Secrets) != 0 || !strings.Contains(r.Notes[0], "/properties/apiKey, /properties/own holds a mask") || p.Unlisted != resource.UnlistedRemove || p.Baseline != "b" {
		t.Errorf("%+v, %+v", d, p)
	}
	if !r.Objects[2].Spec.(iag.Job).RunAfterChange || r.Objects[3].Spec.(iag.Job).RunAfterChange {
		t.Error("runAfterChange is lost or made up")
	}
	if m := r.Objects[0].Meta; m.Adopt || m.State != "" || m.Protect == nil {
		t.Errorf("%+v", m)
	}
}

func TestEnvName(t *testing.T) {
	for want, words := range map[string][]string{
		"IPS_PROXY_PASSWORD": {"IPS_PROXY", "Password"}, "IAG_CALLER_SECRET": {"IAG caller", "secret"}, "A_CLIENT_SECRET": {"a", "clientSecret"},
		"SECRET_2ND_X": {"2nd", "x"}, "SECRET_": {"äö"}, "X_Y": {"--x--", "y!"}, "ABC_KEY": {"ABC", "key"},
	} {
		if have := envName(words...); have != want {
			t.Errorf("%q: %s, want %s", words, have, want)
		}
	}
	c := &converter{envs: map[string]bool{}}
	ref := resource.Ref{Kind: "Destination", Name: "a b"}
	if one, two := c.env(ref, nil, "/properties/x"), c.env(resource.Ref{Kind: "Destination", Name: "a-b"}, nil, "/properties/x"); one != "A_B_X" || two != "A_B_X_2" {
		t.Errorf("%s, %s", one, two)
	}
}

func TestRead(t *testing.T) {
	const proxy = `{"connectorTypeString":"SAP_CLOUD_IDENTITY","accessMode":"PROXY","name":"P","id":"7","properties":{"User":"u"},"encryptedProperties":{"Password":null},"readTransformationChanged":false,"readTransformation":{"a":1}}`
	tests := []struct{ name, in, want string }{
		{"console export", proxy, "ProxySystem P 7 Password=[cannot be read] User=u"},
		{"interface", `[{"Name":"A","Type":"HTTP","Password":"` + canary + `"},{"Name":"B","Type":"RFC"}]`, "Destination A  Password=[secret] Type=HTTP; Destination B  Type=RFC"},
		{"command line", `{"destinationConfiguration":{"Name":"A","Type":"HTTP","Password":"<redacted>"},"systemMetadata":{"etag":"x"}}`, "Destination A  Password=[cannot be read] Type=HTTP"},
		{"Terraform, generic", `{"values":{"root_module":{"resources":[{"type":"btp_subaccount_destination_generic","values":{"name":"A","destination_configuration":"{\"Name\":\"A\",\"Type\":\"HTTP\",\"Password\":\"***\"}"}}]}}}`, "Destination A  Password=[cannot be read] Type=HTTP"},
		{"Terraform, attributes", `{"resources":[{"instances":[{"attributes":{"name":"A","type":"HTTP","url":"https://x","proxy_type":"Internet","authentication":"NoAuthentication","description":null,"additional_configuration":"{\"n\":1,\"b\":true}"}}]}]}`, "Destination A  Authentication=NoAuthentication ProxyType=Internet Type=HTTP URL=https://x b=true n=1"},
		{"cockpit", "#\n#Password=<< Existing password/certificate removed on export >>\n#Mon\nType=HTTP\nURL=https\\://x\nName=A\nUser=u", "Destination A  Password=[cannot be read] Type=HTTP URL=https://x User=u"},
		{"cockpit, older", "Name=A\nType=RFC\njco.client.passwd=<< Existing password removed on Export >>\n", "Destination A  Type=RFC jco.client.passwd=[cannot be read]"},
		{"an empty password", `{"Name":"A","Type":"HTTP","Password":""}`, "Destination A  Password=[cannot be read] Type=HTTP"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			objects, err := Read([]byte(test.in))
			if err != nil {
				t.Fatal(err)
			}
			var have []string
			for _, k := range []string{ips.Kind, destination.Kind} {
				for _, o := range objects[k] {
					have = append(have, strings.TrimSpace(fmt.Sprint(k, " ", o.Name, " ", o.ID, " ", listed(o.Spec))))
				}
			}
			if diff := cmp.Diff(test.want, strings.Join(have, "; ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func listed(s resource.Spec) string {
	p := resource.Properties{}
	switch typed := s.(type) {
	case ips.Spec:
		p = typed.Properties
	case destination.Spec:
		p = typed.Properties
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(p)) {
		all = append(all, name+"="+p[name].String())
	}
	return strings.Join(all, " ")
}

func TestReadRefuses(t *testing.T) {
	for in, want := range map[string]string{
		``: "neither JSON", `{}`: "no proxy system and no destination", `[1,"a",null]`: "no proxy system", `{"a":1} {"b":2}`: "neither JSON",
		`{"connectorTypeString":"X","accessMode":"READ","name":"S"}`: "is no proxy system", `{"connectorTypeString":"X"}`: "no name",
		`{"destination_configuration":"{"}`: "is not JSON", `{"additional_configuration":"[]","name":"a","type":"HTTP"}`: "not a JSON object", "Name=A\n": "neither JSON",
	} {
		if _, err := Read([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
	if _, err := Read([]byte("x")); !errors.Is(err, errUnknownFile) {
		t.Error(err)
	}
}

// FuzzRead holds that no file makes the reader panic or show a secret, and that
// whatever it takes can be converted.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{"connectorTypeString":"X","name":"a","properties":{"a":1},"encryptedProperties":{"b":null}}`, `[{"Name":"A","Type":"HTTP","Password":"x"}]`,
		"Name=A\nType=HTTP\n#Password=<<x>>", `{"destination_configuration":"{\"Name\":\"A\",\"Type\":\"T\"}"}`, `{"name":"a","type":"t","additional_configuration":null}`,
		`{"Name":"A","Type":"HTTP","URL":"https://a:b@c"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		objects, err := Read([]byte(text))
		if err != nil {
			return
		}
		r := Convert([]Found{{Kind: kind(ips.Definition()), Objects: objects[ips.Kind]}, {Kind: kind(destination.Definition()), Objects: objects[destination.Kind]}}, nil)
		for _, o := range r.Objects {
			for path, v := range resource.Paths(o.Spec) {
				if v.Form() == resource.Secret || v.Form() == resource.Sealed {
					t.Fatalf("%s%s would be written as %s", o.Name, path, v)
				}
			}
		}
	})
}

// Property files are Java's: escapes, continued lines, two separators.
func TestProperties(t *testing.T) {
	in := "#comment\\\nName=A\r\nType=HTTP\n  Description = a \\u00fc\\ud83d\\ude00 \\\\ b\\tc \\u12\nURL=https\\://x\\\n   .example/\\#\nre\\=mark:one\n! Password=<< gone >>\nkept=\\ x \nlast=1\\"
	name, have := parseProperties(in)
	want := map[string]string{
		"Name": "A", "Type": "HTTP", "Description": "a ü😀 \\ b\tc u12", "URL": "https://x.example/#", "re=mark": "one",
		"Password": "<< gone >>", "kept": " x ", "last": "1",
	}
	if diff := cmp.Diff(want, have); diff != "" || name != "A" {
		t.Error(name, diff)
	}
}
