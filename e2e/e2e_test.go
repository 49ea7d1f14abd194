// Package e2e tests the program from the outside: scripts run the real Main, and
// the house rules are held.
package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	gojqcli "github.com/itchyny/gojq/cli"
	"github.com/rogpeppe/go-internal/testscript"

	"reconcile/pkg/cli"
	"reconcile/pkg/simulator"
)

// TestMain lets scripts call the program by its name.
func TestMain(m *testing.M) {
	testscript.Main(swept{m}, map[string]func(){"reconcile": program, "gh": ghCommand, "gojq": func() { os.Exit(gojqcli.Run()) }})
}

func program() { os.Exit(cli.Program()) }

// TestScripts runs every script below testdata.
func TestScripts(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Abs("../examples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata", RequireExplicitExec: true, RequireUniqueNames: true,
		UpdateScripts: os.Getenv("UPDATE") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", examples)
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache"))
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
		Cmds: scriptCommands,
	})
}

// scriptCommands are the commands of scripts beside those of testscript.
var scriptCommands = map[string]func(*testscript.TestScript, bool, []string){
	"formats": formats, "disturb": disturb,
	"code": code, "writes": writes, "forget": forget, "byhand": byHand, "json": checkJSON, "swap": swap,
	"refuses": refuses, "silent": silent, "serve": serve, "terminate": terminate, "edit": edit, "keyenv": keyenv, "digests": digests,
	"setfrom": setfrom, "applied": applied, "spoil": spoil,
}

// TestScriptCommands holds that no command has a name that testscript takes itself: it
// would never be called, and "stop" would end the script as passed.
func TestScriptCommands(t *testing.T) {
	t.Parallel()
	for name := range scriptCommands {
		switch name {
		case "cd", "chmod", "cmp", "cmpenv", "cp", "env", "exec", "exists", "grep", "kill", "mkdir", "mv", "rm", "skip",
			"stderr", "stdin", "stdout", "stop", "symlink", "ttyin", "ttyout", "unix2dos", "unquote", "wait":
			t.Errorf("the command %s is testscript's", name)
		}
	}
}

// code runs a program and demands its exit code, and that JSON on standard output
// is as the published schema says: code N program args…
func code(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	have := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		have = exit.ExitCode()
	}
	if have != want {
		ts.Fatalf("exit %d, want %d", have, want)
	}
	if asksJSON(args) {
		ts.Check(validResult(ts.ReadFile("stdout")))
	}
}

// forget empties the landscape's request log: forget DIR
func forget(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.Truncate(filepath.Join(ts.MkAbs(args[0]), "requests.jsonl"), 0))
}

// writes demands how many writes the landscape saw since the last forget, logins
// and its own calls left out: writes DIR N [path part]
func writes(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	part := ""
	if len(args) > 2 {
		part = args[2]
	}
	var seen []string
	for _, r := range requests(ts, ts.MkAbs(args[0])) {
		if r.Method != "GET" && !r.Internal && !strings.HasSuffix(r.Path, "/token") && strings.Contains(r.Path, part) {
			seen = append(seen, fmt.Sprintf("%s %s %d", r.Method, r.Path, r.Status))
		}
	}
	if len(seen) != want {
		ts.Fatalf("%d writes, want %d:\n%s", len(seen), want, strings.Join(seen, "\n"))
	}
}

func requests(ts *testscript.TestScript, dir string) []simulator.Request {
	data, err := os.ReadFile(filepath.Join(dir, "requests.jsonl"))
	ts.Check(err)
	var all []simulator.Request
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		var r simulator.Request
		ts.Check(json.Unmarshal(lines.Bytes(), &r))
		all = append(all, r)
	}
	return all
}

// byHand does what somebody would do in a console: byhand DIR METHOD PATH BODY
func byHand(ts *testscript.TestScript, _ bool, args []string) {
	landscape, err := simulator.New(simulator.Options{Dir: ts.MkAbs(args[0])})
	ts.Check(err)
	url := landscape.Connections().Root + "/_sim/" + args[2]
	request, err := http.NewRequest(args[1], url, strings.NewReader(args[3]))
	ts.Check(err)
	request.Header.Set("Content-Type", "application/json")
	answer, err := landscape.Transport().RoundTrip(request)
	ts.Check(err)
	_ = answer.Body.Close()
	ts.Check(landscape.Close())
	if answer.StatusCode >= 300 {
		ts.Fatalf("%s", answer.Status)
	}
}

// checkJSON demands that a file is one complete JSON document and, with a path,
// what stands there: json FILE [a.0.b VALUE]…
func checkJSON(ts *testscript.TestScript, _ bool, args []string) {
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	decoder.UseNumber()
	var document any
	ts.Check(decoder.Decode(&document))
	if decoder.More() {
		ts.Fatalf("%s holds more than one document", args[0])
	}
	for pairs := args[1:]; len(pairs) > 1; pairs = pairs[2:] {
		node := document
		for part := range strings.SplitSeq(pairs[0], ".") {
			switch n := node.(type) {
			case map[string]any:
				node = n[part]
			case []any:
				index, err := strconv.Atoi(part)
				ts.Check(err)
				if index >= len(n) {
					ts.Fatalf("%s: only %d elements", pairs[0], len(n))
				}
				node = n[index]
			default:
				ts.Fatalf("%s: nothing at %s", pairs[0], part)
			}
		}
		if have := fmt.Sprint(node); have != pairs[1] {
			ts.Fatalf("%s is %s, want %s", pairs[0], have, pairs[1])
		}
	}
}

// swap replaces text in a copy of a file and demands that it was there; \n in it
// is a line break: swap FROM TO OLD NEW
func swap(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	from, to := strings.ReplaceAll(args[2], `\n`, "\n"), strings.ReplaceAll(args[3], `\n`, "\n")
	if !strings.Contains(text, from) {
		ts.Fatalf("%s does not hold %q", args[0], from)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Replace(text, from, to, 1)), 0o600))
}
