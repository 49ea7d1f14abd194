package e2e

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPapers holds what the page on commands says of formats: which commands write
// text or JSON only, and that all others do not refuse a format.
func TestPapers(t *testing.T) {
	t.Parallel()
	page := strings.Join(strings.Fields(readPage(t, "pkg/cli/README.md")), " ")
	sentence := regexp.MustCompile("`explain`[^.]* write text or JSON").FindString(page)
	var papers []string
	for _, word := range regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(sentence, -1) {
		papers = append(papers, word[1])
	}
	// What has no result of a run at all.
	others := []string{"completion", "help", "man", "schema", "simulate", "version"}
	help, err := exec.Command("reconcile", "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile(`(?m)^  ([a-z]+)  +[A-Z]`).FindAllStringSubmatch(string(help), -1)
	if len(papers) < 5 || len(commands) < 15 {
		t.Fatalf("found %v, %v", papers, commands)
	}
	arguments := map[string][]string{
		"explain": {"F-5"}, "init": {"--template", "ias"}, "history": {"--records", "."}, "apply": {"plan.json"}, "rotate": {"SystemUser/IAG caller"},
		"done": {"Job/group sync"}, "accept": {"Job/group sync", "--until", "2099-01-01", "--ticket", "T"},
	}
	manifest, err := os.ReadFile("../examples/ias/integration.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range commands {
		name := found[1]
		if slices.Contains(others, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(dir+"/m.yaml", manifest, 0o600); err != nil {
				t.Fatal(err)
			}
			args := append([]string{name}, arguments[name]...)
			if !slices.Contains([]string{"explain", "init", "history", "apply"}, name) {
				args = append(args, "-f", "m.yaml", "--simulate=land")
			}
			command := exec.Command("reconcile", append(args, "-o", "markdown")...)
			command.Dir, command.Env = dir, append(os.Environ(), "HOME="+dir, "XDG_CACHE_HOME="+dir)
			out, _ := command.Output()
			refused := regexp.MustCompile("writes text or json|has no format").Match(out)
			if want := slices.Contains(papers, name); refused != want || !want && !strings.HasPrefix(string(out), "<!-- reconcile: ") {
				t.Errorf("refuses: %v, want %v\n%s", refused, want, out)
			}
		})
	}
}
