package view

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"reconcile/pkg/resource"
)

// strictSchema is the schema without room for fields that it does not know: one
// that the schema lacks is found.
func strictSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	for name, def := range root["$defs"].(map[string]any) {
		// What a command of its own writes beside the common fields is its own.
		if name != "paper" {
			def.(map[string]any)["additionalProperties"] = false
		}
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("result.json", root); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("result.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestSchemaHoldsEveryResult(t *testing.T) {
	schema := strictSchema(t)
	for name, results := range situations() {
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(encoded(t, results)))
		if err == nil {
			err = schema.Validate(document)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, wrong := range []string{`{}`, `{"formatVersion": 2, "runs": []}`, `{"formatVersion": 1, "runs": [{}]}`, `[]`} {
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(wrong))
		if err != nil || schema.Validate(document) == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}

// Every field is described, and nothing is described that is no field.
func TestSchemaDescribesFields(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var root struct {
		Defs map[string]struct {
			Properties map[string]struct{ Description string }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	for name, def := range root.Defs {
		for field, p := range def.Properties {
			if name != "runs" && name != "paper" { // their words are those of run
				fields[name+"."+field] = p.Description
			}
		}
	}
	if diff := cmp.Diff(fieldWords, fields); diff != "" {
		t.Error(diff)
	}
	for key := range fieldValues {
		if _, ok := fields[key]; !ok {
			t.Errorf("%s is no field", key)
		}
	}
}

// The written form of a change is what the schema says it is.
func TestSchemaOfChanges(t *testing.T) {
	want := slices.Sorted(maps.Keys(map[string]any{"path": 0, "have": 0, "want": 0, "wantFrom": 0, "secret": 0, "state": 0, "label": 0, "origin": 0}))
	got := map[string]any{}
	for _, c := range []resource.Change{
		change("/a", "x", "y", resource.OriginLive),
		{Path: "/b", Want: password("2026-11"), Origin: resource.OriginNew},
		{Path: "/c", Want: resource.Output(caller, "id")},
	} {
		text, err := json.Marshal(c)
		if err == nil {
			err = json.Unmarshal(text, &got)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
		t.Error(diff)
	}
}
