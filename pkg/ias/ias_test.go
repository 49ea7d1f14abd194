package ias

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
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

const manifest = `{"name": "IAG caller", "authorizations": ["Access Proxy System API"], "clientID": {"env": "ID"},
 "secrets": [{"label": "2026-11", "value": {"env": "NEW"}, "expireIn": "1 year", "created": "2026-11-23"},
             {"label": "2025-11", "value": {"env": "OLD"}, "expireIn": "Never"}]}`

func decode(t *testing.T) Spec {
	t.Helper()
	var s Spec
	if err := json.Unmarshal([]byte(manifest), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSecretsReadAsMap(t *testing.T) {
	s := normalize("IAG caller", decode(t))
	var paths resource.Set
	for path := range resource.Paths(s) {
		paths = append(paths, path)
	}
	const want = "/authorizations, /clientID, /secrets/2025-11/expireIn, /secrets/2025-11/value, " +
		"/secrets/2026-11/created, /secrets/2026-11/expireIn, /secrets/2026-11/value"
	if paths.String() != want {
		t.Errorf("%s", paths)
	}
	if label, ok := s.Secrets.InUse(); label != "2026-11" || !ok {
		t.Errorf("in use: %q", label)
	}
	if value := s.Secrets["2025-11"].Value; value.Label() != "2025-11" || value.Source().Env != "OLD" {
		t.Errorf("%v, label %q", value, value.Label())
	}
}

// Looking values up goes through Map, which must leave the order alone.
func TestMapKeepsTheOrder(t *testing.T) {
	s := resource.Map(normalize("x", decode(t)), func(_ string, v resource.Value) resource.Value {
		if v.Form() == resource.External {
			return lookedUp("v").WithLabel(v.Label())
		}
		return v
	})
	if label, _ := normalize("x", s).Secrets.InUse(); label != "2026-11" {
		t.Errorf("in use: %q", label)
	}
	if id := normalize("x", s).ClientID; id.Text() != "v" {
		t.Errorf("the client id is hidden: %v", id)
	}
}

func TestSecretsWriteAsList(t *testing.T) {
	s := decode(t)
	data, err := json.Marshal(s.Secrets)
	const want = `[{"label":"2026-11","value":{"env":"NEW"},"expireIn":"1 year","created":"2026-11-23"},` +
		`{"label":"2025-11","value":{"env":"OLD"},"expireIn":"Never"}]`
	if string(data) != want || err != nil {
		t.Errorf("%s, %v", data, err)
	}
	var again Secrets
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Secrets, again, exact); diff != "" {
		t.Error(diff)
	}
}

func TestSecretsRefuse(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": {}}`:                      "secrets",
		`[{"label": "a", "valeu": "x"}]`: "valeu",
	} {
		var s Secrets
		if err := json.Unmarshal([]byte(text), &s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	var s Secrets
	if err := json.Unmarshal([]byte("null"), &s); err != nil || s != nil {
		t.Errorf("null: %v, %v", s, err)
	}
}

// The schema is that of the list, with the value's own schema inside.
func TestSchema(t *testing.T) {
	reflector := jsonschema.Reflector{DoNotReference: true, Anonymous: true}
	data, err := json.Marshal(reflector.Reflect(Spec{}).Properties.Value("secrets"))
	if err != nil || !strings.Contains(string(data), `"type":"array"`) || !strings.Contains(string(data), `"required":["label","value"]`) {
		t.Errorf("%s, %v", data, err)
	}
}

func drawValue(t *rapid.T) resource.Value {
	text := rapid.SampledFrom([]string{"", "a", "Never", "2026-11-23", "2026-11-23T08:00:00Z"}).Draw(t, "text")
	return rapid.SampledFrom([]resource.Value{
		{}, resource.Nothing(), resource.Text(text), lookedUp(text), resource.Seal(), resource.Outside(secret.Ref{Env: "E"}),
	}).Draw(t, "value")
}

func drawSpec(t *rapid.T) Spec {
	slot := rapid.Custom(func(t *rapid.T) Slot {
		return Slot{drawValue(t), drawValue(t), drawValue(t), rapid.IntRange(0, 3).Draw(t, "place")}
	})
	s := Spec{
		Authorizations: rapid.SampledFrom([]resource.Set{nil, {}, {"Manage Users"}, {"Read Users", "Manage Groups"}}).Draw(t, "authorizations"),
		ClientID:       drawValue(t),
	}
	if rapid.Bool().Draw(t, "secrets") {
		s.Secrets = rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "2026/11", "~"}), slot).Draw(t, "slots")
	}
	return s
}

func TestNormalizeIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := normalize("x", drawSpec(t))
		if diff := cmp.Diff(once, normalize("x", once), exact); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestKeep(t *testing.T) {
	have := normalize("x", Spec{
		Authorizations: resource.Set{"Manage Users"}, ClientID: resource.Text("live"),
		Secrets: Secrets{
			"old": {Value: resource.Seal(), ExpireIn: resource.Text("Never"), Created: resource.Text("2025-01-01")},
			"new": {Value: resource.Seal(), Created: resource.Text("2026-01-01"), Place: 1},
		},
	})
	want := normalize("x", Spec{ClientID: resource.Text("other"), Secrets: Secrets{"new": {Value: lookedUp("n")}}})
	ours := func(path string) bool { return path == "/secrets/old/value" }
	for name, test := range map[string]struct {
		wrote  func(string) bool
		labels string
	}{"ours goes": {ours, "new"}, "foreign stays": {nil, "new old"}} {
		got := keep(have, want, resource.Ownership{Owned: true, Wrote: test.wrote})
		if labels := strings.Join(got.Secrets.Labels(), " "); labels != test.labels {
			t.Errorf("%s: %s", name, labels)
		}
		if got.ClientID.Text() != "live" || !got.Authorizations.Equal(have.Authorizations) || got.Secrets["new"].Created.Text() != "2026-01-01" {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := keep(have, Spec{}, resource.Ownership{Wrote: ours}); len(got.Secrets) != 2 {
		t.Errorf("secrets that are not managed: %v", got.Secrets.Labels())
	}
	if len(want.Secrets) != 1 {
		t.Error("Keep changed what it was given")
	}
}

func TestOutput(t *testing.T) {
	def := Definition()
	said := normalize("x", Spec{ClientID: resource.Text("said"), Secrets: Secrets{
		"old": {Value: lookedUp("o"), Place: 1}, "new": {Value: lookedUp("n")},
	}})
	live := &resource.Live[Spec]{Spec: Spec{ClientID: resource.Text("live")}}
	none := &Spec{}
	tests := []struct {
		output string
		have   *resource.Live[Spec]
		want   *Spec
		text   resource.Value
	}{
		{"clientID", live, &said, resource.Text("live")},
		{"clientID", nil, &said, resource.Text("said")},
		{"clientID", &resource.Live[Spec]{}, &said, resource.Text("said")},
		{"clientID", nil, none, resource.Value{}},
		{"secret", live, &said, lookedUp("n").WithLabel("new")},
		{"secret", live, none, resource.Value{}},
		{"secret", live, nil, resource.Value{}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.text, def.Output(test.output, test.have, test.want), exact); diff != "" {
			t.Errorf("%s: %s", test.output, diff)
		}
	}
	for _, f := range def.Fields {
		if f.Reason == "" || f.Source == "" {
			t.Errorf("incomplete: %+v", f)
		}
	}
}

func TestValidate(t *testing.T) {
	reference := resource.Outside(secret.Ref{Env: "X"})
	slot := func(value resource.Value, expireIn, created string) Slot {
		return Slot{Value: value, ExpireIn: resource.Text(expireIn), Created: resource.Text(created)}
	}
	good := slot(reference, "1 year", "2026-11-23")
	secrets := func(slots ...Slot) Spec {
		s := Spec{Secrets: Secrets{}}
		for i, slot := range slots {
			slot.Place = i
			s.Secrets[string(rune('a'+i))] = slot
		}
		return s
	}
	rights := func(names ...string) Spec { return Spec{Authorizations: names} }
	tests := map[string]struct {
		name string
		spec Spec
		want []string
	}{
		"right":           {"x", Spec{Authorizations: resource.Set{"Manage Users"}, Secrets: Secrets{"a": good}}, nil},
		"nothing said":    {"x", Spec{}, nil},
		"blank name":      {"x ", Spec{}, []string{"E143 /name"}},
		"misspelt right":  {"x", rights("Manage Users", "Manage User"), []string{"E147 /authorizations/1"}},
		"manifest key":    {"x", rights("manage-users"), []string{"E147 /authorizations/0"}},
		"for people":      {"x", rights("Manage Identity Provisioning"), []string{"E148 /authorizations/0"}},
		"too powerful":    {"x", rights("Manage Tenant Configuration"), []string{"W132 /authorizations/0"}},
		"no right":        {"x", Spec{Authorizations: resource.Set{}}, []string{"E161 /authorizations"}},
		"three secrets":   {"x", secrets(good, good, good), []string{"E149 /secrets"}},
		"literal":         {"x", secrets(slot(resource.Text("hunter2"), "Never", "")), []string{"E138 /secrets/0/value"}},
		"mask":            {"x", secrets(slot(resource.Text("<redacted>"), "Never", "")), []string{"E139 /secrets/0/value"}},
		"3 years":         {"x", secrets(good, slot(reference, "3 years", "")), []string{"E150 /secrets/1/expireIn"}},
		"never":           {"x", secrets(slot(reference, "never", "")), []string{"E150 /secrets/0/expireIn"}},
		"no lifetime":     {"x", secrets(Slot{Value: reference}), []string{"E150 /secrets/0/expireIn"}},
		"a lifetime from": {"x", secrets(Slot{Value: reference, ExpireIn: reference}), nil},
		"yesterday":       {"x", secrets(slot(reference, "Never", "yesterday")), []string{"E151 /secrets/0/created"}},
		"blank label":     {"x", Spec{Secrets: Secrets{" a": good}}, []string{"E151 /secrets/0/label"}},
		"blank client id": {"x", Spec{ClientID: resource.Text("id ")}, []string{"E133 /clientID"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range validate(test.name, normalize(test.name, test.spec), resource.Scope{}) {
				got = append(got, f.Code+" "+f.Path)
				if f.Message == "" || f.Remedy == "" || strings.Contains(f.Message, "hunter2") {
					t.Errorf("incomplete or leaking: %+v", f)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEncode(t *testing.T) {
	s := decode(t)
	s.ClientID = resource.Text("id")
	newer := s.Secrets["2026-11"]
	newer.Value = lookedUp("n")
	s.Secrets["2026-11"] = newer
	system, secrets := Encode("IAG caller", normalize("IAG caller", s))
	data, err := json.Marshal(system)
	const want = `{"authorizations":["Access Proxy System API"],"clientID":"id","name":"IAG caller",` +
		`"slots":[{"label":"2026-11","expireIn":"1 year","created":"2026-11-23"},{"label":"2025-11","expireIn":"Never"}]}`
	if string(data) != want || err != nil {
		t.Errorf("%s, %v", data, err)
	}
	if diff := cmp.Diff(map[string]resource.Value{"2026-11": lookedUp("n").WithLabel("2026-11")}, secrets, exact); diff != "" {
		t.Error(diff)
	}
	if system, secrets := Encode("x", Spec{}); len(system) != 1 || secrets != nil {
		t.Errorf("%v, %v", system, secrets)
	}
}

// sealed is what an interface shows of a specification.
func sealed(s Spec) Spec {
	out := Spec{Authorizations: s.Authorizations}
	if s.Authorizations != nil {
		out.Authorizations = s.Authorizations.Sorted()
	}
	out.ClientID = resource.Given(s.ClientID.Text())
	if s.Secrets == nil {
		return out
	}
	out.Secrets = Secrets{}
	for label, slot := range s.Secrets {
		out.Secrets[label] = Slot{
			Value: resource.Seal().WithLabel(label), ExpireIn: resource.Given(slot.ExpireIn.Text()), Created: resource.Given(slot.Created.Text()), Place: slot.Place,
		}
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := normalize("x", drawSpec(t))
		system, _ := Encode("x", want)
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
		"/secrets/2026-11/value": "2026-11", "/secrets/a~1b/value": "a/b", "/secrets/a/expireIn": "", "/secrets/a": "", "/clientID": "",
	} {
		if got := SecretName(path); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
	if AllSecrets([]resource.Change{{Path: "/clientID"}}) {
		t.Error("secrets of administrators do not depend on each other")
	}
	if c := Codec(); c.Collection != "systemUsers" || c.Encode == nil || c.Decode == nil {
		t.Error("the codec is incomplete")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"name":"x","authorizations":["a"],"clientID":"i","slots":[{"label":"a","expireIn":"Never","created":"2026-11-23T00:00:00Z"}]}`))
	f.Add([]byte(`{"name":"x","slots":[{},{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		name, spec, err := Decode("", data)
		if err != nil {
			return
		}
		if diff := cmp.Diff(spec, normalize(name, spec), exact); diff != "" || name == "" {
			t.Fatal(diff, name)
		}
	})
}

func FuzzSecrets(f *testing.F) {
	f.Add([]byte(`[{"label":"a","value":{"env":"X"}}]`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s Secrets
		if json.Unmarshal(data, &s) != nil {
			return
		}
		if len(s.Labels()) != len(s) {
			t.Fatal("labels are lost")
		}
	})
}

// A label that is used twice hides nothing else that is wrong.
func TestLabelsUsedTwice(t *testing.T) {
	var s Spec
	const text = `{"authorizations": ["Manage User"], "secrets": [
	 {"label": "a", "value": {"env": "A"}, "expireIn": "Never"}, {"label": "a", "value": {"env": "B"}, "expireIn": "3 years"}]}`
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range validate("x", normalize("x", s), resource.Scope{}) {
		got = append(got, f.Code+" "+f.Path)
		if strings.Contains(f.Message, doubleMark) {
			t.Errorf("the mark is shown: %q", f.Message)
		}
	}
	if diff := cmp.Diff([]string{"E147 /authorizations/0", "E164 /secrets/1/label", "E150 /secrets/1/expireIn"}, got); diff != "" {
		t.Error(diff)
	}
	if data, err := json.Marshal(s.Secrets); err != nil || strings.Count(string(data), `"label":"a"`) != 2 {
		t.Errorf("%s, %v", data, err)
	}
}
