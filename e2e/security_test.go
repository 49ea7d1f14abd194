package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestGuaranteesHaveTests holds that each guarantee of SECURITY.md names a test, and
// that the test exists in a package that the row names.
func TestGuaranteesHaveTests(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(data), "## What holds, and which test holds it")
	table, _, _ = strings.Cut(table, "\n## ")
	rows := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || strings.HasPrefix(cells[1], "---") || strings.TrimSpace(cells[1]) == "guarantee" {
			continue
		}
		rows++
		if problem := missingTest(cells[2]); problem != "" {
			t.Errorf("%s: %s", strings.TrimSpace(cells[1]), problem)
		}
	}
	if rows < 20 {
		t.Errorf("only %d guarantees were read", rows)
	}
	for _, wrong := range []string{"nothing", "`TestNowhere` in `e2e`", "`TestCanaries` in `pkg/secret`", "`TestCanaries`"} {
		if missingTest(wrong) == "" {
			t.Errorf("%q would pass", wrong)
		}
	}
}

var ticked = regexp.MustCompile("`([^`]+)`")

// missingTest says what is wrong with a cell like `TestA`, `TestB` in `pkg/x`.
func missingTest(cell string) string {
	var tests []string
	source := ""
	for _, match := range ticked.FindAllStringSubmatch(cell, -1) {
		if strings.HasPrefix(match[1], "Test") {
			tests = append(tests, match[1])
			continue
		}
		files, _ := filepath.Glob(filepath.Join("..", match[1], "*_test.go"))
		for _, file := range files {
			data, _ := os.ReadFile(file)
			source += string(data)
		}
	}
	if len(tests) == 0 {
		return "no test is named"
	}
	for _, name := range tests {
		if !strings.Contains(source, "func "+name+"(t *testing.T) {") {
			return "there is no test " + name + " in the package that is named"
		}
	}
	return ""
}
