package simulator_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/simulator"
)

// killVariable names the folder to a child process.
const killVariable = "SIMULATOR_TEST_FOLDER"

// TestKill kills a process that writes, at random moments and again and again on one folder, and finds after each
// death every write that was acknowledged, its line in the request log, and the folder free.
func TestKill(t *testing.T) {
	if dir := os.Getenv(killVariable); dir != "" {
		writeForEver(t, dir)
		return
	}
	dir := t.TempDir()
	writes, status := map[string]int{}, map[string]int{}
	for range 6 {
		lines := killedChild(t, dir)
		for _, line := range lines {
			writes[line]++
			if method, name, _ := strings.Cut(line, " "); method == "POST" {
				status[name] = http.StatusOK
			} else {
				status[name] = http.StatusNotFound
			}
		}
		// The next write may have happened without being acknowledged, and it may be the deletion of the last object.
		if method, name, _ := strings.Cut(lines[len(lines)-1], " "); method == "POST" {
			delete(status, name)
		}
		logged := logLines(t, dir)
		for line := range writes {
			if logged[line] == 0 {
				t.Errorf("%s is not in the request log", line)
			}
		}
		checkSurvivors(t, dir, status)
	}
}

// killedChild runs a child for a random while and returns the writes that were acknowledged to it.
func killedChild(t *testing.T, dir string) []string {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill$")
	child.Env = append(os.Environ(), killVariable+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err, first)
	}
	time.Sleep(time.Duration(rand.IntN(60_000)) * time.Microsecond)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Error("the child ended by itself")
	}
	text := first + string(rest) // what follows the last line feed is torn
	return strings.Split(text[:strings.LastIndexByte(text, '\n')], "\n")
}

// checkSurvivors loads the folder as a new landscape.
func checkSurvivors(t *testing.T, dir string, status map[string]int) {
	t.Helper()
	r := newRig(t, simulator.Options{Dir: dir})
	for name, want := range status {
		r.want(want, "GET", dest+"/"+name, r.bearer("destination"), nil)
	}
	if err := r.l.Close(); err != nil {
		t.Error(err)
	}
}

// logLines counts the good writes of requests.jsonl, as the child names them; a torn last line is no line.
func logLines(t *testing.T, dir string) map[string]int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "requests.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for line := range strings.Lines(string(data)) {
		var q simulator.Request
		if strings.HasSuffix(line, "\n") && json.Unmarshal([]byte(line), &q) == nil && q.Status < 300 {
			count[q.Method+" "+strings.TrimPrefix(q.Query, "name=")+q.Path[strings.LastIndexByte(q.Path, '/')+1:]]++
		}
	}
	// A creation has its name in the query, behind which stands the name of the collection.
	for line, n := range maps.Clone(count) {
		count[strings.TrimSuffix(line, "subaccountDestinations")] += n
	}
	return count
}

// writeForEver makes destinations over HTTP, deletes every third, and says so on standard output.
func writeForEver(t *testing.T, dir string) {
	l, err := simulator.New(simulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(l)
	defer s.Close()
	if err := l.SetRoot(s.URL); err != nil {
		t.Fatal(err)
	}
	r := rigOf(t, l, http.DefaultTransport)
	auth, url := r.bearer("destination"), s.URL+"/destination-configuration/v1/subaccountDestinations"
	for i := range 100_000 {
		name := fmt.Sprintf("D%d-%d", os.Getpid(), i)
		r.want(http.StatusCreated, "POST", url+"?name="+name, auth, m{"Name": name, "Type": "HTTP"})
		fmt.Println("POST " + name)
		if i%3 == 2 {
			r.want(http.StatusOK, "DELETE", url+"/"+name, auth, nil)
			fmt.Println("DELETE " + name)
		}
	}
}
