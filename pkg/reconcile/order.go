package reconcile

import (
	"maps"
	"slices"

	"reconcile/pkg/resource"
)

// order sorts objects so that each comes after everything it needs; among equals
// the given order stays. What is part of a cycle comes last, in the given order:
// the loader has refused cycles before.
func order(objects []Desired, needs map[resource.Ref][]resource.Ref) []Desired {
	sorted := make([]Desired, 0, len(objects))
	done := map[resource.Ref]bool{}
	present := map[resource.Ref]bool{}
	for _, o := range objects {
		present[o.Ref] = true
	}
	ready := func(o Desired) bool {
		return !slices.ContainsFunc(needs[o.Ref], func(r resource.Ref) bool { return present[r] && !done[r] })
	}
	for rest := objects; len(rest) > 0; {
		var later []Desired
		for _, o := range rest {
			if ready(o) {
				sorted, done[o.Ref] = append(sorted, o), true
			} else {
				later = append(later, o)
			}
		}
		if len(later) == len(rest) {
			return append(sorted, later...)
		}
		rest = later
	}
	return sorted
}

// requirements maps each object to what must come first: the objects that its
// fields refer to and those that its kind implies, as far as the manifest has
// them; for an object that is to go, those that use it.
func requirements(objects []Desired) map[resource.Ref][]resource.Ref {
	known := map[resource.Ref]Desired{}
	for _, o := range objects {
		known[o.Ref] = o
	}
	needs := map[resource.Ref][]resource.Ref{}
	for _, o := range objects {
		refs := append(o.Kind.Implied(o.Spec), slices.Collect(maps.Values(o.Kind.Mentions(o.Spec)))...)
		o.Kind.Map(o.Spec, func(_ string, v resource.Value) resource.Value {
			if to, _ := v.From(); to.Kind != "" {
				refs = append(refs, to)
			}
			return v
		})
		slices.SortFunc(refs, resource.Ref.Compare)
		for _, r := range slices.Compact(refs) {
			switch other, ok := known[r]; {
			case !ok || r == o.Ref:
			case other.goes():
				// What is used by others goes last.
				needs[r] = append(needs[r], o.Ref)
			case !o.goes():
				needs[o.Ref] = append(needs[o.Ref], r)
			}
		}
	}
	return needs
}

// closure returns everything that ref needs, directly or not.
func closure(ref resource.Ref, needs map[resource.Ref][]resource.Ref) map[resource.Ref]bool {
	all := map[resource.Ref]bool{}
	var visit func(resource.Ref)
	visit = func(r resource.Ref) {
		for _, n := range needs[r] {
			if !all[n] {
				all[n] = true
				visit(n)
			}
		}
	}
	visit(ref)
	return all
}
