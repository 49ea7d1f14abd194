package manifest

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestValues(t *testing.T) {
	const doc = head + "  targets:\n  - {name: t, address: \"${a}\"}\n"
	for _, test := range []struct {
		name  string
		files map[string]string
		opts  Options
		want  string
	}{
		{"from a file", map[string]string{"v": "a: x\n"}, Options{Values: []string{"v"}}, "x"},
		{"later files win", map[string]string{"v": "a: x\n", "w": "a: y\n"}, Options{Values: []string{"v", "w"}}, "y"},
		{"--set wins", map[string]string{"v": "a: x\n"}, Options{Values: []string{"v"}, Set: []string{"a=y", "a=z"}}, "z"},
		{"all documents of a file", map[string]string{"v": "b: 1\n---\na: x\n"}, Options{Values: []string{"v"}, Set: []string{"b=y"}}, "x"},
		{"letter by letter", map[string]string{"v": "a: 1.50\n"}, Options{Values: []string{"v"}}, "1.50"},
		{"an equals sign", nil, Options{Set: []string{"a=b=c"}}, "b=c"},
		{"empty", nil, Options{Set: []string{"a="}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{"a.yaml": doc}
			maps.Copy(files, test.files)
			test.opts.Paths = []string{"a.yaml"}
			m, _ := loadFiles(t, files, test.opts)
			if have := m.Integrations[0].Objects[0].Spec.(target).Address.Text(); have != test.want {
				t.Errorf("have %q, want %q", have, test.want)
			}
		})
	}
}

// TestExpansion checks what a scalar becomes, and that it is always text.
func TestExpansion(t *testing.T) {
	for _, test := range []struct{ scalar, want string }{
		{`${n}`, "12"},
		{`"${n}"`, "12"},
		{`a${n}b${n}c`, "a12b12c"},
		{`$${n}`, "${n}"},
		{`$${n}-${n}`, "${n}-12"},
		{`$$${n}`, "$${n}"},
		{`$n $ {n}`, "$n $ {n}"},
		{`https://${t.host}:${n}/`, "https://example.com:12/"},
		{"|-\n      ${n}\n      x", "12\nx"},
	} {
		m, faults := loadFiles(t, map[string]string{
			"a.yaml": head + "  users:\n  - name: u\n    id: " + test.scalar + "\n", "v": "t: {host: example.com}\n",
		}, Options{Paths: []string{"a.yaml"}, Values: []string{"v"}, Set: []string{"n=12"}})
		for _, fault := range faults {
			if fault.Code != "W101" {
				t.Errorf("%s: %v", test.scalar, fault)
			}
		}
		if have := m.Integrations[0].Objects[0].Spec.(user).ID.Text(); have != test.want {
			t.Errorf("%s: have %q, want %q", test.scalar, have, test.want)
		}
	}
}

func TestExpansionEverywhere(t *testing.T) {
	m, faults := loadFiles(t, map[string]string{"a.yaml": `
apiVersion: reconcile/v1
kind: Integration
metadata: {name: "${n}", stage: "${s}-1"}
spec:
  users: [{name: "u ${n}", rights: ["${n}"]}]
`}, Options{Set: []string{"n=iag", "s=dev"}})
	wantFaults(t, faults)
	if have := m.Integrations[0].ID(); have != "iag-dev-1" {
		t.Errorf("id: have %q", have)
	}
	if have := m.Integrations[0].Objects[0].Ref.Name; have != "u iag" {
		t.Errorf("name: have %q", have)
	}
}

func TestFaultsOfValues(t *testing.T) {
	for _, test := range []struct {
		name, id, values string
		set              []string
		want             []string
	}{
		{"undefined", "${tenannt}", "tenant: x\n", nil, []string{
			`v:1:9 W101 value "tenant" is given but never used | remove it, or refer to it with ${tenant}`,
			`a.yaml:7:9 E113 "${tenannt}" is not defined | did you mean "tenant"?`,
		}},
		{"undefined twice in one scalar", "${one} ${two}", "", nil, []string{
			`a.yaml:7:9 E113 "${one}" is not defined | give it with --set one=… or in a file with --values`,
			`a.yaml:7:9 E113 "${two}" is not defined | give it with --set two=… or in a file with --values`,
		}},
		{"no closing brace", "x${a", "", []string{"a=1"}, []string{
			`a.yaml:7:9 E112 "${a" is not ${name} | a name begins with a letter or underscore and has letters, digits, dots, hyphens and underscores; write $${ for a literal ${`,
			`--set W101 value "a" is given but never used | remove it, or refer to it with ${a}`,
		}},
		{"no name", "${} ${a b}", "", nil, []string{
			`a.yaml:7:9 E112 "${a b}" is not ${name} | a name begins with a letter or underscore and has letters, digits, dots, hyphens and underscores; write $${ for a literal ${`,
			`a.yaml:7:9 E112 "${}" is not ${name} | a name begins with a letter or underscore and has letters, digits, dots, hyphens and underscores; write $${ for a literal ${`,
		}},
		{"nested", "${a${b}}", "", []string{"b=1"}, []string{
			`a.yaml:7:9 E112 "${a${b}" is not ${name} | a name begins with a letter or underscore and has letters, digits, dots, hyphens and underscores; write $${ for a literal ${`,
		}},
		{"unused", "x", "a: 1\nb: {c: 2}\n", []string{"d=3"}, []string{
			`v:1:4 W101 value "a" is given but never used | remove it, or refer to it with ${a}`,
			`v:2:8 W101 value "b.c" is given but never used | remove it, or refer to it with ${b.c}`,
			`--set W101 value "d" is given but never used | remove it, or refer to it with ${d}`,
		}},
		{"not key=value", "x", "", []string{"a", "1=x"}, []string{
			`--set E114 "1" cannot be the name of a value | a name begins with a letter or underscore and has letters, digits, dots, hyphens and underscores`,
			`--set E114 "a" is not key=value | write --set name=text`,
		}},
		{"not UTF-8", "${a}", "", []string{"a=\xff"}, []string{
			`--set E114 value "a" is not UTF-8 | set the terminal to UTF-8, or give it in a file with --values`,
		}},
		{"name of a value", "x", "a b: 1\n", nil, []string{
			`v:1:1 E114 "a b" cannot be the name of a value | a name begins with a letter or underscore and has letters, digits, dots, hyphens and underscores`,
		}},
		{"list, null and reference", "x", "a: [1]\nb:\nc: ${a}\n", nil, []string{
			`v:1:4 E114 value "a" is a list; a value is one text | give one value under each name`,
			`v:2:3 E114 value "b" is empty | write "" if an empty text is meant`,
			`v:3:4 E114 value "c" refers to another value | write the text out; values are not expanded`,
			`v:3:4 W101 value "c" is given but never used | remove it, or refer to it with ${c}`,
		}},
		{"no mapping", "x", "- a\n", nil, []string{
			"v:1:1 E114 a values file must hold names and values | write name: value",
		}},
		{"traps", "${a}", "a: no\n", nil, []string{
			`v:1:4 E106 unquoted no is a boolean to some YAML readers and text to others | quote it: "no"; if a boolean is meant, write true or false`,
		}},
		{"a number where a number belongs is text", "x\n    level: ${n}", "", []string{"n=3"}, []string{
			`a.yaml:8:12 E117 level must be a whole number, found the text "3" | Rank`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := head + "  users:\n  - name: u\n    id: " + test.id + "\n"
			_, faults := loadFiles(t, map[string]string{"a.yaml": doc, "v": test.values},
				Options{Paths: []string{"a.yaml"}, Values: []string{"v"}, Set: test.set})
			wantFaults(t, faults, test.want...)
		})
	}
}

// TestUnreadableValues checks that what may be in an unreadable file is not
// called undefined.
func TestUnreadableValues(t *testing.T) {
	_, faults := loadFiles(t, map[string]string{"a.yaml": head + "  users: [{name: \"${u}\"}]\n"}, Options{Values: []string{"none"}})
	wantFaults(t, faults, `none E101 "none" cannot be read: no such file or directory | check the path and the permissions`)
}

func TestNearest(t *testing.T) {
	candidates := []string{"name", "stage", "url", "Type"}
	have := map[string]string{}
	for _, word := range []string{"nmae", "NAME", "stagee", "type", "uri", "ab", "other", ""} {
		have[word] = nearest(word, candidates)
	}
	want := map[string]string{
		"nmae": "name", "NAME": "name", "stagee": "stage", "type": "Type", "uri": "url", "ab": "", "other": "", "": "",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}
