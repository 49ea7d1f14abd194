package custody

import (
	"fmt"
	"maps"
	"slices"

	"reconcile/pkg/manifest"
	"reconcile/pkg/resource"
)

// Literals lists the texts of the manifest that no output shows, because they may
// be secrets: a saved plan embeds the manifest, so it can hold such a value only as
// a reference.
func Literals(in manifest.Integration) []resource.Fault {
	var faults []resource.Fault
	for _, o := range in.Objects {
		values := resource.Paths(o.Spec)
		for _, path := range slices.Sorted(maps.Keys(values)) {
			if v := values[path]; v.Form() == resource.Secret && v.Source().IsZero() {
				faults = append(faults, resource.Fault{
					Severity: resource.Error, Code: "E184", Ref: &o.Ref, Path: path, Position: o.At(path),
					Message: fmt.Sprintf("%s: what stands at %s may be a secret, and a saved plan would hold it in clear", o.Ref, path),
					Remedy:  "put the whole value outside and refer to it, for example {env: NAME}; without --out the plan is shown as before",
				})
			}
		}
	}
	return faults
}
