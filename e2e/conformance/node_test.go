package conformance_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// nodeFolder has the scripts and the lock file of the clients from npm.
const nodeFolder = "testdata/node"

// always makes the tests of npm's clients run where they would be skipped to spare the network.
const always = "RECONCILE_CONFORMANCE"

// unreachable are npm's words for a registry that is not there. Anything else that goes wrong is a failure.
var unreachable = regexp.MustCompile(`\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|E403|E5\d\d)\b`)

// installed installs the clients from npm once a run and tells why they cannot be had, "" when they can.
var installed = sync.OnceValues(func() (skip string, err error) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return program + " is not installed", nil
		}
	}
	_, missing := os.Stat(filepath.Join(nodeFolder, "node_modules"))
	if os.Getenv(always) != "1" {
		if missing != nil {
			return "the clients are not installed; make conformance installs them and runs this", nil
		}
		return "", nil
	}
	// --ignore-scripts: nothing that was fetched runs before a test asks for it.
	install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	install.Dir = nodeFolder
	out, err := install.CombinedOutput()
	if err != nil && unreachable.Match(out) {
		return "the npm registry cannot be reached", nil
	}
	if err != nil {
		return "", &installError{err, out}
	}
	return "", nil
})

// installError is a failed installation with what npm said.
type installError struct {
	error
	out []byte
}

// Error implements error.
func (e *installError) Error() string { return e.error.Error() + "\n" + string(e.out) }

// needNode skips a test where the clients cannot be had.
func needNode(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	skip, err := installed()
	if err != nil {
		t.Fatalf("npm ci: %v", err)
	}
	if skip != "" {
		t.Skip("skipped: " + skip)
	}
}

// step is one call of a client.
type step struct {
	Call string   `json:"call"`
	Args []string `json:"args,omitempty"`
}

// outcome is what came of a step.
type outcome struct {
	OK    json.RawMessage `json:"ok"`
	Error string          `json:"error"`
}

// into decodes a good outcome.
func (o outcome) into(t *testing.T, v any) {
	t.Helper()
	if o.Error != "" {
		t.Fatalf("the client failed: %s", o.Error)
	}
	if err := json.Unmarshal(o.OK, v); err != nil {
		t.Fatalf("%v in %s", err, o.OK)
	}
}

// object decodes a good outcome that is an object.
func (o outcome) object(t *testing.T) object {
	t.Helper()
	var v object
	o.into(t, &v)
	return v
}

// node runs a script with a binding made of a key file, as a platform would start a program.
func (l *landscape) node(script, keyFile string, steps ...step) []outcome {
	l.Helper()
	key, err := os.ReadFile(keyFile)
	if err != nil {
		l.Fatal(err)
	}
	services := mustJSON(l.T, object{"destination": []object{{
		"label": "destination", "name": "dest", "plan": "lite",
		"tags": []string{"destination", "conn", "connsvc"}, "credentials": json.RawMessage(key),
	}}})
	folder := l.TempDir()
	input, output := filepath.Join(folder, "steps.json"), filepath.Join(folder, "results.json")
	if err := os.WriteFile(input, mustJSON(l.T, steps), 0o600); err != nil {
		l.Fatal(err)
	}
	run := exec.CommandContext(l.Context(), "node", script, input, output)
	run.Dir = nodeFolder
	// No proxy of the machine may come between, and no binding of the machine may be found.
	run.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "NO_PROXY=*", "VCAP_SERVICES=" + string(services)}
	run.Env = append(run.Env, l.env...)
	var log bytes.Buffer
	run.Stdout, run.Stderr = &log, &log
	if err := run.Run(); err != nil {
		l.Fatalf("node %s: %v\n%s", script, err, log.String())
	}
	data, err := os.ReadFile(output)
	if err != nil {
		l.Fatal(err)
	}
	var results []outcome
	if err := json.Unmarshal(data, &results); err != nil || len(results) != len(steps) {
		l.Fatalf("%d results, %v: %s", len(results), err, data)
	}
	return results
}

// requests lists what clients asked the landscape, as "GET /path?query", and forgets it.
func (l *landscape) requests() []string {
	var all []string
	for _, r := range l.sim.Requests() {
		line := r.Method + " " + strings.TrimPrefix(r.Path, "/destination-configuration")
		if r.Query != "" {
			line += "?" + r.Query
		}
		if !r.Internal {
			all = append(all, line)
		}
	}
	l.sim.ClearRequests()
	return all
}
