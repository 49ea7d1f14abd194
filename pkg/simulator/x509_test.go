package simulator_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/simulator"
)

// authority is the landscape's CA.
func (r *rig) authority() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(r.l.Connections().Authority))
	return pool
}

// keyPair is the certificate of the x509 key.
func (r *rig) keyPair() tls.Certificate {
	r.Helper()
	k := r.key("destinationX509")
	pair, err := tls.X509KeyPair([]byte(k["certificate"].(string)), []byte(k["key"].(string)))
	if err != nil {
		r.Fatal(err)
	}
	return pair
}

// withCertificate is a rig whose client shows a certificate in process.
func (r *rig) withCertificate(c tls.Certificate) *rig {
	via := r.l.Transport().(interface {
		WithCertificate(tls.Certificate) http.RoundTripper
	})
	return rigOf(r.T, r.l, via.WithCertificate(c))
}

// secureToken asks for a token with the x509 key.
func (r *rig) secureToken() reply {
	r.Helper()
	k := r.key("destinationX509")
	return r.do("POST", k["certurl"].(string)+"/oauth/token", h{"Content-Type": "application/x-www-form-urlencoded"},
		"grant_type=client_credentials&client_id="+escape(k["clientid"]))
}

func TestX509Key(t *testing.T) {
	r := newRig(t, simulator.Options{})
	k := r.key("destinationX509")
	for _, name := range []string{"clientid", "certificate", "key", "certurl", "uri", "url", "identityzone", "tenantid", "instanceid", "xsappname", "uaadomain"} {
		if v, _ := k[name].(string); v == "" {
			t.Errorf("key has no %s", name)
		}
	}
	if k["clientsecret"] != nil || k["credential-type"] != "x509" || k["certurl"] != "https://landscape.localhost/tenants/iag-demo" {
		t.Errorf("key %v", k)
	}
	with := r.withCertificate(r.keyPair())
	a := with.secureToken()
	if a.status != 200 {
		t.Fatalf("token: %d %s", a.status, a.body)
	}
	token := h{"Authorization": "Bearer " + r.json(a)["access_token"].(string)}
	r.want(201, "POST", instance, token, m{"Name": "D", "Type": "HTTP"})
	r.want(200, "GET", instance+"/D", r.bearer("destination"), nil)

	if a := r.secureToken(); a.status != 401 {
		t.Errorf("without a certificate: %d", a.status)
	}
	other := newRig(t, simulator.Options{})
	if a := r.withCertificate(other.keyPair()).secureToken(); a.status != 401 {
		t.Errorf("with a certificate of another landscape: %d", a.status)
	}
	form := h{"Content-Type": "application/x-www-form-urlencoded"}
	plain := "grant_type=client_credentials&client_id=" + escape(k["clientid"])
	with.want(401, "POST", k["url"].(string)+"/oauth/token", form, plain)
	with.want(401, "POST", k["certurl"].(string)+"/oauth/token", form, "grant_type=client_credentials&client_id="+escape(r.key("auditLog")["uaa"].(m)["clientid"]))
	with.want(401, "POST", k["certurl"].(string)+"/oauth/token", form, plain+"&client_secret=wrong")
	stolen := r.keyPair()
	stolen.PrivateKey = other.keyPair().PrivateKey
	for _, c := range []tls.Certificate{stolen, {Certificate: stolen.Certificate}, {Certificate: [][]byte{{1}}}} {
		if _, err := r.withCertificate(c).try("GET", "https://landscape.localhost/", nil, nil); err == nil {
			t.Error("a certificate without its key is taken")
		}
	}
	r.l.Advance(366 * 24 * time.Hour)
	if a := with.secureToken(); a.status != 401 {
		t.Errorf("with an expired certificate: %d", a.status)
	}
}

func TestX509KeyIsKept(t *testing.T) {
	dir := t.TempDir()
	r := newRig(t, simulator.Options{Dir: dir})
	first := r.key("destinationX509")["certificate"]
	file, err := os.ReadFile(filepath.Join(dir, "keys", "ca.pem"))
	if err != nil || string(file) != r.l.Connections().Authority {
		t.Errorf("ca.pem: %v", err)
	}
	if data, err := os.ReadFile(r.l.KeyFiles()["destinationX509"]); err != nil || !strings.Contains(string(data), `"certurl"`) {
		t.Errorf("key file: %v", err)
	}
	r.l.Advance(time.Hour)
	if err := r.l.Close(); err != nil {
		t.Fatal(err)
	}
	again := newRig(t, simulator.Options{Dir: dir})
	if again.key("destinationX509")["certificate"] != first {
		t.Error("a restart made another certificate")
	}
	again.l.Advance(366 * 24 * time.Hour)
	if err := again.l.Close(); err != nil {
		t.Fatal(err)
	}
	renewed := newRig(t, simulator.Options{Dir: dir})
	if renewed.key("destinationX509")["certificate"] == first || renewed.l.Connections().Authority != r.l.Connections().Authority {
		t.Error("an expired certificate was kept, or the CA was not")
	}
}

func TestCertRoot(t *testing.T) {
	for _, bad := range []string{"http://x", "x:1", "https://"} {
		if _, err := simulator.New(simulator.Options{CertRoot: bad}); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
	r := newRig(t, simulator.Options{CertRoot: "https://cert.landscape.localhost:8443"})
	if k := r.key("destinationX509"); k["certurl"] != "https://cert.landscape.localhost:8443/tenants/iag-demo" || k["url"] != root+"/tenants/iag-demo" {
		t.Errorf("key %v", k)
	}
	if a := r.withCertificate(r.keyPair()).secureToken(); a.status != 200 {
		t.Errorf("token: %d %s", a.status, a.body)
	}
	if r.l.SetCertRoot("http://x") == nil {
		t.Error("a root without TLS was taken")
	}
}

// overTLS serves a landscape by http and https on one port.
func overTLS(t *testing.T) (*rig, string) {
	l, err := simulator.New(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := l.SetRoot("http://" + address); err != nil {
		t.Fatal(err)
	}
	if listener, err = l.Listen(listener); err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: l, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return rigOf(t, l, &http.Transport{DisableKeepAlives: true}), "https://" + address
}

// TestOnePortForBoth holds that a silent client holds up nobody, and that a closed port ends its server.
func TestOnePortForBoth(t *testing.T) {
	r, secure := overTLS(t)
	silent, err := net.Dial("tcp", strings.TrimPrefix(secure, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if got := r.key("destinationX509")["certurl"]; got != secure+"/tenants/iag-demo" {
		t.Errorf("certurl %v", got)
	}
	r.want(200, "GET", r.l.Connections().Root+"/_sim/clock", nil, nil)
	trusting := rigOf(t, r.l, &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: r.authority()}})
	trusting.want(200, "GET", secure+"/_sim/clock", nil, nil)
	local := r.l.Connections().Root
	if err := r.l.SetRoot("http://landscape:8181"); err != nil {
		t.Fatal(err)
	}
	r.want(200, "GET", local+"/_sim/clock", nil, nil)
	if got := r.key("destinationX509")["certurl"]; got != "https://landscape:8181/tenants/iag-demo" {
		t.Errorf("certurl %v", got)
	}

	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	both, err := r.l.Listen(inner)
	if err != nil {
		t.Fatal(err)
	}
	if err := both.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := both.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed listener: %v", err)
	}
}

func TestMutualTLSOverTCP(t *testing.T) {
	r, secure := overTLS(t)
	address := strings.TrimPrefix(secure, "https://")
	via := func(c ...tls.Certificate) *rig {
		return rigOf(t, r.l, &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{RootCAs: r.authority(), Certificates: c},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, address)
			},
		})
	}
	a := via(r.keyPair()).secureToken()
	if a.status != 200 {
		t.Fatalf("token: %d %s", a.status, a.body)
	}
	r.want(200, "GET", r.l.Connections().Root+"/destination-configuration/v1/subaccountDestinations",
		h{"Authorization": "Bearer " + r.json(a)["access_token"].(string)}, nil)
	if a := via().secureToken(); a.status != 401 {
		t.Errorf("without a certificate: %d", a.status)
	}
	if a := via(newRig(t, simulator.Options{}).keyPair()).secureToken(); a.status != 401 {
		t.Errorf("with a certificate of another landscape: %d", a.status)
	}
	if _, err := r.try("GET", secure, nil, nil); err == nil {
		t.Error("the CA is trusted by all the world")
	}
	// The hosts of the tenants and of XSUAA have certificates, too.
	via().want(301, "GET", tenant+"/scim/Users", nil, nil)
	via().want(401, "POST", "https://iag-demo.authentication.localhost/oauth/token", h{"Content-Type": "application/x-www-form-urlencoded"}, "grant_type=client_credentials")
	if _, err := via().try("GET", "https://example.com", nil, nil); err == nil {
		t.Error("a foreign host has a certificate")
	}
	if r.bearer("destination") == nil {
		t.Error("plain HTTP is gone")
	}
}

// TestTokenServiceKeystore lets the Destination service itself use an x509 key.
func TestTokenServiceKeystore(t *testing.T) {
	r := newRig(t, simulator.Options{})
	auth, k := r.bearer("destination"), r.key("destinationX509")
	content := base64.StdEncoding.EncodeToString([]byte(k["certificate"].(string) + k["key"].(string)))
	r.want(201, "POST", certificates, auth, m{"Name": "uaa.pem", "Content": content})
	r.want(201, "POST", dest, auth, r.oauthDestination("D", m{
		"clientSecret": nil, "tokenServiceURL": k["certurl"].(string) + "/oauth/token",
		"tokenService.KeyStoreLocation": "uaa.pem",
	}))
	if token := r.token(r.want(200, "GET", find+"D", auth, nil)); token["error"] != nil {
		t.Errorf("token %v", token)
	}
}
