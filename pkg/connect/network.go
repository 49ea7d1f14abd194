package connect

import (
	"context"
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

// errPlain says that a request was not sent because anybody on the way could read it.
var errPlain = errors.New("the address is http, and credentials would travel in clear; use https")

// checkPlain refuses requests without TLS that would leave this machine. Transports
// that are not the network decide themselves.
func (l *lane) checkPlain(ctx context.Context, u *url.URL) error {
	if _, network := l.base.(*http.Transport); !network || u.Scheme != "http" {
		return nil
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, u.Hostname())
	if err != nil {
		return err
	}
	for _, address := range addresses {
		if ip := net.ParseIP(address); ip == nil || !ip.IsLoopback() {
			return errPlain
		}
	}
	return nil
}
