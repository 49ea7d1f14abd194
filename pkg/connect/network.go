package connect

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// maxHeader limits the headers of an answer, in bytes.
const maxHeader = 1 << 20

// NetworkOptions say how the network is reached. The zero value trusts what the
// system trusts and uses no proxy.
type NetworkOptions struct {
	// CA holds PEM certificates of authorities to trust beside the system's.
	CA []byte
	// LookupEnv finds HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in upper or lower case;
	// nil finds none.
	LookupEnv func(string) (string, bool)
}

// Network returns a transport for real runs. Certificates are always verified;
// there is no way to turn that off. The error says what is wrong with CA.
func Network(o NetworkOptions) (*http.Transport, error) {
	t := &http.Transport{
		DialContext:            (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    connectTimeout,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           100,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        90 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxHeader,
	}
	if o.LookupEnv != nil {
		proxy := proxies(o.LookupEnv).ProxyFunc()
		t.Proxy = func(r *http.Request) (*url.URL, error) { return proxy(r.URL) }
	}
	if len(o.CA) == 0 {
		return t, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		// A system without a pool of its own trusts only what is named.
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(o.CA) {
		return nil, errors.New("it holds no certificate in PEM form")
	}
	t.TLSClientConfig.RootCAs = pool
	return t, nil
}

// proxies reads the variables that most programs know.
func proxies(lookup func(string) (string, bool)) *httpproxy.Config {
	first := func(names ...string) string {
		for _, name := range names {
			if text, ok := lookup(name); ok && text != "" {
				return text
			}
		}
		return ""
	}
	return &httpproxy.Config{
		HTTPProxy:  first("HTTP_PROXY", "http_proxy"),
		HTTPSProxy: first("HTTPS_PROXY", "https_proxy"),
		NoProxy:    first("NO_PROXY", "no_proxy"),
		// A CGI server takes HTTP_PROXY from a request header.
		CGI: first("REQUEST_METHOD") != "",
	}
}

// checkPlain refuses addresses without TLS outside of this machine: credentials
// would travel in clear. Transports that are not the network decide themselves.
func (s *Session) checkPlain(u *url.URL) error {
	_, network := s.base.(*http.Transport)
	if !network || u.Scheme != "http" {
		return nil
	}
	ip := net.ParseIP(u.Hostname())
	if u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return errors.New("address is http, and credentials would travel in clear; use https")
}
