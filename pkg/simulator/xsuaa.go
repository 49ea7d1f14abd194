package simulator

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// tokenLife is how long a token of XSUAA lives. The answer says one second less, as recorded ones do.
const tokenLife = 12 * time.Hour

// subaccount is one BTP subaccount; a provider's keys can get tokens for subscribers by the subdomain in the path.
type subaccount struct {
	ID        string `json:"id"`
	Subdomain string `json:"subdomain"`
	Provider  bool   `json:"provider"`
}

// client is one service key.
type client struct {
	Service  string `json:"service"`
	ID       string `json:"id"`
	Secret   string `json:"secret"`
	Instance string `json:"instance"` // id of the service instance
	App      string `json:"app"`      // xsappname
	// Certificate and Key are those of the x509 variant, as PEM: a chain and a private key. Empty where there is none.
	Certificate string `json:"certificate,omitempty"`
	Key         string `json:"key,omitempty"`
}

func (l *Landscape) xsuaaRoutes() []route {
	return []route{l.on("POST", "/tenants/{subdomain}/oauth/token", l.xsuaaToken), l.on("POST", "/oauth/token", l.xsuaaToken)}
}

// uaaSuffix is the end of the hosts by which XSUAA answers, too: <subdomain>.authentication.localhost.
const uaaSuffix = ".authentication.localhost"

// routesOfUAA lists what answers on the host of each subaccount.
func (l *Landscape) routesOfUAA() []route {
	return []route{l.on("POST", "/oauth/token", l.xsuaaToken)}
}

// zone finds the subaccount that a token is asked for.
//
// Fact: a subdomain in the URL names it, and the header X-zid with a tenant id on the base domain does too. Source:
// SAP Cloud SDK for JavaScript @6fc06a1 and SAP/cloud-sdk-java @ae66736, read 2026-11-23. [observed in clients]
// A real key's url has no path, and @sap/xssec 4.15 drops the one that our keys have: without any of the three it is
// the provider, whose keys these are. [ours]
func (l *Landscape) zone(c *call) *subaccount {
	if id := c.header("X-zid"); id != "" {
		return l.state.subaccountByID(id)
	}
	if subdomain, ok := strings.CutSuffix(hostname(c.host), uaaSuffix); ok {
		return l.state.subaccountBy(subdomain)
	}
	if subdomain, ok := c.params["subdomain"]; ok {
		return l.state.subaccountBy(subdomain)
	}
	return l.state.provider()
}

// xsuaaToken issues a token for client credentials.
//
// Fact: POST <url>/oauth/token, form grant_type=client_credentials, credentials as Basic or in the form; expires_in
// 43199; another subdomain gives the token of that subscriber. Source: SAP-docs/btp-connectivity 84c5d38 and SAP
// Cloud SDK for JavaScript @6fc06a1, read 2026-11-23. [documented, observed in clients]
// Fact: the body of a refusal is {"error","error_description"}; its exact text is not verified. [assumed]
func (l *Landscape) xsuaaToken(c *call) *answer {
	sub := l.zone(c)
	if sub == nil {
		return oauthError(http.StatusNotFound, "invalid_zone", "The subdomain does not map to a valid identity zone.")
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil || mediaType(c.header("Content-Type")) != "application/x-www-form-urlencoded" {
		return oauthError(http.StatusBadRequest, "invalid_request", "Want a form.")
	}
	if form.Get("grant_type") != "client_credentials" {
		return oauthError(http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant type.")
	}
	now := l.time()
	id, secret := formCredentials(c, form)
	k := l.state.clientBy(id)
	if k == nil || !k.proved(secret, c, now) {
		return oauthError(http.StatusUnauthorized, "unauthorized", "Bad credentials")
	}
	token := claims{
		Issuer: l.issuer(sub.Subdomain), Zone: sub.ID, ClientID: k.ID, CID: k.ID,
		Audience: []string{k.Service, k.App}, Scope: []string{"uaa.resource"}, Issued: now.Unix(),
		Expires: now.Add(tokenLife).Unix(), ID: strings.ReplaceAll(newUUID(), "-", ""),
		Ext: map[string]any{
			"enhancer": "XSUAA", "zdn": sub.Subdomain, "serviceinstanceid": k.Instance,
			"subaccountid": sub.ID,
		},
	}
	return asJSON(http.StatusOK, map[string]any{
		"access_token": l.state.sign(token), "token_type": "bearer", "expires_in": int(tokenLife.Seconds()) - 1,
		"scope": "uaa.resource", "jti": token.ID,
	}).with("Cache-Control", "no-store")
}

// proved tells whether a secret, or without one the client's certificate, is that of the key.
//
// Fact: an x509 key gets its token over mTLS with the client id in the form and no secret; the calls that follow need
// the token only. Source: SAP-docs/btp-connectivity 9fdad3c and SAP Cloud SDK for JavaScript @6fc06a1, read 2026-11-23.
// [documented, observed in clients] Another certificate, or one that is expired, answers 401. [assumed]
func (k *client) proved(secret string, c *call, now time.Time) bool {
	if secret == "" {
		return k.holds(peerOf(c.r.TLS), now)
	}
	return subtle.ConstantTimeCompare([]byte(k.Secret), []byte(secret)) == 1
}

// formCredentials reads id and secret from the Basic header or, without one, from the form.
//
// Fact: XSUAA takes the parts of a Basic header as they are; it percent-decodes them only under the header
// X-CF-ENCODED-CREDENTIALS: true. Source: observed with golang.org/x/oauth2, whose auto-detect mode fails its first
// login for this reason, read 2026-11-23. [observed in clients]
func formCredentials(c *call, form url.Values) (id, secret string) {
	id, secret, ok := c.r.BasicAuth()
	if !ok {
		return form.Get("client_id"), form.Get("client_secret")
	}
	if c.header("X-CF-ENCODED-CREDENTIALS") == "true" {
		return unescapeQuery(id), unescapeQuery(secret)
	}
	return id, secret
}

func oauthError(status int, code, description string) *answer {
	return asJSON(status, map[string]string{"error": code, "error_description": description})
}

// issuer names the token's issuer. Its host has the subdomain as first label.
//
// Fact: clients take the subscriber's subdomain from the host of iss. Source: SAP Cloud SDK for JavaScript @6fc06a1,
// read 2026-11-23. [observed in clients]
func (l *Landscape) issuer(subdomain string) string {
	host := subdomain + uaaSuffix
	if _, port, err := net.SplitHostPort(l.root.Host); err == nil {
		host = net.JoinHostPort(host, port)
	}
	return l.root.Scheme + "://" + host + "/oauth/token"
}

func (s *state) clientBy(id string) *client {
	for i := range s.Clients {
		if s.Clients[i].ID == id {
			return &s.Clients[i]
		}
	}
	return nil
}

// bearer is the token of the Authorization header, or empty. The scheme is not case-sensitive (RFC 9110).
func (c *call) bearer() string {
	scheme, token, _ := strings.Cut(c.header("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// caller tells who calls a service by its XSUAA token: status is 0 when the token is good for the service, else 401
// or 403.
func (l *Landscape) caller(c *call, service string) (token claims, status int) {
	token, ok := l.verify(c)
	if !ok || token.Zone == "" {
		return token, http.StatusUnauthorized
	}
	k := l.state.clientBy(token.ClientID)
	switch {
	case k == nil:
		return token, http.StatusUnauthorized
	case k.Service != service:
		return token, http.StatusForbidden
	}
	return token, 0
}
