package verify

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"reconcile/pkg/connect"
	"reconcile/pkg/secret"
)

// entity is one of the two collections that the service reads.
type entity struct {
	// name is the collection, what the word in IAG's log.
	name, what string
	// path is the destination's property, attribute all that is asked for.
	path, attribute string
	// right is the authorization that reading it takes at the backend.
	right string
}

var entities = [2]entity{
	{"Users", "user", keyUsers, "userName", "Manage Users or Read Users"},
	{"Groups", "group", keyGroups, "displayName", "Manage Groups"},
}

// The pace and the bounds of calls to proxy systems.
//
// Fact: all proxy calls of a tenant together are slowed above 150 a minute and
// refused above 200, and count is at most 100. Source: SAP Cloud Identity
// Services help, "Handle Rate Limits" and "Proxy Systems", read 2026-11-23.
// [documented]
// Fact: a proxy repeats calls that its backend throttles, up to 3 times with 60
// seconds between them. Source: the same help, "List of Properties"
// (ips.failed.request.retry.attempts), read 2026-11-23. [documented]
const (
	pace = rate.Limit(1) // a call each second: the consumers need the rest
	// probeAttempts leaves the rest of a limit that all callers share to IAG: what
	// is throttled twice is throttled.
	probeAttempts = 2
	// probeBurst lets the few reads of a probe go at once.
	probeBurst   = 6
	pageSize     = 100
	maxPages     = 5000
	proxyTimeout = 3 * time.Minute
)

// line is the way to the proxy systems with a destination's own credentials.
type line struct {
	client *connect.Client
	stored map[string]string
	tenant *url.URL
	full   bool
}

// open makes the line. The client's address is the manifest's tenant, so a
// login cannot go anywhere else.
func (t Target) open(stored map[string]string) (*line, error) {
	client, err := t.proxyClient(login(stored))
	if err != nil {
		return nil, err
	}
	return &line{client: client, stored: stored, tenant: t.tenant(), full: t.Full}, nil
}

func (t Target) proxyClient(auth connect.Auth) (*connect.Client, error) {
	burst := probeBurst
	if t.Full {
		burst = 1
	}
	return t.Session.Client(connect.Service{
		Name: "proxy", Base: t.tenant(), Auth: auth, Rate: pace, Burst: burst, Timeout: proxyTimeout, Attempts: probeAttempts,
	})
}

// login is the stored login as IAG would use it: a misspelt Authentication
// sends none.
func login(stored map[string]string) connect.Auth {
	if stored[keyAuthentication] != basicAuthentication {
		return connect.None{}
	}
	return connect.Basic{User: stored[keyUser], Password: secret.New(stored[keyPassword])}
}

// errElsewhere means that the parts of an address make one that is not below
// the tenant.
var errElsewhere = errors.New("the parts of the address do not make one below the tenant that the manifest names, so nothing is sent")

// address puts the path together as IAG does, letter by letter.
func (l *line) address(e entity, id string) (string, error) {
	whole := l.stored[keyURL] + l.stored[keyService] + url.PathEscape(id) + l.stored[e.path]
	u, err := url.Parse(whole)
	switch {
	case err != nil, u.User != nil, u.Scheme != l.tenant.Scheme, host(u) != l.tenant.Host:
		return "", errElsewhere
	case u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("the parts of the address hold a query, so nothing is sent")
	default:
		return u.EscapedPath(), nil
	}
}

// accept is the header that the destination sets.
func (l *line) accept() string {
	if stored := l.stored[keyAccept]; stored != "" {
		return stored
	}
	return "*/*"
}

// ask reads one collection of one system: one entity, or all pages.
func (l *line) ask(ctx context.Context, e entity, id string) answer {
	a := answer{entity: e}
	path, err := l.address(e, id)
	if err != nil {
		a.detail = err.Error()
		return a
	}
	a.what, a.of = "GET "+path, e.name
	if l.full {
		l.walk(ctx, path, &a)
		return a
	}
	if p, ok := l.page(ctx, path, 1, 1, &a); ok {
		a.tally.add(p)
	}
	return a
}

// unasked is the answer of a call that is not made, because what it would bring is
// known.
func (l *line) unasked(e entity, id string, v verdict, why string) answer {
	a := answer{entity: e, verdict: v, detail: why}
	if path, err := l.address(e, id); err == nil {
		a.what, a.of = "GET "+path, e.name
	}
	return a
}

// page reads one page. It reports false when there is none, and says why in a.
func (l *line) page(ctx context.Context, path string, start, count int, a *answer) (page, bool) {
	return a.read(ctx, l.client, connect.Call{Path: path, Accept: l.accept(), Query: url.Values{
		"startIndex": {strconv.Itoa(start)}, "count": {strconv.Itoa(count)}, "attributes": {a.entity.attribute},
	}})
}

// tally is what a walk counted.
type tally struct {
	pages, read, delivered int
	// total is totalResults as the last page said it.
	total int
	// stopped says why the walk ended early, "" when it came to the end.
	stopped string
}

func (t *tally) add(p page) {
	t.pages++
	t.total = *p.Total
	t.read += p.Read
	t.delivered += len(p.Resources)
}

// walk reads all pages.
// Fact: startIndex grows by itemsPerPage, which counts what the proxy read
// before conditions, until it exceeds totalResults; an empty Resources does not
// end the list, and totalResults may be an estimate that grows. Source: SAP
// Cloud Identity Services help, "Proxy Systems", read 2026-11-23. [documented]
func (l *line) walk(ctx context.Context, path string, a *answer) {
	var t tally
	for start := 1; ; {
		p, ok := l.page(ctx, path, start, pageSize, a)
		if !ok {
			a.tally = t
			return
		}
		t.add(p)
		if t.stopped = stuck(t, p, start); t.stopped != "" {
			break
		}
		if start += p.Read; start > *p.Total {
			break
		}
	}
	a.tally, a.detail = t, t.describe(a.entity)
}

// stuck says why a walk whose page at start was not the last cannot go on.
func stuck(t tally, p page, start int) string {
	switch {
	case start > *p.Total:
		return ""
	case p.Read <= 0:
		return fmt.Sprintf("the proxy read nothing at %d of %d", start, *p.Total)
	case p.Read > *p.Total:
		return fmt.Sprintf("the proxy says that it read %d of %d", p.Read, *p.Total)
	case t.pages >= maxPages:
		return fmt.Sprintf("no end after %d pages", t.pages)
	default:
		return ""
	}
}

func (t tally) describe(e entity) string {
	text := fmt.Sprintf("%d %ss counted on %d pages", t.delivered, e.what, t.pages)
	if t.pages == 1 {
		text = fmt.Sprintf("%d %ss counted on 1 page", t.delivered, e.what)
	}
	if t.delivered != t.read {
		text += fmt.Sprintf("; %d read from the backend, the others are held back by a condition", t.read)
	}
	if t.stopped != "" {
		text += "; the walk ended early: " + t.stopped
	}
	return text
}
