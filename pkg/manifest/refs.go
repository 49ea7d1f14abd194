package manifest

import (
	"cmp"
	"slices"

	"reconcile/pkg/resource"
)

// Link is one object needing another one.
type Link struct {
	From, To resource.Ref
	// Path is the JSON pointer of the field that refers; empty where the need is
	// implied by what the object is.
	Path string
	// Output is what is referred to, empty where only the name is.
	Output string
}

// Links returns what refers to what, by object in the order of the manifest, then
// by path. References that lead out of the manifest are left out.
func (i Integration) Links() []Link {
	held := map[resource.Ref]bool{}
	for _, o := range i.Objects {
		held[o.Ref] = true
	}
	var all []Link
	for _, o := range i.Objects {
		links := slices.DeleteFunc(o.links(), func(l Link) bool { return !held[l.To] })
		slices.SortStableFunc(links, func(a, b Link) int { return cmp.Or(cmp.Compare(a.Path, b.Path), a.To.Compare(b.To)) })
		all = append(all, links...)
	}
	return all
}

// links are the references of one object, in any order.
func (o Object) links() []Link {
	var links []Link
	o.kind.Map(o.Spec, func(path string, v resource.Value) resource.Value {
		if to, output := v.From(); v.Form() == resource.Pending {
			links = append(links, Link{o.Ref, to, path, output})
		}
		return v
	})
	for path, to := range o.kind.Mentions(o.Spec) {
		links = append(links, Link{o.Ref, to, path, ""})
	}
	for _, to := range o.kind.Implied(o.Spec) {
		if !slices.ContainsFunc(links, func(l Link) bool { return l.To == to }) {
			links = append(links, Link{o.Ref, to, "", ""})
		}
	}
	return links
}
