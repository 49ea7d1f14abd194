package connect

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// The pace of repeated attempts.
const (
	maxAttempts = 4
	firstPause  = 500 * time.Millisecond
	longestWait = 30 * time.Second
)

// retrying wraps the lane's attempts. Its policy replaces the library's, which
// repeats every method, obeys any Retry-After and drops the last answer.
func (l *lane) retrying(attempts int) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport:     l,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax:     attempts - 1,
		CheckRetry:   l.again,
		Backoff:      backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
}

// again decides whether the last attempt is repeated. Its error result is
// always nil: the attempt's own outcome is what callers need to see.
func (l *lane) again(ctx context.Context, resp *http.Response, err error) (bool, error) {
	f := flightOf(ctx)
	return ctx.Err() == nil && l.session.mayRetry() && f.repeatable(resp, err) && patient(ctx, pause(f.attempts-1, resp)), nil
}

// patient reports whether the budget outlasts a wait: one that ends before it
// would only replace the answer by a timeout.
func patient(ctx context.Context, wait time.Duration) bool {
	deadline, limited := ctx.Deadline()
	return !limited || time.Until(deadline) > wait
}

// repeatable: everything after 429 and after an attempt that was never sent;
// PUT and DELETE also after a 503 that invites to come back, which is a service
// that did not act; reads after all that may pass.
// Fact: 503 with Retry-After says when to make the request again. Source:
// RFC 9110 section 15.6.4, read 2026-11-23. [documented]
func (f *flight) repeatable(resp *http.Response, err error) bool {
	if err != nil {
		return (f.unsent || f.reads()) && !permanent(err)
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusServiceUnavailable:
		idempotent := f.method == http.MethodPut || f.method == http.MethodDelete
		return f.reads() || (idempotent && resp.Header.Get("Retry-After") != "")
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return f.reads()
	default:
		return false
	}
}

// permanent names failures that the next attempt would meet again.
func permanent(err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	if ok && dns.IsNotFound {
		return true
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted || errors.Is(err, ErrRefused) || errors.Is(err, errTooLarge) || errors.Is(err, errCrowded) || errors.Is(err, errPlain)
}

// isDial reports whether an error belongs to making the connection.
func isDial(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return true
	}
	_, dns := errors.AsType[*net.DNSError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return dns || untrusted
}

// backoff is the pause with jitter on top, so that parallel calls which were
// throttled together do not come back together.
func backoff(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	p := pause(attempt, resp)
	return p + rand.N(p/4+1)
}

// pause is what the service asks for, at most 30 s, or an exponential wait.
func pause(attempt int, resp *http.Response) time.Duration {
	wait := firstPause << attempt
	if resp != nil {
		wait = max(firstPause, retryAfter(resp.Header.Get("Retry-After"), wait))
	}
	return min(wait, longestWait)
}

// retryAfter reads both forms of the header: seconds and a date.
func retryAfter(value string, otherwise time.Duration) time.Duration {
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return time.Until(at)
	}
	return otherwise
}
