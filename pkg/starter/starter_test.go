package starter

import (
	"strings"
	"testing"

	"reconcile/pkg/kinds"
	"reconcile/pkg/manifest"
)

// TestStarters holds that every template of init is a canonical manifest without
// any fault, and that its workflow names the values.
func TestStarters(t *testing.T) {
	formatter, err := manifest.NewFormatter(kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Names() {
		files, err := Files(name, kinds.All())
		if err != nil {
			t.Fatal(err)
		}
		memory := map[string][]byte{}
		for _, f := range files {
			memory[f.Name] = f.Data
			if strings.Contains(string(f.Data), "$schema=") && !strings.HasPrefix(string(f.Data), "# "+manifest.Modeline+"\n") {
				t.Errorf("%s/%s has another modeline", name, f.Name)
			}
		}
		file, values := "integration.yaml", []string{"values/dev.yaml"}
		wanted := []string{".gitignore", "README.md", manifest.SchemaFile}
		if name == ConnectionsOnly {
			file, values = "connections.yaml", nil
		} else {
			wanted = append(wanted, values[0], ".github/workflows/reconcile.yaml")
		}
		for _, want := range append(wanted, file) {
			if len(memory[want]) == 0 {
				t.Errorf("%s has no %s", name, want)
			}
		}
		_, faults := kinds.Language().Load(manifest.Options{Paths: []string{file}, Values: values, Memory: memory, Bare: name == ConnectionsOnly})
		for _, f := range faults {
			t.Errorf("%s: %s %s %s", name, f.Position, f.Code, f.Message)
		}
		if after, err := formatter.Format(memory[file]); err != nil || string(after) != string(memory[file]) {
			t.Errorf("%s is not in canonical form (%v):\n%s", name, err, after)
		}
	}
	for _, bad := range []string{"jobs: {}\n", "x\nenv:\ny\nenv:\n"} {
		if _, err := forFirstStage([]byte(bad)); err == nil {
			t.Errorf("%q has no single place for variables", bad)
		}
	}
}
