package manifest

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"reconcile/pkg/resource"
)

// shape is the schema ready for use: compiled for checking, and as plain data
// for looking up what may stand where.
type shape struct {
	compiled *jsonschema.Schema
	root     map[string]any
}

func newShape(kinds []resource.Kind) (shape, error) {
	data, err := Schema(kinds)
	if err != nil {
		return shape{}, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return shape{}, fmt.Errorf("read schema: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(schemaID, document); err != nil {
		return shape{}, fmt.Errorf("add schema: %w", err)
	}
	compiled, err := compiler.Compile(schemaID)
	if err != nil {
		return shape{}, fmt.Errorf("compile schema: %w", err)
	}
	root, _ := document.(map[string]any)
	return shape{compiled, root}, nil
}

// resolve returns the part of the schema that a location such as
// "urn:…#/$defs/value" names, nil when there is none.
func (s shape) resolve(location string) map[string]any {
	_, fragment, _ := strings.Cut(location, "#")
	if unescaped, err := url.PathUnescape(fragment); err == nil {
		fragment = unescaped
	}
	at := s.root
	for _, element := range split(fragment) {
		at = part(at, element)
	}
	return at
}

func part(of map[string]any, name string) map[string]any {
	p, _ := of[name].(map[string]any)
	return p
}

// walk visits n and everything below it together with the name of the definition
// that describes it, "" where the schema is written out in place.
func (s shape) walk(at map[string]any, n *node, visit func(definition string, n *node)) {
	definition := ""
	if ref, ok := at["$ref"].(string); ok {
		definition, at = strings.TrimPrefix(ref, definitions), s.resolve(ref)
	}
	visit(definition, n)
	for _, f := range n.fields {
		child := part(part(at, "properties"), f.name)
		if child == nil {
			child = part(at, "additionalProperties")
		}
		s.walk(child, f.value, visit)
	}
	for _, item := range n.items {
		s.walk(part(at, "items"), item, visit)
	}
}
