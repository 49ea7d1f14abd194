package connect

import (
	"bufio"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"reconcile/pkg/secret"
)

// authority is the certificate that a test server proves itself with, as PEM.
func authority(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { text, ok := env[name]; return text, ok }
}

// realNetwork is a transport as real runs use it.
func realNetwork(t *testing.T, o NetworkOptions) *http.Transport {
	t.Helper()
	transport, err := Network(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// TestCertificatesAreVerified asks a server whose authority is unknown, known, and
// known for another name.
func TestCertificatesAreVerified(t *testing.T) {
	var served atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served.Add(1) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for name, tc := range map[string]struct {
		ca    []byte
		where string
		ok    bool
	}{
		"unknown authority": {nil, server.URL, false},
		"known authority":   {authority(server), server.URL, true},
		"another name":      {authority(server), "https://localhost:" + port, false},
	} {
		before := served.Load()
		c := openAtServer(t, realNetwork(t, NetworkOptions{CA: tc.ca}), tc.where, None{})
		err := get(t.Context(), c)
		if (err == nil) != tc.ok || !tc.ok && !errors.Is(err, ErrUnreachable) {
			t.Errorf("%s: %v", name, err)
		}
		if !tc.ok && (served.Load() != before || !strings.Contains(err.Error(), "certificate")) {
			t.Errorf("%s: the request was sent, or nobody says why: %v", name, err)
		}
	}
	if _, err := Network(NetworkOptions{CA: []byte("no PEM")}); err == nil {
		t.Error("an authority without a certificate is accepted")
	}
}

// tunnel is a proxy that leads every CONNECT to one server, and counts them.
func tunnel(t *testing.T, to string, seen *atomic.Int32) *httptest.Server {
	t.Helper()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "only CONNECT", http.StatusMethodNotAllowed)
			return
		}
		seen.Add(1)
		there, err := net.Dial("tcp", to)
		if err != nil {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = here.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		go func() { _, _ = io.Copy(there, here); _ = there.Close() }()
		_, _ = io.Copy(here, there)
		_ = here.Close()
	}))
	t.Cleanup(proxy.Close)
	return proxy
}

// TestProxyFromTheEnvironment reaches a host that only the proxy knows, and leaves
// the proxy out where NO_PROXY says so.
func TestProxyFromTheEnvironment(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	var seen atomic.Int32
	proxy := tunnel(t, server.Listener.Addr().String(), &seen)
	for name, tc := range map[string]struct {
		env  map[string]string
		ok   bool
		seen int32
	}{
		"upper case": {map[string]string{"HTTPS_PROXY": proxy.URL}, true, 1},
		"lower case": {map[string]string{"https_proxy": proxy.URL}, true, 1},
		"left out":   {map[string]string{"HTTPS_PROXY": proxy.URL, "NO_PROXY": ".example.com,example.com"}, false, 0},
	} {
		seen.Store(0)
		// Where no proxy is asked, nobody is: the test stays on this machine.
		base := realNetwork(t, NetworkOptions{CA: authority(server), LookupEnv: lookup(tc.env)})
		base.DialContext = onlyLoopback(base.DialContext)
		err := get(t.Context(), openAtServer(t, base, "https://example.com", None{}))
		if (err == nil) != tc.ok || seen.Load() != tc.seen {
			t.Errorf("%s: %d requests through the proxy, %v", name, seen.Load(), err)
		}
	}
}

// dial makes connections.
type dial func(ctx context.Context, network, address string) (net.Conn, error)

// onlyLoopback keeps a test on this machine.
func onlyLoopback(next dial) dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if !strings.HasPrefix(address, "127.0.0.1:") {
			return nil, &net.DNSError{Err: "not in tests", Name: address, IsNotFound: true}
		}
		return next(ctx, network, address)
	}
}

// TestPlainAddressesAreRefused sends no credentials in clear over a network, not
// even when the service itself has TLS and only the token endpoint has not.
func TestPlainAddressesAreRefused(t *testing.T) {
	base := realNetwork(t, NetworkOptions{})
	base.DialContext = func(context.Context, string, string) (net.Conn, error) {
		t.Error("a connection was tried")
		return nil, io.EOF
	}
	s := New(Options{Base: base})
	login := ClientCredentials{TokenURL: "http://192.0.2.1/oauth/token", ClientID: "id", Secret: secret.New("s")}
	for where, auth := range map[string]Auth{"http://192.0.2.1": Basic{User: "u", Password: secret.New("s")}, "https://svc.example": login} {
		c, err := s.Client(Service{Name: "svc", Base: address(t, where), Auth: auth})
		if err == nil {
			err = get(t.Context(), c)
		}
		if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "in clear") {
			t.Errorf("%s: %v", where, err)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	if err := get(t.Context(), openAtServer(t, realNetwork(t, NetworkOptions{}), server.URL, None{})); err != nil {
		t.Errorf("on this machine: %v", err)
	}
}

// TestRedirectsEndHere holds on the real transport that nobody follows a redirect,
// and that no credentials reach the place it names.
func TestRedirectsEndHere(t *testing.T) {
	var followed atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/elsewhere?token=x", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	c := openAtServer(t, realNetwork(t, NetworkOptions{}), server.URL, Basic{User: "me", Password: secret.New("p")})
	err := get(t.Context(), c)
	if err == nil || followed.Load() != 0 || strings.Contains(err.Error(), "token=x") {
		t.Errorf("followed %d times: %v", followed.Load(), err)
	}
}

// TestAnswersAreBounded meets servers that never end their headers or their body.
func TestAnswersAreBounded(t *testing.T) {
	for name, answer := range map[string]func(net.Conn){
		"endless headers": func(c net.Conn) {
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\n"))
			for err := error(nil); err == nil; {
				_, err = c.Write([]byte("X-More: " + strings.Repeat("x", 4000) + "\r\n"))
			}
		},
		"endless body": func(c net.Conn) {
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"))
			for err := error(nil); err == nil; {
				_, err = c.Write([]byte(strings.Repeat("x", 1<<20)))
			}
		},
		"a drop now and then": func(c net.Conn) {
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"))
			for err := error(nil); err == nil; {
				_, err = c.Write([]byte("x"))
				<-time.After(10 * time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			where := raw(t, answer)
			s := New(Options{Base: realNetwork(t, NetworkOptions{}), Timeout: 2 * time.Second, Budget: 3 * time.Second})
			c, err := s.Client(Service{Name: "svc", Base: address(t, where)})
			if err != nil {
				t.Fatal(err)
			}
			started := time.Now()
			if err = get(t.Context(), c); err == nil || time.Since(started) > 8*time.Second {
				t.Errorf("after %s: %v", time.Since(started), err)
			}
		})
	}
}

// raw is a server that answers each request as it likes.
func raw(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					answer(c)
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// TestPlainAddressesUseNoProxy: a name that leads to this machine here may lead
// elsewhere from the proxy, and the proxy itself would read along.
func TestPlainAddressesUseNoProxy(t *testing.T) {
	var seen, served atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen.Add(1) }))
	defer proxy.Close()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served.Add(1) }))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for name, tc := range map[string]struct {
		env   map[string]string
		where string
		says  string
	}{
		"a proxy":         {map[string]string{"HTTP_PROXY": proxy.URL}, "http://ip6-localhost.example:" + port, "a proxy would see them"},
		"no proxy for it": {map[string]string{"HTTP_PROXY": proxy.URL, "NO_PROXY": "127.0.0.1"}, server.URL, ""},
		"unknown":         {nil, "http://nowhere.invalid", "use https"},
	} {
		base := realNetwork(t, NetworkOptions{LookupEnv: lookup(tc.env)})
		err := get(t.Context(), openAtServer(t, base, tc.where, Basic{User: "u", Password: secret.New("s")}))
		if tc.says == "" && err != nil || tc.says != "" && (!errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), tc.says)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if seen.Load() != 0 || served.Load() != 1 {
		t.Errorf("%d requests at the proxy, %d at the server", seen.Load(), served.Load())
	}
}

// TestPlainConnectionsStayHere: between the check and the connection a name may come
// to lead elsewhere.
func TestPlainConnectionsStayHere(t *testing.T) {
	base := realNetwork(t, NetworkOptions{})
	marked := context.WithValue(t.Context(), hereKey{}, true)
	if _, err := base.DialContext(marked, "tcp", "192.0.2.1:80"); !errors.Is(err, errPlain) {
		t.Errorf("a connection was tried: %v", err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	c, err := base.DialContext(marked, "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	// The mark reaches the connection through all layers of net/http.
	base.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		if ctx.Value(hereKey{}) == nil {
			t.Error("the connection is made without the mark")
		}
		return nil, io.EOF
	}
	_ = get(t.Context(), openAtServer(t, base, server.URL, None{}))
}

// TestProxyMustBeAnAddress: a variable that cannot be understood is no reason to go
// without the proxy.
func TestProxyMustBeAnAddress(t *testing.T) {
	for text, says := range map[string]string{
		"http://u:SEKRET@proxy.example:99999999x": "cannot be read", "http://u:SEKRET@pro xy:3128": "cannot be read", "://SEKRET": "cannot be read",
		"ftp://u:SEKRET@proxy.example": "scheme", "htps://u:SEKRET@proxy.example": "scheme", "http://u:SEKRET@:3128": "no host", "http://u:SEKRET@proxy:": "before the port",
		"u:SEKRET@proxy.example:port": "cannot be read", "socks4://u:SEKRET@proxy.example": "scheme",
	} {
		for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
			_, err := Network(NetworkOptions{LookupEnv: lookup(map[string]string{name: text})})
			if !errors.Is(err, ErrProxy) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "SEKRET") {
				t.Errorf("%s=%s: %v", name, text, err)
			}
		}
	}
	for _, text := range []string{"proxy.example:3128", "http://proxy.example", "https://u:p@proxy.example:8443/", "socks5://10.0.0.1:1080", "u:p@proxy.example:3128", "http://[::1]:3128"} {
		if _, err := Network(NetworkOptions{LookupEnv: lookup(map[string]string{"HTTPS_PROXY": text})}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
