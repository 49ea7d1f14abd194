package resource_test

import (
	"os/exec"
	"testing"

	"pgregory.net/rapid"

	"reconcile/pkg/resource"
)

// TestShellWord: what needs no quotes has none.
func TestShellWord(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "''",
		"integration.yaml":        "integration.yaml",
		"../a-b_c/plan+1.json":    "../a-b_c/plan+1.json",
		"stage=prod":              "stage=prod",
		"Destination/IPS_PROXY":   "Destination/IPS_PROXY",
		"ProxySystem/IAS for IAG": "'ProxySystem/IAS for IAG'",
		"Büro.yaml":               "Büro.yaml",
		"non\u00a0breaking":       "'non\u00a0breaking'",
		"it's":                    `'it'\''s'`,
		"~/plan.json":             "'~/plan.json'",
		"$HOME":                   "'$HOME'",
	} {
		if got := resource.ShellWord(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	if got := resource.InQuotes("plain"); got != "'plain'" {
		t.Errorf("in quotes: %s", got)
	}
}

// TestShellTakesTheWordWhole asks a shell: whatever the text, it is one word again.
func TestShellTakesTheWordWhole(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell here")
	}
	texts := rapid.StringOfN(rapid.SampledFrom([]rune("aZ0 '\"\\$`~*?[]{}()<>|&;#!%=,.:/@+-_^\t\nüß\u00a0\u3000")), 0, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		got, err := exec.Command(sh, "-c", "printf '%s' "+resource.ShellWord(text)+" | cat; printf .").Output()
		if err != nil || string(got) != text+"." {
			t.Errorf("%q became %q: %v", text, got, err)
		}
	})
}
