package connect

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"reconcile/pkg/secret"
)

// bearer is ClientCredentials or ClientCertificate at work.
type bearer struct {
	session *Session
	lane    *lane // towards the token endpoint
	auth    ClientCredentials
	login   credentials
	token   *token
	path    string
}

// bearer registers the token endpoint with the gate. base carries the token
// requests only: a service behind a certificate login still takes the plain
// token. proof is what the login stands or falls with: the secret, or the key of the
// certificate.
//
// Fact: with an x509 service key the token request goes to certurl over mutual
// TLS with client_id and without secret; the API call needs the token only.
// Source: SAP BTP Connectivity help, "Calling the Destination Service REST API"
// (9fdad3c), read 2026-11-23. [documented]
func (s *Session) bearer(service Service, a ClientCredentials, proof secret.Value, base http.RoundTripper) (login, error) {
	u, err := checkTokenURL(a.TokenURL)
	if err != nil {
		return nil, err
	}
	s.Hide(a.Secret)
	s.gate.allowToken(a.TokenURL)
	// Logins are no calls of the service: they have a pace of their own.
	tokens := Service{Name: service.Name, Timeout: service.Timeout}
	b := &bearer{
		session: s, lane: s.lane(tokens, u.Host, base), auth: a, path: u.EscapedPath(),
		login: credentials{host: u.Host, id: a.ClientID, secret: proof},
	}
	b.token = s.tokens.of(b.login.print(a.TokenURL))
	return b, nil
}

func (b *bearer) header(ctx context.Context, _ request) (string, error) {
	value, err := b.token.get(ctx, b.fetch)
	if _, told := errors.AsType[*Error](err); err != nil && !told {
		e := b.lane.failure(b.request(), 0, reason(err))
		e.kind = ErrUnreachable
		return "", e
	}
	return "Bearer " + value, err
}

func (b *bearer) again(used string, _ answer) bool {
	b.token.drop(strings.TrimPrefix(used, "Bearer "))
	return true
}

// fetch asks for a token. A login that was refused once is not tried again.
//
// api:POST /oauth/token
func (b *bearer) fetch(ctx context.Context) (string, time.Duration, error) {
	r := b.request()
	if b.session.refused.bars(b.login) {
		return "", 0, b.lane.refusedBefore(r, b.login)
	}
	a, err := b.lane.send(ctx, r)
	if err != nil {
		return "", 0, err
	}
	if a.status != http.StatusOK {
		return "", 0, b.rejected(r, a)
	}
	var t struct {
		Token   string   `json:"access_token"`
		Expires lifetime `json:"expires_in"`
	}
	if json.Unmarshal(a.body, &t) != nil || t.Token == "" {
		e := b.lane.failure(r, a.attempts, "answered with "+describe(a)+" instead of a token")
		e.Status, e.Correlation = a.status, b.lane.correlation(a.header)
		return "", 0, e
	}
	b.session.Hide(secret.New(t.Token))
	return t.Token, time.Duration(t.Expires) * time.Second, nil
}

func (b *bearer) request() request {
	form := url.Values{"grant_type": {"client_credentials"}}
	r := request{method: http.MethodPost, path: b.path, url: b.auth.TokenURL, token: true, header: http.Header{
		"Accept":       {"application/json"},
		"Content-Type": {"application/x-www-form-urlencoded"},
	}}
	id, password := b.auth.ClientID, b.auth.Secret.Reveal()
	if b.auth.Style == InHeader && password != "" {
		pair := base64.StdEncoding.EncodeToString([]byte(id + ":" + password))
		b.session.Hide(secret.New(pair))
		r.header.Set("Authorization", "Basic "+pair)
	} else {
		form.Set("client_id", id)
	}
	if password != "" && b.auth.Style == InForm {
		form.Set("client_secret", password)
	}
	r.body = []byte(form.Encode())
	return r
}

// rejected turns the refusal of a token into an error and remembers it when it
// was about the login.
// Fact: a wrong client is answered with 401, by some servers with 400
// invalid_client. Source: RFC 6749 section 5.2, read 2026-11-23. [documented]
func (b *bearer) rejected(r request, a answer) error {
	e := b.lane.refusal(r, a)
	if a.status == http.StatusUnauthorized || e.Code == "invalid_client" || e.Code == "unauthorized_client" {
		b.session.refused.add(b.login)
		e.kind = ErrDenied
	}
	return e
}

// lifetime reads expires_in, which some servers send as text.
type lifetime int64

// UnmarshalJSON accepts 43199 and "43199"; what it cannot read is zero.
func (l *lifetime) UnmarshalJSON(data []byte) error {
	seconds, err := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	if err == nil && seconds > 0 && seconds < 1e9 {
		*l = lifetime(seconds)
	}
	return nil
}

// unknownLifetime is how long a token without a stated lifetime is used.
const unknownLifetime = 5 * time.Minute

// token is one access token, shared by all clients of an identity.
type token struct {
	// turn holds one element: who takes it may fetch. A channel, because waiting
	// for it ends with the context, and a mutex would not.
	turn chan struct{}

	mu      sync.Mutex
	value   string
	expires time.Time
}

// get returns the token, fetching it when there is none or it ends soon. Of many
// callers one fetches and the others wait; a failure is only the fetcher's.
func (t *token) get(ctx context.Context, fetch func(context.Context) (string, time.Duration, error)) (string, error) {
	if value := t.current(); value != "" {
		return value, nil
	}
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if value := t.current(); value != "" {
		return value, nil
	}
	value, lives, err := fetch(ctx)
	if err != nil {
		return "", err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.value, t.expires = value, time.Now().Add(usable(lives))
	return value, nil
}

// usable is the part of a lifetime in which a call that starts also ends: all
// but a minute, or nine tenths of a short one.
func usable(lives time.Duration) time.Duration {
	if lives <= 0 {
		return unknownLifetime
	}
	return lives - min(time.Minute, lives/10)
}

func (t *token) current() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Now().Before(t.expires) {
		return t.value
	}
	return ""
}

// drop forgets the token if it is still the one that was used.
func (t *token) drop(used string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value == used {
		t.value = ""
	}
}

// tokens are the session's tokens by identity.
type tokens struct {
	mu  sync.Mutex
	all map[fingerprint]*token
}

func (t *tokens) of(identity fingerprint) *token {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[fingerprint]*token{}
	}
	if t.all[identity] == nil {
		t.all[identity] = &token{turn: make(chan struct{}, 1)}
	}
	return t.all[identity]
}

// RefuseLogins tells the session which logins earlier processes saw refused, as
// hashes by RefusedLogins under the same key, and since when; zero where that is not
// known. They are not tried again. It may be called for several memories, each with
// its own key.
func (s *Session) RefuseLogins(key []byte, since map[string]time.Time) {
	s.refused.remember(key, since)
}

// RefusedLogins returns the keyed hashes of the logins that were refused in this
// process, and when. They reveal neither id nor secret.
func (s *Session) RefusedLogins(key []byte) map[string]time.Time {
	hashes, _ := s.refused.hashes(key)
	return hashes
}

// LoginRefused reports whether a login was refused, in this process or in one that
// RefuseLogins told of. place is the host, or what NoteRefusal was told.
func (s *Session) LoginRefused(place, id string, password secret.Value) bool {
	_, refused := s.RefusedSince(place, id, password)
	return refused
}

// RefusedSince is LoginRefused and tells since when; zero where that is not known.
func (s *Session) RefusedSince(place, id string, password secret.Value) (since time.Time, refused bool) {
	return s.refused.since(credentials{host: place, id: id, secret: password})
}

// TriedLogins returns the keyed hashes of the logins that this process tried, sorted.
func (s *Session) TriedLogins(key []byte) []string { return s.refused.triedHashes(key) }

// NoteRefusal remembers that a login was refused that somebody else makes, such as a
// system that this session only asks to. place names who makes it.
func (s *Session) NoteRefusal(place, id string, password secret.Value) {
	s.refused.add(credentials{host: place, id: id, secret: password})
}

// ForgiveLogin takes back that a login was refused: its secret was just stored at
// the service, so that it may be tried again, or somebody else made it with success.
func (s *Session) ForgiveLogin(host, id string, password secret.Value) {
	s.refused.forgive(credentials{host: host, id: id, secret: password})
}

// ForgivenLogins returns the keyed hashes of the logins that were forgiven, sorted.
func (s *Session) ForgivenLogins(key []byte) []string {
	_, hashes := s.refused.hashes(key)
	slices.Sort(hashes)
	return hashes
}
