package manifest

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"reconcile/pkg/resource"
)

// form is what a node is, in the words of JSON.
type form int

const (
	isNull form = iota
	isBoolean
	isNumber
	isText
	isList
	isObject
)

// node is one value of a manifest with the place where it stands. Unlike a node
// of the YAML library it knows its file, has no aliases, and its scalars are
// those of JSON, kept letter by letter.
type node struct {
	form form
	// text is a scalar as it was written, after ${…}.
	text   string
	fields []field
	items  []*node
	at     resource.Position
	from   *source
	// whole marks a reference: one value, never merged with another.
	whole bool
	// broken marks what was complained about: it cannot be decoded.
	broken bool
	// veiled marks a value that a message must not quote.
	veiled bool
	// path marks a text that is a path relative to the working directory.
	path bool
}

// field is one entry of an object, in the order of the file.
type field struct {
	name  string
	at    resource.Position
	value *node
}

// get returns the value of a field, nil when n has none of that name.
func (n *node) get(name string) *node {
	if i := n.index(name); i >= 0 {
		return n.fields[i].value
	}
	return nil
}

// index returns where a field stands in n.fields, -1 when it does not.
func (n *node) index(name string) int {
	if n == nil {
		return -1
	}
	return slices.IndexFunc(n.fields, func(f field) bool { return f.name == name })
}

// scalar returns the text of a scalar field, "" when there is none.
func (n *node) scalar(name string) string {
	if v := n.get(name); v != nil && v.form < isList {
		return v.text
	}
	return ""
}

// names lists the names of n's fields.
func (n *node) names() []string {
	names := make([]string, len(n.fields))
	for i, f := range n.fields {
		names[i] = f.name
	}
	return names
}

// each calls visit for n and everything below it.
func (n *node) each(visit func(*node)) {
	visit(n)
	for _, f := range n.fields {
		f.value.each(visit)
	}
	for _, item := range n.items {
		item.each(visit)
	}
}

// step goes down one element of a pointer. at is where the element's own name
// stands: the field name, or the item itself. Kinds that keep a list by label
// point into it by label.
func (n *node) step(element string) (child *node, at resource.Position) {
	if i := n.index(element); i >= 0 {
		return n.fields[i].value, n.fields[i].at
	}
	if i, err := strconv.Atoi(element); err == nil && i >= 0 && i < len(n.items) {
		return n.items[i], n.items[i].at
	}
	labelled := func(item *node) bool { return element != "" && item.scalar("label") == element }
	if i := slices.IndexFunc(n.items, labelled); i >= 0 {
		return n.items[i], n.items[i].at
	}
	return nil, resource.Position{}
}

// find follows a path as far as it goes and returns where the value and the
// name of its last element stand. Beyond the end both are the nearest parent.
func (n *node) find(path []string) (value, name resource.Position) {
	value, name = n.at, n.at
	for _, element := range path {
		child, at := n.step(element)
		if child == nil {
			return value, value
		}
		n, value, name = child, child.at, at
	}
	return value, name
}

// split turns a JSON pointer into its elements.
func split(pointer string) []string {
	if pointer == "" {
		return nil
	}
	elements := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, e := range elements {
		elements[i] = resource.UnescapePointer(e)
	}
	return elements
}

// join turns elements into a JSON pointer.
func join(elements []string) string {
	var pointer strings.Builder
	for _, e := range elements {
		pointer.WriteString("/" + resource.EscapePointer(e))
	}
	return pointer.String()
}

// plain returns n as the types of encoding/json, numbers as json.Number.
func (n *node) plain() any {
	switch n.form {
	case isNull:
		return nil
	case isBoolean:
		return n.text == "true"
	case isNumber:
		return json.Number(n.text)
	case isText:
		return n.text
	case isList:
		items := make([]any, len(n.items))
		for i, item := range n.items {
			items[i] = item.plain()
		}
		return items
	default:
		fields := make(map[string]any, len(n.fields))
		for _, f := range n.fields {
			fields[f.name] = f.value.plain()
		}
		return fields
	}
}

// escaped returns a copy whose texts mean themselves when ${…} is expanded again.
func (n *node) escaped() *node {
	c := &node{form: n.form, text: n.text}
	if n.form == isText {
		c.text = strings.ReplaceAll(n.text, "${", "$${")
	}
	for _, f := range n.fields {
		c.fields = append(c.fields, field{name: f.name, value: f.value.escaped()})
	}
	for _, item := range n.items {
		c.items = append(c.items, item.escaped())
	}
	return c
}

// canonical returns a copy that does not depend on how the manifest is laid out
// over files: named lists are sorted, and paths are relative to base, so that
// the working directory does not matter.
func (n *node) canonical(base string) *node {
	c := &node{form: n.form, text: n.text}
	if relative, err := filepath.Rel(base, n.text); n.path && err == nil {
		c.text = relative
	}
	for _, f := range n.fields {
		c.fields = append(c.fields, field{name: f.name, value: f.value.canonical(base)})
	}
	for _, item := range n.items {
		c.items = append(c.items, item.canonical(base))
	}
	if n.named() {
		slices.SortStableFunc(c.items, func(a, b *node) int { return a.key().compare(b.key()) })
	}
	return c
}
