package provenance

import (
	"strings"
	"testing"
)

// TestApart: two people only where names of one sort tell them apart.
func TestApart(t *testing.T) {
	anna := gitAuthor("Anna A", "anna@example.org")
	hidden := gitAuthor("Anna A", "12+anna@users.noreply.github.com")
	lab := gitAuthor("Anna A", "12-anna@users.noreply.gitlab.com")
	hub := func(login string) Who { return Who{}.with("GitHub Actions", login) }
	chosen := func(name string) Who { w := Who{}.with(byName, name); w.chosen = w.known(); return w }
	for _, c := range []struct {
		reporter, approver Who
		want               string
	}{
		{Who{}, hub("bert"), "nobody knows who reported"},
		{anna, Who{}, "nobody else is named"},
		{hidden, hub("github-actions[bot]"), "nobody else is named"},
		{hidden, hub("Anna"), "would vouch"},
		{hidden, hub("bert"), ""},
		{lab, hub("bert"), "nobody can tell"},
		{lab, Who{}.with("GitLab CI", "bert"), ""},
		{anna, hub("anna"), "would vouch"}, // the first part of her address
		{anna, hub("bert"), "nobody can tell"},
		{anna, hub("bert").with(byEmail, "bert@example.org"), ""},
		{anna, hub("a11").with(byEmail, "ANNA@example.org"), "would vouch"},
		{anna, Who{}.with("Azure Pipelines", "Anna A"), "would vouch"},
		{anna, Who{}.with(byName, "Bert B"), "nobody can tell"},
		{anna, chosen("Bert B"), ""},
		{anna, chosen("anna a"), "would vouch"},
		{anna, chosen("anna@example.org"), "would vouch"},
	} {
		if have := Apart(c.reporter, c.approver); !strings.Contains(have, c.want) || c.want == "" && have != "" {
			t.Errorf("%v, %v: %q, want %q", c.reporter, c.approver, have, c.want)
		}
	}
	if Claimed("", "Bert", chosen("bert")) == "" || Claimed("", "anna", chosen("bert")) != "" {
		t.Error("Who did it, as claimed, may not vouch for it")
	}
}
