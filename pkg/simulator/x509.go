package simulator

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// keyCertificateLife is how long the certificate of an x509 key is good.
const keyCertificateLife = 365 * 24 * time.Hour

// authority is the certificate authority that a landscape makes and keeps, as PEM. It signs the server's certificate,
// those of x509 keys, and what is ordered by a CSR.
type authority struct {
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
}

// newAuthority makes a CA. Its validity does not depend on any clock, because landscapes and their clients have
// different ones.
func newAuthority() (authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return authority{}, err
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Simulated landscape CA", Organization: []string{"Simulated landscape"}},
		IsCA:    true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	template.NotBefore, template.NotAfter = always()
	der, err := signCertificate(template, template, &key.PublicKey, key)
	if err != nil {
		return authority{}, err
	}
	secret, err := keyPEM(key)
	return authority{Certificate: string(certPEM(der)), Key: string(secret)}, err
}

// always is a validity that no clock in use is outside of.
func always() (from, to time.Time) {
	return time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
}

// sign makes a certificate that the CA signs.
func (a authority) sign(template *x509.Certificate, public any) ([]byte, error) {
	pair, err := tls.X509KeyPair([]byte(a.Certificate), []byte(a.Key))
	if err != nil {
		return nil, fmt.Errorf("landscape CA: %w", err)
	}
	return signCertificate(template, pair.Leaf, public, pair.PrivateKey)
}

func signCertificate(template, parent *x509.Certificate, public, key any) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	return x509.CreateCertificate(rand.Reader, template, parent, public, key)
}

func certPEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func keyPEM(key crypto.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// issue makes what a state lacks: the CA, and the certificate of the x509 key when there is none that is good. It
// tells whether the state changed.
func (s *state) issue(now time.Time) (changed bool, err error) {
	if s.Authority.Certificate == "" {
		if s.Authority, err = newAuthority(); err != nil {
			return false, err
		}
		changed = true
	}
	for i := range s.Clients {
		k := &s.Clients[i]
		if k.Service != serviceDestination || k.leaf(now) != nil {
			continue
		}
		if err := k.issue(s.Authority, now); err != nil {
			return false, err
		}
		changed = true
	}
	return changed, nil
}

// issue makes the certificate of an x509 key.
//
// Fact: such a key has certificate (a chain), key and certurl, and no clientsecret. Source: SAP-docs/btp-connectivity
// 9fdad3c, read 2026-11-23. [documented] The subject's form is assumed; SAP's keys are of RSA, this one is of ECDSA.
func (k *client) issue(ca authority, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		Subject: pkix.Name{
			CommonName: k.Instance, Country: []string{"DE"},
			Organization: []string{"SAP SE"}, OrganizationalUnit: []string{"SAP Cloud Platform Clients"},
		},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(keyCertificateLife), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := ca.sign(template, &key.PublicKey)
	if err != nil {
		return err
	}
	secret, err := keyPEM(key)
	k.Certificate, k.Key = string(certPEM(der))+ca.Certificate, string(secret)
	return err
}

// leaf is the certificate of an x509 key when it is good at a time, or nil.
func (k *client) leaf(now time.Time) *x509.Certificate {
	chain := certificatesOf([]byte(k.Certificate))
	if len(chain) == 0 || now.Before(chain[0].NotBefore) || now.After(chain[0].NotAfter) {
		return nil
	}
	return chain[0]
}

// holds tells whether the caller showed the certificate that was issued with the key. That the caller has the private
// key too was proved by the TLS handshake.
func (k *client) holds(peer *x509.Certificate, now time.Time) bool {
	leaf := k.leaf(now)
	return peer != nil && leaf != nil && bytes.Equal(leaf.Raw, peer.Raw)
}

// peerOf is the certificate that a client showed, or nil.
func peerOf(state *tls.ConnectionState) *x509.Certificate {
	if state == nil || len(state.PeerCertificates) == 0 {
		return nil
	}
	return state.PeerCertificates[0]
}

// ServerTLS is the configuration of an https listener of the landscape: a certificate of the landscape's CA for every
// host it answers for, and a request for the client's certificate, which is checked where it matters. Clients trust
// the CA by [Connections.Authority]; the listener's root is told by [Landscape.SetCertRoot]
func (l *Landscape) ServerTLS() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	first, err := l.serverCertificate(key, "")
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, ClientAuth: tls.RequestClientCert, Certificates: []tls.Certificate{*first},
		// The hosts can change while the server runs, by SetRoot and by seeding.
		GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return l.serverCertificate(key, h.ServerName) },
	}, nil
}

// serverCertificate makes a certificate for the hosts of the landscape, and for the name that a client asks for when
// it is one of them.
func (l *Landscape) serverCertificate(key *ecdsa.PrivateKey, name string) (*tls.Certificate, error) {
	_, _, ours := l.site(name)
	l.mu.Lock()
	ca, hosts := l.state.Authority, []string{"localhost", l.root.Hostname(), l.certRoot().Hostname()}
	for host := range l.state.Tenants {
		hosts = append(hosts, host)
	}
	l.mu.Unlock()
	if ours {
		hosts = append(hosts, name)
	}
	slices.Sort(hosts)
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "Simulated landscape"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	template.NotBefore, template.NotAfter = always()
	for _, host := range slices.Compact(hosts) {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := ca.sign(template, &key.PublicKey)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// certRoot is the root that the certurl of x509 keys starts with. The caller holds the lock.
func (l *Landscape) certRoot() *url.URL {
	if l.secure != nil {
		return l.secure
	}
	u := *l.root
	u.Scheme = "https"
	return &u
}

// SetCertRoot tells where the landscape is reached by https, once that is known, and rewrites keys and key files.
// Until then certurl is the root with https in place of http, which works in process only.
func (l *Landscape) SetCertRoot(root string) error {
	u, err := parseCertRoot(root)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secure = u
	return l.writeKeys()
}

func parseCertRoot(root string) (*url.URL, error) {
	u, err := parseRoot(root)
	if err == nil && !strings.EqualFold(u.Scheme, "https") {
		err = fmt.Errorf("landscape certificate root %q: want https://host[:port]", root)
	}
	return u, err
}

// errKeyMissing is the failure of a handshake with a certificate whose private key the client has not.
var errKeyMissing = errors.New("tls: private key does not match the client certificate")

// provePossession parses a client certificate as a handshake would prove it.
func provePossession(c tls.Certificate) (*tls.ConnectionState, error) {
	state := &tls.ConnectionState{HandshakeComplete: true, Version: tls.VersionTLS13}
	for _, der := range c.Certificate {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		state.PeerCertificates = append(state.PeerCertificates, cert)
	}
	if len(state.PeerCertificates) == 0 {
		return state, nil
	}
	signer, ok := c.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, errKeyMissing
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(state.PeerCertificates[0].PublicKey) {
		return nil, errKeyMissing
	}
	return state, nil
}
