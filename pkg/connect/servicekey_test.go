package connect

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// layouts are service keys as services issue them.
var layouts = []struct {
	name, doc string
	want      Key // without secrets
	secret    string
}{
	{
		"destination", `{"clientid":"sb-1!b2|x","clientsecret":"pw$=","uri":"https://dest.example/","url":"https://sub.uaa.example","identityzone":"sub",
		"tenantid":"t-1","instanceid":"i-1","xsappname":"x","uaadomain":"uaa.example","verificationkey":"-----BEGIN"}`,
		Key{ClientID: "sb-1!b2|x", TokenURL: "https://sub.uaa.example/oauth/token", URI: "https://dest.example", TenantID: "t-1", Subdomain: "sub", InstanceID: "i-1", Extra: map[string]string{}},
		"pw$=",
	},
	{
		"iag nested", `{"ARQAPI":"https://arq.example/","uaa":{"url":"https://uaa.example/","clientid":"id","clientsecret":"pw","tenantid":"t","identityzone":"s"}}`,
		Key{ClientID: "id", TokenURL: "https://uaa.example/oauth/token", TenantID: "t", Subdomain: "s", Extra: map[string]string{"ARQAPI": "https://arq.example"}},
		"pw",
	},
	{
		"iag flat", `{"ARQAPI":"https://arq.example","url":"https://uaa.example","clientID":"id","clientsecret":"pw"}`,
		Key{ClientID: "id", TokenURL: "https://uaa.example/oauth/token", Extra: map[string]string{"ARQAPI": "https://arq.example"}},
		"pw",
	},
	{
		"audit log", `{"uaa":{"clientid":"id","clientsecret":"pw","url":"https://uaa.example"},"url":"https://audit.example/"}`,
		Key{ClientID: "id", TokenURL: "https://uaa.example/oauth/token", URI: "https://audit.example", Extra: map[string]string{}},
		"pw",
	},
	{
		"both layouts", `{"ARQAPI":"https://a.example","url":"https://uaa.example","clientid":"id","clientsecret":"pw","uaa":{"clientid":"id","clientsecret":"pw","url":"https://uaa.example"}}`,
		Key{ClientID: "id", TokenURL: "https://uaa.example/oauth/token", URI: "https://uaa.example", Extra: map[string]string{"ARQAPI": "https://a.example"}},
		"pw",
	},
	{
		"wrapped", `{"credentials":{"clientid":"id","clientsecret":"pw","uri":"https://d","token_url":"https://u/oauth/token"}}`,
		Key{ClientID: "id", TokenURL: "https://u/oauth/token", URI: "https://d", Extra: map[string]string{}},
		"pw",
	},
	{
		"uaa as text", `{"uaa":"{\"clientid\":\"id\",\"clientsecret\":\"pw\",\"url\":\"https://u\"}","uri":"https://d"}`,
		Key{ClientID: "id", TokenURL: "https://u/oauth/token", URI: "https://d", Extra: map[string]string{}},
		"pw",
	},
	{
		"identity service", `{"client_id":"id","client-secret":"pw","url":"https://t.accounts.example","authorization_endpoint":"https://t.accounts.example/oauth2/authorize"}`,
		Key{ClientID: "id", TokenURL: "https://t.accounts.example/oauth2/token", Extra: map[string]string{"authorization_endpoint": "https://t.accounts.example/oauth2/authorize"}},
		"pw",
	},
	{
		"x509", `{"clientid":"id","certificate":"CERT","key":"KEY","certurl":"https://cert.example/","url":"https://uaa.example","uri":"https://d","credential-type":"x509"}`,
		Key{ClientID: "id", TokenURL: "https://cert.example/oauth/token", URI: "https://d", Certificate: "CERT", Extra: map[string]string{}},
		"",
	},
	{
		"complete url", `{"clientid":"id","clientsecret":"pw","url":"https://u/oauth/token/"}`,
		Key{ClientID: "id", TokenURL: "https://u/oauth/token", Extra: map[string]string{}},
		"pw",
	},
	{
		"odd entries", `{"clientid":"id","ClientID":"other","clientsecret":"pw","url":"https://u","n":1,"l":["https://x"],"api":"https://user:pw@h","db":"postgres://h","q":"https://h?sig=1"}`,
		Key{ClientID: "id", TokenURL: "https://u/oauth/token", Extra: map[string]string{}},
		"pw",
	},
}

func TestParseKey(t *testing.T) {
	for _, tc := range layouts {
		t.Run(tc.name, func(t *testing.T) {
			got, err := ParseKey([]byte(tc.doc))
			if err != nil {
				t.Fatal(err)
			}
			if got.Secret.Reveal() != tc.secret || (got.PrivateKey.Reveal() == "KEY") != (tc.want.Certificate != "") {
				t.Error("secrets differ")
			}
			tc.want.Secret, tc.want.PrivateKey = got.Secret, got.PrivateKey
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			_, certificate := got.Auth().(ClientCertificate)
			if certificate != (tc.want.Certificate != "") {
				t.Errorf("login by %T", got.Auth())
			}
		})
	}
}

func TestParseKeyErrors(t *testing.T) {
	for doc, want := range map[string]string{
		``:                          "service key is not a JSON object",
		`canary`:                    "service key is not a JSON object",
		`["canary"]`:                "service key is not a JSON object",
		`null`:                      "service key is not a JSON object",
		`{"clientsecret":"canary"}`: "service key has no clientid",
		`{"clientid":"id"}`:         "service key has neither clientsecret nor certificate",
		`{"clientid":"id","clientsecret":"canary"}`:                        "service key has no url of a token service",
		`{"clientid":"id","certificate":"canary"}`:                         `service key has a certificate but no key; add the private key that belongs to it as "key"`,
		`{"clientid":"id","certificate":"canary","key":"canary"}`:          "service key has a certificate but no certurl",
		`{"clientid":"id","clientsecret":"canary","url":"canary"}`:         "service key: address of the token endpoint is not an absolute http or https URL",
		`{"clientid":"id","clientsecret":"canary","url":"https://a:b@h/"}`: "service key: address of the token endpoint is not an absolute http or https URL",
	} {
		if _, err := ParseKey([]byte(doc)); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", doc, err, want)
		}
	}
}

func TestKeyAddress(t *testing.T) {
	k := Key{URI: "https://d.example", Extra: map[string]string{"ARQAPI": "https://arq.example", "bad": "://"}}
	for name, want := range map[string]string{"": "https://d.example", "ARQAPI": "https://arq.example"} {
		if u, err := k.Address(name); err != nil || u.String() != want {
			t.Error(u, err)
		}
	}
	for name, want := range map[string]string{"nope": `service key has no "nope"`, "bad": `service key: "bad" is not an address`} {
		if _, err := k.Address(name); err == nil || err.Error() != want {
			t.Error(err)
		}
	}
	if _, err := (Key{}).Address(""); err == nil || err.Error() != `service key has no "uri"` {
		t.Error(err)
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add([]byte(`{"clientid":"id","clientsecret":"canary","url":"https://u"}`))
	f.Add([]byte(`{"credentials":{"uaa":"{}","certificate":"c","key":"k"}}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		k, err := ParseKey(doc)
		if err == nil && (k.ClientID == "" || k.TokenURL == "" || (k.Secret.IsZero() && k.Certificate == "")) {
			t.Errorf("incomplete key without an error from %q", doc)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("error quotes the document: %v", err)
		}
	})
}
