package manifest

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Place is where a field may stand in a manifest, and what is said of it there.
type Place struct{ Path, Text string }

// anyValue stands for every field that takes a value or a reference to one.
const anyValue = "any value"

// deepest ends the walk of a schema that refers to itself.
const deepest = 10

// Places lists every field of a manifest by its bare name, in the order of the
// schema. The fields of a reference are listed once, for any value.
func (f *Formatter) Places() map[string][]Place {
	s := survey{outline: f.outline, places: map[string][]Place{}}
	s.below(f.outline.root, nil)
	s.below(s.value(), []string{anyValue})
	return s.places
}

type survey struct {
	outline outline
	places  map[string][]Place
}

func (s survey) value() *yaml.Node { return member(member(s.outline.root, "$defs"), valueDef) }

// below notes the fields of an object, and those below them.
func (s survey) below(at *yaml.Node, path []string) {
	properties := member(at, "properties")
	if properties == nil || len(path) > deepest {
		return
	}
	for _, name := range fieldNames(at) {
		field := member(properties, name)
		next := s.outline.resolve(field)
		text := textOf(field)
		if text == "" {
			text = textOf(next)
		}
		word := name
		if items := s.outline.resolve(member(next, "items")); member(items, "properties") != nil {
			next, word = items, name+"[]"
		}
		whole := append(slices.Clip(path), word)
		s.places[name] = append(s.places[name], Place{strings.TrimPrefix(strings.Join(whole, "."), "spec."), text})
		if inner := s.outline.resolve(member(next, "additionalProperties")); inner != nil && inner != s.value() {
			s.below(inner, append(whole, "NAME"))
		}
		if next != s.value() {
			s.below(next, whole)
		}
	}
}
