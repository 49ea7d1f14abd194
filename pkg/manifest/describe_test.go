package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDescribe(t *testing.T) {
	tests := []struct {
		path string
		want Description
	}{
		{"users.id", Description{Path: "users[].id", Text: "Id of the user", Kind: "User", Value: true, Types: []string{"string", "number", "boolean", "null", "object"}}},
		{"/spec/users/3/level", Description{Path: "users[].level", Text: "Rank", Kind: "User", Types: []string{"integer"}}},
		{"spec.targets[*].address", Description{Path: "targets[].address", Text: "Where it is", Kind: "Target", Required: true, Value: true, Types: []string{"string", "number", "boolean", "null", "object"}}},
		{"Target.template", Description{Path: "targets[].template", Text: "Set of properties", Kind: "Target", Types: []string{"string"}, Values: []string{"small", "large"}}},
		{"targets[].properties.a.b/c", Description{Path: "targets[].properties.a.b.c", Text: "Properties by name", Kind: "Target", Property: "a.b.c", Value: true, Types: []string{"string", "number", "boolean", "null", "object"}}},
		{"metadata.stage", Description{Path: "metadata.stage", Text: "Stage such as dev, test or prod: at most 42 lower-case letters, digits and hyphens, no hyphen at the ends", Required: true, Types: []string{"string"}}},
		{"policy.liveChanges", Description{Path: "policy.liveChanges", Text: "What happens to changes made by hand; the default is overwrite", Types: []string{"string"}, Values: []string{"overwrite", "stop"}}},
		{"apiVersion", Description{Path: "apiVersion", Text: "Version of this format", Required: true, Types: []string{"string"}, Values: []string{"reconcile/v1"}}},
	}
	f := newTestFormatter(t)
	for _, test := range tests {
		have, err := f.Describe(testKinds(), test.path)
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
			continue
		}
		if diff := cmp.Diff(test.want, have); diff != "" {
			t.Errorf("%s: %s", test.path, diff)
		}
	}
	users, err := f.Describe(testKinds(), "users")
	if err != nil || len(users.Fields) < 8 || users.Fields[0].Name != "name" || users.Fields[0].Text == "" {
		t.Errorf("users: %+v, %v", users, err)
	}
}

func TestDescribeSuggests(t *testing.T) {
	f := newTestFormatter(t)
	for path, want := range map[string]string{
		"users.rigths": "users[] has no field \"rigths\"; did you mean rights?", "usres": "did you mean users?", "metadata.nam": "did you mean name?",
		"nothing": "spec has no field \"nothing\"; it has", "": "is no path", "metadata.name.x": "metadata.name has no fields",
	} {
		if _, err := f.Describe(testKinds(), path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", path, err, want)
		}
	}
}
