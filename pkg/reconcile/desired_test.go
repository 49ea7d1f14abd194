package reconcile

import (
	"strings"
	"testing"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

func environment(vars map[string]string) secret.Outside {
	return secret.Outside{LookupEnv: func(name string) (string, bool) { text, ok := vars[name]; return text, ok }}
}

func outside(name string) resource.Value { return resource.Outside(secret.Ref{Env: name}) }

func TestLookup(t *testing.T) {
	w := newWorld()
	env := environment(map[string]string{
		"SET": "value", "EMPTY": "", "MASK": "<redacted>", "BREAK": "value\n", "BLANK": " value", "LINES": "BEGIN\nEND\n",
	})
	tests := []struct {
		name   string
		object Desired
		form   resource.Form
		faults int
	}{
		{"set", w.box("a", boxSpec{Password: outside("SET")}), resource.Secret, 0},
		{"unset", w.box("a", boxSpec{Password: outside("MISSING")}), resource.External, 1},
		{"empty", w.box("a", boxSpec{Password: outside("EMPTY")}), resource.External, 1},
		{"mask", w.box("a", boxSpec{Password: outside("MASK")}), resource.External, 1},
		{"line break at the end", w.box("a", boxSpec{Password: outside("BREAK")}), resource.External, 1},
		{"blank at the start", w.box("a", boxSpec{Password: outside("BLANK")}), resource.External, 1},
		{"several lines", w.box("a", boxSpec{Password: outside("LINES")}), resource.Secret, 0},
		{"not a reference", w.box("a", boxSpec{Password: hidden("x", "X")}), resource.Secret, 0},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			found, faults := Lookup(manifest{c.object}, env)
			same(t, "form", found[0].Spec.(boxSpec).Password.Form(), c.form)
			same(t, "faults", len(faults), c.faults)
			for _, f := range faults {
				same(t, "position", f.Position, at(""))
				same(t, "path", f.Path, "/password")
				if strings.Contains(f.Message, "value") && !strings.Contains(f.Message, "needs a value") {
					t.Errorf("it tells the secret: %s", f.Message)
				}
			}
		})
	}
}

// TestLookupWhereSecretsAppear: the service makes the secret, so there may be
// none yet; a place that cannot be read is a fault all the same.
func TestLookupWhereSecretsAppear(t *testing.T) {
	w := newWorld()
	object := w.account("a", accountSpec{Secret: outside("MISSING").WithLabel("2026-11")})
	found, faults := Lookup(manifest{object}, environment(nil))
	same(t, "faults", len(faults), 0)
	same(t, "form", found[0].Spec.(accountSpec).Secret.Form(), resource.External)
	object.Spec = accountSpec{Secret: resource.Outside(secret.Ref{File: t.TempDir()})}
	_, faults = Lookup(manifest{object}, environment(nil))
	same(t, "faults", len(faults), 1)
}

func TestLookupKeepsLabelAndSource(t *testing.T) {
	w := newWorld()
	object := w.account("a", accountSpec{Secret: outside("SET").WithLabel("2026-11")})
	found, _ := Lookup(manifest{object}, environment(map[string]string{"SET": "value"}))
	v := found[0].Spec.(accountSpec).Secret
	same(t, "label", v.Label(), "2026-11")
	same(t, "source", v.Source(), secret.Ref{Env: "SET"})
	same(t, "text", v.Reveal(), "value")
	if before := object.Spec.(accountSpec).Secret; before.Form() != resource.External {
		t.Errorf("the manifest was changed to %v", before.Form())
	}
	if strings.Contains(v.String(), "value") {
		t.Error("it prints")
	}
}
