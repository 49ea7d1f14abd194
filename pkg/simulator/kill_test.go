package simulator_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"testing"

	"reconcile/pkg/simulator"
)

// TestKill kills a process that writes, and finds every write that was acknowledged, and the folder free.
func TestKill(t *testing.T) {
	const variable = "SIMULATOR_TEST_FOLDER"
	if dir := os.Getenv(variable); dir != "" {
		writeForEver(t, dir)
		return
	}
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill$")
	child.Env = append(os.Environ(), variable+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var done []string
	for lines := bufio.NewScanner(out); len(done) < 25 && lines.Scan(); {
		done = append(done, lines.Text())
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Error("the child ended by itself")
	}
	r := newRig(t, simulator.Options{Dir: dir})
	for _, name := range done {
		r.want(http.StatusOK, "GET", dest+"/"+name, r.bearer("destination"), nil)
	}
	if len(done) != 25 {
		t.Errorf("%d writes", len(done))
	}
}

// writeForEver makes destinations and says so on standard output.
func writeForEver(t *testing.T, dir string) {
	r := newRig(t, simulator.Options{Dir: dir})
	for i := range 1000 {
		name := fmt.Sprintf("D%d", i)
		r.want(http.StatusCreated, "POST", dest, r.bearer("destination"), m{"Name": name, "Type": "HTTP"})
		fmt.Println(name)
	}
}
