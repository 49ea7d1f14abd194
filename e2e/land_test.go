package e2e

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"reconcile/pkg/cli"
	"reconcile/pkg/reconcile"
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

// call is one request of the program.
type call struct {
	method string
	// path has {id} for identifiers that differ between landscapes.
	path string
	// nth counts the requests of this method and path.
	nth int
	// many is of how many objects its array is, 0 when it has none.
	many int
	// served is the status that the landscape gave, 0 when it was not reached.
	served int
	// trouble is what the wire did, if anything.
	trouble trouble
}

func (c call) String() string {
	return fmt.Sprintf("%s %s #%d: served %d %s", c.method, c.path, c.nth, c.served, c.trouble)
}

// key finds the same request in another run.
func (c call) key() string { return fmt.Sprintf("%s %s #%d", c.method, c.path, c.nth) }

func (c call) write() bool {
	return c.method != http.MethodGet && c.method != http.MethodHead && !strings.HasSuffix(c.path, "/token")
}

// ledger reports whether the call is about the program's own memory.
func (c call) ledger() bool { return strings.Contains(c.path, "subaccountDestinationFragments") }

// effective reports whether the landscape did what a write asked for.
func (c call) effective() bool { return c.write() && c.served >= 200 && c.served < 300 }

// wire stands between the program and the landscape, counts, and misbehaves as
// it is told.
type wire struct {
	next http.RoundTripper
	// fail sets a fault of the landscape.
	fail func(...simulator.Fault)
	// before is called with each request; what it returns is done. It may be nil.
	before func(c call, index int) trouble

	mu    sync.Mutex
	calls []call
	seen  map[string]int
}

// reset starts a new list of calls and returns the one before.
func (w *wire) reset() []call {
	w.mu.Lock()
	defer w.mu.Unlock()
	calls := w.calls
	w.calls, w.seen = nil, map[string]int{}
	return calls
}

// identifiers are those that a landscape makes by chance.
var identifiers = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// note counts a request and returns its place.
func (w *wire) note(r *http.Request) (call, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := call{method: r.Method, path: identifiers.ReplaceAllString(r.URL.Path, "{id}"), many: objects(r)}
	w.seen[c.method+c.path]++
	c.nth = w.seen[c.method+c.path]
	w.calls = append(w.calls, c)
	return c, len(w.calls)
}

// objects counts the objects of a request with an array.
func objects(r *http.Request) int {
	var all []json.RawMessage
	if r.Body != nil {
		data, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(data))
		_ = json.Unmarshal(data, &all)
	}
	return len(all)
}

// made corrects of how many objects a request was.
func (w *wire) made(index, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[index-1].many = n
}

func (w *wire) result(index int, what trouble, served int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[index-1].trouble, w.calls[index-1].served = what, served
}

// RoundTrip implements [http.RoundTripper]
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	c, index := w.note(r)
	what := none
	if w.before != nil {
		what = w.before(c, index)
	}
	w.result(index, what, 0)
	return w.disturb(r, what, index)
}

// state is the part of a landscape's state that the program can change.
type state struct {
	Destinations map[string]map[string]struct{ Properties map[string]string }
	Fragments    map[string]map[string]struct{ Properties map[string]string }
	Collections  map[string][]struct {
		ID, Version string
		System      map[string]any
		Secrets     map[string]string
	}
	Runs map[string][]struct{ Status, IdempotencyKey string }
}

func (l *land) state(t tester) state {
	t.Helper()
	var s state
	data, err := l.Dump()
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s
}

// picture is a state in a form that two landscapes can be compared by: made-up
// identifiers, versions and keys are left out, references keep their meaning.
type picture struct {
	Destinations map[string]map[string]string
	// Objects holds the documents of each collection, sorted by name.
	Objects map[string][]map[string]any
	Secrets map[string]map[string]string
	// Runs counts the runs of each job by outcome.
	Runs map[string]map[string]int
	// Ledger describes each entry.
	Ledger map[string]string
}

func (l *land) picture(t tester) picture {
	t.Helper()
	s := l.state(t)
	p := picture{map[string]map[string]string{}, map[string][]map[string]any{}, map[string]map[string]string{}, map[string]map[string]int{}, s.ledger(t)}
	for _, shelf := range s.Destinations {
		for name, one := range shelf {
			p.Destinations[name] = one.Properties
		}
	}
	names := map[string]string{}
	for collection, list := range s.Collections {
		for _, one := range list {
			names[one.ID] = fmt.Sprintf("{%s %v}", collection, one.System["name"])
		}
	}
	for collection, list := range s.Collections {
		for _, one := range list {
			name := names[one.ID]
			p.Objects[collection] = append(p.Objects[collection], named(one.System, names))
			if len(one.Secrets) > 0 {
				p.Secrets[name] = one.Secrets
			}
			for _, run := range s.Runs[one.ID] {
				if p.Runs[name] == nil {
					p.Runs[name] = map[string]int{}
				}
				p.Runs[name][run.Status]++
			}
		}
		slices.SortFunc(p.Objects[collection], func(a, b map[string]any) int {
			return cmp.Compare(fmt.Sprint(a["name"]), fmt.Sprint(b["name"]))
		})
	}
	return p
}

// named replaces identifiers in a document by what they identify.
func named(document map[string]any, names map[string]string) map[string]any {
	out := maps.Clone(document)
	for field, value := range out {
		if text, ok := value.(string); ok && names[text] != "" {
			out[field] = names[text]
		}
	}
	return out
}

// ledger describes what the program remembers of each object, without what is
// made up, and demands that there is at most one memory of each.
func (s state) ledger(t tester) map[string]string {
	t.Helper()
	entries := map[string]string{}
	for _, shelf := range s.Fragments {
		for fragment, one := range shelf {
			for property, text := range one.Properties {
				var e reconcile.Entry
				if property == "reconcile" || property == "FragmentName" {
					continue
				}
				if err := json.Unmarshal([]byte(text), &e); err != nil {
					t.Fatalf("fragment %s, property %s: %v", fragment, property, err)
				}
				ref := e.String()
				if entries[ref] != "" {
					t.Errorf("the ledger remembers %s twice", ref)
				}
				entries[ref] = fmt.Sprintf("owned %t via %s wrote %v labels %v intent %t owed %t id %t",
					e.Owned, e.Via, slices.Sorted(maps.Keys(e.Wrote)), e.Labels, e.Intent != nil, e.Owed, e.ID != "")
			}
		}
	}
	return entries
}
