package catalogue

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/resource"
)

func TestRecognise(t *testing.T) {
	whole := Expand("Destination", TemplateIPSProxy, nil, nil)
	with := func(pairs ...string) resource.Properties {
		p := resource.Properties{}
		maps.Copy(p, whole)
		for i := 0; i < len(pairs); i += 2 {
			p[pairs[i]] = resource.Text(pairs[i+1])
		}
		return p
	}
	without := with()
	delete(without, "Accept")
	tests := []struct {
		name     string
		have     resource.Properties
		template string
		listed   int
	}{
		{"exactly", with(), TemplateIPSProxy, 0},
		{"with more", with("URL", "https://x"), TemplateIPSProxy, 1},
		{"another description", with("Description", "x", "URL", "y"), TemplateIPSProxy, 2},
		{"too many other values", with("Description", "x", "Accept", "y", "ProxyType", "z"), "", len(whole)},
		{"one name missing", without, "", len(whole) - 1},
		{"nothing", nil, "", 0},
	}
	for _, test := range tests {
		template, listed := Recognise("Destination", test.have)
		if template != test.template || len(listed) != test.listed {
			t.Errorf("%s: template %q with %v", test.name, template, listed)
		}
	}
}

// TestRecogniseUndoesExpand holds that nothing is lost on the way.
func TestRecogniseUndoesExpand(t *testing.T) {
	same := func(_ string, v resource.Value) resource.Value { return v }
	rapid.Check(t, func(t *rapid.T) {
		template := rapid.SampledFrom(Templates()).Draw(t, "template")
		p := resource.Properties{}
		for _, s := range template.Properties {
			switch rapid.IntRange(0, 9).Draw(t, s.Name) {
			case 0:
			case 1:
				p[s.Name] = resource.Text("other")
			default:
				p[s.Name] = resource.Text(s.Value)
			}
		}
		if rapid.Bool().Draw(t, "more") {
			p["URL"] = resource.Text("x")
		}
		name, listed := Recognise(template.Kind, p)
		if name == "" && listed == nil {
			listed = resource.Properties{}
		}
		if diff := cmp.Diff(p, Expand(template.Kind, name, listed, same)); diff != "" {
			t.Fatalf("template %q: %s", name, diff)
		}
	})
}

func TestMentioning(t *testing.T) {
	found := Mentioning("GROUPSURL")
	if len(found) == 0 {
		t.Fatal("no failure names GROUPSURL")
	}
	if len(Mentioning("GROUPS")) != 0 || len(Mentioning("")) != 0 {
		t.Error("a part of a word is no mention")
	}
	if Open.String() != "no" || Secret.String() == Doubtful.String() {
		t.Error("degrees of secrecy read alike")
	}
}
