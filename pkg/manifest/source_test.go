package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/resource"
)

// oneUser is a manifest of one user.
func oneUser(name string) string { return head + "  users: [{name: " + name + "}]\n" }

func userNames(m Manifest) []string {
	names := []string{}
	for _, i := range m.Integrations {
		for _, o := range i.Objects {
			names = append(names, o.Ref.Name)
		}
	}
	return names
}

func TestSources(t *testing.T) {
	files := map[string]string{
		"d/b.yml": oneUser("b"), "d/a.yaml": oneUser("a"), "d/c.json": `{"apiVersion": "reconcile/v1", "kind": "Integration",
	"metadata": {"name": "iag", "stage": "dev"}, "spec": {"users": [{"name": "c"}]}}`,
		"d/.hidden.yaml": oneUser("hidden"), "d/note.txt": "note", "d/sub/e.yaml": oneUser("sub"), "d/values.yaml": "v: w\n",
		"f.txt": oneUser("f") + "---\n# empty\n---\n" + oneUser("g"),
	}
	for _, test := range []struct {
		name string
		opts Options
		want []string
	}{
		{"a directory", Options{Paths: []string{"d"}, Values: []string{"./d/values.yaml"}}, []string{"a", "b", "c"}},
		{"a file of any name, all documents", Options{Paths: []string{"f.txt"}}, []string{"f", "g"}},
		{"in the order given", Options{Paths: []string{"f.txt", "d/b.yml"}}, []string{"f", "g", "b"}},
		{"standard input", Options{Paths: []string{"-"}, Stdin: strings.NewReader(oneUser("i"))}, []string{"i"}},
		{"the same file twice", Options{Paths: []string{"d/b.yml", "d/b.yml"}}, []string{"b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, faults := loadFiles(t, files, test.opts)
			for _, f := range faults {
				if f.Severity == resource.Error {
					t.Error(f)
				}
			}
			if diff := cmp.Diff(test.want, userNames(m)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFaultsOfSources(t *testing.T) {
	large := "# " + strings.Repeat("x", mostBytes) + "\n"
	for _, test := range []struct {
		name  string
		files map[string]string
		opts  Options
		want  []string
	}{
		{"none given", nil, Options{Paths: []string{}}, []string{
			"E105 no manifest is given | name a file or directory with -f",
		}},
		{"no such file", map[string]string{"a.yaml": oneUser("no")}, Options{Paths: []string{"b.yaml", "a.yaml"}}, []string{
			`b.yaml E101 "b.yaml" cannot be read: no such file or directory | check the path and the permissions`,
			`a.yaml:5:18 E106 unquoted no is a boolean to some YAML readers and text to others | quote it: "no"; if a boolean is meant, write true or false`,
		}},
		{"too large", map[string]string{"a.yaml": large}, Options{}, []string{
			`a.yaml E103 "a.yaml" is larger than 8 MiB | split it into several files`,
		}},
		{"empty directory", map[string]string{"d/note.txt": "x"}, Options{Paths: []string{"d"}}, []string{
			"d E105 empty manifest: there is no document of kind Integration | " + headRemedy,
		}},
		{"directory of directories", map[string]string{"d/a/note.txt": "x", "d/b/m.yaml": oneUser("a")}, Options{Paths: []string{"d"}}, []string{
			"d E105 empty manifest: there is no document of kind Integration | the folders in a folder are not read: name them themselves, such as -f d/b",
		}},
		{"empty standard input", nil, Options{Paths: []string{"-"}}, []string{
			"<stdin> E105 empty manifest: there is no document of kind Integration | " + headRemedy,
		}},
		{"broken standard input", nil, Options{Paths: []string{"-"}, Stdin: iotest.ErrReader(os.ErrClosed)}, []string{
			`<stdin> E101 "<stdin>" cannot be read: file already closed | check the path and the permissions`,
		}},
		{"a fault in standard input", nil, Options{Paths: []string{"-"}, Stdin: strings.NewReader(oneUser("no"))}, []string{
			`<stdin>:5:18 E106 unquoted no is a boolean to some YAML readers and text to others | quote it: "no"; if a boolean is meant, write true or false`,
		}},
		{"in the order of files", map[string]string{"a.yaml": oneUser("on"), "b.yaml": oneUser("off")}, Options{Paths: []string{"b.yaml", "a.yaml"}}, []string{
			`b.yaml:5:18 E106 unquoted off is a boolean to some YAML readers and text to others | quote it: "off"; if a boolean is meant, write true or false`,
			`a.yaml:5:18 E106 unquoted on is a boolean to some YAML readers and text to others | quote it: "on"; if a boolean is meant, write true or false`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, faults := loadFiles(t, test.files, test.opts)
			wantFaults(t, faults, test.want...)
		})
	}
}

// TestPaths checks which texts become relative to the working directory, and
// that nothing else does.
func TestPaths(t *testing.T) {
	absolute := filepath.Join(t.TempDir(), "k")
	spec := `  connections:
    destinationService: {serviceKey: {file: keys/d.json, key: k}, subaccount: s}
    auditLog: {serviceKey: {file: ` + absolute + `}}
  users:
  - {name: u, id: {file: ../id}}
  targets:
  - name: t
    address: a/b
    baseline: base.json
    transformations: {read: read.json, write: "{}"}
    properties: {file: a/b, baseline: c/d, P: {file: p}}
`
	m, faults := loadFiles(t, map[string]string{"m/a.yaml": head + spec}, Options{})
	wantFaults(t, faults)
	i := m.Integrations[0]
	s := i.Objects[1].Spec.(target)
	have := []string{
		i.Connections.DestinationService.ServiceKey.String(), i.Connections.AuditLog.ServiceKey.String(),
		i.Objects[0].Spec.(user).ID.Source().String(), s.Address.Text(), s.Baseline,
		s.Transforms.Read.Text(), s.Transforms.Write.Text(),
		s.Properties["file"].Text(), s.Properties["baseline"].Text(), s.Properties["P"].Source().String(),
	}
	want := []string{
		"file:m/keys/d.json#k", "file:" + absolute, "file:id", "a/b", "m/base.json", "m/read.json", "{}", "a/b", "c/d", "file:m/p",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}
