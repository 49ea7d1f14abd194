package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// refuses demands that a manifest is refused before any call with exactly the
// given errors, in order, as text and as JSON, by converge and by validate:
//
//	refuses [secrets] flags… -- [CODE POSITION TEXT REMEDY]…
//
// POSITION may be FILE@TEXT, see locate. TEXT and REMEDY are parts of the message and of the suggestion. With the word
// secrets only a run can know, and validate must find nothing wrong. The text of
// converge is what stdout holds afterwards.
func refuses(ts *testscript.TestScript, _ bool, args []string) {
	onlyRun := args[0] == "secrets"
	if onlyRun {
		args = args[1:]
	}
	split := slices.Index(args, "--")
	if split < 0 || split+1 == len(args) || (len(args)-split-1)%4 != 0 {
		ts.Fatalf("usage: refuses [secrets] flags… -- [CODE POSITION TEXT REMEDY]…")
	}
	flags, want := args[:split], slices.Collect(slices.Chunk(args[split+1:], 4))
	for _, w := range want {
		w[1] = locate(ts, w[1])
	}
	validate := append([]string{"reconcile", "validate", "-o", "json"}, flags...)
	if onlyRun {
		code(ts, false, append([]string{"0"}, validate...))
	} else {
		code(ts, false, append([]string{"3"}, validate...))
		demand(ts, "validate", want)
	}
	code(ts, false, append([]string{"3", "reconcile", "-o", "json"}, flags...))
	demand(ts, "converge", want)
	code(ts, false, append([]string{"3", "reconcile"}, flags...))
	text := ts.ReadFile("stdout")
	for _, w := range want {
		for _, part := range w {
			if part != "-" && !strings.Contains(text, part) {
				ts.Fatalf("the text does not hold %q", part)
			}
		}
	}
	if !strings.Contains(text, "nothing was called") {
		ts.Fatalf("the text does not say that nothing was called")
	}
}

// fault is one element of errors or warnings in JSON.
type fault struct{ Code, Message, Position, Remedy string }

// document is the part of a JSON result that scripts look into.
type document struct {
	FormatVersion int
	Command       string
	ExitCode      *int
	Complete      *bool
	Errors        []fault
	Runs          []document
}

// demand compares the errors of the JSON result in stdout with the wanted ones.
func demand(ts *testscript.TestScript, command string, want [][]string) {
	var d document
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	ts.Check(decoder.Decode(&d))
	if _, err := decoder.Token(); err != io.EOF {
		ts.Fatalf("%s: stdout holds more than one JSON document", command)
	}
	if command == "validate" {
		if len(d.Runs) == 0 {
			ts.Fatalf("validate: no runs")
		}
		d = d.Runs[0]
	}
	if d.FormatVersion != 1 || d.Command != command || d.ExitCode == nil || *d.ExitCode != 3 || d.Complete == nil || *d.Complete {
		ts.Fatalf("%s: want formatVersion 1, command %s, exitCode 3 and complete false", command, command)
	}
	if len(d.Errors) != len(want) {
		ts.Fatalf("%s: %d errors, want %d", command, len(d.Errors), len(want))
	}
	for i, w := range want {
		have := d.Errors[i]
		if have.Remedy == "" {
			ts.Fatalf("%s: error %d suggests nothing: %+v", command, i, have)
		}
		for j, text := range []string{have.Code, have.Position, have.Message, have.Remedy} {
			exact := j < 2
			if w[j] != "-" && (exact && text != w[j] || !strings.Contains(text, w[j])) {
				ts.Fatalf("%s: error %d: %q, want %q", command, i, text, w[j])
			}
		}
	}
}

// silent demands that the landscape saw no request of a client at all since the
// last forget, not even a login; negated, that it saw one: silent DIR
func silent(ts *testscript.TestScript, neg bool, args []string) {
	seen := requests(ts, ts.MkAbs(args[0]))
	switch {
	case neg && len(seen) == 0:
		ts.Fatalf("no request was sent")
	case !neg && len(seen) > 0:
		ts.Fatalf("%d requests were sent, the first is %s %s %d", len(seen), seen[0].Method, seen[0].Path, seen[0].Status)
	}
}

// locate turns FILE@TEXT into FILE:LINE:COLUMN of the one place in the file that
// holds the text; a ^ in the text marks another column than its first.
func locate(ts *testscript.TestScript, where string) string {
	file, text, ok := strings.Cut(where, "@")
	if !ok {
		return where
	}
	text = strings.ReplaceAll(text, `\n`, "\n")
	before, after, _ := strings.Cut(text, "^")
	if !strings.Contains(text, "^") {
		before, after = "", text
	}
	content := ts.ReadFile(file)
	if n := strings.Count(content, before+after); n != 1 {
		ts.Fatalf("%s holds %q %d times", file, before+after, n)
	}
	head := content[:strings.Index(content, before+after)+len(before)]
	line := strings.LastIndexByte(head, '\n')
	return fmt.Sprintf("%s:%d:%d", file, strings.Count(head, "\n")+1, len(head)-line)
}

// server is a running reconcile simulate.
type server struct {
	command *exec.Cmd
	lines   *bufio.Reader
}

// running holds the servers by script folder and name: scripts run at the same time.
var running sync.Map

// serve runs reconcile simulate on a folder in the background and puts its URL
// into a variable once it is ready: serve VARIABLE DIR
func serve(ts *testscript.TestScript, _ bool, args []string) {
	name, dir := args[0], args[1]
	program := ""
	for _, folder := range filepath.SplitList(ts.Getenv("PATH")) {
		path := filepath.Join(folder, "reconcile")
		if _, err := os.Stat(path); err == nil {
			program = path
			break
		}
	}
	s := &server{command: exec.Command(program, "simulate", "--listen", "127.0.0.1:0", "--data", dir)}
	s.command.Dir = ts.MkAbs(".")
	s.command.Env = []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("HOME")}
	s.command.Stderr = os.Stderr
	out, err := s.command.StdoutPipe()
	ts.Check(err)
	ts.Check(s.command.Start())
	ts.Defer(func() { _ = s.command.Process.Kill(); _ = s.command.Wait() })
	s.lines = bufio.NewReader(out)
	line, err := s.lines.ReadString('\n')
	ts.Check(err)
	var ready struct {
		URL, Data, CA string
		Keys          map[string]string
	}
	ts.Check(json.Unmarshal([]byte(line), &ready))
	if ready.Data != dir || !strings.HasPrefix(ready.URL, "http://127.0.0.1:") {
		ts.Fatalf("the line of readiness says %s", line)
	}
	ready.Keys["ca"] = ready.CA
	for _, key := range []string{"destination", "destinationX509", "identityServices", "accessGovernance", "auditLog", "adapter", "ca"} {
		if _, err := os.Stat(ts.MkAbs(ready.Keys[key])); ready.Keys[key] == "" || err != nil {
			ts.Fatalf("key file of %s: %q %v", key, ready.Keys[key], err)
		}
	}
	ts.Setenv(name, ready.URL)
	running.Store(ts.MkAbs(name), s)
}

// terminate ends a server with SIGTERM and demands exit 0, at once, and that its
// line of readiness was all it printed: terminate VARIABLE
func terminate(ts *testscript.TestScript, _ bool, args []string) {
	found, ok := running.LoadAndDelete(ts.MkAbs(args[0]))
	if !ok {
		ts.Fatalf("no server %s", args[0])
	}
	s := found.(*server)
	began := time.Now()
	ts.Check(s.command.Process.Signal(syscall.SIGTERM))
	rest, err := io.ReadAll(s.lines)
	ts.Check(err)
	ts.Check(s.command.Wait())
	if took := time.Since(began); took > 4*time.Second {
		ts.Fatalf("it took %s to end", took)
	}
	if len(rest) > 0 {
		ts.Fatalf("it printed more than one line: %s", rest)
	}
}

// edit changes top-level texts of a JSON file into another file; "-" removes one:
// edit FROM TO [NAME VALUE]…
func edit(ts *testscript.TestScript, _ bool, args []string) {
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &object))
	for pair := range slices.Chunk(args[2:], 2) {
		if _, known := object[pair[0]]; !known {
			ts.Fatalf("%s has no %s", args[0], pair[0])
		}
		object[pair[0]] = pair[1]
		if pair[1] == "-" {
			delete(object, pair[0])
		}
	}
	data, err := json.Marshal(object)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o600))
}

// keyenv puts the text of a file into a variable: keyenv NAME FILE
func keyenv(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], ts.ReadFile(args[1]))
}

// digests demands that two JSON results have the same digest: digests FILE FILE
func digests(ts *testscript.TestScript, _ bool, args []string) {
	var both [2]struct{ Digest string }
	for i := range both {
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[i])), &both[i]))
	}
	if both[0].Digest == "" || both[0] != both[1] {
		ts.Fatalf("digests %q and %q", both[0].Digest, both[1].Digest)
	}
}

// setfrom puts what a pattern's group matches in a file into a variable:
// setfrom VARIABLE FILE PATTERN
func setfrom(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if len(found) < 2 {
		ts.Fatalf("%s does not match %s", args[1], args[2])
	}
	ts.Setenv(args[0], found[1])
}

// applied demands the sum of applied steps over several JSON results: applied N FILE…
func applied(ts *testscript.TestScript, _ bool, args []string) {
	sum := 0
	for _, file := range args[1:] {
		var result struct{ Summary struct{ Applied int } }
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(file)), &result))
		sum += result.Summary.Applied
	}
	if strconv.Itoa(sum) != args[0] {
		ts.Fatalf("%d steps were applied, want %s", sum, args[0])
	}
}
