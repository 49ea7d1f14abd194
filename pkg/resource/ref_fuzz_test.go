package resource_test

import (
	"strings"
	"testing"

	"reconcile/pkg/resource"
)

// FuzzParseRef: what is taken is written as it was read, and has both parts.
func FuzzParseRef(f *testing.F) {
	for _, text := range []string{
		"Destination/IPS_PROXY", "Parameter/a/b", "/x", "Kind/", "", "/", "Kind", "Kind//", "ä/日本", "K/\x00\n", "K/\xff", strings.Repeat("/", 99),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := resource.ParseRef(text)
		if err != nil {
			if ref != (resource.Ref{}) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: %v with %v", text, ref, err)
			}
			return
		}
		if ref.String() != text || ref.Kind == "" || ref.Name == "" || strings.Contains(ref.Kind, "/") {
			t.Errorf("%q became %q", text, ref)
		}
		if again, err := resource.ParseRef(ref.String()); again != ref || err != nil {
			t.Errorf("%q came back as %q: %v", ref, again, err)
		}
	})
}
