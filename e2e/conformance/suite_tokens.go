package conformance

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// tokenBehaviours are those of the token service of a key.
//
// Source: SAP-docs/btp-connectivity 84c5d38, and what the SAP Cloud SDKs read of tokens, read 2026-11-23.
var tokenBehaviours = []behaviour{
	{"a token is a JWT that says for whom and how long", func(p *probe) {
		status, out := p.ask(url.Values{"client_id": {p.key.ClientID}, "client_secret": {p.key.ClientSecret}})
		token, _ := out["access_token"].(string)
		parts := strings.Split(token, ".")
		if status != http.StatusOK || len(parts) != 3 || out["token_type"] != "bearer" {
			p.Fatalf("status %d, %d parts, type %v", status, len(parts), out["token_type"])
		}
		if life, _ := out["expires_in"].(float64); life <= 0 {
			p.Errorf("expires_in %v", out["expires_in"])
		}
		var claims object
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil || json.Unmarshal(payload, &claims) != nil {
			p.Fatalf("the payload is no JSON: %v", err)
		}
		for _, name := range []string{"iss", "zid", "exp", "client_id", "ext_attr"} {
			if claims[name] == nil {
				p.Errorf("no claim %s", name)
			}
		}
	}},
	{"id and secret may come as Basic, not percent-encoded", func(p *probe) {
		if status, _ := p.ask(nil, p.key.ClientID, p.key.ClientSecret); status != http.StatusOK {
			p.Errorf("status %d, want 200", status)
		}
	}},
	{"a wrong secret is refused with an error", func(p *probe) {
		if !p.Disposable {
			p.Skip("skipped: a refused login may count towards a lock")
		}
		status, out := p.ask(url.Values{"client_id": {p.key.ClientID}, "client_secret": {"wrong"}})
		if status != http.StatusUnauthorized || out["error"] == nil || out["error_description"] == nil {
			p.Errorf("status %d, %q", status, keysOf(out))
		}
	}},
}

// ask asks for a token with a form, and with a Basic header when user and password are given.
func (p *probe) ask(form url.Values, basic ...string) (status int, out object) {
	p.Helper()
	all := url.Values{"grant_type": {"client_credentials"}}
	maps.Copy(all, form)
	r, err := http.NewRequestWithContext(p.Context(), http.MethodPost, p.key.URL+"/oauth/token", strings.NewReader(all.Encode()))
	if err != nil {
		p.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if len(basic) == 2 {
		r.SetBasicAuth(basic[0], basic[1])
	}
	resp, err := p.Anonymous.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(data, &out) != nil {
		p.Fatalf("token: status %d is no JSON, %v", resp.StatusCode, err)
	}
	return resp.StatusCode, out
}
