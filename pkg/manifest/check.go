package manifest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"reconcile/pkg/resource"
)

// check compares a merged document with the schema and reports every difference.
// It marks what was complained about as broken, and returns the list elements
// that hold such a thing.
func (l *loader) check(document *node) map[*node]bool {
	c := checker{loader: l, document: document, damaged: map[*node]bool{}}
	if err, ok := errors.AsType[*jsonschema.ValidationError](l.shape.compiled.Validate(document.plain())); ok {
		c.leaves(err)
	}
	return c.damaged
}

// checker turns complaints of the schema library into faults.
type checker struct {
	*loader
	document *node
	damaged  map[*node]bool
}

func (c checker) leaves(err *jsonschema.ValidationError) {
	for _, cause := range err.Causes {
		c.leaves(cause)
	}
	if len(err.Causes) == 0 {
		c.leaf(err)
	}
}

// leaf reports one complaint at the value that it is about.
func (c checker) leaf(err *jsonschema.ValidationError) {
	path := err.InstanceLocation
	value, field := c.document.follow(path).discreet(path), fieldOf(path)
	schema := c.shape.resolve(err.SchemaURL)
	switch e := err.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		c.unknown(path, e.Properties, slices.Sorted(maps.Keys(part(schema, "properties"))))
	case *kind.Required:
		c.missing(path, e.Missing, schema)
	case *kind.Type:
		c.fault(codeType, path, value.at, wrongType(value, field, e.Want), typeRemedy(value, e.Want, schema))
	case *kind.Enum:
		allowed := texts(e.Want)
		remedy := suggest(value.text, allowed)
		if remedy == "" {
			remedy = "write one of " + enumerate(allowed)
		}
		c.fault(codeChoice, path, value.at, fmt.Sprintf("%s is not allowed for %s", quote(value.text), field), remedy)
	default:
		c.fault(codeShape, path, value.at, fmt.Sprintf("%s is not acceptable for %s%s", value.shown(), field, rule(err)), description(schema))
	}
}

// fault reports at a position, with the object that the path leads into.
func (c checker) fault(code string, path []string, at resource.Position, message, remedy string) {
	fault := newFault(code, at, message, remedy)
	fault.Path = join(path)
	if element, k := c.element(path); element != nil {
		c.damaged[element] = true
		if value := c.document.follow(path); value != nil && value != element {
			value.broken = value.broken || code != codeMissing
		}
		fault.Path = join(path[3:])
		if name := element.scalar("name"); name != "" {
			fault.Ref = &resource.Ref{Kind: k.Name(), Name: name}
		}
	}
	c.faults.add(fault)
}

// element returns the list element that a path leads into, and its kind.
func (c checker) element(path []string) (*node, resource.Kind) {
	if len(path) < 3 || path[0] != "spec" {
		return nil, nil
	}
	for _, k := range c.kinds {
		if k.Section() == path[1] {
			return c.document.follow(path[:3]), k
		}
	}
	return nil, nil
}

func (c checker) unknown(path, names, known []string) {
	for _, name := range names {
		whole := append(slices.Clone(path), name)
		_, at := c.document.find(whole)
		remedy := suggest(name, known)
		if remedy == "" {
			remedy = "remove it; known here are " + enumerate(known)
		}
		c.fault(codeUnknown, whole, at, "unknown field "+quote(name), remedy)
	}
}

// missing names the fields that are not there. An object that is to be deleted
// needs no more than its identity.
func (c checker) missing(path, names []string, schema map[string]any) {
	parent := c.document.follow(path)
	for _, name := range names {
		element, _ := c.element(path)
		if element != nil && element.scalar("state") == "absent" && name != "name" {
			continue
		}
		remedy := "add it"
		if text := description(part(part(schema, "properties"), name)); text != "" {
			remedy += ": " + text
		}
		c.fault(codeMissing, path, parent.at, fmt.Sprintf("field %q is missing", name), remedy)
	}
}

// follow returns the node at the end of a path that is known to exist.
func (n *node) follow(path []string) *node {
	for _, element := range path {
		n, _ = n.step(element)
	}
	return n
}

// fieldOf names the field that a path leads to; an element of a list is called
// by its list.
func fieldOf(path []string) string {
	for _, p := range slices.Backward(path) {
		if _, err := strconv.Atoi(p); err != nil {
			return p
		}
	}
	return "the document"
}

// typeWords are the words of people for the types of JSON.
var typeWords = map[string]string{
	"string": "text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
	"null": "null", "object": "fields (name: value)", "array": "a list",
}

func wrongType(value *node, field string, want []string) string {
	const plainTypes = 3
	if len(want) > plainTypes {
		return fmt.Sprintf("%s must be one value or a reference, found %s", field, value.shown())
	}
	words := make([]string, len(want))
	for i, w := range want {
		words[i] = typeWords[w]
	}
	return fmt.Sprintf("%s must be %s, found %s", field, strings.Join(words, " or "), value.shown())
}

// confidential are fields below which somebody may have written a secret in the
// wrong place: what stands there is described and never quoted.
var confidential = []string{"secrets", "serviceKey", "properties"}

// discreet returns n without its text where that may be a secret.
func (n *node) discreet(path []string) *node {
	if !slices.ContainsFunc(path, func(p string) bool { return slices.Contains(confidential, p) }) {
		return n
	}
	c := *n
	c.veiled = true
	return &c
}

// shown describes a value in a message.
func (n *node) shown() string {
	switch {
	case n.form == isNull:
		return "nothing"
	case n.form == isList:
		return "a list"
	case n.form == isObject:
		return "fields"
	case n.veiled:
		return "a single value"
	case n.form == isText:
		return "the text " + quote(n.text)
	default:
		return n.text
	}
}

func typeRemedy(value *node, want []string, schema map[string]any) string {
	wants := func(t string) bool { return slices.Contains(want, t) }
	switch {
	case value.form == isNull:
		return "give a value or remove the field"
	case wants("string") && !value.veiled && (value.form == isNumber || value.form == isBoolean):
		return fmt.Sprintf(`quote it: "%s"`, value.text)
	case wants("boolean") && value.form == isText && (value.text == "true" || value.text == "false"):
		return fmt.Sprintf("write %s without quotes and without ${…}", value.text)
	case wants("array"):
		return "write one element a line, each after a hyphen: - …"
	default:
		return description(schema)
	}
}

func description(schema map[string]any) string {
	text, _ := schema["description"].(string)
	return text
}

func texts(values []any) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprint(v)
	}
	return texts
}

// rule says in words what a text, number or list violates. Patterns are not for
// people: the field's description says the same.
func rule(err *jsonschema.ValidationError) string {
	switch e := err.ErrorKind.(type) {
	case *kind.Pattern:
		return ""
	case *kind.Format:
		return ": it must be a " + e.Want
	case *kind.MinLength:
		return fmt.Sprintf(": it needs %d or more characters", e.Want)
	case *kind.MaxLength:
		return fmt.Sprintf(": it may have %d characters at most", e.Want)
	case *kind.MinItems:
		return fmt.Sprintf(": it needs %d or more elements", e.Want)
	case *kind.MaxItems:
		return fmt.Sprintf(": it may have %d elements at most", e.Want)
	case *kind.Minimum:
		return ": it must be at least " + e.Want.RatString()
	case *kind.Maximum:
		return ": it must be at most " + e.Want.RatString()
	default:
		return ": it violates " + strings.Join(e.KeywordPath(), " ")
	}
}
