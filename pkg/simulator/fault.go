package simulator

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fault is one way in which the landscape misbehaves on purpose.
type Fault struct {
	// Method of the requests it applies to; empty means any.
	Method string `json:"method,omitempty"`
	// Path is the exact path it applies to; empty means every service route, but never /_sim and no token route.
	Path string `json:"path,omitempty"`
	// Nth is the first matching request that fails, counted from 1 since the fault was set; 0 means 1.
	Nth int `json:"nth,omitempty"`
	// Times is how many requests fail; 0 means 1, negative means for ever.
	Times int `json:"times,omitempty"`
	// Status is answered instead of doing what was asked; 0 means the request is served.
	Status int `json:"status,omitempty"`
	// RetryAfter is the header of that name in seconds; 0 means none.
	RetryAfter int `json:"retryAfter,omitempty"`
	// Body replaces the body of the answer.
	Body string `json:"body,omitempty"`
	// Delay is how long the answer is held back, in milliseconds, after the effect.
	Delay int `json:"delay,omitempty"`
	// Cut lets the connection die: "before" the effect, "after" it, or in the middle of the "body".
	Cut string `json:"cut,omitempty"`
	// ExpireToken lets the bearer token of the request expire with it: the service refuses this request and every later
	// one with the same token, until the client gets another.
	ExpireToken bool `json:"expireToken,omitempty"`
	// Internal makes it apply to the calls of the simulated services among themselves instead of those of clients.
	Internal bool `json:"internal,omitempty"`
}

// activeFault is a fault with its count of matching requests.
type activeFault struct {
	Fault
	seen int
}

// Fail sets further faults; the first that fires on a request wins, but each counts every request it matches.
func (l *Landscape) Fail(faults ...Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range faults {
		l.faults = append(l.faults, &activeFault{Fault: f})
	}
}

// ClearFaults removes all faults.
func (l *Landscape) ClearFaults() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = nil
}

// nextFault counts the request with every fault and returns the one that fires, or nil.
func (l *Landscape) nextFault(c *call) *Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	var fired *Fault
	for _, f := range l.faults {
		if !f.matches(c) {
			continue
		}
		f.seen++
		first := or(f.Nth, 1)
		if fired == nil && f.seen >= first && (f.Times < 0 || f.seen < first+or(f.Times, 1)) {
			fired = &f.Fault
		}
	}
	if fired != nil && fired.ExpireToken {
		l.expired[c.bearer()] = true
	}
	return fired
}

// verify decodes the token of a call when it is good. The caller holds the lock.
func (l *Landscape) verify(c *call) (claims, bool) {
	token := c.bearer()
	decoded, ok := l.state.verify(token, l.time())
	return decoded, ok && !l.expired[token]
}

// matches tells whether the fault is about this request.
func (f Fault) matches(c *call) bool {
	if f.Internal != c.internal || (f.Method != "" && f.Method != c.r.Method) {
		return false
	}
	if f.Path == "" {
		return !isTokenPath(c.r.URL.Path)
	}
	return f.Path == c.r.URL.Path
}

// isTokenPath knows the token routes: a fault for everything must not keep a client from logging in.
func isTokenPath(path string) bool {
	return path == "/oauth2/token" || path == "/oauth/token" || (strings.HasPrefix(path, "/tenants/") && strings.HasSuffix(path, "/oauth/token"))
}

// apply serves the request, or does not, as the fault says; a nil fault serves it.
func (f *Fault) apply(serve func() *answer) *answer {
	if f == nil {
		return serve()
	}
	if f.Cut == "before" {
		return &answer{cut: f.Cut}
	}
	var a *answer
	if f.Status != 0 {
		a = text(f.Status, http.StatusText(f.Status))
	} else {
		a = serve()
	}
	if f.Body != "" {
		a.body = []byte(f.Body)
		a.with("Content-Type", guessType(f.Body))
	}
	if f.RetryAfter != 0 {
		a.with("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	a.cut = f.Cut
	if f.Cut == "body" && len(a.body) < 2 {
		a.cut = "after" // there is no middle to cut in
	}
	return a
}

// delay is how long the answer waits.
func (f *Fault) delay() time.Duration {
	if f == nil {
		return 0
	}
	return time.Duration(f.Delay) * time.Millisecond
}

// guessType names the media type of a body that a fault brings along, by its first character.
func guessType(body string) string {
	switch body = strings.TrimSpace(body); {
	case strings.HasPrefix(body, "{"), strings.HasPrefix(body, "["):
		return "application/json"
	case strings.HasPrefix(body, "<"):
		return "text/html;charset=UTF-8"
	}
	return "text/plain;charset=UTF-8"
}

// check refuses a fault that could never fire or means nothing.
func (f Fault) check() error {
	switch {
	case f.Cut != "" && f.Cut != "before" && f.Cut != "after" && f.Cut != "body":
		return jsonError("cut: want before, after or body")
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return jsonError("status: want 200 to 599")
	case f.Nth < 0 || f.Delay < 0 || f.RetryAfter < 0:
		return jsonError("nth, delay and retryAfter: want no negative number")
	case strings.HasPrefix(f.Path, "/_sim"):
		return jsonError("path: the control interface does not fail")
	}
	return nil
}
