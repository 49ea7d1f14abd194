package export

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"reconcile/pkg/destination"
	"reconcile/pkg/ips"
	"reconcile/pkg/resource"
)

// unmasked leaves out what is a mask on the service itself: somebody copied a
// printed value, and a manifest takes no mask. What is not listed is left alone.
func (c *converter) unmasked(k resource.Kind, ref resource.Ref, s resource.Spec) resource.Spec {
	masked := map[string]bool{}
	for path, v := range resource.Paths(s) {
		if v.Form() == resource.Literal || v.Form() == resource.Secret {
			masked[path] = v.AsSecret().Masked()
		}
	}
	maps.DeleteFunc(masked, func(_ string, is bool) bool { return !is })
	if len(masked) == 0 {
		return s
	}
	paths := slices.Sorted(maps.Keys(masked))
	c.result.Notes = append(c.result.Notes, fmt.Sprintf("%s: %s holds a mask instead of a value and is left out", ref, strings.Join(paths, ", ")))
	s = k.Map(s, func(path string, v resource.Value) resource.Value {
		if masked[path] {
			return resource.Value{}
		}
		return v
	})
	unset := func(_ string, v resource.Value) bool { return v.Form() == resource.Unset }
	switch typed := s.(type) {
	case destination.Spec:
		maps.DeleteFunc(typed.Properties, unset)
	case ips.Spec:
		maps.DeleteFunc(typed.Properties, unset)
	}
	return s
}
