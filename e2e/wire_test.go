package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"reconcile/pkg/simulator"
)

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
