package connect

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"reconcile/pkg/secret"
)

// selfSigned makes a certificate and its key as PEM.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

func TestClientCertificateOverTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		presented := len(r.TLS.PeerCertificates) == 1
		if r.URL.Path == "/oauth/token" && presented && r.FormValue("client_id") == "id" && !r.Form.Has("client_secret") {
			_, _ = w.Write([]byte(`{"access_token":"t"}`))
			return
		}
		if r.Header.Get("Authorization") != "Bearer t" || presented {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	defer server.Close()
	base, ok := server.Client().Transport.(*http.Transport)
	if !ok {
		t.Fatal("test server changed")
	}
	certificate, key := selfSigned(t)
	c := openAtServer(t, base, server.URL, ClientCertificate{
		TokenURL: server.URL + "/oauth/token", ClientID: "id", Certificate: certificate, Key: secret.New(key),
	})
	if err := get(t.Context(), c); err != nil {
		t.Error(err)
	}
	if len(base.TLSClientConfig.Certificates) != 0 {
		t.Error("the certificate went into the shared transport")
	}
}

func openAtServer(t *testing.T, base http.RoundTripper, where string, auth Auth) *Client {
	t.Helper()
	s := New(Options{Base: base})
	c, err := s.Client(Service{Name: "svc", Base: address(t, where), Auth: auth})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// presenter is a base transport with its own way to present a certificate.
type presenter struct {
	*fake
	presented int
}

func (p *presenter) WithCertificate(c tls.Certificate) http.RoundTripper {
	p.presented = len(c.Certificate)
	return p.fake
}

func TestClientCertificateOverOtherTransports(t *testing.T) {
	certificate, key := selfSigned(t)
	auth := ClientCertificate{TokenURL: "https://cert.example/oauth/token", ClientID: "id", Certificate: certificate, Key: secret.New(key)}
	p := &presenter{fake: withTokens(okay)}
	c := openAtServer(t, p, "https://api.example", auth)
	if err := get(t.Context(), c); err != nil || p.presented != 1 {
		t.Error(err, p.presented)
	}
	c = openAtServer(t, withTokens(okay), "https://api.example", auth)
	if err := get(t.Context(), c); err != nil {
		t.Error(err)
	}
}
