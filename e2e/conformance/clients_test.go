package conformance_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// furnish stores what the clients look for and returns the destinations by name.
func (l *landscape) furnish() map[string]object {
	l.Helper()
	base := l.root() + "/destination-configuration/v1/"
	key := l.key("destination")
	http := func(name, authentication string, more object) object {
		d := object{
			"Name": name, "Type": "HTTP", "URL": "https://iag-demo.accounts.ondemand.com", "ProxyType": "Internet",
			"Authentication": authentication,
		}
		maps.Copy(d, more)
		return d
	}
	all := map[string]object{}
	for level, list := range map[string][]object{
		"subaccount": {
			http("IPS_PROXY", "BasicAuthentication", object{
				"User": "id:with!odd|characters", "Password": "p$ss-w_rd=ü",
				"Accept": "application/scim+json", "serviceURL": "/ipsproxy/service/api/v1/scim/",
			}),
			http("OPEN", "NoAuthentication", nil),
			http("SHADOWED", "NoAuthentication", object{"Description": "subaccount"}),
			http("OAUTH", "OAuth2ClientCredentials", object{
				"clientId": key["clientid"], "clientSecret": key["clientsecret"],
				"tokenServiceURL": text(key["url"]) + "/oauth/token", "tokenServiceURLType": "Dedicated",
			}),
			http("OAUTH_WRONG", "OAuth2ClientCredentials", object{
				"clientId": key["clientid"], "clientSecret": "wrong",
				"tokenServiceURL": text(key["url"]) + "/oauth/token", "tokenServiceURLType": "Dedicated",
			}),
		},
		"instance": {
			http("SHADOWED", "NoAuthentication", object{"Description": "instance"}),
			http("INSTANCE_ONLY", "BasicAuthentication", object{"User": "u", "Password": "p"}),
		},
	} {
		for _, d := range list {
			l.want(201, "POST", base+level+"Destinations", l.bearer("destination"), d)
			all[level+"/"+text(d["Name"])] = d
		}
	}
	return all
}

// basicValue is what a consumer sends for a user and a password.
func basicValue(d object) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(text(d["User"])+":"+text(d["Password"])))
}

// TestCloudSDK runs the SAP Cloud SDK for JavaScript, unmodified, against the landscape.
func TestCloudSDK(t *testing.T) {
	needNode(t)
	l := overTCP(t)
	stored := l.furnish()
	l.requests()
	got := l.node("cloudsdk.js", l.sim.KeyFiles()["destination"], step{Call: "version"}, step{Call: "token"},
		step{"find", []string{"IPS_PROXY"}}, step{"headers", []string{"IPS_PROXY"}}, step{"find", []string{"SHADOWED"}},
		step{"find", []string{"INSTANCE_ONLY"}}, step{"find", []string{"NOT_THERE"}}, step{Call: "list"})
	var version string
	if got[0].into(t, &version); version != "4.9.1" {
		t.Errorf("version %s", version)
	}
	c := l.sim.Connections()
	token := got[1].object(t)
	if token["zid"] != c.Subaccount || token["client_id"] != l.key("destination")["clientid"] || token["exp"] == nil {
		t.Errorf("token %v", token)
	}
	if zone, _ := token["ext_attr"].(object); zone["zdn"] != c.Tenant {
		t.Errorf("token %v", token)
	}
	proxy := got[2].object(t)
	properties, _ := proxy["originalProperties"].(object)
	if proxy["username"] != stored["subaccount/IPS_PROXY"]["User"] || proxy["password"] != stored["subaccount/IPS_PROXY"]["Password"] ||
		proxy["authentication"] != "BasicAuthentication" || !maps.Equal(properties, stored["subaccount/IPS_PROXY"]) {
		t.Errorf("find %s", got[2].OK)
	}
	if h := got[3].object(t); h["authorization"] != basicValue(stored["subaccount/IPS_PROXY"]) {
		t.Errorf("headers %s", got[3].OK)
	}
	if d := got[4].object(t); !strings.Contains(string(got[4].OK), `"instance"`) || d["name"] != "SHADOWED" {
		t.Errorf("the instance's destination does not win: %s", got[4].OK)
	}
	if d := got[5].object(t); d["username"] != "u" {
		t.Errorf("find %s", got[5].OK)
	}
	if string(got[6].OK) != "null" {
		t.Errorf("a destination that is not there: %s %s, want null", got[6].OK, got[6].Error)
	}
	var list []object
	got[7].into(t, &list)
	if names := namesOf(list, "name"); !slices.Equal(names, []string{
		"INSTANCE_ONLY", "IPS_PROXY", "OAUTH", "OAUTH_WRONG", "OPEN",
		"SHADOWED", "SHADOWED",
	}) {
		t.Errorf("both levels: %q", names)
	}
	asked := l.requests()
	// Its login drops the path of the key's url: real keys have none there.
	for _, want := range []string{
		"POST /oauth/token", "GET /v1/instanceDestinations",
		"GET /v1/subaccountDestinations", "GET /v1/destinations/IPS_PROXY?$skipTokenRetrieval=true",
	} {
		if !slices.Contains(asked, want) {
			t.Errorf("the client did not ask %s, but %q", want, asked)
		}
	}
}

// TestCloudSDKTokens lets the SDK find destinations whose tokens the Destination service retrieves, here from the
// landscape itself.
func TestCloudSDKTokens(t *testing.T) {
	needNode(t)
	l := overTCP(t)
	l.furnish()
	l.requests()
	got := l.node("cloudsdk.js", l.sim.KeyFiles()["destination"],
		step{"find", []string{"OAUTH"}}, step{"headers", []string{"OAUTH"}}, step{"find", []string{"OAUTH_WRONG"}})
	tokens, _ := got[0].object(t)["authTokens"].([]any)
	if len(tokens) != 1 {
		t.Fatalf("find %s", got[0].OK)
	}
	token := tokens[0].(object)
	if !strings.EqualFold(text(token["type"]), "bearer") || token["error"] != nil || text(token["value"]) == "" {
		t.Errorf("token %v", token)
	}
	if header := text(got[1].object(t)["authorization"]); !strings.HasPrefix(header, "Bearer ey") {
		t.Errorf("header %s", header)
	}
	// The token is a real one: it opens what the key opens.
	l.want(200, "GET", l.root()+"/destination-configuration/v1/subaccountDestinations",
		headers{"Authorization": "Bearer " + text(token["value"])}, nil)
	failed, _ := got[2].object(t)["authTokens"].([]any)
	if len(failed) != 1 || text(failed[0].(object)["error"]) == "" || text(failed[0].(object)["value"]) != "" {
		t.Errorf("a refused login is %s, want 200 with an error inside", got[2].OK)
	}
	asked := l.requests()
	if !slices.Contains(asked, "GET /v1/destinations/OAUTH?$skipTokenRetrieval=true") ||
		!slices.Contains(asked, "GET /v1/destinations/OAUTH") {
		t.Errorf("asked %q", asked)
	}
}

// TestCloudSDKCertificates lets the SDK fetch the certificates that destinations name: a trust store of either level by
// the certificate's own address, a key store within the answer of find.
func TestCloudSDKCertificates(t *testing.T) {
	needNode(t)
	l := overTCP(t)
	base := l.root() + "/destination-configuration/v1/"
	content := base64.StdEncoding.EncodeToString(selfSigned(t))
	for _, c := range []struct{ level, name string }{{"subaccount", "trust.pem"}, {"instance", "own.pem"}, {"subaccount", "key.pem"}} {
		l.want(201, "POST", base+c.level+"Certificates", l.bearer("destination"),
			object{"Name": c.name, "Type": "CERTIFICATE", "Content": content})
	}
	for name, more := range map[string]object{
		"TRUSTING": {"Authentication": "NoAuthentication", "TrustStoreLocation": "trust.pem"},
		"OWN":      {"Authentication": "NoAuthentication", "TrustStoreLocation": "own.pem"},
		"KEYED":    {"Authentication": "ClientCertificateAuthentication", "KeyStoreLocation": "key.pem", "KeyStorePassword": ""},
	} {
		d := object{"Name": name, "Type": "HTTP", "URL": "https://backend.example", "ProxyType": "Internet"}
		maps.Copy(d, more)
		l.want(201, "POST", base+"subaccountDestinations", l.bearer("destination"), d)
	}
	l.requests()
	got := l.node("cloudsdk.js", l.sim.KeyFiles()["destination"], step{"find", []string{"TRUSTING"}},
		step{"find", []string{"OWN"}}, step{"find", []string{"KEYED"}})
	for i, name := range []string{"trust.pem", "own.pem"} {
		if c, _ := got[i].object(t)["trustStoreCertificate"].(object); c["name"] != name || c["content"] != content {
			t.Errorf("trust store %s: %s", name, got[i].OK)
		}
	}
	list, _ := got[2].object(t)["certificates"].([]any)
	if len(list) != 1 || list[0].(object)["name"] != "key.pem" || list[0].(object)["content"] != content {
		t.Errorf("key store: %s", got[2].OK)
	}
	asked := l.requests()
	for _, want := range []string{
		"GET /v1/subaccountCertificates/trust.pem", "GET /v1/subaccountCertificates/own.pem",
		"GET /v1/instanceCertificates/own.pem",
	} {
		if !slices.Contains(asked, want) {
			t.Errorf("the client did not ask %s, but %q", want, asked)
		}
	}
}

// TestCloudSDKOverTLS lets the SDK log in with the certificate of an x509 key, and for a subscriber of the application.
func TestCloudSDKX509(t *testing.T) {
	needNode(t)
	l := overTCP(t)
	l.furnish()
	c := l.sim.Connections()
	got := l.node("cloudsdk.js", l.sim.KeyFiles()["destinationX509"], step{Call: "token"}, step{"find", []string{"IPS_PROXY"}})
	if token := got[0].object(t); token["zid"] != c.Subaccount {
		t.Errorf("token %v", token)
	}
	if got[1].object(t)["name"] != "IPS_PROXY" {
		t.Errorf("find %s", got[1].OK)
	}
	if len(c.Subscribers) == 0 {
		t.Fatal("the landscape has no subscriber")
	}
	key := l.key("destination")
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {text(key["clientid"])},
		"client_secret": {text(key["clientsecret"])},
	}
	jwt := text(l.want(200, "POST", join(l.root(), "tenants", c.Subscribers[0].Tenant, "oauth/token"),
		headers{"Content-Type": "application/x-www-form-urlencoded"}, form.Encode()).object(t)["access_token"])
	got = l.node("cloudsdk.js", l.sim.KeyFiles()["destination"], step{"token", []string{jwt}})
	if token := got[0].object(t); token["zid"] != c.Subscribers[0].Subaccount {
		t.Errorf("token %v, want one of the subscriber", token)
	}
}

// selfSigned is a certificate that proves nothing, as PEM.
func selfSigned(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "conformance"},
		NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// TestDestconn runs sap-cf-destconn, unmodified, against the landscape. Unlike the SDK it logs in with Basic.
func TestDestconn(t *testing.T) {
	needNode(t)
	l := overTCP(t)
	stored := l.furnish()
	got := l.node("destconn.js", l.sim.KeyFiles()["destination"], step{"find", []string{"IPS_PROXY"}},
		step{"find", []string{"OAUTH"}}, step{"one", []string{"IPS_PROXY"}}, step{Call: "list"},
		step{"find", []string{"NOT_THERE"}}, step{"one", []string{"NOT_THERE"}}, step{"find", []string{"SHADOWED"}})
	found := got[0].object(t)
	properties, _ := found["destinationConfiguration"].(object)
	owner, _ := found["owner"].(object)
	tokens, _ := found["authTokens"].([]any)
	if !maps.Equal(properties, stored["subaccount/IPS_PROXY"]) || owner["SubaccountId"] != l.sim.Connections().Subaccount ||
		owner["InstanceId"] != nil || len(tokens) != 1 {
		t.Fatalf("find %s", got[0].OK)
	}
	if h, _ := tokens[0].(object)["http_header"].(object); h["value"] != basicValue(stored["subaccount/IPS_PROXY"]) {
		t.Errorf("token %v", tokens[0])
	}
	if tokens, _ = got[1].object(t)["authTokens"].([]any); len(tokens) != 1 || text(tokens[0].(object)["expires_in"]) == "" {
		t.Errorf("find %s: want one token whose expires_in is a string", got[1].OK)
	}
	if one := got[2].object(t); !maps.Equal(one, stored["subaccount/IPS_PROXY"]) {
		t.Errorf("one %s", got[2].OK)
	}
	var list []object
	got[3].into(t, &list)
	if names := namesOf(list, "Name"); !slices.Equal(names, []string{"IPS_PROXY", "OAUTH", "OAUTH_WRONG", "OPEN", "SHADOWED"}) {
		t.Errorf("list %q", names)
	}
	for _, o := range got[4:6] {
		if o.Error == "" {
			t.Errorf("not there, but %s", o.OK)
		}
	}
	if owner, _ = got[6].object(t)["owner"].(object); owner["InstanceId"] == nil {
		t.Errorf("the instance's destination does not win: %s", got[6].OK)
	}
}

// namesOf lists a member of each object, sorted.
func namesOf(list []object, member string) []string {
	var names []string
	for _, d := range list {
		names = append(names, text(d[member]))
	}
	slices.Sort(names)
	return names
}
