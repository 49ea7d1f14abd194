package manifest

import (
	"fmt"
	"slices"
)

// checkNames complains about list elements of one document that have the same
// name. The kinds' own identities are compared later.
func (l *loader) checkNames(document *node) {
	document.each(func(n *node) {
		seen := map[key]*node{}
		for _, item := range n.items {
			k := item.key()
			if k == (key{}) {
				continue
			}
			name := item.get("name")
			if first := seen[k]; first != nil {
				l.faults.spoil(codeDuplicate, name.at, fmt.Sprintf("name %s is used twice, first at %s", quote(k.name), first.at), "rename or remove one of the two")
				continue
			}
			seen[k] = name
		}
	})
}

// merge lays over on top of base and returns the result: objects field by field,
// lists element by element where the elements have names, everything else by
// the later value.
func (l *loader) merge(name string, base, over *node) *node {
	switch {
	case base.whole || over.whole || base.form != over.form:
	case base.form == isObject:
		return l.mergeObjects(base, over)
	case base.named() && over.named():
		return l.mergeLists(name, base, over)
	}
	l.checkConflict(name, base, over)
	return over
}

func (l *loader) mergeObjects(base, over *node) *node {
	merged := *base
	merged.fields = slices.Clone(base.fields)
	for _, f := range over.fields {
		if i := merged.index(f.name); i >= 0 {
			value := l.merge(f.name, merged.fields[i].value, f.value)
			if value == f.value {
				merged.fields[i].at = f.at
			}
			merged.fields[i].value = value
			continue
		}
		merged.fields = append(merged.fields, f)
	}
	return &merged
}

func (l *loader) mergeLists(name string, base, over *node) *node {
	merged := *base
	merged.items = slices.Clone(base.items)
	index := map[key]int{}
	for i, item := range base.items {
		index[item.key()] = i
	}
	for _, item := range over.items {
		if i, ok := index[item.key()]; ok {
			merged.items[i] = l.merge(name, merged.items[i], item)
			continue
		}
		merged.items = append(merged.items, item)
	}
	return &merged
}

// checkConflict refuses two different values from one directory: there the
// alphabet, and nobody's intention, would decide which one wins.
func (l *loader) checkConflict(name string, base, over *node) {
	if over.from.folder == "" || base.from.folder != over.from.folder || base.equal(over) {
		return
	}
	l.faults.spoil(codeConflict, over.at, fmt.Sprintf("%s differs from %s in the same directory", quote(name), base.at),
		"say it once, or give the files one by one with -f in the order that shall hold")
}

// equal compares what two nodes hold, not where they stand.
func (n *node) equal(m *node) bool {
	sameField := func(a, b field) bool { return a.name == b.name && a.value.equal(b.value) }
	return n.form == m.form && n.text == m.text &&
		slices.EqualFunc(n.fields, m.fields, sameField) && slices.EqualFunc(n.items, m.items, (*node).equal)
}
