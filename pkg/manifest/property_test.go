package manifest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"reconcile/pkg/resource"
)

// TestSplittingChangesNothing cuts random manifests into files, field by field,
// and checks that what is loaded is the same.
func TestSplittingChangesNothing(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		work, err := os.MkdirTemp(dir, "") //nolint:usetesting // one folder a draw, all below the test's own
		if err != nil {
			rt.Fatal(err)
		}
		users := drawUsers(rt)
		single := write(rt, work, "single.yaml", users)
		var split []string
		for i, part := range cut(rt, users) {
			split = append(split, write(rt, work, fmt.Sprintf("part-%d.json", i), part))
		}
		want, have := digestOf(rt, single), digestOf(rt, split...)
		if want != have {
			rt.Errorf("one file: %s, several: %s", want, have)
		}
	})
}

type element = map[string]any

// drawUsers makes elements with unique names and any of the other fields.
func drawUsers(rt *rapid.T) []element {
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-z][a-z .:#-]{0,6}[a-z]`), 1, 5, rapid.ID).Draw(rt, "names")
	users := []element{}
	for _, name := range names {
		u := element{"name": name}
		if rapid.Bool().Draw(rt, "has id") {
			u["id"] = rapid.SampledFrom([]any{"x", "012", true, nil, 1.5, "no", element{"env": "E"}, element{"file": "k"}}).Draw(rt, "id")
		}
		if rapid.Bool().Draw(rt, "has rights") {
			u["rights"] = rapid.SliceOf(rapid.SampledFrom([]string{"a", "b", "c"})).Draw(rt, "rights")
		}
		if rapid.Bool().Draw(rt, "has ignore") {
			u["ignore"] = []element{{"path": "/id", "reason": "r"}}
		}
		users = append(users, u)
	}
	return users
}

// cut puts each field of each element into one of a few parts.
func cut(rt *rapid.T, users []element) [][]element {
	parts := make([][]element, rapid.IntRange(1, 4).Draw(rt, "parts"))
	for _, u := range rapid.Permutation(users).Draw(rt, "order") {
		pieces := map[int]element{rapid.IntRange(0, len(parts)-1).Draw(rt, "part"): {"name": u["name"]}}
		for field, value := range u {
			p := rapid.IntRange(0, len(parts)-1).Draw(rt, "part of field")
			if pieces[p] == nil {
				pieces[p] = element{"name": u["name"]}
			}
			pieces[p][field] = value
		}
		for p, piece := range pieces {
			parts[p] = append(parts[p], piece)
		}
	}
	return parts
}

func write(rt *rapid.T, dir, name string, users []element) string {
	document := element{
		"apiVersion": "reconcile/v1", "kind": "Integration",
		"metadata": element{"name": "iag", "stage": "dev"}, "spec": element{"users": users},
	}
	marshal := yaml.Marshal
	if strings.HasSuffix(name, ".json") {
		marshal = json.Marshal
	}
	if users == nil {
		document["spec"] = element{}
	}
	data, err := marshal(document)
	if err != nil {
		rt.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		rt.Fatal(err)
	}
	return path
}

func digestOf(rt *rapid.T, paths ...string) string {
	m, faults := language(rt).Load(Options{Paths: paths})
	for _, f := range faults {
		if f.Severity == resource.Error {
			rt.Fatalf("%s", lines(faults))
		}
	}
	return m.Integrations[0].Digest
}

// FuzzLoad checks that no input makes the loader panic and that every fault
// stands inside the input.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		head + whole, "", "---\n---\n", "a: [\n", "\ta", "*a", "- &a [*a]\n", "? {a: b}\n: c", "<<: {a: b}\n", "a: 'x\n\ny",
		head + "  users: [{name: ${a}, id: \"${b\", level: 1e9}, {name: no}]\n", head + "  users: [{name: u, id: {user: u}}]\n---\n- x\n",
		head + "  settings: [{group: [], name: 1}, {name: {}}]\n", "%YAML 1.1\n---\n!x {}\n...\n---\nx", "#\u2028a: \"\\u0000\"\r\nb: \x7f\n",
		"\xff\xfea\x00:\x00", head + "  targets: [{name: t, address: x, properties: {\"\": }}]\n",
	} {
		f.Add([]byte(seed))
	}
	known := language(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, faults := known.Load(Options{Paths: []string{"-"}, Stdin: strings.NewReader(string(data)), Set: []string{"a=b"}})
		for _, fault := range faults {
			inside(t, data, fault.Position, fault.Message)
		}
		for _, i := range m.Integrations {
			inside(t, data, i.Position, "integration")
			for _, o := range i.Objects {
				inside(t, data, o.KeyAt("/properties/x"), o.Ref.String())
			}
		}
	})
}

// inside fails when a position of standard input is beyond its end. YAML counts
// more line breaks than editors do.
func inside(t *testing.T, data []byte, at resource.Position, what string) {
	t.Helper()
	if at.File != stdin || at.Line == 0 {
		return
	}
	text := strings.Split(lineBreaks.Replace(string(data)), "\n")
	if at.Line < 1 || at.Col < 1 || at.Line > len(text) {
		t.Fatalf("%s: %s is outside of %q", what, at, data)
	}
	if line := text[at.Line-1]; at.Col > len([]rune(line))+1 {
		t.Fatalf("%s: %s is behind the line %q", what, at, line)
	}
}
