package e2e

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Every command line of the program in a page is run. What a block of code needs
// beside a zero exit code is said in a comment right before it:
//
//	<!-- exit: 2 0 -->        the exit codes of its lines that call the program
//	<!-- not run: REASON -->  why it cannot be run
//
// Blocks of one page run in order, in one folder that holds what testdata/pages and
// the examples have, on one simulated landscape. A command in the running text has
// to be one that the program understands.

// block is one block of code of a page.
type block struct {
	line  int
	codes []int
	// reason says why it is not run.
	reason string
	calls  []string
}

var (
	fence     = regexp.MustCompile("^\\s*```")
	exitMark  = regexp.MustCompile(`^\s*<!-- exit: ([0-9 ]+) -->$`)
	notRun    = regexp.MustCompile(`^\s*<!-- not run: (.+) -->$`)
	callsIt   = regexp.MustCompile(`^\s*(?:\$ )?(?:bin/|\./)?(reconcile .*)$`)
	inline    = regexp.MustCompile("`(reconcile(?: [^`]+)?)`")
	writtenBy = regexp.MustCompile(`^(CHANGELOG|DECISIONS)\.md$|testdata|^pkg/view/`)
)

// blocks reads the blocks of a page that call the program.
func blocks(t *testing.T, page string) (found []block) {
	t.Helper()
	next, inside := block{}, false
	for i, line := range strings.Split(page, "\n") {
		codes, reason := exitMark.FindStringSubmatch(line), notRun.FindStringSubmatch(line)
		switch {
		case codes != nil:
			next.codes = nil
			for text := range strings.FieldsSeq(codes[1]) {
				code, err := strconv.Atoi(text)
				if err != nil {
					t.Fatal(err)
				}
				next.codes = append(next.codes, code)
			}
		case reason != nil:
			next.reason = reason[1]
		case fence.MatchString(line) && !inside:
			next.line, inside = i+1, true
			found, next = append(found, next), block{}
		case fence.MatchString(line):
			inside = false
		case inside && callsIt.MatchString(line):
			last := &found[len(found)-1]
			last.calls = append(last.calls, callsIt.FindStringSubmatch(line)[1])
		case !inside && strings.TrimSpace(line) != "" && (next.codes != nil || next.reason != ""):
			t.Errorf("line %d: a mark stands before no block of code", i+1)
			next = block{}
		}
	}
	return slices.DeleteFunc(found, func(b block) bool { return len(b.calls) == 0 })
}

// allPages lists the pages of the project that people write.
func allPages(t *testing.T) (names []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != "." {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".md") && !writtenBy.MatchString(path) {
			names = append(names, path)
		}
		return err
	})
	if err != nil || len(names) < 6 {
		t.Fatalf("only %d pages: %v", len(names), err)
	}
	return names
}

// TestPages runs every command line of every page.
func TestPages(t *testing.T) {
	ran := 0
	for _, name := range allPages(t) {
		text, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		found := blocks(t, string(text))
		for _, b := range found {
			ran += len(b.calls)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			follow(t, name, found)
			understood(t, string(text))
		})
	}
	if ran < 15 {
		t.Errorf("only %d command lines were found", ran)
	}
}

// follow runs the blocks of a page.
func follow(t *testing.T, name string, found []block) {
	dir := t.TempDir()
	err := errors.Join(os.CopyFS(dir, os.DirFS("testdata/pages")), os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("../examples")))
	if strings.Contains(name, "starter") {
		err = errors.Join(err, os.Remove(filepath.Join(dir, "integration.yaml")), os.CopyFS(dir, os.DirFS(filepath.Join("..", filepath.Dir(name)))))
	}
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "RECONCILE_SIMULATE="+t.TempDir(), "HOME="+dir, "XDG_CACHE_HOME="+filepath.Join(dir, ".cache"),
		"SNAPSHOT_KEY=0123456789abcdef0123456789abcdef")
	for _, b := range found {
		if b.reason != "" {
			t.Logf("line %d is not run: %s", b.line, b.reason)
			continue
		}
		if b.codes != nil && len(b.codes) != len(b.calls) {
			t.Errorf("%s:%d: %d exit codes for %d calls", name, b.line, len(b.codes), len(b.calls))
		}
		for i, line := range b.calls {
			want := 0
			if i < len(b.codes) {
				want = b.codes[i]
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			command := exec.CommandContext(ctx, "bash", "-c", line)
			command.WaitDelay = time.Second
			command.Dir, command.Env = dir, env
			if out, err := command.CombinedOutput(); command.ProcessState.ExitCode() != want {
				t.Errorf("%s:%d: %s: exit %d, want %d (%v)\n%s", name, b.line, line, command.ProcessState.ExitCode(), want, err, out)
			}
			cancel()
		}
	}
}

// understood demands that the program knows the commands and flags that the running
// text of a page names. [x] may be left out, A|B is a choice.
func understood(t *testing.T, text string) {
	t.Helper()
	for _, found := range inline.FindAllStringSubmatch(text, -1) {
		line := strings.NewReplacer("\\|", "|", "[", "", "]", "", "…", "", "\n", " ").Replace(found[1])
		words := strings.Fields(line)
		for i, word := range words {
			words[i], _, _ = strings.Cut(strings.Trim(word, "'"), "|")
		}
		if at := slices.Index(words, ">"); at > 0 {
			words = words[:at]
		}
		if out, err := exec.Command(words[0], append(words[1:], "--help")...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", found[0], err, out)
		}
	}
}
