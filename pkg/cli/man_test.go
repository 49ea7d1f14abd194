package cli

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// written returns the man pages of a new program by file name.
func written(t *testing.T, date time.Time) map[string]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "share", "man1")
	a := &app{}
	if err := manPages(a.root(), dir, date); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		pages[f.Name()] = string(data)
	}
	return pages
}

func TestManPages(t *testing.T) {
	pages := written(t, time.Time{})
	names := slices.Collect(maps.Keys(pages))
	for _, want := range []string{"reconcile.1", "reconcile-plan.1", "reconcile-verify.1", "reconcile-simulate.1"} {
		if !slices.Contains(names, want) {
			t.Errorf("no page %s in %v", want, names)
		}
	}
	if slices.Contains(names, "reconcile-man.1") {
		t.Error("the hidden command has a page")
	}
	if diff := cmp.Diff(pages, written(t, time.Time{})); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
	for name, page := range pages {
		if strings.Contains(page, "spf13") || strings.Contains(page, "0001") {
			t.Errorf("%s holds the tool or a date that is none", name)
		}
	}
}

// Every line of the table of exit codes is a line of the page.
func TestManExitCodes(t *testing.T) {
	plain := strings.NewReplacer(`\-`, "-", `\&`, "", `\(dq`, `"`).Replace(written(t, time.Time{})["reconcile.1"])
	for line := range strings.SplitSeq(exitTable, "\n") {
		if !strings.Contains(plain, line+"\n") {
			t.Errorf("reconcile.1 does not hold the line %q", line)
		}
	}
}

func TestManDate(t *testing.T) {
	page := written(t, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))["reconcile.1"]
	if !strings.Contains(page, `"Nov 2026"`) {
		t.Errorf("no date in\n%s", page[:200])
	}
}

func TestManArguments(t *testing.T) {
	c := (&app{}).manCommand()
	for _, args := range [][]string{nil, {"a", "b"}} {
		if c.Args(c, args) == nil {
			t.Errorf("%v is accepted", args)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.RunE(c, []string{filepath.Join(file, "man")}); err == nil {
		t.Error("a folder below a file was written")
	}
}
