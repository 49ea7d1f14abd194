package destination

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

var scope = resource.Scope{IdentityHost: "t.accounts.ondemand.com"}

// right is the destination of the integration guide, nothing to complain about.
func right() Spec {
	return Spec{Template: "ips-proxy", Properties: resource.Properties{
		"URL":      resource.Text("https://t.accounts.ondemand.com"),
		"User":     resource.Output(resource.Ref{Kind: "SystemUser", Name: "IAG caller"}, "clientID"),
		"Password": resource.Output(resource.Ref{Kind: "SystemUser", Name: "IAG caller"}, "secret"),
	}}
}

// with returns the right destination with properties replaced; "" removes one.
func with(pairs ...string) Spec {
	s := right()
	for i := 0; i < len(pairs); i += 2 {
		s.Properties[pairs[i]] = resource.Text(pairs[i+1])
		if pairs[i+1] == "" {
			delete(s.Properties, pairs[i])
		}
	}
	return s
}

func TestValidateIPSProxy(t *testing.T) {
	tests := map[string]struct {
		spec Spec
		want []string
	}{
		"right":                  {right(), nil},
		"groupsurl":              {with("groupsurl", "/Groups"), []string{"E130 /properties/groupsurl"}},
		"ServiceURL":             {with("ServiceURL", "/ipsproxy/service/api/v1/scim/"), []string{"E130 /properties/ServiceURL"}},
		"accept":                 {with("accept", "application/scim+json"), []string{"E130 /properties/accept"}},
		"own name":               {with("CompanyCode", "1"), nil},
		"Type: http":             {with("Type", "http"), []string{"E132 /properties/Type"}},
		"basicAuthentication":    {with("Authentication", "basicAuthentication"), []string{"E132 /properties/Authentication"}},
		"unheard authentication": {with("Authentication", "Magic"), []string{"W120 /properties/Authentication"}},
		"internet":               {with("ProxyType", "internet"), []string{"E132 /properties/ProxyType"}},
		"URL with /ips":          {with("URL", "https://t.accounts.ondemand.com/ips"), []string{"E135 /properties/URL"}},
		"URL with a slash":       {with("URL", "https://t.accounts.ondemand.com/"), []string{"E135 /properties/URL"}},
		"http":                   {with("URL", "http://t.accounts.ondemand.com"), []string{"E134 /properties/URL"}},
		"another host":           {with("URL", "https://u.accounts.ondemand.com"), []string{"E141 /properties/URL"}},
		"blank at the end":       {with("URL", "https://t.accounts.ondemand.com "), []string{"E133 /properties/URL"}},
		"no URL":                 {with("URL", ""), []string{"E142 /properties"}},
		"/groups":                {with("GROUPSURL", "/groups"), []string{"E137 /properties/GROUPSURL"}},
		"Users":                  {with("USERSURL", "Users"), []string{"E137 /properties/USERSURL"}},
		"serviceURL, no end":     {with("serviceURL", "/ipsproxy/service/api/v1/scim"), []string{"E136 /properties/serviceURL"}},
		"serviceURL, no start":   {with("serviceURL", "ipsproxy/service/api/v1/scim/"), []string{"E136 /properties/serviceURL"}},
		"literal password":       {with("Password", "hunter2"), []string{"E138 /properties/Password"}},
		"mask":                   {with("Password", "<redacted>"), []string{"E139 /properties/Password"}},
		"no password":            {with("Password", ""), []string{"E142 /properties"}},
		"Name":                   {with("Name", "IPS_PROXY"), []string{"E144 /properties/Name"}},
		"TrustAll":               {with("TrustAll", "TRUE"), []string{"W123 /properties/TrustAll"}},
		"TrustAll false":         {with("TrustAll", "FALSE"), []string{"W130 /properties/TrustAll"}},
		"TrustAll true":          {with("TrustAll", "true"), []string{"E132 /properties/TrustAll"}},
		"TrustAl":                {with("TrustAl", "x"), []string{"E130 /properties/TrustAl"}},
		"Beschreibung":           {with("Description", "Für IAG"), []string{"W124 /properties/Description"}},
		"location":               {with("CloudConnectorLocationId", "x"), []string{"W131 /properties/CloudConnectorLocationId"}},
		"legacy":                 {with("Authentication", "AppToAppSSO"), []string{"W126 /properties/Authentication"}},
		"certificate":            {with("Authentication", "ClientCertificateAuthentication", "User", "", "Password", ""), nil},
		"needs OnPremise":        {with("Authentication", "PrincipalPropagation"), []string{"E145 /properties/ProxyType"}},
		"unknown template":       {Spec{Template: "ips-prox"}, []string{"E146 /template", "E142 /properties"}},
		"only watched":           {Spec{}, nil},
		"partly managed":         {Spec{Unlisted: "keep", Properties: resource.Properties{"GROUPSURL": resource.Text("/Groups")}}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { check(t, "IPS_PROXY", test.spec, test.want) })
	}
}

func check(t *testing.T, name string, s Spec, want []string) {
	t.Helper()
	var got []string
	for _, f := range validate(name, normalize(name, s), scope) {
		got = append(got, f.Code+" "+f.Path)
		if f.Message == "" || f.Remedy == "" || f.Severity == "" {
			t.Errorf("incomplete: %+v", f)
		}
		if strings.Contains(f.Message+f.Remedy, "hunter2") {
			t.Errorf("a secret is shown: %+v", f)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestValidateOthers(t *testing.T) {
	reference := resource.Outside(secret.Ref{Env: "X"})
	concur := resource.Properties{
		"Type": resource.Text("HTTP"), "URL": resource.Text("https://us.api.concursolutions.com/"), "ProxyType": resource.Text("Internet"),
		"Authentication": resource.Text("OAuth2RefreshToken"), "clientId": resource.Text("id"), "clientSecret": reference,
		"tokenServiceURL": resource.Text("https://x"), "tokenServiceURLType": resource.Text("Dedicated"),
		"CompanyUUID": resource.Text("u"), "RefreshToken": reference, "serviceUrl": resource.Text("/x"),
	}
	directory := resource.Properties{
		"Type": resource.Text("HTTP"), "URL": resource.Text("https://other.accounts.ondemand.com"), "ProxyType": resource.Text("Internet"),
		"Authentication": resource.Text("ClientCertificateAuthentication"), "Accept": resource.Text("application/scim+json"),
		"GROUPSURL": resource.Text("/Groups"), "USERSURL": resource.Text("/Users"), "serviceURL": resource.Text("/scim"),
		"KeyStoreLocation": resource.Text("x.p12"), "KeyStorePassword": reference,
	}
	wrongCase := resource.Properties{
		"Type": resource.Text("HTTP"), "URL": resource.Text("https://x"), "ProxyType": resource.Text("Internet"),
		"Authentication": resource.Text("OAuth2ClientCredentials"), "ClientID": resource.Text("id"), "tokenServiceURL": resource.Text("https://x"),
	}
	rfc := resource.Properties{"Type": resource.Text("RFC"), "jco.client.ashost": resource.Text("h"), "jco.client.passwd": resource.Text("hunter2")}
	tests := map[string]struct {
		name string
		p    resource.Properties
		want []string
	}{
		"a slash is allowed elsewhere": {"CONCUR", concur, nil},
		"identity directory":           {NameIdentityDirectory, directory, nil},
		"ClientID":                     {"OAUTH", wrongCase, []string{"E130 /properties/ClientID", "E142 /properties"}},
		"RFC":                          {"ERP", rfc, []string{"E138 /properties/jco.client.passwd", "E142 /properties"}},
		"bad name":                     {"not good", concur, []string{"E143 /name"}},
		"no type":                      {"EMPTY", resource.Properties{}, []string{"E142 /properties"}},
		"empty URL":                    {"X", resource.Properties{"Type": resource.Text("TCP"), "Address": resource.Text(""), "ProxyType": resource.Text("Internet")}, []string{"E158 /properties/Address"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { check(t, test.name, Spec{Properties: test.p}, test.want) })
	}
}

// A long name is refused like one with wrong letters.
func TestNameLength(t *testing.T) {
	if len(checkName(strings.Repeat("a", 200))) != 0 || len(checkName(strings.Repeat("a", 201))) != 1 || len(checkName("")) != 1 {
		t.Error("1 to 200 characters are allowed")
	}
}
