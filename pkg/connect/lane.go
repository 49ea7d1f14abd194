package connect

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// The limits of an answer. What a service says about an error needs no more.
const (
	maxAnswer = 32 << 20
	maxError  = 64 << 10
)

var (
	errBudget   = errors.New("gave up: no answer within the time for one call")
	errNoAnswer = errors.New("no answer in time")
	errCrowded  = errors.New("the rate limit left no time for the call")
	errCut      = errors.New("the answer was cut off")
	errTooLarge = errors.New("the answer is larger than 32 MiB")
)

// lane sends requests of one service through the whole stack: retry around rate
// limit around one attempt around the gate around the base transport.
type lane struct {
	session *Session
	service string
	timeout time.Duration
	pace    *pace
	base    http.RoundTripper
	http    *retryablehttp.Client
}

// lane makes the way to one host of a service; host tells a token endpoint from the
// service itself.
func (s *Session) lane(service Service, host string, base http.RoundTripper) *lane {
	l := &lane{session: s, service: service.Name, base: base, timeout: cmp.Or(service.Timeout, s.options.Timeout)}
	l.pace = s.paces.of(service.Name+" "+host, service.Rate, service.Burst)
	l.http = l.retrying(cmp.Or(service.Attempts, maxAttempts))
	return l
}

// request is a call ready for the wire.
type request struct {
	method, path, url string
	header            http.Header
	body              []byte
	token             bool // a token request: a POST without effect
}

// reads reports whether repeating the request is harmless and its loss leaves
// no doubt.
func (r request) reads() bool {
	return r.token || r.method == http.MethodGet || r.method == http.MethodHead
}

// answer is a complete answer.
type answer struct {
	status   int
	header   http.Header
	body     []byte
	attempts int
}

// flight is what the layers of one send know of each other. It travels in the
// context, because the retry layer hides it from the attempts.
type flight struct {
	request
	attempts int
	unsent   bool // the last attempt certainly did not reach the service
}

type flightKey struct{}

func flightOf(ctx context.Context) *flight {
	f, _ := ctx.Value(flightKey{}).(*flight)
	return f
}

// send sends the request, repeated where that is harmless. An error is an
// *Error and means that no complete answer came.
func (l *lane) send(ctx context.Context, r request) (answer, error) {
	f := &flight{request: r}
	var body any
	if r.body != nil {
		body = r.body
	}
	req, err := retryablehttp.NewRequestWithContext(context.WithValue(ctx, flightKey{}, f), r.method, r.url, body)
	if err != nil {
		return answer{}, l.failure(r, 0, "the request cannot be built")
	}
	req.Header = r.header.Clone()
	req.Header.Set("User-Agent", l.session.options.UserAgent)
	resp, err := l.http.Do(req)
	if err != nil {
		return answer{attempts: f.attempts}, l.lost(ctx, f, err)
	}
	defer resp.Body.Close()
	// The attempt has read it already, so this cannot fail.
	data, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: data, attempts: f.attempts}, err
}

// RoundTrip makes one attempt and reads the whole answer, so that an answer
// that is cut off is an error inside the retry layer.
func (l *lane) RoundTrip(req *http.Request) (*http.Response, error) {
	f := flightOf(req.Context())
	f.unsent = true
	if err := l.pace.wait(req.Context()); err != nil {
		return nil, err
	}
	f.attempts++
	started := time.Now()
	resp, err := l.attempt(req, f)
	l.note(f, resp, err, time.Since(started))
	return resp, err
}

func (l *lane) attempt(req *http.Request, f *flight) (*http.Response, error) {
	ctx, cancel := context.WithTimeoutCause(req.Context(), l.timeout, errNoAnswer)
	defer cancel()
	var seen connection
	req = req.WithContext(httptrace.WithClientTrace(ctx, seen.trace()))
	if err := l.session.gate.check(req); err != nil {
		return nil, err
	}
	ctx, err := l.plain(req)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	resp, err := l.base.RoundTrip(req)
	if err == nil {
		err = load(resp, f.request)
		f.unsent = false
	} else {
		f.unsent = seen.never() || isDial(err)
	}
	switch {
	case err == nil:
		return resp, nil
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), errNoAnswer):
		return nil, errNoAnswer
	default:
		return nil, err
	}
}

// connection watches whether a transport ever got a connection. Transports that
// are not net/http's do not tell.
type connection struct{ asked, got atomic.Bool }

func (c *connection) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { c.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { c.got.Store(true) },
	}
}

func (c *connection) never() bool { return c.asked.Load() && !c.got.Load() }

// load replaces the body of an answer by its complete content.
func load(resp *http.Response, r request) error {
	limit := int64(maxAnswer)
	ok := resp.StatusCode >= 200 && resp.StatusCode < 300
	if !ok {
		limit = maxError
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	err = errors.Join(err, resp.Body.Close())
	resp.Body = io.NopCloser(bytes.NewReader(data))
	if !ok {
		// The status says it all; half a message is better than none.
		resp.Body = io.NopCloser(bytes.NewReader(data[:min(int64(len(data)), limit)]))
		return strip(resp)
	}
	switch {
	case err != nil:
		return errCut
	case int64(len(data)) > limit:
		return errTooLarge
	case r.method != http.MethodHead && resp.ContentLength > int64(len(data)):
		return errCut
	case r.method == http.MethodGet && isJSON(resp.Header) && len(data) > 0 && !json.Valid(data):
		// A list is sent in chunks; an error in mid-stream ends it early.
		return errCut
	}
	return nil
}

// strip keeps of a redirect only the host, and in a header that nobody follows:
// the rest of the address may hold anything.
func strip(resp *http.Response) error {
	location := resp.Header.Get("Location")
	if resp.StatusCode/100 != 3 || location == "" {
		return nil
	}
	resp.Header.Del("Location")
	if u, err := url.Parse(location); err == nil && u.Host != "" {
		resp.Header.Set(redirectHost, u.Host)
	}
	return nil
}

// redirectHost is where strip leaves the host of a redirect.
const redirectHost = "X-Redirect-Host"

func isJSON(h http.Header) bool {
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

// note counts the attempt and writes its log line: never query, headers or bodies.
func (l *lane) note(f *flight, resp *http.Response, err error, took time.Duration) {
	if errors.Is(err, ErrRefused) {
		return
	}
	l.session.calls.Add(1)
	if f.attempts > 1 {
		l.session.retries.Add(1)
	}
	var outcome []any
	sent := Sent{Service: l.service, Method: f.method, Path: f.path}
	if err != nil {
		sent.Problem = l.session.hidden.line(reason(err))
		outcome = []any{"problem", sent.Problem}
	} else {
		sent.Status = resp.StatusCode
		if resp.StatusCode == http.StatusTooManyRequests {
			l.session.throttled.Add(1)
			l.pace.throttled(resp.Header)
		}
		outcome = []any{"status", resp.StatusCode, "correlation", l.correlation(resp.Header)}
	}
	if l.session.options.Observe != nil {
		l.session.options.Observe(sent)
	}
	l.session.options.Log.Debug().Str("service", l.service).Str("method", f.method).Str("path", f.path).Fields(outcome).
		Int("attempt", f.attempts).Int64("took_ms", took.Milliseconds()).Msg("http call")
}
