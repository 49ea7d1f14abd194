package simulator

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// authTokens makes the credentials a consumer sends, or nil for a type of authentication that has none.
//
// Fact: Basic is answered ready to send; a failed retrieval is still 200, with an error inside. Source:
// SAP-docs/btp-connectivity 83a3f3b, SAP/cloud-sdk-js and SAP/cloud-sdk-java issues, read 2026-11-23. [documented,
// observed] Types whose flow is not simulated answer such an error, too.
func (l *Landscape) authTokens(c *call, f *finding) []any {
	switch kind := f.properties["Authentication"]; kind {
	case "", "NoAuthentication", "ClientCertificateAuthentication", "PrincipalPropagation":
		return nil
	case "BasicAuthentication":
		v := base64.StdEncoding.EncodeToString([]byte(f.properties["User"] + ":" + f.properties["Password"]))
		return []any{map[string]any{"type": "Basic", "value": v, "http_header": httpHeader("Authorization", "Basic "+v)}}
	case "OAuth2ClientCredentials":
		return []any{l.retrieve(c, f, "Authorization")}
	case "OAuth2TechnicalUserPropagation":
		// Fact: the flow of client credentials, for another header. Source: SAP-docs/btp-connectivity 8634e21, read
		// 2026-11-23. [documented]
		return []any{l.retrieve(c, f, "SAP-Connectivity-Technical-Authentication")}
	default:
		return []any{noToken("retrieval of tokens for " + kind + " is not simulated")}
	}
}

func httpHeader(key, value string) map[string]string {
	return map[string]string{"key": key, "value": value}
}

func noToken(reason string) map[string]string {
	return map[string]string{"type": "", "value": "", "error": reason}
}

// retrieve gets a token for client credentials from the service that the destination names, for real: by host, with
// the credentials of the destination, wherever in the landscape that service is.
//
// Fact: type and value, the header ready to send, expires_in as a string, and scope when the service says one. Source:
// SAP-docs/btp-connectivity 83a3f3b, read 2026-11-23. [documented] The beginning of the error is literal. Source:
// traffic quoted in public issues, read 2026-11-23. [observed for another flow] Tokens are not cached here.
func (l *Landscape) retrieve(c *call, f *finding, header string) any {
	token, err := l.fetchToken(c.r.Context(), f, c.header("X-tenant"))
	if err != nil {
		return noToken("Retrieval of OAuthToken failed due to: " + err.Error())
	}
	out := map[string]any{"type": token.Type, "value": token.Value, "http_header": httpHeader(header, "Bearer "+token.Value)}
	if v := token.Lifetime.String(); v != "" {
		out["expires_in"] = v
	}
	if token.Scope != "" {
		out["scope"] = token.Scope
	}
	if token.Refresh != "" {
		out["refresh_token"] = token.Refresh
	}
	return out
}

// tokenAnswer is what a token service answers.
type tokenAnswer struct {
	Type        string      `json:"token_type"`
	Value       string      `json:"access_token"`
	Lifetime    json.Number `json:"expires_in"`
	Scope       string      `json:"scope"`
	Refresh     string      `json:"refresh_token"`
	Description string      `json:"error_description"`
}

// fetchToken calls the token service.
func (l *Landscape) fetchToken(ctx context.Context, f *finding, tenant string) (tokenAnswer, error) {
	var out tokenAnswer
	address, err := tokenURL(f.properties, tenant)
	if err != nil {
		return out, err
	}
	var certificate tls.Certificate
	if f.properties["tokenService.KeyStoreLocation"] != "" {
		if certificate, err = tls.X509KeyPair(f.keystore, f.keystore); err != nil {
			return out, fmt.Errorf("token service keystore: %w", err)
		}
	}
	header, form := tokenRequest(f.properties)
	resp, data, err := l.sendWith(ctx, certificate, "POST", address, header, []byte(form.Encode()))
	if err != nil {
		return out, errors.New(reason(err))
	}
	err = decodeJSON(data, &out)
	if resp.StatusCode != http.StatusOK || err != nil || out.Value == "" {
		if out.Description == "" {
			out.Description = string(data)
		}
		return out, errors.New("Unable to fetch access token from the specified token service URL. Response was: " + out.Description)
	}
	return out, nil
}

// tokenURL is the address of the token service.
//
// Fact: Dedicated is taken as it is and forbids X-tenant; Common demands X-tenant, which stands for {tenant} in the
// URL or, without that, becomes the first label of its host. Source: Destination Service OpenAPI and
// SAP-docs/btp-connectivity 8634e21, read 2026-11-23. [documented] That the complaint stands in authTokens is assumed.
func tokenURL(p map[string]string, tenant string) (string, error) {
	address, common := p["tokenServiceURL"], p["tokenServiceURLType"] == "Common"
	switch {
	case address == "":
		return "", errors.New("property tokenServiceURL is missing")
	case common && tenant == "":
		return "", errors.New("header X-tenant is required when tokenServiceURLType is Common")
	case !common && tenant != "":
		return "", errors.New("header X-tenant is not allowed when tokenServiceURLType is Dedicated")
	case common && strings.Contains(address, "{tenant}"):
		address = strings.ReplaceAll(address, "{tenant}", url.PathEscape(tenant))
	case common:
		scheme, rest, _ := strings.Cut(address, "://")
		address = scheme + "://" + tenant + "." + rest
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("tokenServiceURL %q is no URL", address)
	}
	query := u.Query()
	for k, v := range grouped(p, "tokenServiceURL.queries.") {
		query.Set(k, v)
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// tokenRequest makes headers and form of the request.
//
// Fact: client id and secret stand in the form unless tokenService.addClientCredentialsInBody is false; then, or with
// tokenServiceUser, there is a Basic header, and tokenServiceUser goes first; scope, further headers, queries and
// parameters come from properties; with a keystore there is no secret. Source: SAP-docs/btp-connectivity 8634e21 and
// 2c162aa, read 2026-11-23. [documented]
func tokenRequest(p map[string]string) (http.Header, url.Values) {
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}}
	form := url.Values{"grant_type": {"client_credentials"}}
	inBody := p["tokenService.addClientCredentialsInBody"] != "false"
	switch user := p["tokenServiceUser"]; {
	case user != "":
		header.Set("Authorization", basic(user, p["tokenServicePassword"]))
	case !inBody:
		header.Set("Authorization", basic(p["clientId"], p["clientSecret"]))
	}
	if inBody {
		form.Set("client_id", p["clientId"])
		if p["tokenService.KeyStoreLocation"] == "" {
			form.Set("client_secret", p["clientSecret"])
		}
	}
	if v := p["scope"]; v != "" {
		form.Set("scope", v)
	}
	for k, v := range grouped(p, "tokenServiceURL.headers.") {
		header.Set(k, v)
	}
	for k, v := range grouped(p, "tokenService.body.") {
		form.Set(k, v)
	}
	return header, form
}

// grouped picks the properties under a prefix, by the rest of their names.
func grouped(p map[string]string, prefix string) map[string]string {
	out := map[string]string{}
	for k, v := range p {
		if name, ok := strings.CutPrefix(k, prefix); ok && name != "" {
			out[name] = v
		}
	}
	return out
}
