package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/cli"
	"reconcile/pkg/simulator"
)

// tester is what helpers need of a test, of rapid's as well.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Failed() bool
}

// via reaches every kind through the adapter contract, so that the program works
// as on a real tenant, without --simulate, over the connections of the landscape.
const via = `apiVersion: reconcile/v1
kind: Integration
metadata: {name: %s, stage: %s}
spec:
  connections:
    destinationService: {serviceKey: {file: keys/destination.json}}
    identityServices:
      url: https://iag-demo.accounts.ondemand.com
      via: {systemUsers: adapter, proxySystems: adapter}
    accessGovernance:
      via: {iagSystems: adapter, parameters: adapter, jobs: adapter}
    adapter: {serviceKey: {file: keys/adapter.json}}
`

// kit is what all landscapes of one test have in common: one initial state, and
// a folder with its service keys.
type kit struct {
	dir  string
	dump []byte
	env  map[string]string
}

func newKit(t *testing.T) *kit {
	t.Helper()
	return newKitIn(t, t.TempDir())
}

func newKitIn(t *testing.T, folder string) *kit {
	t.Helper()
	k := &kit{dir: folder, env: map[string]string{}}
	landscape, err := simulator.New(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	connections := landscape.Connections()
	for reference, value := range connections.Secrets {
		k.env[strings.TrimPrefix(reference, "env:")] = value
	}
	dump, err := landscape.Dump()
	if err != nil {
		t.Fatal(err)
	}
	k.dump = few(t, dump)
	for name, key := range connections.Keys {
		data, err := json.Marshal(key)
		if err != nil {
			t.Fatal(err)
		}
		k.write(t, filepath.Join("keys", name+".json"), string(data))
	}
	return k
}

// few leaves three people and two groups in each tenant: hundreds of syncs need
// no more.
func few(t *testing.T, dump []byte) []byte {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal(dump, &document); err != nil {
		t.Fatal(err)
	}
	for _, tenant := range document["tenants"].(map[string]any) {
		for list, most := range map[string]int{"users": 3, "groups": 2} {
			all := tenant.(map[string]any)[list].(map[string]any)
			for i, id := range slices.Sorted(maps.Keys(all)) {
				if i >= most {
					delete(all, id)
				}
			}
		}
	}
	data, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// write puts a file into the kit's folder and returns its path.
func (k *kit) write(t tester, name, text string) string {
	t.Helper()
	path := filepath.Join(k.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatalf("%v", err)
	}
	return path
}

// example copies the example of the IAS integration beside the keys, with
// replacements of pairs of old and new text, and returns the arguments naming it.
func (k *kit) example(t *testing.T, name string, pairs ...string) []string {
	t.Helper()
	data, err := os.ReadFile("../examples/ias/integration.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the example does not hold %q", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	over := k.write(t, "via-example.yaml", fmt.Sprintf(via, "iag-ias", "demo"))
	return []string{"-f", k.write(t, name+".yaml", text), "-f", over}
}

// land is one landscape and the program working on it, in one process and without
// sockets or goroutines of its own, so that time can be simulated.
type land struct {
	*kit
	*simulator.Landscape
	wire *wire
	// signals reach the program while it runs.
	signals chan os.Signal
}

// land makes a landscape in the given state.
func (k *kit) land(t tester, state []byte) *land {
	t.Helper()
	landscape, err := simulator.New(simulator.Options{})
	if err == nil {
		err = landscape.Seed(state)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
	return &land{kit: k, Landscape: landscape, wire: &wire{next: landscape.Transport(), fail: landscape.Fail}}
}

// ended is what one command left behind.
type ended struct {
	code     int
	out, err string
	calls    []call
}

// run runs one command; what it sent is in the result.
func (l *land) run(args ...string) ended { return l.runAt(cli.IO{In: strings.NewReader("")}, args...) }

// runAt runs one command with the input and the terminals given.
func (l *land) runAt(streams cli.IO, args ...string) ended {
	var out, story bytes.Buffer
	l.wire.reset()
	streams.Out, streams.Err, streams.Now, streams.Base, streams.Signals = &out, &story, time.Now, l.wire, l.signals
	streams.LookupEnv = func(name string) (string, bool) { value, ok := l.env[name]; return value, ok }
	code := cli.Main(context.Background(), args, streams)
	return ended{code, out.String(), story.String(), l.wire.reset()}
}

func (e ended) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "exit %d\n%s%s", e.code, e.out, e.err)
	for _, c := range e.calls {
		fmt.Fprintf(&text, "  %s\n", c)
	}
	return text.String()
}

// writes are the calls that changed something but a token, or tried to.
func (e ended) writes() []call {
	return slices.DeleteFunc(slices.Clone(e.calls), func(c call) bool { return !c.write() })
}

// must runs a command and demands its exit code.
func (l *land) must(t tester, code int, args ...string) ended {
	t.Helper()
	e := l.run(args...)
	if e.code != code {
		t.Fatalf("%s: want exit %d, got %s", strings.Join(args, " "), code, e)
	}
	return e
}

// settled demands that nothing is left to do: no difference, and no write.
func (l *land) settled(t tester, args ...string) {
	t.Helper()
	l.must(t, 0, append([]string{"plan"}, args...)...)
	if e := l.must(t, 0, args...); len(e.writes()) > 0 {
		t.Fatalf("a converge with nothing to do writes: %s", e)
	}
}

// console does what a person would do in a console, and reports whether it was
// accepted.
func (l *land) console(t tester, method, path string, body any) bool {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatalf("%v", err)
	}
	request, err := http.NewRequest(method, l.Connections().Root+"/_sim/console/"+path, bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v", err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := l.Transport().RoundTrip(request)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return answer.StatusCode < 300
}
