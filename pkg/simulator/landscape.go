package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"
)

// ErrInUse is returned by [New] when another process works on the same folder.
var ErrInUse = errors.New("landscape folder is in use by another process")

// Options says how a landscape is made. The zero value is a landscape in memory.
type Options struct {
	// Dir is the folder that keeps the state, the request log and the key files; empty means memory only.
	Dir string
	// Root is the root URL that keys carry; default "http://landscape.localhost".
	Root string
	// CertRoot is the root URL of an https listener with the configuration of [Landscape.ServerTLS]; x509 keys carry it
	// as certurl. Default: Root, with https.
	CertRoot string
	// Now is the clock; default time.Now. What /_sim/clock added stands on top of it.
	Now func() time.Time
	// Behaviour holds the switches for what is unknown about the real services.
	Behaviour Behaviour
}

// Landscape is the simulated landscape. It is safe for concurrent use and starts no goroutines.
type Landscape struct {
	dir  string
	now  func() time.Time
	lock *os.File // held for the life of the landscape when it has a folder

	rootRoutes, uaaRoutes, tenantRoutes, controlRoutes []route

	mu        sync.Mutex // guards everything below; never held while a service calls another
	state     *state
	dirty     bool // the state changed since it was last saved
	root      *url.URL
	secure    *url.URL // root of the https listener; nil when there is none
	local     string   // address of the listener of Listen, which answers beside root
	behaviour Behaviour
	latency   time.Duration
	faults    []*activeFault
	requests  []Request
	log       *os.File
	meters    map[string][]time.Time // recent calls, by rate-limited thing
	blocked   map[string]time.Time   // until when a rate limit refuses everything, by rate-limited thing
	failures  map[string]*failedLogins
	running   map[string]bool // idempotency keys of job runs under way
	expired   map[string]bool // bearer tokens that a fault let expire
	closed    bool
}

// New makes a landscape: from Dir when a state lies there, else with its seed.
func New(o Options) (*Landscape, error) {
	l := &Landscape{
		dir: o.Dir, now: o.Now, behaviour: o.Behaviour,
		meters: map[string][]time.Time{}, blocked: map[string]time.Time{}, failures: map[string]*failedLogins{},
		running: map[string]bool{}, expired: map[string]bool{},
	}
	if l.now == nil {
		l.now = time.Now
	}
	if o.Root == "" {
		o.Root = "http://landscape.localhost"
	}
	root, err := parseRoot(o.Root)
	if err != nil {
		return nil, err
	}
	l.root = root
	if o.CertRoot != "" {
		if l.secure, err = parseCertRoot(o.CertRoot); err != nil {
			return nil, err
		}
	}
	l.rootRoutes, l.uaaRoutes = l.routesOfRoot(), l.routesOfUAA()
	l.tenantRoutes, l.controlRoutes = l.routesOfTenants(), l.routesOfControl()
	if err := l.open(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// parseRoot accepts a root URL without path, query or fragment.
func parseRoot(root string) (*url.URL, error) {
	u, err := url.Parse(root)
	if err != nil {
		return nil, fmt.Errorf("landscape root: %w", err)
	}
	if u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("landscape root %q: want http://host[:port]", root)
	}
	u.Path = ""
	return u, nil
}

// Close gives the folder free. The landscape must not be used afterwards.
func (l *Landscape) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	var errs []error
	for _, f := range []*os.File{l.log, l.lock} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// Advance moves the landscape's clock forward (or back, when d is negative) from now on.
func (l *Landscape) Advance(d time.Duration) {
	// A failure to save surfaces with the next write; moving the clock itself cannot fail.
	_ = l.update(func() { l.state.Clock += d; l.touch() })
}

// time is the landscape's clock. The caller holds the lock.
func (l *Landscape) time() time.Time { return l.now().Add(l.state.Clock) }

// touch notes that the state changed, so that it is saved before the lock is given free. The caller holds the lock.
func (l *Landscape) touch() { l.dirty = true }

// update runs f under the lock and saves the state when f changed it.
func (l *Landscape) update(f func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
	return l.flush()
}

// locked runs a handler under the lock. An answer is given only after the state that it acknowledges is on disk.
func (l *Landscape) locked(h handler) handler {
	return func(c *call) *answer {
		var a *answer
		if err := l.update(func() { a = h(c) }); err != nil {
			return text(http.StatusInternalServerError, "landscape: "+err.Error())
		}
		return a
	}
}
