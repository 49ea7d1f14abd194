package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/resource"
)

// TestMerge lays b.yaml over a.yaml and shows the users' rights, ids and levels
// and the settings that come out.
func TestMerge(t *testing.T) {
	for _, test := range []struct {
		name, base, over string
		want             []string
	}{
		{
			"other elements come behind", "users: [{name: u, id: 1}]", "users: [{name: v, id: 2}]",
			[]string{"User/u 1", "User/v 2"},
		},
		{
			"fields of the same element", "users: [{name: u, id: 1, rights: [a]}, {name: v}]", "users: [{name: u, id: 2, level: 3}]",
			[]string{"User/u 2 a level 3", "User/v "},
		},
		{
			"lists without names are replaced", "users: [{name: u, rights: [a, b]}]", "users: [{name: u, rights: [c]}]",
			[]string{"User/u  c"},
		},
		{
			"null is a value", "users: [{name: u, id: 1}]", "users: [{name: u, id: null}]",
			[]string{"User/u "},
		},
		{
			"an empty list takes nothing away", "users: [{name: u}]", "users: []",
			[]string{"User/u "},
		},
		{
			"references are one value", "users: [{name: u, id: {env: A}}]", "users: [{name: u, id: {file: b, key: c}}]",
			[]string{"User/u [secret]"},
		},
		{
			"group and name", "settings: [{group: g, name: s, value: 1}, {group: h, name: s, value: 2}]", "settings: [{group: h, name: s, value: 3}]",
			[]string{"Setting/g/s 1", "Setting/h/s 3"},
		},
		{
			"connections", "users: [{name: u}]\n  connections: {identityServices: {url: https://x}}", "connections: {identityServices: {via: {systemUsers: adapter}}}",
			[]string{"User/u ", "connections https://x adapter"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, faults := loadFiles(t, map[string]string{"a.yaml": head + "  " + test.base + "\n", "b.yaml": head + "  " + test.over + "\n"}, Options{})
			wantFaults(t, faults)
			if diff := cmp.Diff(test.want, told(m.Integrations[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// told writes an integration in few words.
func told(i Integration) []string {
	var told []string
	for _, o := range i.Objects {
		line := o.Ref.String() + " "
		switch s := o.Spec.(type) {
		case user:
			line += s.ID.String()
			if s.Rights != nil {
				line += " " + s.Rights.String()
			}
			if s.Level > 0 {
				line += " level " + string(rune('0'+s.Level))
			}
		case setting:
			line += s.Value.String()
		}
		told = append(told, line)
	}
	if c := i.Connections.IdentityServices; c != nil {
		told = append(told, "connections "+c.URL+" "+string(c.Via["systemUsers"]))
	}
	return told
}

// TestConflicts checks that files of one directory must agree, and only those.
func TestConflicts(t *testing.T) {
	one := head + "  users: [{name: u, id: 1, rights: [a], boss: {env: A}}]\n"
	two := strings.NewReplacer("id: 1", "id: 2", "[a]", "[b]", "env: A", "env: B").Replace(one)
	for _, test := range []struct {
		name  string
		files map[string]string
		paths []string
		want  []string
	}{
		{"one directory", map[string]string{"d/a.yaml": one, "d/b.yaml": two}, []string{"d"}, []string{
			`d/b.yaml:5:25 E122 "id" differs from d/a.yaml:5:25 in the same directory | say it once, or give the files one by one with -f in the order that shall hold`,
			`d/b.yaml:5:36 E122 "rights" differs from d/a.yaml:5:36 in the same directory | say it once, or give the files one by one with -f in the order that shall hold`,
			`d/b.yaml:5:47 E122 "boss" differs from d/a.yaml:5:47 in the same directory | say it once, or give the files one by one with -f in the order that shall hold`,
		}},
		{"the same values", map[string]string{"d/a.yaml": one, "d/b.yaml": one}, []string{"d"}, nil},
		{"files one by one", map[string]string{"d/a.yaml": one, "d/b.yaml": two}, []string{"d/a.yaml", "d/b.yaml"}, nil},
		{"two directories", map[string]string{"d/a.yaml": one, "e/a.yaml": two}, []string{"d", "e"}, nil},
		{"other stages", map[string]string{"d/a.yaml": one, "d/b.yaml": strings.Replace(two, "dev", "prod", 1)}, []string{"d"}, nil},
		{"other forms", map[string]string{"d/a.yaml": one, "d/b.yaml": strings.Replace(one, "id: 1", "id: \"1\"", 1)}, []string{"d"}, []string{
			`d/b.yaml:5:25 E122 "id" differs from d/a.yaml:5:25 in the same directory | say it once, or give the files one by one with -f in the order that shall hold`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, faults := loadFiles(t, test.files, Options{Paths: test.paths})
			wantFaults(t, faults, test.want...)
		})
	}
}

// TestIntegrations checks what belongs together: name and stage.
func TestIntegrations(t *testing.T) {
	doc := func(name, stage, user string) string {
		return "apiVersion: reconcile/v1\nkind: Integration\nmetadata: {name: " + name + ", stage: " + stage + "}\nspec: {users: [{name: " + user + "}]}\n---\n"
	}
	m, faults := loadFiles(t, map[string]string{
		"a.yaml": doc("x", "dev", "u") + doc("z", "dev", "u") + doc("x", "prod", "u"),
		"b.yaml": doc("x", "dev", "v"),
	}, Options{})
	wantFaults(t, faults)
	have := map[string]int{}
	for _, i := range m.Integrations {
		have[i.ID()] = len(i.Objects)
	}
	if diff := cmp.Diff(map[string]int{"x-dev": 2, "z-dev": 1, "x-prod": 1}, have); diff != "" {
		t.Error(diff)
	}
	if want := (resource.Position{File: "a.yaml", Line: 6, Col: 1}); m.Integrations[1].Position != want {
		t.Errorf("have %v, want %v", m.Integrations[1].Position, want)
	}
}

// TestMergedPositions checks that each field stands where its winner is.
func TestMergedPositions(t *testing.T) {
	m, faults := loadFiles(t, map[string]string{
		"a.yaml": head + "  users:\n  - name: u\n    id: 1\n    level: 2\n", "b.yaml": head + "  users:\n  - {name: u, id: 2}\n",
	}, Options{})
	wantFaults(t, faults)
	o := m.Integrations[0].Objects[0]
	have := []string{o.At("").String(), o.At("/id").String(), o.KeyAt("/id").String(), o.At("/level").String()}
	if diff := cmp.Diff([]string{"a.yaml:6:5", "b.yaml:6:19", "b.yaml:6:15", "a.yaml:8:12"}, have); diff != "" {
		t.Error(diff)
	}
}
