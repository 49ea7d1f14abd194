package simulator

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// failedLogins counts the refused logins of one client id.
type failedLogins struct {
	count int
	until time.Time // locked until then
}

func (l *Landscape) iasTokenRoutes() []route {
	return []route{l.on("POST", "/oauth2/token", l.iasToken), free("GET", "/", toLogin), free("GET", loginPath, loginPage)}
}

const (
	loginPath = "/ui/login"
	loginHTML = "<!DOCTYPE html><html><head><title>Log On</title></head><body>Log On</body></html>"
)

// toLogin sends a browser to the login page.
//
// Fact: the root of a tenant answers 301, so a destination check that is green with 301 proves nothing. Source: SAP
// Community 13562764, read 2026-11-23. [documented]
func toLogin(c *call) *answer {
	return typed(http.StatusMovedPermanently, "text/html;charset=UTF-8", []byte(loginHTML)).
		with("Location", "https://"+c.host+loginPath)
}

// loginPage is what a client gets that follows the redirect: 200 and HTML, which is no success. [documented]
func loginPage(*call) *answer {
	return typed(http.StatusOK, "text/html;charset=UTF-8", []byte(loginHTML))
}

// iasToken issues a token to an administrator of type System.
//
// Fact: POST <tenant>/oauth2/token, grant client_credentials, id and secret of the administrator in the Basic header
// or the form. Source: SAP-docs/btp-cloud-identity-services proxy-systems-b10d68a.md, read 2026-11-23. [documented]
// The body of a refusal follows RFC 6749. [assumed]
func (l *Landscape) iasToken(c *call) *answer {
	form, err := url.ParseQuery(string(c.body))
	if err != nil || form.Get("grant_type") != "client_credentials" {
		return oauthError(http.StatusBadRequest, "unsupported_grant_type", "Want client_credentials.")
	}
	id, secret, ok := c.r.BasicAuth()
	if ok { // RFC 6749 has both parts form-encoded inside a Basic header.
		id, secret = unescapeQuery(id), unescapeQuery(secret)
	} else {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	if l.login(c.host, id, secret) == nil {
		return oauthError(http.StatusUnauthorized, "invalid_client", "Client authentication failed.")
	}
	now := l.time()
	token := claims{
		Issuer: "https://" + c.host, ClientID: id, Issued: now.Unix(), Expires: now.Add(time.Hour).Unix(),
		ID: newUUID(),
	}
	return asJSON(http.StatusOK, map[string]any{
		"access_token": l.state.sign(token), "token_type": "Bearer",
		"expires_in": 3600,
	}).with("Cache-Control", "no-store")
}

// login finds the administrator with this id and secret on a tenant, or nil.
//
// Fact: a secret expires after 1 or 2 years or never; two can be valid at a time. Source:
// SAP-docs/btp-cloud-identity-services Operation-Guide/add-administrators-bbbdbdd.md, read 2026-11-23. [documented]
// Fact: five failures lock an application's id for an hour; for administrators this is not stated, so it is a switch.
func (l *Landscape) login(host, id, secret string) *systemUser {
	now := l.time()
	f := l.failures[host+"/"+id]
	if f == nil {
		f = &failedLogins{}
		l.failures[host+"/"+id] = f
	}
	if now.Before(f.until) {
		return nil
	}
	u, secrets := l.administrator(host, id)
	if u != nil {
		for _, s := range u.Slots {
			match := subtle.ConstantTimeCompare([]byte(secrets[s.Label]), []byte(secret)) == 1
			if match && secret != "" && !s.expired(now) {
				f.count = 0
				return u
			}
		}
	}
	if f.count++; l.behaviour.LockAfter > 0 && f.count >= l.behaviour.LockAfter {
		f.count, f.until = 0, now.Add(time.Hour)
	}
	return nil
}

// administrator finds an administrator of a tenant by client id.
func (l *Landscape) administrator(host, id string) (*systemUser, map[string]string) {
	r := l.resource(systemUsers, id)
	if r == nil || r.Tenant != host {
		return nil, nil
	}
	u := &systemUser{}
	if into(r.System, u) != nil {
		return nil, nil
	}
	return u, r.Secrets
}

// enter lets a call into a tenant's API when its caller holds one of the given authorizations; none given means that
// any will do. Else it answers what the front of the tenant answers; forbidden makes the body of a 403.
//
// Fact: without credentials the tenant redirects to its login page with 301 and HTML; wrong, expired or locked
// credentials are 401, a missing authorization is 403. Source: SAP-docs/btp-cloud-identity-services (error page) and
// SAP Community 13562764, read 2026-11-23. [documented] The body of 401 is not SCIM. [assumed]
func (l *Landscape) enter(c *call, forbidden func() *answer, need ...string) *answer {
	if c.header("Authorization") == "" {
		return toLogin(c)
	}
	u := l.tenantCaller(c)
	if u == nil {
		return text(http.StatusUnauthorized, "Unauthorized").with("WWW-Authenticate", `Basic realm="`+c.host+`"`)
	}
	if len(need) > 0 && !slices.ContainsFunc(need, func(a string) bool { return slices.Contains(u.Authorizations, a) }) {
		return forbidden()
	}
	return nil
}

// tenantCaller is the administrator who calls, by Basic or Bearer, or nil.
func (l *Landscape) tenantCaller(c *call) *systemUser {
	if id, secret, ok := c.r.BasicAuth(); ok {
		return l.login(c.host, id, secret)
	}
	token, ok := l.verify(c)
	if !ok || token.Issuer != "https://"+c.host {
		return nil
	}
	u, _ := l.administrator(c.host, token.ClientID)
	return u
}
