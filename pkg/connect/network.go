package connect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
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
		DialContext:            (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second, ControlContext: stayHere}).DialContext,
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
		variables, err := proxies(o.LookupEnv)
		if err != nil {
			return nil, err
		}
		proxy := variables.ProxyFunc()
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

// ErrProxy says that a variable names no proxy. Its text names the variable and never
// what it holds, which may be a password.
var ErrProxy = errors.New("is not the address of a proxy")

// proxies reads the variables that most programs know. One that cannot be understood
// is an error: without the proxy, the calls would take another way than was meant.
func proxies(lookup func(string) (string, bool)) (*httpproxy.Config, error) {
	first := func(names ...string) (name, text string) {
		for _, name := range names {
			if text, ok := lookup(name); ok && text != "" {
				return name, text
			}
		}
		return "", ""
	}
	c := &httpproxy.Config{}
	for field, names := range map[*string][]string{
		&c.HTTPProxy: {"HTTP_PROXY", "http_proxy"}, &c.HTTPSProxy: {"HTTPS_PROXY", "https_proxy"},
	} {
		name, text := first(names...)
		if err := checkProxy(text); err != nil {
			return nil, fmt.Errorf("%s %w: %w", name, ErrProxy, err)
		}
		*field = text
	}
	_, c.NoProxy = first("NO_PROXY", "no_proxy")
	// A CGI server takes HTTP_PROXY from a request header.
	_, method := first("REQUEST_METHOD")
	c.CGI = method != ""
	return c, nil
}

// proxySchemes are those that net/http can talk to.
var proxySchemes = []string{"http", "https", "socks5", "socks5h"}

// checkProxy says what is wrong with the address of a proxy, without showing it. As
// with other programs, the scheme may be missing.
func checkProxy(text string) error {
	if text == "" {
		return nil
	}
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("it cannot be read as an address")
	case !slices.Contains(proxySchemes, u.Scheme):
		return errors.New("its scheme is none of " + strings.Join(proxySchemes, ", "))
	case u.Hostname() == "" || strings.ContainsAny(text, " \t\r\n"):
		return errors.New("it names no host")
	case u.Port() == "" && strings.HasSuffix(u.Host, ":"):
		return errors.New("it ends before the port")
	}
	return nil
}

// The reasons why a request without TLS is not sent: anybody on the way could read it.
var (
	errPlain      = errors.New("the address is http, and credentials would travel in clear; use https")
	errPlainProxy = fmt.Errorf("%w, or name the host in NO_PROXY when it is this machine: a proxy would see them", errPlain)
	errPlainGone  = fmt.Errorf("%w: only this machine is reached without TLS, and the host is not known", errPlain)
)

// hereKey marks the context of a request without TLS.
type hereKey struct{}

// plain refuses requests without TLS that would leave this machine, and returns a
// context that keeps the connection on it. Transports that are not the network decide
// themselves.
func (l *lane) plain(req *http.Request) (context.Context, error) {
	ctx := req.Context()
	network, ok := l.base.(*http.Transport)
	if !ok || req.URL.Scheme != "http" {
		return ctx, nil
	}
	if network.Proxy != nil {
		if proxy, err := network.Proxy(req); proxy != nil || err != nil {
			return ctx, errPlainProxy
		}
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, req.URL.Hostname())
	if err != nil {
		return ctx, errPlainGone
	}
	for _, address := range addresses {
		if !isHere(address) {
			return ctx, errPlain
		}
	}
	return context.WithValue(ctx, hereKey{}, true), nil
}

// stayHere refuses a connection for a request without TLS whose name, asked for
// again, leads elsewhere than when it was checked.
func stayHere(ctx context.Context, _, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if ctx.Value(hereKey{}) != nil && (err != nil || !isHere(host)) {
		return errPlain
	}
	return nil
}

func isHere(address string) bool {
	ip := net.ParseIP(address)
	return ip != nil && ip.IsLoopback()
}
