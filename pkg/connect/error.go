package connect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// What an Error is, for errors.Is.
var (
	// ErrNotFound is status 404.
	ErrNotFound = errors.New("not found")
	// ErrConflict is status 409: the name is taken.
	ErrConflict = errors.New("exists already")
	// ErrPrecondition is status 412: the object changed since it was read.
	ErrPrecondition = errors.New("changed in the meantime")
	// ErrDenied is status 401 or 403, or a login that was refused before and is
	// not tried again.
	ErrDenied = errors.New("not authorised")
	// ErrThrottled is status 429 after all attempts.
	ErrThrottled = errors.New("too many requests")
	// ErrUnreachable means that the service could not be asked and nothing
	// happened: the host is unknown or refuses, a read got no answer, or the
	// answer was 503 (for reads also 502 and 504).
	ErrUnreachable = errors.New("unreachable")
	// ErrUncertain means that a write was sent and no complete answer came back:
	// it may have happened. Read before deciding, never repeat.
	ErrUncertain = errors.New("outcome unknown")
	// ErrRefused means that the session's mode forbids the call; nothing was sent.
	ErrRefused = errors.New("refused before sending")
)

// Error is a call that failed. All its texts are free of secrets that the
// session knows.
type Error struct {
	Service, Method string
	// Path is the template, not the address.
	Path string
	// Status is zero when no answer came.
	Status int
	// Code is the service's own word for the error, "" when it has none.
	Code, Message string
	// Correlation finds the call in the service's logs.
	Correlation string
	Attempts    int

	kind, cause error
}

// Error prints "service METHOD path: status message".
func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s %s: ", e.Service, e.Method, e.Path)
	if e.Status != 0 {
		text += fmt.Sprintf("%d ", e.Status)
	}
	text += e.Message
	if e.Attempts > 1 {
		text += fmt.Sprintf(" (%d attempts)", e.Attempts)
	}
	return text
}

// Unwrap returns what the error is, and the context's error when that ended it.
func (e *Error) Unwrap() []error {
	var all []error
	for _, err := range []error{e.sentinel(), e.cause} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

func (e *Error) sentinel() error {
	if e.kind != nil {
		return e.kind
	}
	switch e.Status {
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusConflict:
		return ErrConflict
	case http.StatusPreconditionFailed:
		return ErrPrecondition
	case http.StatusUnauthorized, http.StatusForbidden:
		return ErrDenied
	case http.StatusTooManyRequests:
		return ErrThrottled
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return ErrUnreachable
	default:
		return nil
	}
}

// withCause adds the caller's own end of patience to an error, so that an
// interrupt can be told from a service that is down.
func withCause(err, cause error) error {
	if e, ok := errors.AsType[*Error](err); ok && cause != nil {
		// Everyone who waited for one token has the same error.
		own := *e
		own.cause = cause
		return &own
	}
	return err
}

// failure is an Error without an answer.
func (l *lane) failure(r request, attempts int, message string) *Error {
	return &Error{
		Service: l.service, Method: r.method, Path: r.path, Attempts: attempts,
		Message: l.session.hidden.line(message),
	}
}

// refusal is the Error of a complete answer that is no success. A gateway that
// lost a write leaves it uncertain, and its page that nothing is found says nothing of
// what the service holds.
func (l *lane) refusal(r request, a answer) *Error {
	code, message := diagnose(a)
	e := l.failure(r, a.attempts, message)
	e.Status, e.Code, e.Correlation = a.status, l.session.hidden.line(code), l.correlation(a.header)
	switch {
	case !r.reads() && (a.status == http.StatusBadGateway || a.status == http.StatusGatewayTimeout):
		e.kind = ErrUncertain
	case a.status == http.StatusNotFound && isHTML(a):
		e.kind = ErrUnreachable
	}
	return e
}

// refusedBefore is the Error of a login that is not tried again.
func (l *lane) refusedBefore(r request, c credentials) *Error {
	e := l.failure(r, 0, fmt.Sprintf("the login of %q was refused before and is not tried again: correct its id or secret, or allow one more try with --retry-login", c.id))
	e.kind = ErrDenied
	return e
}

// lost is the Error of a request without a complete answer.
func (l *lane) lost(ctx context.Context, f *flight, err error) *Error {
	text := reason(err)
	if errors.Is(context.Cause(ctx), errBudget) {
		text = errBudget.Error()
	}
	e := l.failure(f.request, f.attempts, text)
	switch {
	case errors.Is(err, ErrRefused):
		e.kind, e.Attempts = ErrRefused, 0
	case f.reads() && errors.Is(err, errTooLarge):
	case f.reads() || f.unsent:
		e.kind = ErrUnreachable
	default:
		e.kind = ErrUncertain
		e.Message = l.session.hidden.line("sent, but no complete answer came back: " + text)
	}
	return e
}

// reason is the text of a transport error without the address, whose query may
// hold anything.
func reason(err error) string {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return "no such host: " + dns.Name
	}
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer before the deadline"
	}
	return strings.TrimSpace(err.Error())
}

// correlation is the id under which the service logged the call.
// Fact: answers carry x-vcap-request-id. Source: Cloud Foundry documentation
// "HTTP routing, headers", read 2026-11-23. [documented]
func (l *lane) correlation(h http.Header) string {
	for _, name := range []string{"X-Vcap-Request-Id", "X-Correlation-Id", "X-Correlationid"} {
		if id := h.Get(name); id != "" {
			return l.session.hidden.line(id)
		}
	}
	return ""
}
