package manifest

import "cmp"

// key is what tells the elements of a list apart: their name, and their group
// where they have one (parameters do).
type key struct{ group, name string }

// key returns the key of a list element, the zero key when it has no name.
func (n *node) key() key {
	name := n.scalar("name")
	if name == "" {
		return key{}
	}
	return key{n.scalar("group"), name}
}

// compare orders keys by group, then by name.
func (k key) compare(l key) int {
	return cmp.Or(cmp.Compare(k.group, l.group), cmp.Compare(k.name, l.name))
}

// named reports whether n is a list whose elements all have names. Only such
// lists are merged element by element, and their order says nothing.
func (n *node) named() bool {
	for _, item := range n.items {
		if item.key() == (key{}) {
			return false
		}
	}
	return n.form == isList
}
