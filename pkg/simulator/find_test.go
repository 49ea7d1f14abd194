package simulator_test

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"reconcile/pkg/simulator"
)

const (
	configuration     = root + "/destination-configuration/"
	instance          = configuration + "v1/instanceDestinations"
	instanceFragments = configuration + "v1/instanceDestinationFragments"
	certificates      = configuration + "v1/subaccountCertificates"
	find              = configuration + "v1/destinations/"
	consume           = configuration + "v2/destinations/"
)

// oauthDestination is a destination whose tokens come from the landscape's own XSUAA.
func (r *rig) oauthDestination(name string, changes m) m {
	k := r.key("destination")
	d := m{
		"Name": name, "Type": "HTTP", "URL": "https://x", "ProxyType": "Internet", "Authentication": "OAuth2ClientCredentials",
		"clientId": k["clientid"], "clientSecret": k["clientsecret"], "tokenServiceURL": k["url"].(string) + "/oauth/token",
	}
	for k, v := range changes {
		if d[k] = v; v == nil {
			delete(d, k)
		}
	}
	return d
}

// token is the only entry of authTokens.
func (r *rig) token(a reply) m {
	r.Helper()
	list, _ := r.json(a)["authTokens"].([]any)
	if len(list) != 1 {
		r.Fatalf("authTokens in %s", a.body)
	}
	return list[0].(m)
}

func TestFindRetrievesTokens(t *testing.T) {
	r := newRig(t, simulator.Options{})
	auth := r.bearer("destination")
	r.systemUsers()
	uaa := r.key("destination")["url"].(string)
	basic := m{"tokenService.addClientCredentialsInBody": "false"}
	directory := m{
		"tokenServiceURL": tenant + "/oauth2/token", "clientId": r.secret("IAG_CALLER_ID"),
		"clientSecret": r.secret("IAG_CALLER_SECRET"),
	}
	for _, c := range []struct {
		name    string
		changes m
		header  h
		err     string // empty when a token comes
	}{
		{"in the body", nil, nil, ""},
		{"in the header", basic, nil, ""},
		{"token service user", m{
			"tokenServiceUser": r.key("destination")["clientid"], "tokenServicePassword": r.key("destination")["clientsecret"],
			"clientSecret": nil,
		}, nil, ""},
		{"from the directory", directory, nil, ""},
		{"common, placeholder", m{"tokenServiceURL": root + "/tenants/{tenant}/oauth/token", "tokenServiceURLType": "Common"}, h{"X-tenant": "iag-subscriber"}, ""},
		{"common, inserted", m{"tokenServiceURL": "http://authentication.localhost/oauth/token", "tokenServiceURLType": "Common"}, h{"X-tenant": "iag-demo"}, ""},
		{"zone by a header", m{"tokenServiceURL": root + "/oauth/token", "tokenServiceURL.headers.X-zid": r.l.Connections().Subaccount}, nil, ""},
		{"grant overridden", m{"tokenService.body.grant_type": "password"}, nil, "Unsupported grant type"},
		{"user token is ignored", nil, h{"X-user-token": "x"}, ""},
		{"common without tenant", m{"tokenServiceURLType": "Common"}, nil, "X-tenant is required"},
		{"dedicated with tenant", nil, h{"X-tenant": "iag-demo"}, "X-tenant is not allowed"},
		{"wrong secret", m{"clientSecret": "x"}, nil, "Response was: Bad credentials"},
		{"unknown tenant", m{"tokenServiceURL": root + "/tenants/nobody/oauth/token"}, nil, "Response was: The subdomain does not map"},
		{"not a token service", m{"tokenServiceURL": uaa}, nil, "Response was: Not Found"},
		{"unknown host", m{"tokenServiceURL": "https://nobody.example.com/oauth/token"}, nil, "unknown host nobody.example.com"},
		{"no address", m{"tokenServiceURL": nil}, nil, "tokenServiceURL is missing"},
		{"no URL", m{"tokenServiceURL": "oauth"}, nil, "is no URL"},
		{"no keystore", m{"tokenService.KeyStoreLocation": "none.pem"}, nil, "keystore"},
		{"another type", m{"Authentication": "OAuth2Password"}, nil, "OAuth2Password is not simulated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r.T = t
			name := regexp.MustCompile(`\W`).ReplaceAllString(c.name, "_")
			r.want(201, "POST", dest, auth, r.oauthDestination(name, c.changes))
			token := r.token(r.want(200, "GET", find+name, auth.and(c.header), nil))
			message, failed := token["error"].(string)
			switch {
			case c.err != "" && (!strings.Contains(message, c.err) || token["type"] != "" || token["value"] != ""):
				t.Errorf("token %v", token)
			case c.err == "" && (failed || token["http_header"].(m)["value"] != "Bearer "+token["value"].(string)):
				t.Errorf("token %v", token)
			case c.err == "":
				if life, ok := token["expires_in"].(string); !ok || life == "" {
					t.Errorf("expires_in %v", token["expires_in"])
				}
			}
		})
	}
}

func TestFoundTokensAreGood(t *testing.T) {
	r := newRig(t, simulator.Options{})
	auth := r.bearer("destination")
	r.want(201, "POST", dest, auth, r.oauthDestination("D", nil))
	token := r.token(r.want(200, "GET", find+"D", auth, nil))
	if token["type"] != "bearer" || token["expires_in"] != "43199" || token["scope"] != "uaa.resource" {
		t.Errorf("token %v", token)
	}
	r.want(200, "GET", dest, h{"Authorization": token["http_header"].(m)["value"].(string)}, nil)
	last := r.l.Requests()[len(r.l.Requests())-3]
	if last.Path != "/tenants/iag-demo/oauth/token" || !last.Internal {
		t.Errorf("the retrieval is not in the log: %+v", last)
	}
	r.want(201, "POST", dest, auth, r.oauthDestination("T", m{"Authentication": "OAuth2TechnicalUserPropagation"}))
	token = r.token(r.want(200, "GET", find+"T", auth, nil))
	if token["http_header"].(m)["key"] != "SAP-Connectivity-Technical-Authentication" {
		t.Errorf("token %v", token)
	}
	r.l.Fail(simulator.Fault{Internal: true, Path: "/tenants/iag-demo/oauth/token", Cut: "before"})
	if token := r.token(r.want(200, "GET", find+"D", auth, nil)); token["error"] == nil {
		t.Errorf("token %v", token)
	}
}

func TestFindSkips(t *testing.T) {
	r := newRig(t, simulator.Options{})
	auth := r.bearer("destination")
	r.want(201, "POST", dest, auth, r.oauthDestination("D", nil))
	r.want(201, "POST", dest, auth, m{"Name": "B", "Type": "HTTP", "Authentication": "BasicAuthentication", "User": "u", "Password": "p"})
	a := r.want(200, "GET", find+"D?$skipTokenRetrieval=true", auth, nil)
	if r.json(a)["authTokens"] != nil || !strings.Contains(a.body, "clientSecret") {
		t.Errorf("skipped tokens: %s", a.body)
	}
	a = r.want(200, "GET", find+"B?$skipCredentials=true", auth, nil)
	if c := r.json(a)["destinationConfiguration"].(m); c["Password"] != nil || c["User"] != "u" || r.token(a)["type"] != "Basic" {
		t.Errorf("skipped credentials: %s", a.body)
	}
	tag := a.header.Get("ETag")
	if a := r.want(304, "GET", find+"B", auth.and(h{"If-None-Match": tag}), nil); a.body != "" || a.header.Get("ETag") != tag {
		t.Errorf("304: %+v", a)
	}
	r.want(412, "GET", find+"B", auth.and(h{"If-Match": "x"}), nil)
	r.want(401, "GET", find+"B", nil, nil)
	r.want(403, "GET", find+"B", r.bearer("auditLog"), nil)
	r.want(400, "GET", find+"B?$includeMetadata=owner", auth, nil)
	if a := r.want(404, "GET", find+"b", auth, nil); a.header.Get("X-Vcap-Request-Id") == "" {
		t.Error("no request id")
	}
}

func TestFindNamesCertificates(t *testing.T) {
	r := newRig(t, simulator.Options{})
	auth := r.bearer("destination")
	for _, name := range []string{"key.p12", "trust.jks", "uaa.pem"} {
		r.want(201, "POST", certificates, auth, m{"Name": name, "Type": "CERTIFICATE", "Content": "AAAA"})
	}
	r.want(201, "POST", dest, auth, m{
		"Name": "D", "Type": "HTTP", "Authentication": "ClientCertificateAuthentication",
		"KeyStoreLocation": "key.p12", "TrustStoreLocation": "trust.jks", "tokenService.KeyStoreLocation": "uaa.pem",
	})
	r.want(201, "POST", dest, auth, m{"Name": "E", "Type": "HTTP", "KeyStoreLocation": "gone.p12"})
	a := r.want(200, "GET", find+"D", auth, nil)
	want := `"certificates":[{"Content":"AAAA","Name":"key.p12","Type":"CERTIFICATE"},{"Content":"AAAA","Name":"trust.jks","Type":"CERTIFICATE"}]`
	if !strings.Contains(a.body, want) || strings.Contains(a.body, "authTokens") {
		t.Errorf("certificates: %s", a.body)
	}
	if a := r.want(200, "GET", find+"D?$skipTokenRetrieval=true", auth, nil); !strings.Contains(a.body, `"Name":"uaa.pem"`) {
		t.Errorf("keystore of the token service: %s", a.body)
	}
	if a := r.want(200, "GET", find+"E", auth, nil); strings.Contains(a.body, "certificates") {
		t.Errorf("a certificate that is not there: %s", a.body)
	}
}

func TestInstanceShadowsSubaccount(t *testing.T) {
	r := newRig(t, simulator.Options{})
	auth := r.bearer("destination")
	r.want(201, "POST", dest, auth, m{"Name": "D", "Type": "HTTP", "at": "subaccount"})
	r.want(201, "POST", instance, auth, m{"Name": "D", "Type": "HTTP", "at": "instance"})
	id := r.key("destination")["instanceid"].(string)
	for url, want := range map[string]string{
		find + "D":               `^\{"destinationConfiguration":\{"Name":"D","Type":"HTTP","at":"instance"\},"owner":\{"InstanceId":"` + id + `","SubaccountId":"[^"]+"\}\}$`,
		consume + "D":            `^\{"destinationConfiguration":\{"Name":"D","Type":"HTTP","at":"instance"\}\}$`,
		consume + "D@subaccount": `^\{"destinationConfiguration":\{"Name":"D","Type":"HTTP","at":"subaccount"\}\}$`,
		consume + "D@instance?$includeMetadata=owner":      `^\{"destinationConfiguration":\{"\$metadata":\{"owner":\{"InstanceId":"` + id + `","SubaccountId":"[^"]+"\}\},"Name":"D","Type":"HTTP","at":"instance"\}\}$`,
		consume + "D@subaccount?$includeMetadata=owner":    `"owner":\{"InstanceId":null,"SubaccountId"`,
		consume + "D@provider_instance":                    `"at":"instance"`,
		consume + "D@provider_subaccount":                  `"at":"subaccount"`,
		consume + "D%40subaccount?$includeMetadata=labels": `"\$metadata":\{"labels":\[\]\}`,
	} {
		if a := r.want(200, "GET", url, auth, nil); !regexp.MustCompile(want).MatchString(a.body) {
			t.Errorf("%s: %s", url, a.body)
		}
	}
	r.want(200, "DELETE", instance+"/D", auth, nil)
	r.want(404, "GET", consume+"D@instance", auth, nil)
	r.want(200, "GET", find+"D", auth, nil)
	r.want(400, "GET", consume+"D@galaxy", auth, nil)
	r.want(400, "GET", consume+"D?$includeMetadata=etag", auth, nil)
	r.want(401, "GET", consume+"D@subaccount", nil, nil)
}

func TestFindMergesFragments(t *testing.T) {
	r := newRig(t, simulator.Options{})
	auth := r.bearer("destination")
	r.want(201, "POST", dest, auth, m{"Name": "D", "Type": "HTTP", "a": "0", "b": "0"})
	r.want(201, "POST", fragments, auth, m{"FragmentName": "F", "a": "1", "c": "1"})
	r.want(201, "POST", fragments, auth, m{"FragmentName": "G", "a": "2"})
	r.want(201, "POST", instanceFragments, auth, m{"FragmentName": "I", "a": "3"})
	for _, c := range []struct {
		url, fragment, optional string
		status                  int
		want                    string
	}{
		{find + "D", "F", "", 200, `{"FragmentName":"F","Name":"D","Type":"HTTP","a":"1","b":"0","c":"1"}`},
		{find + "D", "F, G", "", 200, `{"FragmentName":"F,G","Name":"D","Type":"HTTP","a":"2","b":"0","c":"1"}`},
		{find + "D", "G,F", "", 200, `{"FragmentName":"G,F","Name":"D","Type":"HTTP","a":"1","b":"0","c":"1"}`},
		{find + "D", "X", "", 404, `{"ErrorMessage":"The fragment with the specified name 'X' was not found"}`},
		{find + "D", "I", "", 404, `fragment`},
		{find + "D", "X", "true", 200, `{"Name":"D","Type":"HTTP","a":"0","b":"0"}`},
		{find + "D", "F,X", "true", 404, `'X'`},
		{consume + "D@subaccount", "I@instance", "", 200, `{"FragmentName":"I@instance","Name":"D","Type":"HTTP","a":"3","b":"0"}`},
		{consume + "D@subaccount", "F", "", 200, `"FragmentName":"F"`},
		{consume + "D@subaccount", "I@subaccount", "", 404, `fragment`},
	} {
		a := r.want(c.status, "GET", c.url, auth.and(h{"X-fragment-name": c.fragment, "X-fragment-optional": c.optional}), nil)
		if !strings.Contains(a.body, c.want) {
			t.Errorf("%s with %s: %s", c.url, c.fragment, a.body)
		}
	}
	if a := r.want(200, "GET", dest+"/D", auth, nil); a.body != `{"Name":"D","Type":"HTTP","a":"0","b":"0"}` {
		t.Errorf("stored: %s", a.body)
	}
	r.want(201, "POST", fragments, auth, m{"FragmentName": "C", "clientSecret": r.key("destination")["clientsecret"]})
	r.want(201, "POST", dest, auth, r.oauthDestination("O", m{"clientSecret": nil}))
	if token := r.token(r.want(200, "GET", find+"O", auth.and(h{"X-fragment-name": "C"}), nil)); token["error"] != nil {
		t.Errorf("token with a fragment's secret: %v", token)
	}
}

// subscriberToken gets a token of the provider's key for the subscriber, by its path or by the header X-zid.
func (r *rig) subscriberToken(byHeader bool) h {
	r.Helper()
	k, sub := r.key("destination"), r.l.Connections().Subscribers[0]
	url, header := strings.Replace(k["url"].(string), "iag-demo", sub.Tenant, 1), h{"Content-Type": "application/x-www-form-urlencoded"}
	if byHeader {
		url, header["X-zid"] = k["url"].(string), sub.Subaccount
	}
	form := "grant_type=client_credentials&client_id=" + escape(k["clientid"]) + "&client_secret=" + escape(k["clientsecret"])
	a := r.want(200, "POST", url+"/oauth/token", header, form)
	token := r.json(a)["access_token"].(string)
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil || !strings.Contains(string(claims), `"zid":"`+sub.Subaccount+`"`) {
		r.Errorf("claims %s %v", claims, err)
	}
	return h{"Authorization": "Bearer " + token}
}

func TestSubscribersAreApart(t *testing.T) {
	for _, byHeader := range []bool{false, true} {
		r := newRig(t, simulator.Options{})
		provider, subscriber := r.bearer("destination"), r.subscriberToken(byHeader)
		kinds := map[string]m{
			"Destinations":         {"Name": "X", "Type": "HTTP"},
			"DestinationFragments": {"FragmentName": "X"},
			"Certificates":         {"Name": "X.pem", "Content": "AAAA"},
		}
		for _, level := range []string{"subaccount", "instance"} {
			for kind, body := range kinds {
				url := configuration + "v1/" + level + kind
				r.want(201, "POST", url, provider, body)
				if a := r.want(200, "GET", url, subscriber, nil); a.body != "[]" {
					t.Errorf("%s: the subscriber sees %s", url, a.body)
				}
				r.want(201, "POST", url, subscriber, body)
				r.want(409, "POST", url, subscriber, body)
			}
		}
		r.want(200, "DELETE", dest+"/X", subscriber, nil)
		r.want(200, "DELETE", instance+"/X", subscriber, nil)
		r.want(200, "GET", dest+"/X", provider, nil)
		r.want(404, "GET", find+"X", subscriber, nil)
		r.want(404, "GET", consume+"X@subaccount", subscriber, nil)
		r.want(200, "GET", consume+"X@provider_subaccount", subscriber, nil)
		r.want(404, "GET", consume+"X@provider_instance", subscriber, nil)
		r.want(200, "PUT", instance, provider, m{"Name": "X", "Type": "HTTP", "$metadata": m{"shared_with_subscriber": true}})
		r.want(200, "GET", consume+"X@provider_instance", subscriber, nil)
	}
}

func TestTokenZones(t *testing.T) {
	r := newRig(t, simulator.Options{})
	k := r.key("destination")
	body := "grant_type=client_credentials&client_id=" + escape(k["clientid"]) + "&client_secret=" + escape(k["clientsecret"])
	form := h{"Content-Type": "application/x-www-form-urlencoded"}
	sub := r.l.Connections().Subscribers[0]
	for _, c := range []struct {
		url    string
		header h
		status int
	}{
		{"http://iag-demo.authentication.localhost/oauth/token", nil, 200},
		{"http://" + sub.Tenant + ".authentication.localhost/oauth/token", nil, 200},
		{"http://nobody.authentication.localhost/oauth/token", nil, 404},
		{"http://iag-demo.authentication.localhost/scim/Users", nil, 404},
		{"http://iag-demo.authentication.localhost/_sim/faults", nil, 404},
		{root + "/oauth/token", nil, 200},
		{root + "/oauth/token", h{"X-zid": sub.Subaccount}, 200},
		{root + "/oauth/token", h{"X-zid": "nobody"}, 404},
		{k["url"].(string) + "/oauth/token", h{"X-zid": "nobody"}, 404},
	} {
		if a := r.do(http.MethodPost, c.url, form.and(c.header), body); a.status != c.status {
			t.Errorf("%s %v: %d %s", c.url, c.header, a.status, a.body)
		}
	}
}
