package connect

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"reconcile/pkg/secret"
)

// Key is what a service key or binding says, whatever its layout.
type Key struct {
	// ClientID is no secret.
	ClientID string
	// Secret is empty in a key with a certificate.
	Secret secret.Value
	// TokenURL is the complete address of the token endpoint; for a key with a
	// certificate the one that asks for it.
	TokenURL string
	// URI is the service's own address without trailing slash, "" when the key
	// has it under a name of its own (see Extra).
	URI string
	// TenantID and Subdomain name the subaccount, InstanceID the service instance.
	TenantID, Subdomain, InstanceID string
	// Certificate is the PEM chain and PrivateKey its key, both empty in a key
	// with a secret.
	Certificate string
	PrivateKey  secret.Value
	// Extra holds every other address of the key by its name as written, for
	// example ARQAPI. Nothing that is no address gets here.
	Extra map[string]string
}

// Auth is how to log in with the key.
func (k Key) Auth() Auth {
	if k.Certificate != "" {
		return ClientCertificate{TokenURL: k.TokenURL, ClientID: k.ClientID, Certificate: k.Certificate, Key: k.PrivateKey}
	}
	return ClientCredentials{TokenURL: k.TokenURL, ClientID: k.ClientID, Secret: k.Secret}
}

// Address parses the key's own address, or that of the Extra entry name when it
// is not "".
func (k Key) Address(name string) (*url.URL, error) {
	address, field := k.URI, "uri"
	if name != "" {
		address, field = k.Extra[name], name
	}
	if address == "" {
		return nil, fmt.Errorf("service key has no %q", field)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("service key: %q is not an address", field)
	}
	return u, nil
}

// ParseKey reads a service key in any of the layouts that SAP issues. Errors
// name the missing entry and never quote the document.
//
// Fact: a Destination service key has clientid, clientsecret, uri and url (of
// XSUAA, without /oauth/token) at top level, or certurl, certificate and key
// instead of the secret; uri may end with a slash. Source: SAP BTP Connectivity
// help, "Calling the Destination Service REST API" (84c5d38, 9fdad3c), read
// 2026-11-23. [documented]
// Fact: keys of IAG and of the audit log nest clientid, clientsecret and url
// under uaa; the url beside uaa is then the service's. Source: SAP Cloud
// Identity Services help, "SAP Cloud Identity Access Governance", and SAP BTP
// help, "Audit Log Retrieval API", read 2026-11-23. [documented]
func ParseKey(doc []byte) (Key, error) {
	var top entries
	if err := json.Unmarshal(doc, &top.raw); err != nil || top.raw == nil {
		// The parser's own text quotes the document.
		return Key{}, errors.New("service key is not a JSON object")
	}
	top = top.unwrap()
	login, nested := top.inner("uaa")
	if !nested {
		login = top
	}
	k := Key{
		ClientID:   login.text("clientid"),
		Secret:     secret.New(login.text("clientsecret")),
		URI:        trimSlash(top.text("uri")),
		TenantID:   either(top, login, "tenantid"),
		Subdomain:  either(top, login, "identityzone"),
		InstanceID: either(top, login, "instanceid", "serviceinstanceid"),
		Extra:      top.addresses(),
	}
	if nested && k.URI == "" {
		k.URI = trimSlash(top.text("url"))
	}
	if k.ClientID == "" {
		return Key{}, errors.New("service key has no clientid")
	}
	return k, k.login(login)
}

// login fills the half of the key that is secret, and the token address.
func (k *Key) login(from entries) error {
	base := from.text("url")
	if cert := from.text("certificate"); k.Secret.IsZero() && cert != "" {
		k.Certificate, k.PrivateKey = cert, secret.New(from.text("key"))
		base = from.text("certurl")
		switch {
		case k.PrivateKey.IsZero():
			return errors.New("service key has a certificate but no key; add the private key that belongs to it as \"key\"")
		case base == "":
			return errors.New("service key has a certificate but no certurl")
		}
	} else if k.Secret.IsZero() {
		return errors.New("service key has neither clientsecret nor certificate")
	}
	k.TokenURL = tokenAddress(base, from)
	if k.TokenURL == "" {
		return errors.New("service key has no url of a token service")
	}
	if _, err := checkTokenURL(k.TokenURL); err != nil {
		return fmt.Errorf("service key: %w", err)
	}
	return nil
}

// tokenAddress prefers a complete address and else completes the base.
// Fact: an identity service binding has authorization_endpoint, and its token
// endpoint is /oauth2/token. Source: SAP Cloud Identity Services help, "Identity
// service bindings", read 2026-11-23. [assumed]
func tokenAddress(base string, from entries) string {
	base = trimSlash(base)
	complete := from.text("tokenurl", "tokenendpoint", "tokenserviceurl")
	certificate := from.text("certurl") != "" && base == trimSlash(from.text("certurl"))
	switch {
	case complete != "" && !certificate:
		return complete
	case base == "" || strings.HasSuffix(base, "/oauth/token") || strings.HasSuffix(base, "/oauth2/token"):
		return base
	case from.text("authorizationendpoint") != "":
		return base + "/oauth2/token"
	default:
		return base + "/oauth/token"
	}
}

func trimSlash(address string) string { return strings.TrimRight(address, "/") }

// entries is one object of a key. Names are looked up without regard to case,
// "_" and "-": clientid, clientID and client_id are one entry.
type entries struct{ raw map[string]json.RawMessage }

func plain(name string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
}

func (e entries) find(name string) json.RawMessage {
	if exact, ok := e.raw[name]; ok {
		return exact
	}
	var found json.RawMessage
	var as string
	for written, value := range e.raw {
		// The smallest spelling wins, so that two do not make a coin toss.
		if plain(written) == name && (as == "" || written < as) {
			found, as = value, written
		}
	}
	return found
}

// text returns the first entry that is a text.
func (e entries) text(names ...string) string {
	for _, name := range names {
		var text string
		if json.Unmarshal(e.find(name), &text) == nil && text != "" {
			return strings.TrimSpace(text)
		}
	}
	return ""
}

// inner returns an entry that is an object, or a text that holds one.
func (e entries) inner(name string) (entries, bool) {
	raw := e.find(name)
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = []byte(text)
	}
	var object entries
	err := json.Unmarshal(raw, &object.raw)
	return object, err == nil && object.raw != nil
}

// unwrap steps into {"credentials":{…}}.
func (e entries) unwrap() entries {
	if inner, ok := e.inner("credentials"); ok && e.text("clientid") == "" {
		return inner
	}
	return e
}

// either looks in both halves of a nested key.
func either(top, login entries, names ...string) string {
	if text := top.text(names...); text != "" {
		return text
	}
	return login.text(names...)
}

// addresses returns the entries that are web addresses.
func (e entries) addresses() map[string]string {
	known := map[string]bool{"uri": true, "url": true, "certurl": true, "tokenurl": true}
	found := map[string]string{}
	for name := range e.raw {
		text := e.text(name)
		u, err := url.Parse(text)
		web := err == nil && u.Host != "" && u.User == nil && u.RawQuery == "" && (u.Scheme == "https" || u.Scheme == "http")
		if web && !known[plain(name)] {
			found[name] = trimSlash(text)
		}
	}
	return found
}
