package simulator

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
)

// Transport reaches the landscape in process, without sockets and goroutines, so it works inside a testing/synctest
// bubble. A host that is not part of the landscape fails like an unknown DNS name.
//
// It has a method WithCertificate(tls.Certificate) http.RoundTripper for mTLS.
func (l *Landscape) Transport() http.RoundTripper { return inProcess{l: l} }

// inProcess is the transport of Transport, and with internal set that of the services among themselves.
type inProcess struct {
	l           *Landscape
	internal    bool
	certificate tls.Certificate // shown to hosts that are called by https
}

// WithCertificate returns a transport that shows a client certificate to every host that is called by https.
func (t inProcess) WithCertificate(c tls.Certificate) http.RoundTripper {
	t.certificate = c
	return t
}

// RoundTrip implements [http.RoundTripper]
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	served := r.Clone(r.Context())
	served.Host = requestHost(r)
	if served.TLS = nil; r.URL.Scheme == "https" {
		state, err := provePossession(t.certificate)
		if err != nil {
			return nil, err
		}
		served.TLS = state
	}
	a, err := t.l.exchange(served, t.internal)
	switch {
	case errors.Is(err, errUnknownHost):
		return nil, noSuchHost(served.Host)
	case err != nil:
		return nil, err
	case a.cut == "before" || a.cut == "after":
		return nil, fmt.Errorf("connection closed by the landscape: %w", io.ErrUnexpectedEOF)
	}
	return a.response(r), nil
}

// noSuchHost is the error of a real transport for a name that does not resolve.
func noSuchHost(host string) error {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
}

// response turns an answer into what a client sees.
func (a *answer) response(r *http.Request) *http.Response {
	var body io.Reader = bytes.NewReader(a.body)
	if a.cut == "body" {
		body = io.MultiReader(bytes.NewReader(a.body[:len(a.body)/2]), brokenReader{})
	}
	length := int64(len(a.body))
	if r.Method == http.MethodHead {
		body = http.NoBody
	}
	h := a.header.Clone()
	h.Set("Content-Length", strconv.FormatInt(length, 10))
	return &http.Response{
		Status: strconv.Itoa(a.status) + " " + http.StatusText(a.status), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}
}

// brokenReader is the rest of a body that never came.
type brokenReader struct{}

// Read implements [io.Reader]
func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// send makes one call of a service to another and reads the answer.
func (l *Landscape) send(ctx context.Context, method, url string, header http.Header, body []byte) (*http.Response, []byte, error) {
	return l.sendWith(ctx, tls.Certificate{}, method, url, header, body)
}

// sendWith is send with a client certificate: by host, through the same routing, redirects not followed.
func (l *Landscape) sendWith(ctx context.Context, certificate tls.Certificate, method, url string, header http.Header, body []byte) (*http.Response, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	r.Header = header
	via := inProcess{l: l, internal: true, certificate: certificate}
	resp, err := (&http.Client{Transport: via, CheckRedirect: noRedirect}).Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	return resp, data, err
}

// Forward reaches a running landscape at root over TCP. Every request goes there with its original host kept and
// https downgraded to http, so no other network is reachable through it; a host that the landscape refuses fails
// like an unknown DNS name, as with [Landscape.Transport]
func Forward(root string) (http.RoundTripper, error) {
	u, err := parseRoot(root)
	if err != nil {
		return nil, err
	}
	// A transport of its own: no proxy from the environment may come between. Connections are not kept, because
	// net/http silently repeats a request on a kept one that dies, and a cut that the landscape makes must be seen.
	return forwarder{scheme: u.Scheme, host: u.Host, next: &http.Transport{DisableKeepAlives: true}}, nil
}

type forwarder struct {
	scheme, host string
	next         *http.Transport
}

// RoundTrip implements [http.RoundTripper]
func (f forwarder) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := r.Clone(r.Context())
	sent.Host = requestHost(r)
	sent.URL.Scheme, sent.URL.Host = f.scheme, f.host
	resp, err := f.next.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	resp.Request = r
	if resp.StatusCode == http.StatusMisdirectedRequest && resp.Header.Get(unknownHostHeader) != "" {
		return nil, errors.Join(noSuchHost(sent.Host), resp.Body.Close())
	}
	return resp, nil
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the connections.
func (f forwarder) CloseIdleConnections() { f.next.CloseIdleConnections() }
