package connect

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"reconcile/pkg/secret"
)

// Auth says how a client logs in: ClientCredentials, ClientCertificate, Basic
// or None.
type Auth interface{ auth() }

// Style says where a token request carries the client's id and secret.
type Style int

// The styles.
//
// Fact: UAA does not undo percent-encoding in a Basic header unless a header of
// its own asks for it, and client ids of service keys hold "!" and "|".
// Source: Cloud Foundry UAA API documentation "Token, client credentials" and
// golang.org/x/oauth2 (which encodes), read 2026-11-23. [observed]
//
// So the form is the default, and InHeader sends both as they are.
const (
	InForm Style = iota
	InHeader
)

// ClientCredentials logs in with a token for an id and a secret.
type ClientCredentials struct {
	// TokenURL is the complete address of the token endpoint.
	TokenURL string
	ClientID string
	Secret   secret.Value
	Style    Style
}

// ClientCertificate logs in with a token for an id and a certificate (mutual TLS).
type ClientCertificate struct {
	// TokenURL is the token endpoint that asks for certificates.
	TokenURL string
	ClientID string
	// Certificate is the PEM chain, Key its private key as PEM.
	Certificate string
	Key         secret.Value
}

// Basic sends user and password with every call.
type Basic struct {
	User     string
	Password secret.Value
}

// None sends no credentials.
type None struct{}

func (ClientCredentials) auth() {}
func (ClientCertificate) auth() {}
func (Basic) auth()             {}
func (None) auth()              {}

// login is an Auth at work.
type login interface {
	// header returns the Authorization header for r, "" for none.
	header(ctx context.Context, r request) (string, error)
	// again is told that a call with the header value used was answered with
	// 401, and reports whether another header may do better.
	again(used string, a answer) bool
}

// login makes the working half of the service's Auth.
func (s *Session) login(service Service) (login, error) {
	switch a := service.Auth.(type) {
	case nil, None:
		return anonymous{}, nil
	case Basic:
		return s.basic(service, a)
	case ClientCredentials:
		if a.Secret.IsZero() {
			return nil, errors.New("client secret is empty")
		}
		return s.bearer(service, a, a.Secret, s.base)
	case ClientCertificate:
		base, err := s.presenting(a)
		if err != nil {
			return nil, err
		}
		return s.bearer(service, ClientCredentials{TokenURL: a.TokenURL, ClientID: a.ClientID}, a.Key, base)
	default:
		return nil, fmt.Errorf("unknown way to log in: %T", a)
	}
}

type anonymous struct{}

func (anonymous) header(context.Context, request) (string, error) { return "", nil }
func (anonymous) again(string, answer) bool                       { return false }

// basic is Basic at work.
type basic struct {
	session *Session
	lane    *lane
	login   credentials
	value   string
}

func (s *Session) basic(service Service, a Basic) (login, error) {
	if a.User == "" || a.Password.IsZero() {
		return nil, errors.New("user or password is empty")
	}
	pair := base64.StdEncoding.EncodeToString([]byte(a.User + ":" + a.Password.Reveal()))
	s.Hide(a.Password, secret.New(pair))
	return &basic{
		session: s, lane: s.lane(service, service.Base.Host, s.base), value: "Basic " + pair,
		login: credentials{host: service.Base.Host, id: a.User, secret: a.Password},
	}, nil
}

func (b *basic) header(_ context.Context, r request) (string, error) {
	if b.session.refused.bars(b.login) {
		return "", b.lane.refusedBefore(r, b.login)
	}
	return b.value, nil
}

// again remembers the refused password, unless somebody behind the service
// refused something else.
// Fact: an IPS proxy mirrors a 401 of its backend as a SCIM error whose detail
// quotes the backend's call. Source: SAP Cloud Identity Services help,
// "Proxy systems, troubleshooting", read 2026-11-23. [assumed]
func (b *basic) again(_ string, a answer) bool {
	if !strings.Contains(string(a.body), "urn:ietf:params:scim:api:messages:2.0:Error") {
		b.session.refused.add(b.login)
	}
	return false
}

// presenting returns a transport that presents the certificate.
func (s *Session) presenting(a ClientCertificate) (http.RoundTripper, error) {
	s.Hide(a.Key)
	pair, err := tls.X509KeyPair([]byte(a.Certificate), []byte(a.Key.Reveal()))
	if err != nil {
		// The cause may quote the PEM text.
		return nil, errors.New("certificate and key of the service key do not fit together or are no PEM")
	}
	switch base := s.base.(type) {
	case *http.Transport:
		base = base.Clone()
		if base.TLSClientConfig == nil {
			base.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		base.TLSClientConfig.Certificates = []tls.Certificate{pair}
		return base, nil
	case interface {
		WithCertificate(tls.Certificate) http.RoundTripper
	}:
		return base.WithCertificate(pair), nil
	default:
		return base, nil
	}
}

// checkTokenURL refuses an address that is not one.
func checkTokenURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, errors.New("address of the token endpoint is not an absolute http or https URL")
	}
	return u, nil
}
