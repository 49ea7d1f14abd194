package manifest

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// TestWrite is the whole form of what is written.
func TestWrite(t *testing.T) {
	kinds := testKinds()
	draft := Draft{
		Head: []string{"first line", ""}, Name: "iag", Stage: "dev", Dir: "sub",
		Connections: Connections{DestinationService: &DestinationService{ServiceKey: secret.Ref{File: "keys/d.json"}}},
		Objects: []Drafted{
			{Kind: kindOf(kinds, "User"), Name: "a", Spec: user{Rights: resource.Set{"x", "y"}, ID: resource.Text("no"), Boss: resource.Output(resource.Ref{Kind: "User", Name: "b"}, "id")}},
			{Kind: kindOf(kinds, "User"), Name: "b", Spec: user{ID: resource.Outside(secret.Ref{Env: "B_ID"})}},
			{Kind: kindOf(kinds, "Target"), Name: "t", Spec: target{
				Address: resource.Text("https://${x}"), Properties: resource.Properties{"p": resource.Nothing(), "q": resource.Text("two\nlines")},
				Transforms: files{Read: resource.Text(`{"a":[1]}`)},
			}},
			{Kind: kindOf(kinds, "Setting"), Name: "g/s", Spec: setting{Group: "g", Value: resource.Text("1")}},
		},
	}
	have, err := newTestFormatter(t).Write(draft)
	if err != nil {
		t.Fatal(err)
	}
	want := `# first line
#
apiVersion: reconcile/v1
kind: Integration
metadata: {name: iag, stage: dev}
spec:
  connections:
    destinationService:
      serviceKey: {file: ../keys/d.json}

  users:
    - name: a
      rights: [x, "y"]
      id: "no"
      boss:
        user: b
        output: id
    - name: b
      id: {env: B_ID}

  targets:
    - name: t
      address: "https://$${x}"
      properties:
        p: null
        q: "two\nlines"
      transformations:
        read: |
          {
            "a": [
              1
            ]
          }

  settings:
    - name: s
      group: g
      value: "1"
`
	if diff := cmp.Diff(want, string(have)); diff != "" {
		t.Error(diff)
	}
}

func kindOf(kinds []resource.Kind, name string) resource.Kind {
	for _, k := range kinds {
		if k.Name() == name {
			return k
		}
	}
	return nil
}

// TestWriteAndLoad holds that any text comes back letter by letter.
func TestWriteAndLoad(t *testing.T) {
	f, kinds := newTestFormatter(t), testKinds()
	known := language(t)
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ a-z0-9:#{}$"'\\,\[\]&*!|>%@~=?-]{0,12}`)).Draw(rt, "text")
		name := rapid.StringMatching(`[a-zA-Z0-9:#$ {}-]{1,8}`).Draw(rt, "name")
		if secret.Masked(text) {
			return
		}
		spec := target{Address: resource.Text(text), Properties: resource.Properties{name: resource.Text(text)}}
		data, err := f.Write(Draft{Name: "iag", Stage: "dev", Objects: []Drafted{{Kind: kindOf(kinds, "Target"), Name: "t", Spec: spec}}})
		if err != nil {
			rt.Fatal(err)
		}
		m, faults := known.Load(Options{Paths: []string{"m.yaml"}, Memory: map[string][]byte{"m.yaml": data}})
		for _, fault := range faults {
			if fault.Severity == resource.Error {
				rt.Fatalf("%s: %s\n%s", fault.Code, fault.Message, data)
			}
		}
		loaded := m.Integrations[0].Objects[0].Spec.(target)
		if loaded.Address.Text() != text || loaded.Properties[name].Text() != text {
			rt.Fatalf("%q came back as %q and %q:\n%s", text, loaded.Address.Text(), loaded.Properties[name].Text(), data)
		}
		if again, err := f.Format(data); err != nil || string(again) != string(data) {
			rt.Fatalf("not canonical (%v):\n%s\n%s", err, data, again)
		}
	})
}

func TestRelative(t *testing.T) {
	for _, test := range []struct{ file, dir, want string }{
		{"keys/a.json", ".", "keys/a.json"}, {"keys/a.json", "keys", "a.json"}, {"a.json", "x/y", "../../a.json"}, {"/etc/a.json", "x", "/etc/a.json"}, {"", "x", ""},
	} {
		if have := Relative(secret.Ref{File: test.file}, test.dir).File; have != filepath.ToSlash(test.want) {
			t.Errorf("%q from %q: %q", test.file, test.dir, have)
		}
	}
}

func TestLinks(t *testing.T) {
	m, faults := language(t).Load(Options{Paths: []string{"m.yaml"}, Memory: map[string][]byte{"m.yaml": []byte(
		"apiVersion: reconcile/v1\nkind: Integration\nmetadata: {name: iag, stage: dev}\nspec:\n  users:\n    - {name: a, boss: {user: b}}\n    - {name: b}\n  targets:\n    - {name: t, address: {user: a, output: id}, owner: b}\n")}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var have []string
	for _, l := range m.Integrations[0].Links() {
		have = append(have, l.From.String()+" "+l.Path+" "+l.To.String()+" "+l.Output)
	}
	if len(have) < 3 || have[0] != "User/a /boss User/b id" {
		t.Errorf("%q", have)
	}
}
