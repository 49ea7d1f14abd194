package manifest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/resource"
)

func TestReferences(t *testing.T) {
	i := loadSpec(t, `  targets:
  - name: t
    address: {user: u, output: secret}
    owner: u
    properties: {User: {user: u}, Word: user}
  users:
  - {name: u, boss: {user: v}}
  - {name: v}
`)
	s := i.Objects[2].Spec.(target)
	for _, test := range []struct {
		name   string
		value  resource.Value
		output string
	}{
		{"written out", s.Address, "secret"},
		{"default output", s.Properties["User"], "id"},
		{"made by Normalize", s.Owned, "id"},
	} {
		to, output := test.value.From()
		if to != (resource.Ref{Kind: "User", Name: "u"}) || output != test.output {
			t.Errorf("%s: have %s of %s", test.name, output, to)
		}
	}
	if s.Properties["Word"].Form() != resource.Literal {
		t.Error("a text is no reference")
	}
}

func TestFaultsOfReferences(t *testing.T) {
	for _, test := range []struct {
		name, spec string
		want       []string
	}{
		{"dangling", "  users:\n  - {name: Anna, boss: {user: anna}}\n  - {name: Bob, boss: {user: Bib}}\n  - {name: Carl, boss: {user: Zoe}}\n", []string{
			`a.yaml:6:31 E124 there is no User "anna" | names are case-sensitive: write "Anna"`,
			`a.yaml:7:30 E124 there is no User "Bib" | did you mean "Bob"?`,
			`a.yaml:8:31 E124 there is no User "Zoe" | add a User of that name, or refer to an existing one`,
		}},
		{"other kind of that name", "  users:\n  - {name: u, boss: {target: u}}\n", []string{
			`a.yaml:6:30 E124 there is no Target "u" | add a Target of that name, or refer to an existing one`,
		}},
		{"unknown output", "  users:\n  - {name: u}\n  - {name: v, boss: {user: u, output: secrt}}\n  - {name: w, boss: {user: u, output: password}}\n", []string{
			`a.yaml:7:39 E125 a User has no output "secrt" | did you mean "secret"?`,
			`a.yaml:8:39 E125 a User has no output "password" | use one of id, secret`,
		}},
		{"kind without outputs", "  users:\n  - {name: u, boss: {setting: g/s}}\n  settings: [{group: g, name: s}]\n", []string{
			"a.yaml:6:31 E125 a Setting has no outputs to refer to | write the value itself",
		}},
		{"to be deleted", "  users:\n  - {name: u, state: absent}\n  - {name: v, boss: {user: u}}\n  - {name: w, state: absent, boss: {user: gone}}\n", []string{
			"a.yaml:7:28 E124 User/u is to be deleted (state: absent at a.yaml:6:22), but this refers to it | refer to another object, or keep that one",
		}},
		{"target with faults of its own", "  users:\n  - {name: u, x: 1}\n  - {name: v, boss: {user: u}}\n", []string{
			`a.yaml:6:15 E116 unknown field "x" | remove it; known here are adopt, boss, id, ignore, level, manage, name, previously, protect, rights, state`,
		}},
		{"made by Normalize", "  targets:\n  - {name: t, address: x, owner: u}\n", []string{
			`a.yaml:6:5 E124 there is no User "u" | add a User of that name, or refer to an existing one`,
		}},
		{"itself", "  users:\n  - {name: u, boss: {user: u}}\n", []string{
			"a.yaml:6:28 E126 objects refer to each other in a circle: User/u → User/u | take one of these references out",
		}},
		{"circle", "  users:\n  - {name: a, boss: {user: b}}\n  - {name: b, boss: {user: c}}\n  - {name: c, boss: {user: b}}\n", []string{
			"a.yaml:7:28 E126 objects refer to each other in a circle: User/b → User/c → User/b | take one of these references out",
		}},
		{"circle over kinds", "  users:\n  - {name: u, id: {target: t}}\n  targets:\n  - {name: t, address: x, properties: {A: {user: u}}}\n", []string{
			"a.yaml:6:28 E126 objects refer to each other in a circle: User/u → Target/t → User/u | take one of these references out",
		}},
		{"diamond", "  users:\n  - {name: a, boss: {user: b}, id: {user: c}}\n  - {name: b, boss: {user: d}}\n  - {name: c, boss: {user: d}}\n  - name: d\n", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, faults := loadFiles(t, map[string]string{"a.yaml": head + test.spec}, Options{})
			wantFaults(t, faults, test.want...)
		})
	}
}

// TestIncomplete checks that what may stand in an unreadable document is not
// called missing.
func TestIncomplete(t *testing.T) {
	_, faults := loadFiles(t, map[string]string{
		"a.yaml": head + "  users: [{name: u, boss: {user: v}}]\n", "b.yaml": "a: [\n",
	}, Options{Set: []string{"a=b"}})
	have := []string{}
	for _, f := range faults {
		have = append(have, f.Code+" "+f.Position.File)
	}
	if diff := cmp.Diff([]string{"E102 b.yaml"}, have); diff != "" {
		t.Error(diff)
	}
}
