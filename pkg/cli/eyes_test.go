package cli

import (
	"strings"
	"testing"
)

// TestApart: two people only where names of one sort tell them apart.
func TestApart(t *testing.T) {
	anna := gitAuthor("Anna A", "anna@example.org")
	hidden := gitAuthor("Anna A", "12+anna@users.noreply.github.com")
	lab := gitAuthor("Anna A", "12-anna@users.noreply.gitlab.com")
	hub := func(login string) who { return who{}.with("GitHub Actions", login) }
	chosen := func(name string) who { w := who{}.with(byName, name); w.chosen = w.known(); return w }
	for _, c := range []struct {
		reporter, approver who
		want               string
	}{
		{who{}, hub("bert"), "nobody knows who reported"},
		{anna, who{}, "nobody else is named"},
		{hidden, hub("github-actions[bot]"), "nobody else is named"},
		{hidden, hub("Anna"), "would vouch"},
		{hidden, hub("bert"), ""},
		{lab, hub("bert"), "nobody can tell"},
		{lab, who{}.with("GitLab CI", "bert"), ""},
		{anna, hub("anna"), "would vouch"}, // the first part of her address
		{anna, hub("bert"), "nobody can tell"},
		{anna, hub("bert").with(byEmail, "bert@example.org"), ""},
		{anna, hub("a11").with(byEmail, "ANNA@example.org"), "would vouch"},
		{anna, who{}.with("Azure Pipelines", "Anna A"), "would vouch"},
		{anna, who{}.with(byName, "Bert B"), "nobody can tell"},
		{anna, chosen("Bert B"), ""},
		{anna, chosen("anna a"), "would vouch"},
		{anna, chosen("anna@example.org"), "would vouch"},
	} {
		if have := apart(c.reporter, c.approver); !strings.Contains(have, c.want) || c.want == "" && have != "" {
			t.Errorf("%v, %v: %q, want %q", c.reporter, c.approver, have, c.want)
		}
	}
	if claimed("", "Bert", chosen("bert")) == "" || claimed("", "anna", chosen("bert")) != "" {
		t.Error("who did it, as claimed, may not vouch for it")
	}
}
