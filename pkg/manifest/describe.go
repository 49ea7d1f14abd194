package manifest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// Description is what the schema says of one place in a manifest.
type Description struct {
	// Path is the place, such as "destinations[].properties".
	Path string
	// Text is the description; empty where the schema has none.
	Text string
	// Types are the types of JSON that fit, Values the words that do.
	Types, Values []string
	// Required says that the field cannot be left out.
	Required bool
	// Fields are those below, in the order in which manifests are written.
	Fields []FieldText
	// Kind is the singular kind whose list the path leads into, "" elsewhere.
	Kind string
	// Property is the name in a free map, such as "GROUPSURL", "" elsewhere.
	Property string
	// Value says that one value or a reference stands here; its Fields, which are
	// those of a reference, are left out.
	Value bool
}

// FieldText is one field and what it is for.
type FieldText struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// element matches the marks of a list's element: [], [3] or [*].
var elementMark = regexp.MustCompile(`\[[^\]]*\]`)

// Describe looks a path up in the schema: "destinations[].properties.GROUPSURL",
// "/spec/proxySystems/0/type", "proxySystems.type". "spec." may be left out. Where
// the path leads nowhere, the error says what may have been meant.
func (f *Formatter) Describe(kinds []resource.Kind, path string) (Description, error) {
	words := f.words(path)
	if len(words) == 0 {
		return Description{}, fmt.Errorf("%q is no path", path)
	}
	at := f.outline.root
	if member(member(at, "properties"), words[0]) == nil || words[0] == "kind" && len(words) > 1 {
		words = append([]string{"spec"}, words...)
	}
	w := walker{outline: f.outline, kinds: kinds, at: at}
	for i, word := range words {
		if w.property(words[i:]) {
			break
		}
		if err := w.step(word); err != nil {
			return Description{}, err
		}
	}
	return w.description(), nil
}

// words splits a path. Names of properties hold dots themselves; they are joined
// again where the schema has a free map.
func (*Formatter) words(path string) []string {
	path = elementMark.ReplaceAllString(path, "")
	split := func(r rune) bool { return r == '.' || r == '/' }
	return slices.DeleteFunc(strings.FieldsFunc(path, split), func(word string) bool {
		return word == "*" || strings.Trim(word, "0123456789") == "" && word != ""
	})
}

// walker goes down the schema.
type walker struct {
	outline  outline
	kinds    []resource.Kind
	at       *yaml.Node
	path     []string
	kind     string
	free     string
	required bool
	// text is the field's own description, which a shared definition has not.
	text string
}

// property takes everything that is left for one name of a free map.
func (w *walker) property(rest []string) bool {
	if w.at == nil || member(w.at, "properties") != nil || member(w.at, "additionalProperties") == nil {
		return false
	}
	w.free = strings.Join(rest, ".")
	w.path = append(w.path, w.free)
	w.at = w.outline.below(w.at, w.free)
	return true
}

// step goes to a field; a kind's own name stands for its list.
func (w *walker) step(word string) error {
	for _, k := range w.kinds {
		if len(w.path) == 1 && (strings.EqualFold(word, k.Name()) || strings.EqualFold(word, k.Section())) {
			word, w.kind = k.Section(), k.Name()
		}
	}
	field := member(member(w.at, "properties"), word)
	if field == nil {
		return w.unknown(word)
	}
	w.required = slices.ContainsFunc(contents(member(w.at, "required")), func(name string) bool { return name == word })
	w.text = textOf(field)
	w.at = w.outline.resolve(field)
	w.path = append(w.path, word)
	if items := member(w.at, "items"); items != nil && w.outline.resolve(items) != nil && member(w.outline.resolve(items), "properties") != nil {
		w.at = w.outline.resolve(items)
		w.path[len(w.path)-1] += "[]"
	}
	return nil
}

// unknown says what may have been meant.
func (w *walker) unknown(word string) error {
	known := fieldNames(w.at)
	where := w.name()
	if where == "" {
		where = "a manifest"
	}
	switch right, ok := catalogue.Nearest(word, known); {
	case ok:
		return fmt.Errorf("%s has no field %q; did you mean %s?", where, word, right)
	case len(known) == 0:
		return fmt.Errorf("%s has no fields", where)
	default:
		return fmt.Errorf("%s has no field %q; it has %s", where, word, strings.Join(known, ", "))
	}
}

// name is the path so far as people write it.
func (w *walker) name() string { return strings.TrimPrefix(strings.Join(w.path, "."), "spec.") }

func (w *walker) description() Description {
	d := Description{
		Path: w.name(), Text: w.text, Required: w.required, Kind: w.kind, Property: w.free,
		Types: contents(member(w.at, "type")), Values: contents(member(w.at, "enum")),
	}
	if d.Text == "" {
		d.Text = textOf(w.at)
	}
	if w.at == member(member(w.outline.root, "$defs"), valueDef) {
		d.Value = true
		return d
	}
	properties := member(w.at, "properties")
	for _, name := range fieldNames(w.at) {
		field := member(properties, name)
		text := textOf(field)
		if text == "" {
			text = textOf(w.outline.resolve(field))
		}
		d.Fields = append(d.Fields, FieldText{name, text})
	}
	return d
}

// fieldNames lists the fields of an object in the schema's order.
func fieldNames(at *yaml.Node) []string {
	var names []string
	if properties := member(at, "properties"); properties != nil {
		for i := 0; i+1 < len(properties.Content); i += 2 {
			names = append(names, properties.Content[i].Value)
		}
	}
	return names
}

func textOf(n *yaml.Node) string {
	if text := member(n, "description"); text != nil {
		return text.Value
	}
	return ""
}

// contents lists a scalar or the scalars of a list.
func contents(n *yaml.Node) []string {
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.ScalarNode:
		return []string{n.Value}
	}
	texts := make([]string, len(n.Content))
	for i, item := range n.Content {
		texts[i] = item.Value
	}
	return texts
}
