package connect

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/time/rate"

	"reconcile/pkg/secret"
)

// The limits of a Session that says nothing else.
const (
	defaultTimeout = 30 * time.Second
	defaultBudget  = 2 * time.Minute
	connectTimeout = 5 * time.Second
)

// Options says how a Session works. The zero value is a read-only session over
// the real network without a log.
type Options struct {
	// Base carries the requests; nil means the network. A Base that is not an
	// *http.Transport and has a method WithCertificate(tls.Certificate)
	// http.RoundTripper is asked by it for a transport that presents a client
	// certificate; one without it is used as it is.
	Base http.RoundTripper
	// Mode says what may be sent; zero is ReadOnly.
	Mode Mode
	// LedgerPrefixes are the beginnings of fragment names that LedgerOnly may write.
	LedgerPrefixes []string
	// Log receives one debug line for each HTTP call. The zero Logger is silent.
	Log zerolog.Logger
	// Observe is told of every request that was sent, from many goroutines. May be nil.
	Observe func(Sent)
	// UserAgent names the product to the services; "" means "reconcile".
	UserAgent string
	// Timeout limits one attempt; zero means 30 seconds.
	Timeout time.Duration
	// Budget limits one Do with all its attempts and waits; zero means 2 minutes.
	Budget time.Duration
	// Shared joins the session with others; nil leaves it alone.
	Shared *Shared
}

// Sent is one request as logs and records may show it.
type Sent struct {
	Service, Method string
	// Path is the template, not the address.
	Path string
	// Status is zero when no answer came, and then Problem says why.
	Status  int
	Problem string
}

// Shared is what the sessions of one run share, whatever each of them may send: one
// token and one pace for each identity and service, which logins were refused, and
// which values must not show. The zero value is ready; it is safe for concurrent use.
type Shared struct {
	hidden  redactor
	tokens  tokens
	refused refusals
	paces   paces
}

// Session is what all clients of one integration share: mode, counters, and what is
// [Shared] with other sessions. It is safe for concurrent use.
type Session struct {
	*Shared
	options Options
	base    http.RoundTripper
	gate    *gate

	calls, retries, throttled atomic.Int64
}

// New starts a session. It makes no call.
func New(o Options) *Session {
	o.UserAgent = cmp.Or(o.UserAgent, "reconcile")
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	o.Budget = cmp.Or(o.Budget, defaultBudget)
	base := o.Base
	if base == nil {
		base = network()
	}
	if o.Shared == nil {
		o.Shared = &Shared{}
	}
	return &Session{Shared: o.Shared, options: o, base: base, gate: &gate{mode: o.Mode, prefixes: o.LedgerPrefixes}}
}

// network is the transport of sessions that name none.
// Fact: the service's documents advise a connect timeout of a few seconds and a
// read timeout of up to 30 seconds. Source: SAP BTP Connectivity help,
// "Destination service REST API, resilience recommendations", read 2026-11-23. [documented]
func network() http.RoundTripper {
	// Without an authority of its own nothing can be wrong.
	t, _ := Network(NetworkOptions{})
	return t
}

// Mode returns what the session may send.
func (s *Session) Mode() Mode { return s.options.Mode }

// Calls returns how many HTTP requests were sent, token requests and repeated
// attempts included.
func (s *Session) Calls() int { return int(s.calls.Load()) }

// Retries returns how many of the calls repeated an earlier attempt.
func (s *Session) Retries() int { return int(s.retries.Load()) }

// Throttled returns how many answers were 429 Too Many Requests.
func (s *Session) Throttled() int { return int(s.throttled.Load()) }

// Hide makes the session replace values by [secret] in every error text and log
// line from now on. Clients hide their own credentials; drivers hide what they
// send and receive.
func (s *Session) Hide(values ...secret.Value) { s.hidden.hide(values...) }

// Redact returns text with all hidden values replaced.
func (s *Session) Redact(text string) string { return s.hidden.redact(text) }

// Line makes a text that comes from a service, such as the log of a job, fit to
// be shown: redacted, one line without control characters, cut after 300
// characters.
func (s *Session) Line(text string) string { return s.hidden.line(text) }

// Service is one interface to talk to.
type Service struct {
	// Name appears in errors and logs, for example "destination".
	Name string
	// Base is the address below which all paths of a Call lie.
	Base *url.URL
	// Auth says how to log in; nil means None.
	Auth Auth
	// Rate limits the calls per second, with bursts of Burst (at least 1). Zero
	// means no limit until the service throttles. All clients of a session with
	// this Name at this host share the limit; the first one sets it.
	Rate  rate.Limit
	Burst int
	// Timeout limits one attempt; zero means the session's.
	Timeout time.Duration
	// Attempts is the most attempts at one call, where repeating is harmless; zero
	// means 4. Logins keep to the latter.
	Attempts int
}

// Client makes a client for one service. It makes no call; the error says what
// is wrong with the address or the credentials themselves.
func (s *Session) Client(service Service) (*Client, error) {
	base, err := checkBase(service.Base)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", service.Name, err)
	}
	api := s.lane(service, service.Base.Host, s.base)
	service.Attempts = 0
	login, err := s.login(service)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", service.Name, err)
	}
	return &Client{session: s, service: service.Name, base: base, lane: api, login: login}, nil
}

// checkBase refuses addresses that would lose a part of themselves or carry
// credentials of their own, and returns the address without trailing slash.
func checkBase(base *url.URL) (string, error) {
	switch {
	case base == nil:
		return "", errors.New("no address is configured")
	case (base.Scheme != "https" && base.Scheme != "http") || base.Host == "":
		return "", errors.New("address is not an absolute http or https URL")
	case base.User != nil || base.RawQuery != "" || base.Fragment != "":
		return "", errors.New("address must not carry user, query or fragment")
	}
	return base.Scheme + "://" + base.Host + strings.TrimRight(base.EscapedPath(), "/"), nil
}
