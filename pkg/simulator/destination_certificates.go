package simulator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Fact: a certificate has Name, Content (base64) and an optional Type; it is uploaded, or generated from Attributes;
// reads answer the content with its private key. Bodies, lists, pages and deletion are those of destinations; there is
// no PATCH. Source: Destination Service OpenAPI (SAP/crossplane-provider-btp swagger.json), read 2026-11-23.
// [documented]
var certificateFamily = family{
	plural: "Certificates", key: "Name", arrays: true,
	filters: []filterForm{filterNames, filterLabels},
	shelves: func(s *state) map[string]shelf { return s.Certificates },
	check:   checkCertificate,
	missing: func(name string) string { return "Certificate with name '" + name + "' was not found" },
	used:    usedByDestination,
	expand:  generateCertificate,
}

// certificateExtensions are the file types that can be stored.
//
// Fact: pem, crt, cer, der, jks, p12, pfx. Source: SAP-docs/btp-connectivity df1bb55, read 2026-11-23. [documented]
// That the case of the extension does not matter is assumed.
var certificateExtensions = []string{"pem", "crt", "cer", "der", "jks", "p12", "pfx"}

// extension is the part of a name after its last dot, in lower case.
func extension(name string) string {
	return strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
}

// checkCertificate checks what is documented and no more: whether the service looks into the content is unknown.
func checkCertificate(name string, p map[string]string) string {
	if cause := checkName("Name", name); cause != "" {
		return cause
	}
	if !strings.Contains(name, ".") || !slices.Contains(certificateExtensions, extension(name)) {
		return "Name: want one of the extensions " + strings.Join(certificateExtensions, ", ")
	}
	if p["Content"] == "" {
		return "Content is required"
	}
	if _, err := base64.StdEncoding.DecodeString(p["Content"]); err != nil {
		return "Content is not base64"
	}
	return ""
}

// storeKeys are the properties of a destination that name a certificate.
var storeKeys = []string{"KeyStoreLocation", "TrustStoreLocation", "tokenService.KeyStoreLocation"}

// usedByDestination names the destination of the same level that uses a certificate.
//
// Fact: resources in use cannot be deleted; this is documented of destinations only, so for certificates it is a
// switch, Behaviour.UsedCertificatesDeleted. The text is ours. [assumed]
func usedByDestination(d *desk, name string) string {
	shelf := d.l.state.Destinations[d.scope]
	for _, other := range slices.Sorted(maps.Keys(shelf)) {
		for _, key := range storeKeys {
			if shelf[other].Properties[key] == name && !d.l.behaviour.UsedCertificatesDeleted {
				return fmt.Sprintf("Cannot perform operation on the certificate '%s' because it is used by destination '%s'",
					name, other)
			}
		}
	}
	return ""
}

// publicKeys answers the public part of a certificate.
//
// Fact: an array with the PEM chain and the subject of its leaf, and an alias for each entry of a keystore; entity
// tags as on the certificate itself; 400 with a literal text when a keystore is password-protected. Source:
// Destination Service OpenAPI, read 2026-11-23. [documented] Keystores (jks, p12, pfx) are not opened here: they are
// all answered as protected. Content that holds no certificate answers 400. [assumed]
func (d *desk) publicKeys() *answer {
	name := d.params["name"]
	i := d.shelf[name]
	if i == nil {
		return d.fail(http.StatusNotFound, d.fam.missing(name))
	}
	tag := i.etag(d.l.behaviour)
	if a := d.conditional(tag); a != nil {
		return a
	}
	if slices.Contains([]string{"jks", "p12", "pfx"}, extension(name)) {
		return asJSON(http.StatusBadRequest, map[string]string{
			"ErrorMessage": "The keystore is password-protected and public keys cannot be retrieved",
		})
	}
	chain := certificatesOf(i.content())
	if len(chain) == 0 {
		return d.fail(http.StatusBadRequest, "the content holds no certificate")
	}
	var text strings.Builder
	for _, c := range chain {
		text.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return asJSON(http.StatusOK, []map[string]string{{"Content": text.String(), "SubjectDN": chain[0].Subject.String()}}).
		with("ETag", tag)
}

// content is what was uploaded or generated.
func (i *item) content() []byte {
	data, err := base64.StdEncoding.DecodeString(i.Properties["Content"])
	if err != nil {
		return nil // only under Behaviour.Lax
	}
	return data
}

// certificatesOf reads the certificates of a PEM text or of DER; nil when there are none, or one cannot be read.
func certificatesOf(data []byte) []*x509.Certificate {
	list, err := x509.ParseCertificates(data)
	if err == nil && len(list) > 0 {
		return list
	}
	list = nil
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil
		}
		list = append(list, c)
	}
	return list
}

// order asks the service to make a certificate.
type order struct {
	CN       string `json:"CN"`
	CSR      string `json:"CSR,omitempty"` // base64 of PEM
	Validity struct {
		TimeUnit string `json:"TimeUnit"`
		Value    int    `json:"Value"`
	} `json:"Validity"`
	AutomaticRenew bool   `json:"AutomaticRenew,omitempty"`
	Password       string `json:"Password,omitempty"`
}

// generateCertificate replaces Attributes by Content.
//
// Fact: Attributes has CN, CSR, Validity in DAYS, MONTHS or YEARS, AutomaticRenew and Password. Source: Destination
// Service OpenAPI, read 2026-11-23. [documented] At most 365 days or 12 months: inferred from the table of renewal
// thresholds, SAP-docs/btp-connectivity fb31561, read 2026-11-23. That CN and Validity are required is assumed.
// Only pem without a password is made here, where SAP makes keystores and protected keys too. That it is stored as
// Type CERTIFICATE, as uploads commonly are, is assumed; clients read the Type of what find answers.
func generateCertificate(d *desk, in map[string]any) string {
	raw, ok := in["Attributes"]
	if !ok {
		return ""
	}
	data, err := encodeJSON(raw)
	var o order
	if err != nil || json.Unmarshal(data, &o) != nil {
		return "Attributes: want an object with CN and Validity"
	}
	name, _ := in["Name"].(string)
	if cause := o.check(name); cause != "" {
		return cause
	}
	content, err := o.generate(d.l.state.Authority, d.l.time())
	if err != nil {
		return "Attributes: " + err.Error()
	}
	delete(in, "Attributes")
	in["Content"] = base64.StdEncoding.EncodeToString(content)
	if _, told := in["Type"]; !told {
		in["Type"] = "CERTIFICATE"
	}
	if o.AutomaticRenew {
		d.renewal = &o
	}
	return ""
}

func (o *order) check(name string) string {
	limit := map[string]int{"DAYS": 365, "MONTHS": 12, "YEARS": 100}[o.Validity.TimeUnit]
	switch {
	case extension(name) != "pem":
		return "Attributes: only pem is generated here"
	case o.Password != "":
		return "Attributes: a password is not supported here"
	case o.CN == "":
		return "Attributes: CN is required"
	case limit == 0:
		return "Attributes: TimeUnit: want DAYS, MONTHS or YEARS"
	case o.Validity.Value < 1 || o.Validity.Value > limit:
		return fmt.Sprintf("Attributes: Value: want 1 to %d", limit)
	}
	return ""
}

// until is the end of a validity that begins now.
func (o *order) until(now time.Time) time.Time {
	switch n := o.Validity.Value; o.Validity.TimeUnit {
	case "DAYS":
		return now.AddDate(0, 0, n)
	case "MONTHS":
		return now.AddDate(0, n, 0)
	default:
		return now.AddDate(n, 0, 0)
	}
}

// generate makes a private key with a self-signed certificate, or for a CSR a certificate of the landscape's CA.
//
// Fact: the subject in a CSR is ignored. Source: Destination Service OpenAPI, read 2026-11-23. [documented] SAP's
// certificates come from a CA of SAP and have RSA keys; these are of ECDSA, which is quicker. [ours]
func (o *order) generate(ca authority, now time.Time) ([]byte, error) {
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: o.CN}, NotBefore: now.Add(-time.Minute),
		NotAfter: o.until(now), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if o.CSR != "" {
		return o.answerRequest(ca, template)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := signCertificate(template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	secret, err := keyPEM(key)
	return append(secret, certPEM(der)...), err
}

func (o *order) answerRequest(ca authority, template *x509.Certificate) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(o.CSR)
	if err != nil {
		return nil, jsonError("CSR is not base64")
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, jsonError("CSR is not PEM")
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, err
	}
	if err := request.CheckSignature(); err != nil {
		return nil, err
	}
	der, err := ca.sign(template, request.PublicKey)
	return append(certPEM(der), ca.Certificate...), err
}

// renewCertificates replaces the generated certificates that are close to their end. It stands in for the periodic job
// of the service and runs before each call that could see them.
//
// Fact: a fresh certificate with the same subject and validity, from a threshold on that depends on the validity; the
// job's schedule is not stated. Source: SAP-docs/btp-connectivity fb31561, read 2026-11-23. [documented]
func (l *Landscape) renewCertificates() {
	now := l.time()
	for _, shelf := range l.state.Certificates {
		for _, i := range shelf {
			if i.Renewal == nil || !i.Renewal.due(i.content(), now) {
				continue
			}
			content, err := i.Renewal.generate(l.state.Authority, now)
			if err != nil {
				continue // "If for any reason the certificate can not be renewed, it will be reattempted"
			}
			i.Properties["Content"] = base64.StdEncoding.EncodeToString(content)
			i.Modified = now.UnixMilli()
			l.touch()
		}
	}
}

// due tells whether a certificate has passed its threshold.
func (o *order) due(content []byte, now time.Time) bool {
	chain := certificatesOf(content)
	return len(chain) > 0 && !now.Before(chain[0].NotAfter.Add(-o.threshold()))
}

// threshold is how long before its end a certificate is renewed.
func (o *order) threshold() time.Duration {
	const day = 24 * time.Hour
	n := o.Validity.Value
	switch o.Validity.TimeUnit {
	case "DAYS":
		switch {
		case n == 1:
			return 12 * time.Hour
		case n <= 14:
			return day
		case n <= 31:
			return 3 * day
		case n <= 154:
			return 7 * day
		}
	case "MONTHS":
		switch {
		case n == 1:
			return 3 * day
		case n <= 5:
			return 7 * day
		}
	}
	return 30 * day
}
