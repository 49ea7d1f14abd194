package simulator

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// unknownHostHeader marks the refusal of an unknown host, so that [Forward] can turn it into a failed name lookup.
const unknownHostHeader = "X-Landscape-Unknown-Host"

var (
	errUnknownHost = errors.New("host is not part of the landscape")
	errTooLarge    = errors.New("request body too large")
)

// ServeHTTP answers one request. The host decides which part of the landscape is meant; an unknown host is refused
// with 421 Misdirected Request, so that nothing that is meant for a real tenant is answered by accident.
func (l *Landscape) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, err := l.exchange(r, false)
	switch {
	case errors.Is(err, errUnknownHost):
		a = text(http.StatusMisdirectedRequest, "host "+strconv.Quote(r.Host)+" is not part of this landscape\n").
			with(unknownHostHeader, r.Host)
	case errors.Is(err, errTooLarge):
		a = text(http.StatusRequestEntityTooLarge, err.Error())
	case err != nil:
		panic(http.ErrAbortHandler) // the client is gone: nothing must look like an answer
	}
	writeAnswer(w, r, a)
}

// writeAnswer puts the answer on the wire, or lets the connection die as a fault demands.
func writeAnswer(w http.ResponseWriter, r *http.Request, a *answer) {
	maps.Copy(w.Header(), a.header)
	switch a.cut {
	case "before", "after":
		// Aborting is how a handler of net/http closes a connection without an answer.
		panic(http.ErrAbortHandler)
	case "body":
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	if a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.body) // a client that left needs no answer
	}
}

// exchange answers one request, whoever made it: a client over TCP, a client in process, or one of the services.
func (l *Landscape) exchange(r *http.Request, internal bool) (*answer, error) {
	host, routes, ok := l.site(requestHost(r))
	if !ok {
		return nil, errUnknownHost
	}
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	c := &call{r: r, host: host, body: body, query: parseQuery(r.URL.RawQuery), internal: internal}
	if isControl(host, r.URL.Path) {
		return dispatch(l.controlRoutes, c), nil
	}
	f := l.nextFault(c)
	if err := sleep(r.Context(), l.latencyOf(c)); err != nil {
		return nil, err
	}
	a := f.apply(func() *answer { return dispatch(routes, c) })
	if err := l.record(c, a); err != nil {
		a = text(http.StatusInternalServerError, "landscape: "+err.Error())
	}
	// The delay stands after the effect: a client that loses patience must not conclude that nothing happened.
	return a, sleep(r.Context(), f.delay()+a.slow)
}

// requestHost is the host that the client meant.
func requestHost(r *http.Request) string {
	if r.Host != "" {
		return r.Host
	}
	return r.URL.Host
}

// site finds the part of the landscape that answers for a host; the name is that of the tenant, or empty for the root.
func (l *Landscape) site(host string) (tenant string, routes []route, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if sameRoot(host, l.root.Host) || sameRoot(host, l.certRoot().Host) || sameRoot(host, l.local) {
		return "", l.rootRoutes, true
	}
	if strings.HasSuffix(hostname(host), uaaSuffix) {
		return strings.ToLower(host), l.uaaRoutes, true
	}
	name := strings.TrimSuffix(strings.ToLower(host), ":443")
	if l.state.Tenants[name] != nil {
		return name, l.tenantRoutes, true
	}
	return "", nil, false
}

// hostname is a host without its port, in lower case.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(host)
}

// sameRoot compares host and port; the names of the loopback device are one, as people type either.
func sameRoot(host, root string) bool {
	if strings.EqualFold(host, root) {
		return true
	}
	h, hp, err1 := net.SplitHostPort(host)
	r, rp, err2 := net.SplitHostPort(root)
	return err1 == nil && err2 == nil && hp == rp && isLoopback(h) && isLoopback(r)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}

// isControl tells the control interface from the services; it answers on the root only.
func isControl(tenant, path string) bool {
	return tenant == "" && (path == "/_sim" || strings.HasPrefix(path, "/_sim/"))
}

// readBody reads the body within bounds.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err == nil && len(data) > maxBody {
		return nil, errTooLarge
	}
	return data, err
}

// sleep waits, but not longer than the client does.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// latencyOf is how long a request travels: those of clients only, or each call through a proxy would travel twice.
func (l *Landscape) latencyOf(c *call) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.internal {
		return 0
	}
	return l.latency
}
