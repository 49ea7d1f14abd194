package simulator_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/simulator"
)

// generated reads a certificate that the landscape made, with its key.
func (r *rig) generated(url string) (tls.Certificate, reply) {
	r.Helper()
	a := r.want(200, "GET", url, r.bearer("destination"), nil)
	text, err := base64.StdEncoding.DecodeString(r.json(a)["Content"].(string))
	if err != nil {
		r.Fatal(err)
	}
	if kind := r.json(a)["Type"]; kind != "CERTIFICATE" {
		r.Errorf("a generated certificate has the type %v", kind)
	}
	pair, err := tls.X509KeyPair(text, text)
	if err != nil {
		r.Fatal(err)
	}
	return pair, a
}

func attributes(name, cn, unit string, value int) m {
	return m{"Name": name, "Attributes": m{"CN": cn, "Validity": m{"TimeUnit": unit, "Value": value}}}
}

func TestCertificateCalls(t *testing.T) {
	for _, level := range []string{"subaccount", "instance"} {
		t.Run(level, func(t *testing.T) {
			r := newRig(t, simulator.Options{})
			url := configuration + "v1/" + level + "Certificates"
			up := func(n string) m { return m{"Name": n, "Type": "CERTIFICATE", "Content": "AAAA"} }
			r.steps(r.bearer("destination"), []step{
				{"GET", url, nil, nil, 200, `[]`},
				{"POST", url, nil, up("a.p12"), 201, ""},
				{"POST", url, nil, up("a.p12"), 409, `{"ErrorMessage":"Duplicate key"}`},
				{"POST", url, nil, []m{up("a.p12"), up("b.jks")}, 207, `^\[\{"cause":"Duplicate key","name":"a.p12","status":409\},\{"etag":"[0-9a-f]+","name":"b.jks","status":201\}\]$`},
				{"GET", url + "/a.p12", nil, nil, 200, `{"Content":"AAAA","Name":"a.p12","Type":"CERTIFICATE"}`},
				{"GET", url + "/c.p12", nil, nil, 404, "Not Found"},
				{"PUT", url, nil, m{"Name": "a.p12", "Content": "BBBB"}, 200, `{"Count":1}`},
				{"GET", url + "/a.p12", nil, nil, 200, `{"Content":"BBBB","Name":"a.p12"}`},
				{"PUT", url, nil, []m{up("a.p12"), up("z.p12")}, 207, `^\[\{"etag":.*"status":200\},\{"cause":.*"status":404\}\]$`},
				{"PUT", url, nil, up("z.p12"), 404, `^\{"ErrorMessage"`},
				{"PATCH", url, nil, up("a.p12"), 405, "Method Not Allowed"},
				{"GET", url + "?$select=Name", nil, nil, 200, `[{"Name":"a.p12"},{"Name":"b.jks"}]`},
				{"GET", url + "?$page=2&$pageSize=1", nil, nil, 200, `[{"Content":"AAAA","Name":"b.jks","Type":"CERTIFICATE"}]`},
				{"DELETE", url, nil, nil, 400, `^\{"ErrorMessage"`},
				{"DELETE", url + "/b.jks", nil, nil, 200, `{"Count":1}`},
				{"DELETE", url + "/b.jks", nil, nil, 404, `^\{"ErrorMessage"`},
				{
					"DELETE", url + "?$filter=Name+in+('a.p12','b.jks')", nil, nil, 200,
					`{"Count":1,"Summary":[{"name":"a.p12","status":"DELETED"},{"name":"b.jks","reason":"Could not find configuration","status":"NOT_FOUND"}]}`,
				},
			})
		})
	}
}

func TestCertificateRules(t *testing.T) {
	r := newRig(t, simulator.Options{Behaviour: simulator.Behaviour{MaxEntities: 8}})
	auth := r.bearer("destination")
	for _, bad := range []any{
		m{"Name": "a", "Content": "AAAA"},
		m{"Name": "pem", "Content": "AAAA"},
		m{"Name": "a.txt", "Content": "AAAA"},
		m{"Name": "", "Content": "AAAA"},
		m{"Content": "AAAA"},
		m{"Name": "a.pem"},
		m{"Name": "a.pem", "Content": "???"},
		m{"Name": "a.pem", "Content": 1},
		m{"Name": "a.pem", "Attributes": 1},
		attributes("a.p12", "x", "DAYS", 1), attributes("a.pem", "", "DAYS", 1),
		attributes("a.pem", "x", "WEEKS", 1), attributes("a.pem", "x", "DAYS", 0), attributes("a.pem", "x", "DAYS", 366),
		attributes("a.pem", "x", "MONTHS", 13),
		m{"Name": "a.pem", "Attributes": m{"CN": "x"}},
		m{"Name": "a.pem", "Attributes": m{"CN": "x", "Password": "p", "Validity": m{"TimeUnit": "DAYS", "Value": 1}}},
		m{"Name": "a.pem", "Attributes": m{"CN": "x", "CSR": "???", "Validity": m{"TimeUnit": "DAYS", "Value": 1}}},
		m{"Name": "a.pem", "Attributes": m{"CN": "x", "CSR": "AAAA", "Validity": m{"TimeUnit": "DAYS", "Value": 1}}},
	} {
		r.want(400, "POST", certificates, auth, bad)
	}
	for _, name := range []string{"a.pem", "a.crt", "a.cer", "a.der", "a.jks", "a.p12", "a.pfx", "A.PEM"} {
		r.want(201, "POST", certificates, auth, m{"Name": name, "Content": "AAAA"})
	}
	r.want(400, "POST", certificates, auth, m{"Name": "b.pem", "Content": "AAAA"})
}

func TestCertificateInUse(t *testing.T) {
	for _, key := range []string{"KeyStoreLocation", "TrustStoreLocation", "tokenService.KeyStoreLocation"} {
		r := newRig(t, simulator.Options{})
		auth := r.bearer("destination")
		r.want(201, "POST", certificates, auth, m{"Name": "a.p12", "Content": "AAAA"})
		r.want(201, "POST", dest, auth, m{"Name": "D", "Type": "HTTP", key: "a.p12"})
		r.steps(auth, []step{
			{"DELETE", certificates + "/a.p12", nil, nil, 400, `{"ErrorMessage":"Cannot perform operation on the certificate 'a.p12' because it is used by destination 'D'"}`},
			{"DELETE", certificates + "?$filter=Name+in+('a.p12')", nil, nil, 400, `{"ErrorMessage":"Unable to remove Configurations \"[a.p12]\"."}`},
			{"PUT", certificates, nil, m{"Name": "a.p12", "Content": "BBBB"}, 200, `{"Count":1}`},
		})
		r.want(200, "POST", root+"/_sim/behaviour", nil, m{"usedCertificatesDeleted": true})
		r.want(200, "DELETE", certificates+"/a.p12", auth, nil)
	}
}

func TestCertificatesAreGenerated(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	r := newRig(t, simulator.Options{Now: func() time.Time { return now }})
	auth := r.bearer("destination")
	for name, c := range map[string]struct {
		unit  string
		value int
		until time.Time
	}{
		"d.pem": {"DAYS", 30, now.AddDate(0, 0, 30)}, "m.pem": {"MONTHS", 2, now.AddDate(0, 2, 0)}, "y.pem": {"YEARS", 3, now.AddDate(3, 0, 0)},
	} {
		r.want(201, "POST", certificates, auth, attributes(name, "cn of "+name, c.unit, c.value))
		pair, _ := r.generated(certificates + "/" + name)
		if leaf := pair.Leaf; leaf.Subject.CommonName != "cn of "+name || !leaf.NotAfter.Equal(c.until) || leaf.Issuer.CommonName != leaf.Subject.CommonName {
			t.Errorf("%s: %s until %v", name, leaf.Subject, leaf.NotAfter)
		}
	}
	_, before := r.generated(certificates + "/d.pem")
	r.want(200, "PUT", certificates, auth, attributes("d.pem", "other", "DAYS", 1))
	pair, after := r.generated(certificates + "/d.pem")
	if pair.Leaf.Subject.CommonName != "other" || before.header.Get("ETag") == after.header.Get("ETag") {
		t.Errorf("after PUT: %s", pair.Leaf.Subject)
	}
}

func TestCertificateRequest(t *testing.T) {
	r := newRig(t, simulator.Options{})
	auth := r.bearer("destination")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "ignored"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	order := attributes("a.pem", "wanted", "DAYS", 30)
	order["Attributes"].(m)["CSR"] = base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
	r.want(201, "POST", certificates, auth, order)
	text, err := base64.StdEncoding.DecodeString(r.json(r.want(200, "GET", certificates+"/a.pem", auth, nil))["Content"].(string))
	if err != nil || strings.Contains(string(text), "PRIVATE KEY") {
		t.Errorf("content %s %v", text, err)
	}
	block, _ := pem.Decode(text)
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil || leaf.Subject.CommonName != "wanted" || !key.PublicKey.Equal(leaf.PublicKey) {
		t.Fatalf("certificate %v %v", leaf, err)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: r.authority(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Error(err)
	}
}

func TestPublicKeys(t *testing.T) {
	r := newRig(t, simulator.Options{})
	auth := r.bearer("destination")
	r.want(201, "POST", certificates, auth, attributes("a.pem", "me", "DAYS", 30))
	pair, _ := r.generated(certificates + "/a.pem")
	for name, data := range map[string][]byte{"b.der": pair.Leaf.Raw, "c.p12": {1}, "d.cer": {1}} {
		r.want(201, "POST", certificates, auth, m{"Name": name, "Content": base64.StdEncoding.EncodeToString(data)})
	}
	for _, name := range []string{"a.pem", "b.der"} {
		a := r.want(200, "GET", certificates+"/"+name+"/publicKeys", auth, nil)
		var list []map[string]string
		if err := json.Unmarshal([]byte(a.body), &list); err != nil || len(list) != 1 || list[0]["SubjectDN"] != "CN=me" || len(list[0]) != 2 {
			t.Fatalf("%s: %s", name, a.body)
		}
		block, _ := pem.Decode([]byte(list[0]["Content"]))
		if block == nil || string(block.Bytes) != string(pair.Leaf.Raw) || strings.Contains(a.body, "PRIVATE") {
			t.Errorf("%s: %s", name, a.body)
		}
		tag := h{"If-None-Match": a.header.Get("ETag")}
		r.want(304, "GET", certificates+"/"+name+"/publicKeys", auth.and(tag), nil)
	}
	r.steps(auth, []step{
		{"GET", certificates + "/c.p12/publicKeys", nil, nil, 400, `{"ErrorMessage":"The keystore is password-protected and public keys cannot be retrieved"}`},
		{"GET", certificates + "/d.cer/publicKeys", nil, nil, 400, "Bad Request"},
		{"GET", certificates + "/e.cer/publicKeys", nil, nil, 404, "Not Found"},
		{"GET", dest + "/e.cer/publicKeys", nil, nil, 404, "Not Found"},
	})
}

func TestCertificatesRenewThemselves(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		unit      string
		value     int
		threshold time.Duration
	}{
		{"DAYS", 1, day / 2},
		{"DAYS", 14, day},
		{"DAYS", 31, 3 * day},
		{"DAYS", 154, 7 * day},
		{"DAYS", 155, 30 * day},
		{"MONTHS", 1, 3 * day},
		{"MONTHS", 5, 7 * day},
		{"MONTHS", 6, 30 * day},
		{"YEARS", 1, 30 * day},
	} {
		now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
		r := newRig(t, simulator.Options{Now: func() time.Time { return now }})
		order := attributes("a.pem", "me", c.unit, c.value)
		r.want(201, "POST", certificates, r.bearer("destination"), attributes("b.pem", "me", c.unit, c.value))
		order["Attributes"].(m)["AutomaticRenew"] = true
		r.want(201, "POST", certificates, r.bearer("destination"), order)
		first, _ := r.generated(certificates + "/a.pem")
		other, _ := r.generated(certificates + "/b.pem")
		clock := now
		move := func(to time.Time) *x509.Certificate {
			r.l.Advance(to.Sub(clock))
			clock = to
			r.tokens = map[string]string{}
			pair, _ := r.generated(certificates + "/a.pem")
			return pair.Leaf
		}
		due := first.Leaf.NotAfter.Add(-c.threshold)
		if leaf := move(due.Add(-time.Second)); !leaf.Equal(first.Leaf) {
			t.Errorf("%d %s: renewed too early", c.value, c.unit)
		}
		leaf := move(due)
		if leaf.Equal(first.Leaf) || leaf.Subject.CommonName != "me" || !leaf.NotAfter.After(first.Leaf.NotAfter) {
			t.Errorf("%d %s: not renewed", c.value, c.unit)
		}
		if again, _ := r.generated(certificates + "/b.pem"); !again.Leaf.Equal(other.Leaf) {
			t.Error("a certificate renewed itself unasked")
		}
	}
}
