package manifest

import (
	"strings"
	"testing"
)

// FuzzValues: whatever a values file and --set hold, what is taken arrives letter by
// letter, the last one wins, and what cannot be a value is a fault.
func FuzzValues(f *testing.F) {
	f.Add("a: x\n", "a=y")
	f.Add("a: 1.50\nb: {c: [1]}\n", "b.c=z=z")
	f.Add("- a\n", "a")
	f.Add("a: &x y\nb: *x\n", "=")
	f.Add("a: ${a}\n---\na: no\n", "a=${a}")
	f.Add("\xff\x00", "a=\x1b[2J\n")
	f.Add("a: {b: {c: {d: x}}}\na.b.c.d: y\n", "1=x")
	f.Add("a: !!binary aGk=\n", "a b=c")
	f.Fuzz(func(t *testing.T, file, pair string) {
		const doc = head + "  targets:\n  - {name: t, address: \"${a}\"}\n"
		m, faults := loadFiles(t, map[string]string{"a.yaml": doc, "v": file},
			Options{Paths: []string{"a.yaml"}, Values: []string{"v"}, Set: []string{pair}})
		bad := false
		for _, fault := range faults {
			bad = bad || strings.HasPrefix(fault.Code, "E")
		}
		text, set := strings.CutPrefix(pair, "a=")
		if bad || !set {
			return
		}
		if have := m.Integrations[0].Objects[0].Spec.(target).Address.Text(); have != text {
			t.Errorf("%q became %q", text, have)
		}
	})
}
