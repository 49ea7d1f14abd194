package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"reconcile/pkg/simulator"
)

// TestKilledForReal kills the program, a real process, again and again while it
// works on a landscape in another process: at random moments, and with an answer of
// a write held back, so that it dies between the write and its note in the ledger.
// What is left is one of everything, all of it owned.
func TestKilledForReal(t *testing.T) {
	t.Parallel()
	program, dir := programFile(t), t.TempDir()
	url := simulated(t, program, filepath.Join(dir, "land"))
	manifest := manyKinds(t, dir)
	run := func(args ...string) *exec.Cmd {
		command := exec.CommandContext(t.Context(), program, append([]string{"-f", manifest, "--simulate=" + url, "-o", "json", "--parallelism=1"}, args...)...)
		command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
		return command
	}
	control(t, url, "latency", `{"ms": 15}`)
	writes := []string{
		`"POST", "path": "/destination-configuration/v1/subaccountDestinations"`, `"POST", "path": "/adapter/v1/systemUsers"`,
		`"POST", "path": "/adapter/v1/proxySystems"`, `"POST", "path": "/adapter/v1/iagSystems"`, `"POST", "path": "/adapter/v1/jobs"`,
		`"PUT", "path": "/destination-configuration/v1/subaccountDestinationFragments"`, `"POST", "path": "/destination-configuration/v1/subaccountDestinationFragments"`,
	}
	kills := 0
	for i := range 40 {
		control(t, url, "faults", fmt.Sprintf(`[{"method": %s, "nth": %d, "delay": 300}]`, writes[i%len(writes)], 1+i/len(writes)%2))
		kills += killSoon(t, run("--lock-timeout=0s"), time.Duration(40+rand.IntN(260))*time.Millisecond)
		control(t, url, "clock", `{"advance": "2m"}`)
		if kills == 25 {
			break
		}
	}
	if request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, url+"/_sim/faults", nil); err != nil {
		t.Fatal(err)
	} else if answer, err := http.DefaultClient.Do(request); err != nil || answer.Body.Close() != nil {
		t.Fatal(err)
	}
	if kills < 15 {
		t.Errorf("only %d runs were killed", kills)
	}
	if out, err := run().CombinedOutput(); err != nil {
		t.Fatalf("the last run: %v\n%s", err, out)
	}
	if out, err := run("--dry-run").CombinedOutput(); err != nil {
		t.Errorf("something is left to do: %v\n%s", err, out)
	}
	remains(t, url, kills)
}

// manyKinds writes the example with some more destinations, to have more to do.
func manyKinds(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "examples", "ias", "integration.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	more := "  destinations:\n"
	for i := range extraOnes {
		more += fmt.Sprintf("    - {name: EXTRA_%d, properties: {Type: HTTP, URL: \"https://extra.example\", ProxyType: Internet, Authentication: NoAuthentication}}\n", i)
	}
	file := filepath.Join(dir, "integration.yaml")
	if err := os.WriteFile(file, []byte(strings.Replace(string(data), "  destinations:\n", more, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// extraOnes is fewer than what is sent as an array.
const extraOnes = 3

// killSoon starts a command, kills it after a while, and reports 1 if it still ran.
func killSoon(t *testing.T, command *exec.Cmd, after time.Duration) int {
	t.Helper()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = command.Process.Kill() })
	defer timer.Stop()
	err := command.Wait()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return 0
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 1
	}
	return 0
}

// remains demands that everything was made once and is owned, and that no lock
// is held.
func remains(t *testing.T, url string, kills int) {
	t.Helper()
	var s state
	if err := json.Unmarshal([]byte(fetch(t, url+"/_sim/dump")), &s); err != nil {
		t.Fatal(err)
	}
	objects := 0
	for collection, list := range s.Collections {
		names := map[string]int{}
		for _, one := range list {
			names[fmt.Sprint(one.System["name"])]++
			objects++
		}
		for name, n := range names {
			if n > 1 {
				t.Errorf("%s %s is there %d times", collection, name, n)
			}
		}
	}
	for _, shelf := range s.Fragments {
		for name := range shelf {
			if strings.HasPrefix(name, "reconcile-lock-") {
				t.Errorf("%s is left", name)
			}
		}
	}
	ledger := s.ledger(t)
	for _, ref := range slices.Sorted(maps.Keys(ledger)) {
		if !strings.HasPrefix(ledger[ref], "owned true") || !strings.Contains(ledger[ref], "intent false owed false") {
			t.Errorf("the ledger says of %s: %s", ref, ledger[ref])
		}
	}
	if len(ledger) != 9+extraOnes || objects < 8 {
		t.Errorf("%d entries in the ledger, %d objects: %v", len(ledger), objects, ledger)
	}
	var calls []simulator.Request
	if err := json.Unmarshal([]byte(fetch(t, url+"/_sim/requests")), &calls); err != nil {
		t.Fatal(err)
	}
	posts := map[string]int{}
	for _, c := range calls {
		if c.Method == http.MethodPost && c.Status < 300 && (strings.HasPrefix(c.Path, "/adapter/v1/") && !strings.HasSuffix(c.Path, "/runs") || strings.HasSuffix(c.Path, "/subaccountDestinations")) && !c.Internal {
			posts[c.Path]++
		}
	}
	want := map[string]int{
		"/adapter/v1/systemUsers": 2, "/adapter/v1/proxySystems": 1, "/adapter/v1/iagSystems": 1, "/adapter/v1/parameters": 1, "/adapter/v1/jobs": 3,
		"/destination-configuration/v1/subaccountDestinations": 1 + extraOnes,
	}
	if !maps.Equal(posts, want) {
		t.Errorf("after %d kills %v were made, want %v", kills, posts, want)
	}
}

// programFile is this test as the program, see TestMain.
func programFile(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "reconcile")
	if err := os.Symlink(self, file); err != nil {
		t.Fatal(err)
	}
	return file
}

// simulated starts a landscape as a process of its own and returns its address.
func simulated(t *testing.T, program, folder string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, "simulate", "--listen", "127.0.0.1:0", "--data", folder)
	command.Env, command.Stderr = []string{"HOME=" + filepath.Dir(folder)}, os.Stderr
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	var ready struct{ URL string }
	if err != nil || json.Unmarshal([]byte(line), &ready) != nil || ready.URL == "" {
		t.Fatalf("%v: %s", err, line)
	}
	return ready.URL
}

func control(t *testing.T, url, what, body string) {
	t.Helper()
	answer, err := http.Post(url+"/_sim/"+what, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode >= 300 {
		t.Fatalf("%s: %s", what, answer.Status)
	}
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
