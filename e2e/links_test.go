package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinks holds that every relative link of a page leads to a file, and to a
// heading where it names one.
func TestLinks(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, page := range append(allPages(t), "CHANGELOG.md", "DECISIONS.md") {
		text := readPage(t, page)
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			checked++
			path, anchor, named := strings.Cut(found[1], "#")
			target := filepath.Join(filepath.Dir(page), path)
			if path == "" {
				target = page
			}
			if _, err := os.Stat(filepath.Join("..", target)); err != nil {
				t.Errorf("%s: %s leads nowhere", page, found[0])
			} else if named && !anchors(readPage(t, target))[anchor] {
				t.Errorf("%s: %s: no such heading", page, found[0])
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d links were found", checked)
	}
}

func readPage(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", page))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// anchors are the names that code hosts give to the headings of a page.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	for _, found := range heading.FindAllStringSubmatch(text, -1) {
		name := dropped.ReplaceAllString(strings.ToLower(found[1]), "")
		names[strings.ReplaceAll(name, " ", "-")] = true
	}
	return names
}

// stray are words that tell of the machine on which something was written, and not of
// the project.
var stray = regexp.MustCompile(`/(?:tmp|home|work|root)/[a-z]|\b(?:registry|proxy|sum)[.][a-z]+[.](?:org|com)\b|\bTO` + `DO\b`)

// strayParts are in every such word; looking for them is quicker than matching.
var strayParts = []string{"/tmp" + "/", "/home" + "/", "/work" + "/", "/root" + "/", "registry.", "proxy.", "sum.", "TO" + "DO"}

// TestNoStrayWords holds that the project's own files speak of the project alone.
func TestNoStrayWords(t *testing.T) {
	t.Parallel()
	checked := 0
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		if entry.IsDir() && (path == ".git" || strings.Contains(path, "node_modules") || strings.HasSuffix(path, "testdata/rapid") || path == "bin" || path == "dist") {
			return fs.SkipDir
		}
		if !strayKinds.MatchString(path) || path == "e2e/links_test.go" {
			return nil
		}
		checked++
		text, err := os.ReadFile(filepath.Join("..", path))
		for i, line := range strings.Split(string(text), "\n") {
			if !slices.ContainsFunc(strayParts, func(part string) bool { return strings.Contains(line, part) }) {
				continue
			}
			if word := stray.FindString(line); word != "" && !strayAllowed.MatchString(line) {
				t.Errorf("%s:%d: %s", path, i+1, word)
			}
		}
		return err
	})
	if err != nil || checked < 200 {
		t.Errorf("only %d files were read: %v", checked, err)
	}
}

var strayKinds = regexp.MustCompile(`(\.(go|md|ya?ml|csv|txtar|sh|json|html)|Makefile|Jenkinsfile)$`)

// strayAllowed are lines that name such a place on purpose.
var strayAllowed = regexp.MustCompile(`GOPROXY|GOFLAGS|the context comes from the caller`)
