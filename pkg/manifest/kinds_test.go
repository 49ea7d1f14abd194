package manifest

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// The fake kinds are the smallest that have everything the loader deals with:
// references both ways, properties, a template, sets, paths, a group, and checks.

type user struct {
	Rights resource.Set   `json:"rights,omitempty" jsonschema:"description=What the user may do"`
	ID     resource.Value `json:"id,omitzero" jsonschema:"description=Id of the user"`
	Boss   resource.Value `json:"boss,omitzero" jsonschema:"description=User above this one"`
	Level  int            `json:"level,omitempty" jsonschema:"minimum=1,maximum=9,description=Rank"`
}

type target struct {
	Template   string              `json:"template,omitempty" jsonschema:"enum=small,enum=large,description=Set of properties"`
	Address    resource.Value      `json:"address" jsonschema:"description=Where it is"`
	Properties resource.Properties `json:"properties,omitempty" jsonschema:"description=Properties by name"`
	Baseline   string              `json:"baseline,omitempty" jsonschema:"description=File to start from"`
	Owner      string              `json:"owner,omitempty" jsonschema:"description=Name of the user who owns it"`
	Transforms files               `json:"transformations,omitzero" jsonschema:"description=Mapping files"`
	// Owned is made by Normalize, as kinds do that write a reference in short.
	Owned resource.Value `json:"-"`
}

type files struct {
	Read  resource.Value `json:"read,omitzero" jsonschema:"description=File"`
	Write resource.Value `json:"write,omitzero" jsonschema:"description=File"`
}

type setting struct {
	Group string         `json:"group" jsonschema:"description=Group of the setting"`
	Value resource.Value `json:"value,omitzero" jsonschema:"description=What it is set to"`
}

// odd cannot be read although the schema allows it.
type odd struct {
	Text oddText `json:"text,omitempty"`
}

type oddText string

func (*oddText) UnmarshalText(text []byte) error {
	if string(text) == "bad" {
		return fmt.Errorf("the text is bad")
	}
	return nil
}

func testKinds() []resource.Kind {
	return []resource.Kind{
		resource.Bind(resource.Definition[user]{
			Kind: "User", Section: "users", Doc: "A user.", Outputs: []string{"id", "secret"},
			Normalize: func(_ string, s user) user { return resource.Map(s, public) },
			Output: func(string, *resource.Live[user], *user) resource.Value {
				return resource.Outside(secret.Ref{Env: "USER_SECRET"})
			},
		}, resource.WayAPI, nil),
		resource.Bind(resource.Definition[target]{
			Kind: "Target", Section: "targets", Doc: "A target.", Outputs: []string{"id"},
			Normalize: normalizeTarget, Validate: validateTarget,
		}, resource.WayAPI, nil),
		resource.Bind(resource.Definition[setting]{
			Kind: "Setting", Section: "settings", Doc: "A setting.",
			Name:      func(name string, s setting) string { return s.Group + "/" + name },
			Normalize: func(_ string, s setting) setting { return s },
		}, resource.WayAPI, nil),
		resource.Bind(resource.Definition[odd]{
			Kind: "Odd", Section: "odds", Doc: "An odd thing.",
			Name:      func(name string, _ odd) string { return strings.ToLower(name) },
			Normalize: func(_ string, s odd) odd { return s },
		}, resource.WayAPI, nil),
	}
}

// public takes references to the outside for what is no secret.
func public(_ string, v resource.Value) resource.Value { return v.Public() }

func normalizeTarget(_ string, s target) target {
	s = resource.Map(s, public)
	if s.Template == "large" {
		s.Properties = resource.Properties{"Size": resource.Text("large")}
	}
	if s.Owner != "" {
		s.Owned = resource.Output(resource.Ref{Kind: "User", Name: s.Owner}, "")
	}
	return s
}

// validateTarget has one complaint about a value, one about a name, one about
// what a template made, and one about the surroundings.
func validateTarget(name string, s target, scope resource.Scope) []resource.Fault {
	var faults []resource.Fault
	if s.Address.Text() == "wrong" {
		faults = append(faults, resource.Fault{Code: "E199", Path: "/address", Message: name + " has a wrong address"})
	}
	if s.Properties["url"].IsSet() {
		faults = append(faults, resource.Fault{Code: "E198", Path: "/properties/url", Message: "write URL", OnKey: true})
	}
	if s.Properties["Size"].IsSet() {
		faults = append(faults, resource.Fault{Code: "W197", Path: "/properties/Size", Message: "large is slow"})
	}
	if scope.IdentityHost != "" && s.Address.Text() == scope.IdentityHost {
		faults = append(faults, resource.Fault{Code: "W196", Path: "/address", Message: "that is the tenant"})
	}
	return faults
}

const head = "apiVersion: reconcile/v1\nkind: Integration\nmetadata: {name: iag, stage: dev}\nspec:\n"

// folder makes a new working directory with the given files.
func folder(t *testing.T, contents map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range contents {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var testLanguage = sync.OnceValues(func() (*Language, error) { return NewLanguage(testKinds()) })

// language is what test manifests may say.
func language(t interface{ Fatal(...any) }) *Language {
	l, err := testLanguage()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// loadFiles loads files by name in sorted order, unless opts name paths.
func loadFiles(t *testing.T, contents map[string]string, opts Options) (Manifest, []resource.Fault) {
	t.Helper()
	folder(t, contents)
	if opts.Paths == nil {
		opts.Paths = slices.Sorted(maps.Keys(contents))
	}
	return language(t).Load(opts)
}

// loadSpec loads one file a.yaml with the given lines below spec:, which begin
// at line 5. Any fault fails the test.
func loadSpec(t *testing.T, spec string) Integration {
	t.Helper()
	m, faults := loadFiles(t, map[string]string{"a.yaml": head + spec}, Options{})
	if len(faults) > 0 || len(m.Integrations) != 1 {
		t.Fatalf("want one integration without faults, got %d:\n%s", len(m.Integrations), strings.Join(lines(faults), "\n"))
	}
	return m.Integrations[0]
}

// lines writes faults the way that people read them.
func lines(faults []resource.Fault) []string {
	lines := []string{}
	for _, f := range faults {
		line := strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Position, f.Code, f.Message))
		if f.Remedy != "" {
			line += " | " + f.Remedy
		}
		lines = append(lines, line)
	}
	return lines
}

func wantFaults(t *testing.T, have []resource.Fault, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), lines(have)); diff != "" {
		t.Errorf("faults (-want +have):\n%s", diff)
	}
}
