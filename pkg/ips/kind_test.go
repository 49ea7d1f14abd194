package ips

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/catalogue"
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

func drawValue(t *rapid.T) resource.Value {
	text := rapid.SampledFrom([]string{"", "a", "true", "false", `{"b":1,"a":[]}`, "read.json"}).Draw(t, "text")
	return rapid.SampledFrom([]resource.Value{
		{},
		resource.Nothing(), resource.Text(text), lookedUp(text), resource.Seal(),
		resource.Outside(secret.Ref{Env: "E"}), resource.Output(resource.Ref{Kind: "SystemUser", Name: "u"}, "secret"),
	}).Draw(t, "value")
}

func drawSpec(t *rapid.T) Spec {
	key := rapid.SampledFrom([]string{"Type", "URL", "User", "Password", "ips.http.header.X", "ias.api.version", "own", "own.token"})
	return Spec{
		Type:            resource.Text(rapid.SampledFrom([]string{"Identity Authentication", "SAP_CLOUD_IDENTITY", "SAP Concur", "X_Y"}).Draw(t, "type")),
		Description:     drawValue(t),
		Enabled:         drawValue(t),
		Template:        rapid.SampledFrom([]string{"", "ias-proxy", "none"}).Draw(t, "template"),
		Properties:      rapid.MapOf(key, rapid.Custom(drawValue)).Draw(t, "properties"),
		Transformations: Transformations{Read: drawValue(t), Write: drawValue(t)},
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

func TestNormalize(t *testing.T) {
	in := Spec{
		Type: resource.Text("SAP_CLOUD_IDENTITY"), Description: resource.Text(""), Enabled: resource.Nothing(), Template: "ias-proxy",
		Properties: resource.Properties{
			"ias.api.version": resource.Text("1"), "User": lookedUp("id"), "Password": resource.Text("pw"),
			"ips.http.header.X": resource.Text("h"), "ips.http.header.Y": lookedUp("h"), "ProxyType": resource.Nothing(),
		},
		Transformations: Transformations{Read: resource.Text("{\"b\": 1.0,\n \"a\": \"<&>\"}"), Write: resource.Text("write.json")},
	}
	want := Spec{
		Self: "x", Type: resource.Text("Identity Authentication"), Description: resource.Nothing(), Enabled: resource.Text("true"),
		Template: "ias-proxy",
		Properties: resource.Properties{
			"Type": resource.Text("HTTP"), "Authentication": resource.Text("BasicAuthentication"), "ProxyType": resource.Nothing(),
			"ias.api.version": resource.Text("1"), "ias.support.patch.operation": resource.Text("true"),
			"ips.trace.failed.entity.content": resource.Text("false"), "User": resource.Text("id"),
			"Password":          resource.Text("pw").Private(),
			"ips.http.header.X": resource.Text("h").Private(), "ips.http.header.Y": lookedUp("h"),
		},
		Transformations: Transformations{Read: resource.Text(`{"a":"<&>","b":1.0}`), Write: resource.Text("write.json")},
	}
	if diff := cmp.Diff(want, normalize("x", in), exact); diff != "" {
		t.Error(diff)
	}
}

func TestKeep(t *testing.T) {
	have := Spec{
		Type: resource.Text("Identity Authentication"), Description: resource.Text("theirs"), Enabled: resource.Text("true"),
		Properties: resource.Properties{
			"URL": resource.Text("https://old"), "ips.application.id": resource.Text(""), "Old": resource.Text("1"),
			"Foreign": resource.Text("2"), "ips.trace.failed.entity.content": resource.Text("false"), "Token": resource.Seal(),
		},
		Transformations: Transformations{Read: resource.Text("{}")},
	}
	listed := resource.Properties{"URL": resource.Text("https://new"), "ips.trace.failed.entity.content": resource.Text("true")}
	old := func(path string) bool { return path == "/properties/Old" }
	tests := map[string]struct {
		policy resource.Unlisted
		wrote  func(string) bool
		want   string
		trace  string
	}{
		"keep":                      {"", nil, "Foreign, Old, Token, URL, ips.application.id, ips.trace.failed.entity.content", "true"},
		"keep, but what we wrote":   {"keep", old, "Foreign, Token, URL, ips.application.id, ips.trace.failed.entity.content", "true"},
		"remove, not the console's": {"remove", nil, "URL, ips.application.id, ips.trace.failed.entity.content", "true"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := Spec{Enabled: resource.Text("false"), Properties: listed, Unlisted: test.policy}
			got := keep(have, want, resource.Ownership{Owned: true, Wrote: test.wrote})
			var keys resource.Set
			for key := range got.Properties {
				keys = append(keys, key)
			}
			if keys.String() != test.want || got.Properties["ips.trace.failed.entity.content"].Text() != test.trace {
				t.Errorf("kept %s, trace %s", keys, got.Properties["ips.trace.failed.entity.content"])
			}
			if got.Enabled.Text() != "false" || got.Description.Text() != "theirs" || got.Transformations.Read.Text() != "{}" {
				t.Errorf("typed fields: %v %v %v", got.Enabled, got.Description, got.Transformations)
			}
		})
	}
}

// What Keep leaves shows as a change, and nothing else.
func TestKeepThenDiff(t *testing.T) {
	have := normalize("x", Spec{Type: resource.Text("SAP_CLOUD_IDENTITY"), Properties: resource.Properties{"a": resource.Text("1"), "b": resource.Text("2")}})
	want := normalize("x", Spec{Type: resource.Text("Identity Authentication"), Properties: resource.Properties{"a": resource.Nothing(), "b": resource.Text("3")}})
	var paths resource.Set
	for _, c := range resource.Diff(have, keep(have, want, resource.Ownership{})) {
		paths = append(paths, c.Path)
	}
	if paths.String() != "/properties/a, /properties/b" {
		t.Errorf("%s", paths)
	}
}

func TestOutput(t *testing.T) {
	def := Definition()
	want := normalize("wanted", Spec{})
	live := &resource.Live[Spec]{Name: "live", ID: "4711"}
	for _, test := range []struct {
		output string
		have   *resource.Live[Spec]
		want   *Spec
		text   string
	}{
		{"id", live, &want, "4711"}, {"id", nil, &want, ""}, {"name", nil, &want, "wanted"}, {"name", live, nil, "live"}, {"x", live, &want, ""},
	} {
		if got := def.Output(test.output, test.have, test.want); got.Text() != test.text {
			t.Errorf("%s: %q, want %q", test.output, got, test.text)
		}
	}
	if !def.Protected || def.Outputs[0] != "id" {
		t.Error("the id is the default output, and an address to protect")
	}
}

func TestFieldsAreExplained(t *testing.T) {
	for _, f := range fields() {
		if f.Path == "" || f.Class == "" || f.Reason == "" || f.Source == "" {
			t.Errorf("incomplete: %+v", f)
		}
	}
	if !consoleAdds("ips.application.id") || consoleAdds("URL") {
		t.Error("classes are mixed up")
	}
}

func TestReadFiles(t *testing.T) {
	files := map[string]string{"r.json": `{"user": {"b": 1, "a": 2}}`, "bad.json": `[1]`, "two.json": `{} {}`}
	read := func(path string) ([]byte, error) {
		if text, ok := files[path]; ok {
			return []byte(text), nil
		}
		return nil, errors.New("no such file")
	}
	in := Spec{Transformations: Transformations{Read: resource.Text("r.json")}}
	got, err := ReadFiles(in, read)
	if err != nil || got.Transformations.Read.Text() != `{"user":{"a":2,"b":1}}` || got.Transformations.Write.IsSet() {
		t.Errorf("%v, %v", got.Transformations, err)
	}
	again, err := ReadFiles(got, func(string) ([]byte, error) { return nil, errors.New("read twice") })
	if diff := cmp.Diff(got, again, exact); diff != "" || err != nil {
		t.Error(diff, err)
	}
	both := Spec{Transformations: Transformations{Read: resource.Text("bad.json"), Write: resource.Text("missing.json")}}
	if _, err := ReadFiles(both, read); err == nil || !strings.Contains(err.Error(), "bad.json") || !strings.Contains(err.Error(), "missing.json") {
		t.Errorf("both files are wrong: %v", err)
	}
	if _, err := ReadFiles(Spec{Transformations: Transformations{Read: resource.Text("two.json")}}, read); !errors.Is(err, errNoObject) {
		t.Errorf("two documents: %v", err)
	}
}

// The template's own values must not be complained about.
func TestTemplateIsRight(t *testing.T) {
	s := normalize("IAS for IAG", right())
	if faults := validate("IAS for IAG", s, resource.Scope{}); len(faults) != 0 {
		t.Errorf("%+v", faults)
	}
	if _, ok := catalogue.TemplateOf(Kind, "ias-proxy"); !ok {
		t.Error("no template")
	}
}
