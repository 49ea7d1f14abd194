package e2e

import (
	"context"
	"errors"
	"fmt"
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

// Every block of code in a page is run, as somebody would do who follows it. What it
// needs beside a zero exit code is said in a comment right before it:
//
//	<!-- exit: 2 0 -->        the exit codes of its commands, in order
//	<!-- not run: REASON -->  why it cannot be run
//
// Blocks of one page run in order in one shell, so that cd and export last, in a folder
// that holds what testdata/pages and the examples have, on one simulated landscape. make
// does nothing there but to build: bin/reconcile is the program. A block in another
// language, such as ```yaml, is none of commands. A command in the running text has to be
// one that the program understands.

// block is one block of code of a page.
type block struct {
	line  int
	codes []int
	// reason says why it is not run.
	reason string
	calls  []string
}

var (
	fence     = regexp.MustCompile("^\\s*```([a-z]*)$")
	exitMark  = regexp.MustCompile(`^\s*<!-- exit: ([0-9 ]+) -->$`)
	notRun    = regexp.MustCompile(`^\s*<!-- not run: (.+) -->$`)
	inline    = regexp.MustCompile("`(reconcile(?: [^`]+)?)`")
	writtenBy = regexp.MustCompile(`^(CHANGELOG|DECISIONS)\.md$|testdata|^pkg/view/`)
)

// blocks reads the blocks of a page that call the program.
func blocks(t *testing.T, page string) (found []block) {
	t.Helper()
	next, inside, foreign := block{}, false, false
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
			next.line, inside, foreign = i+1, true, fence.FindStringSubmatch(line)[1] != ""
			found, next = append(found, next), block{}
		case fence.MatchString(line):
			inside = false
		case inside && !foreign && strings.TrimSpace(line) != "":
			found[len(found)-1].add(strings.TrimSpace(line))
		case !inside && strings.TrimSpace(line) != "" && (next.codes != nil || next.reason != ""):
			t.Errorf("line %d: a mark stands before no block of code", i+1)
			next = block{}
		}
	}
	return slices.DeleteFunc(found, func(b block) bool { return len(b.calls) == 0 })
}

// add adds a line of code: a command, or the rest of the one before.
func (b *block) add(line string) {
	if last := len(b.calls) - 1; last >= 0 && strings.HasSuffix(b.calls[last], "\\") {
		b.calls[last] += "\n" + line
		return
	}
	b.calls = append(b.calls, line)
}

// allPages lists the pages of the project that people write.
func allPages(t *testing.T) (names []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && path != "." || entry.Name() == "node_modules") {
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
	t.Parallel()
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

// follow runs the blocks of a page in one shell.
func follow(t *testing.T, name string, found []block) {
	dir := t.TempDir()
	err := errors.Join(os.CopyFS(dir, os.DirFS("testdata/pages")), os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("../examples")))
	if strings.Contains(name, "starter") {
		err = errors.Join(err, os.Remove(filepath.Join(dir, "integration.yaml")), os.Remove(filepath.Join(dir, "connections.yaml")),
			os.CopyFS(dir, os.DirFS(filepath.Join("..", filepath.Dir(name)))))
	}
	program, missing := exec.LookPath("reconcile")
	fake := t.TempDir()
	err = errors.Join(err, missing, os.MkdirAll(filepath.Join(dir, "bin"), 0o755), os.Symlink(program, filepath.Join(dir, "bin", "reconcile")),
		os.WriteFile(filepath.Join(fake, "make"), []byte("#!/bin/sh\ngrep -q \"^$1:\" \"$MAKEFILE\"\n"), 0o755))
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := filepath.Abs("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	script := pageScript(t, name, found)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "bash", "-c", script)
	command.WaitDelay = time.Second
	command.Dir = dir
	command.Env = append(os.Environ(), "RECONCILE_SIMULATE="+t.TempDir(), "HOME="+dir, "XDG_CACHE_HOME="+filepath.Join(dir, ".cache"),
		"PATH="+fake+":"+os.Getenv("PATH"), "MAKEFILE="+makefile, "SNAPSHOT_KEY=0123456789abcdef0123456789abcdef")
	out, err := command.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "followed to the end\n") {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
}

// pageScript makes a script of the commands of a page; one that ends with another
// code than it should ends the script.
func pageScript(t *testing.T, name string, found []block) string {
	t.Helper()
	var text strings.Builder
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
			fmt.Fprintf(&text, "%s\nhave=$?; [ $have = %d ] || { echo '%s:%d, command %d: exit' $have', want %d'; exit 99; }\n", line, want, name, b.line, i+1, want)
		}
	}
	text.WriteString("echo 'followed to the end'\n")
	return text.String()
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
		if len(words) > 1 && words[1] == "COMMAND" {
			words = slices.Delete(words, 1, 2)
		}
		if at := slices.Index(words, ">"); at > 0 {
			words = words[:at]
		}
		if out, err := exec.Command(words[0], append(words[1:], "--help")...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", found[0], err, out)
		}
	}
}
