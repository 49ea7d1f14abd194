package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

const whole = `  connections:
    destinationService:
      serviceKey: {env: KEY}
      subaccount: s-1
    identityServices:
      url: https://tenant.example
      via: {systemUsers: person, proxySystems: adapter}
    accessGovernance: {via: {jobs: adapter}}
    adapter: {url: https://adapter.example, serviceKey: {vcap: adapter}}
    auditLog: {serviceKey: {binding: /b}}
  targets:
  - name: t/1
    address: {env: A}
    properties:
      a/b~c: 1.0
      "on": true
      Gone:
      Day: 2026-11-23
      Time: 2026-11-23T10:00:00Z
      Long: 123456789012345678901234567890
      Quoted: "012"
  - {name: u, template: small, address: x, manage: false, protect: true, ignore: [{path: /id, reason: r}]}
  settings:
  - {group: g, name: s, value: null}
  policy: {liveChanges: stop}
`

func TestConnections(t *testing.T) {
	i := loadSpec(t, whole)
	want := Connections{
		DestinationService: &DestinationService{ServiceKey: secret.Ref{Env: "KEY"}, Subaccount: "s-1"},
		IdentityServices:   &IdentityServices{URL: "https://tenant.example", Via: map[string]resource.Way{"systemUsers": "person", "proxySystems": "adapter"}},
		AccessGovernance:   &AccessGovernance{Via: map[string]resource.Way{"jobs": "adapter"}},
		Adapter:            &Adapter{URL: "https://adapter.example", ServiceKey: secret.Ref{VCAP: "adapter"}},
		AuditLog:           &AuditLog{ServiceKey: secret.Ref{Binding: "/b"}},
	}
	if diff := cmp.Diff(want, i.Connections); diff != "" {
		t.Error(diff)
	}
	if i.Policy.LiveChanges != resource.StopAtChanges || loadSpec(t, "  users: [{name: u}]\n").Policy.LiveChanges != resource.OverwriteChanges {
		t.Error("the policy is not what the manifest says, or has no default")
	}
}

func TestObjects(t *testing.T) {
	i := loadSpec(t, whole)
	var refs []string
	for _, o := range i.Objects {
		refs = append(refs, o.Ref.String())
	}
	if diff := cmp.Diff([]string{"Target/t/1", "Target/u", "Setting/g/s"}, refs); diff != "" {
		t.Error(diff)
	}
	no, yes := false, true
	if diff := cmp.Diff(resource.Meta{Name: "u", Manage: &no, Protect: &yes, Ignore: []resource.Ignore{{Path: "/id", Reason: "r"}}}, i.Objects[1].Meta); diff != "" {
		t.Error(diff)
	}
	if i.Objects[2].Spec.(setting).Value.Form() != resource.Absent {
		t.Error("null is absent")
	}
}

// TestLetterByLetter checks what scalars become.
func TestLetterByLetter(t *testing.T) {
	have := map[string]string{}
	for name, v := range loadSpec(t, whole).Objects[0].Spec.(target).Properties {
		have[name] = v.Text()
		if v.Form() == resource.Absent {
			have[name] = "(absent)"
		}
	}
	want := map[string]string{
		"a/b~c": "1.0", "on": "true", "Gone": "(absent)", "Day": "2026-11-23", "Time": "2026-11-23T10:00:00Z",
		"Long": "123456789012345678901234567890", "Quoted": "012",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}

func TestPositions(t *testing.T) {
	i := loadSpec(t, whole)
	o := i.Objects[0]
	for _, test := range []struct {
		name string
		have resource.Position
		want string
	}{
		{"connection", i.At("/spec/connections/destinationService/subaccount"), "a.yaml:8:19"},
		{"connection that is not there", i.At("/spec/connections/identityServices/via/jobs"), "a.yaml:11:12"},
		{"document", i.At(""), "a.yaml:1:1"},
		{"object", o.At(""), "a.yaml:16:5"},
		{"value", o.At("/address"), "a.yaml:17:14"},
		{"name", o.KeyAt("/address"), "a.yaml:17:5"},
		{"inside a reference", o.At("/address/env"), "a.yaml:17:20"},
		{"escaped", o.At("/properties/a~1b~0c"), "a.yaml:19:14"},
		{"escaped name", o.KeyAt("/properties/a~1b~0c"), "a.yaml:19:7"},
		{"no such property", o.At("/properties/X"), "a.yaml:19:7"},
		{"no such name", o.KeyAt("/properties/X"), "a.yaml:19:7"},
		{"nothing like it", o.At("/x/y/z"), "a.yaml:16:5"},
		{"element", i.Objects[1].At("/ignore/0/reason"), "a.yaml:26:103"},
		{"element that is not there", i.Objects[1].At("/ignore/7"), "a.yaml:26:82"},
		{"zero integration", Integration{}.At("/x"), ""},
		{"zero object", Object{}.KeyAt("/x"), ""},
	} {
		if test.have.String() != test.want {
			t.Errorf("%s: have %s, want %s", test.name, test.have, test.want)
		}
	}
}

// TestLabels checks that a list of labelled elements is found by label, which is
// how some kinds keep it.
func TestLabels(t *testing.T) {
	n := &node{form: isList, items: []*node{
		{form: isObject, at: resource.Position{Line: 1}},
		{form: isObject, at: resource.Position{Line: 2}, fields: []field{{name: "label", value: &node{form: isText, text: "2026-11"}}}},
	}}
	for element, want := range map[string]int{"0": 1, "1": 2, "2026-11": 2, "2026-12": 0, "": 0} {
		if _, have := n.step(element); have.Line != want {
			t.Errorf("%q: have %d, want %d", element, have.Line, want)
		}
	}
}

// TestDigest checks what a digest depends on.
func TestDigest(t *testing.T) {
	const base = "  users: [{name: u, id: {file: k}}, {name: v}]\n"
	load := func(files map[string]string, paths ...string) string {
		m, faults := loadFiles(t, files, Options{Paths: paths, Set: []string{"x=v"}})
		for _, f := range faults {
			if f.Severity == resource.Error {
				t.Fatal(f)
			}
		}
		return m.Integrations[0].Digest
	}
	want := load(map[string]string{"a.yaml": head + base})
	same := map[string]string{
		"order and comments": head + "  # comment\n  users:\n  - name: v\n  - id: {file: \"k\"}\n    name: u\n",
		"values":             head + "  users: [{name: u, id: {file: k}}, {name: \"${x}\"}]\n",
		"another path":       head + "  users: [{name: u, id: {file: ./x/../k}}, {name: v}]\n",
	}
	for name, text := range same {
		if have := load(map[string]string{"a.yaml": text}); have != want {
			t.Errorf("%s: the digest differs", name)
		}
	}
	if have := load(map[string]string{"d/e/a.yaml": head + base}); have != want {
		t.Error("the working directory makes a difference")
	}
	other := map[string]string{
		"a value":    strings.Replace(head+base, "file: k", "file: l", 1),
		"a name":     strings.Replace(head+base, "name: v", "name: w", 1),
		"the stage":  strings.Replace(head+base, "dev", "prod", 1),
		"a new null": strings.Replace(head+base, "name: v", "name: v, boss: null", 1),
	}
	for name, text := range other {
		if have := load(map[string]string{"a.yaml": text}); have == want || !strings.HasPrefix(have, "sha256:") {
			t.Errorf("%s: the digest %s does not differ", name, have)
		}
	}
}
