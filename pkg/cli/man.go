package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCommand writes the man pages. It is hidden because packagers need it, not users.
func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write the man pages of all commands into a folder",
		Example: "  reconcile man share/man/man1",
		Hidden:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{fmt.Errorf("%d folders given", len(args)), "name one: reconcile man DIR"}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := manPages(c.Root(), args[0], buildTime()); err != nil {
				return usageError{err, "name a folder that can be written"}
			}
			return nil
		},
	}
}

// manPages writes the page of a command and of all below it that help shows. A
// zero date leaves the date out, so that the pages depend on the source alone.
func manPages(c *cobra.Command, dir string, date time.Time) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, below := range c.Commands() {
		if !below.IsAvailableCommand() || below.IsAdditionalHelpTopicCommand() {
			continue
		}
		if err := manPages(below, dir, date); err != nil {
			return err
		}
	}
	page, err := manPage(c, date)
	if err != nil {
		return err
	}
	name := strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
	return os.WriteFile(filepath.Join(dir, name), page, 0o644)
}

// manPage renders one page. While it does, the command's long text is the one of
// the page, which differs from the one of help.
func manPage(c *cobra.Command, date time.Time) ([]byte, error) {
	long, generated := c.Long, c.DisableAutoGenTag
	defer func() { c.Long, c.DisableAutoGenTag = long, generated }()
	c.Long, c.DisableAutoGenTag = tables(long), true
	var page bytes.Buffer
	err := doc.GenMan(c, &doc.GenManHeader{Section: "1", Date: &date, Source: "reconcile", Manual: "User Commands"}, &page)
	if date.IsZero() {
		undated := []byte(date.Format(`"Jan 2006"`))
		return bytes.Replace(page.Bytes(), undated, []byte(`""`), 1), err
	}
	return page.Bytes(), err
}

// tables fences the indented lines of a help text, so that a page keeps their
// line breaks.
func tables(text string) string {
	var b strings.Builder
	inside := false
	fence := func(indented bool) {
		if indented != inside {
			b.WriteString(map[bool]string{true: "\n```\n", false: "```\n\n"}[indented])
			inside = indented
		}
	}
	for line := range strings.Lines(text) {
		fence(strings.HasPrefix(line, "  "))
		b.WriteString(strings.TrimSuffix(line, "\n") + "\n")
	}
	fence(false)
	return b.String()
}

// buildTime is the time of the commit that was built; zero where the build does
// not know it.
func buildTime() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			// A time that cannot be read is one that is not known.
			t, _ := time.Parse(time.RFC3339, s.Value)
			return t.UTC()
		}
	}
	return time.Time{}
}
