package manifest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/resource"
)

func TestSchemaIsDeterministic(t *testing.T) {
	first, err := Schema(testKinds())
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if again, _ := Schema(testKinds()); !bytes.Equal(first, again) {
			t.Fatal("two schemas of the same kinds differ")
		}
	}
	if !bytes.HasSuffix(first, []byte("}\n")) || bytes.Contains(first, []byte("\t")) {
		t.Error("the schema is not indented with spaces, or has no line break at the end")
	}
}

// schemaOf returns the schema as data; newShape proves that it compiles.
func schemaOf(t *testing.T) shape {
	t.Helper()
	s, err := newShape(testKinds())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSchemaHead(t *testing.T) {
	root := schemaOf(t).root
	if root["$id"] != "urn:reconcile:schema:integration:v1" || root["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("have id %v, schema %v", root["$id"], root["$schema"])
	}
	want := []string{"connections", "odds", "policy", "settings", "targets", "users"}
	spec := part(part(root, "properties"), "spec")
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(part(spec, "properties")))); diff != "" {
		t.Error(diff)
	}
}

// TestSchemaOfValues checks the flat schema: completion works in every editor,
// and its messages name one field.
func TestSchemaOfValues(t *testing.T) {
	value := schemaOf(t).resolve("#/$defs/value")
	want := []string{"binding", "env", "file", "key", "odd", "output", "setting", "target", "user", "vcap"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(part(value, "properties")))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{"string", "number", "boolean", "null", "object"}, value["type"]); diff != "" {
		t.Error(diff)
	}
	output := description(part(part(value, "properties"), "output"))
	if !strings.Contains(output, "user has id, secret; target has id") {
		t.Errorf("have description %q", output)
	}
}

// TestSchemaIsClosedAndDescribed walks the whole schema: no place takes unknown
// fields but free maps of values, every field says what it is, and nothing has
// alternatives.
func TestSchemaIsClosedAndDescribed(t *testing.T) {
	var walk func(path string, at map[string]any)
	walk = func(path string, at map[string]any) {
		if at["properties"] != nil && at["additionalProperties"] != false {
			t.Errorf("%s takes unknown fields", path)
		}
		for _, word := range []string{"oneOf", "anyOf", "allOf", "$schema"} {
			if at[word] != nil && path != "" {
				t.Errorf("%s has %s", path, word)
			}
		}
		for name := range part(at, "properties") {
			field := part(part(at, "properties"), name)
			if description(field) == "" && name != "text" {
				t.Errorf("%s/%s has no description", path, name)
			}
			walk(path+"/"+name, field)
		}
		if items := part(at, "items"); items != nil {
			walk(path+"/-", items)
		}
	}
	root := schemaOf(t).root
	walk("", root)
	for name := range part(root, "$defs") {
		walk(name, part(part(root, "$defs"), name))
	}
}

func TestSchemaOfElements(t *testing.T) {
	element := schemaOf(t).resolve("#/$defs/Target")
	want := []string{"address", "adopt", "baseline", "ignore", "manage", "name", "owner", "previously", "properties", "protect", "state", "template", "transformations"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(part(element, "properties")))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{"name", "address"}, element["required"]); diff != "" {
		t.Error(diff)
	}
	rights := schemaOf(t).resolve("#/$defs/User/properties/rights")
	if rights["type"] != "array" || part(rights, "items")["type"] != "string" {
		t.Errorf("a set is a list of texts, have %v", rights)
	}
}

// TestSchemaWithoutKinds shows that the envelope stands on its own.
func TestSchemaWithoutKinds(t *testing.T) {
	data, err := Schema([]resource.Kind{})
	if err != nil || !json.Valid(data) {
		t.Errorf("have %v", err)
	}
}
