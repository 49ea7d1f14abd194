package catalogue

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/resource"
)

func TestNearest(t *testing.T) {
	names := []string{"GROUPSURL", "USERSURL", "serviceURL", "URL", "ias.api.version"}
	tests := []struct{ word, misspelt, nearest string }{
		{"groupsurl", "GROUPSURL", "GROUPSURL"},
		{"ServiceURL", "serviceURL", "serviceURL"},
		{"GROUPURL", "GROUPSURL", "GROUPSURL"},
		{"GROPUSURL", "GROUPSURL", "GROUPSURL"}, // two letters swapped
		{"groupurl", "GROUPSURL", "GROUPSURL"},  // case and one edit
		{"GRPSURL", "", "GROUPSURL"},
		{"url", "URL", "URL"},
		{"URI", "", ""}, // too short for an edit
		{"ias.api.versions", "ias.api.version", "ias.api.version"},
		{"GROUPSURL", "", ""}, // right already
		{"", "", ""},
		{"something else", "", ""},
	}
	for _, test := range tests {
		misspelt, _ := Misspelt(test.word, names)
		nearest, _ := Nearest(test.word, names)
		if misspelt != test.misspelt || nearest != test.nearest {
			t.Errorf("%q: misspelt %q, nearest %q; want %q, %q", test.word, misspelt, nearest, test.misspelt, test.nearest)
		}
	}
	if _, ok := Nearest("x", nil); ok {
		t.Error("something is near to nothing")
	}
}

// The closest candidate wins over an earlier, more distant one.
func TestNearestPrefersTheCloser(t *testing.T) {
	if got, _ := Nearest("Read User", []string{"Read Userss", "Read Users"}); got != "Read Users" {
		t.Errorf("got %q", got)
	}
}

func TestEditsIsADistance(t *testing.T) {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("abcÄ")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		if edits(a, b) != edits(b, a) || (edits(a, b) == 0) != (a == b) || edits(a, b) > max(len([]rune(a)), len([]rune(b))) {
			t.Fatalf("edits(%q, %q) = %d, reverse %d", a, b, edits(a, b), edits(b, a))
		}
	})
}

func TestSecrecy(t *testing.T) {
	tests := map[string]Secrecy{
		"Password": Secret, "password": Secret, "PASSWORD": Secret,
		"clientSecret": Secret, "CLIENTSECRET": Secret, "mail.password": Secret, "ldap.password": Secret,
		"jco.client.passwd": Secret, "tokenServicePassword": Secret, "KeyStorePassword": Secret,
		"TrustStorePassword": Secret, "tokenService.KeyStorePassword": Secret,
		"jco.destination.repository.passwd": Secret, "jco.client.tech_user_secret": Secret,
		"ariba.applications.api.key": Secret, "X-ConsumerKey": Secret, "concur.authorization.code": Secret,
		"ssh.private.key": Secret, "bn.api.key": Secret, "RefreshToken": Secret,
		"someApiKey": Secret, "my.secret.thing": Secret, "dbpasswd": Secret, "accessToken": Secret,
		"URL.headers.apikey": Secret, "URL.headers.X-Any": Doubtful, "url.headers.x-any": Doubtful,
		"URL.queries.sap-client": Open, "URL.queries.code": Doubtful, "tokenService.body.x": Doubtful, "tokenServiceURL.queries.q": Doubtful,
		"ips.http.header.X-Trace": Doubtful, "sortKey": Doubtful,
		"jwt": Doubtful, "pin": Doubtful, "my-pin": Doubtful, "userPin": Doubtful, "token": Secret, "tokens": Doubtful,
		"bearerValue": Doubtful, "sessionCookie": Doubtful, "x-auth": Doubtful, "credentials": Doubtful, "passphrase": Doubtful,
		"passcode": Doubtful, "db.pwd": Doubtful, "privateThing": Doubtful,
		"shipping": Open, "mapping": Open, "opinion": Open, "authority": Open, "spinner": Open, "passenger": Open,
		"User": Open, "clientId": Open, "clientKey": Open, "URL": Open, "KeyStoreLocation": Open,
		"HTML5.ForwardAuthToken": Open, "OAuth2TokenServiceURL": Open, "sac.csrf.token.path": Open,
		"tokenServiceURL": Open, "Description": Open, "GROUPSURL": Open, "anything": Open,
	}
	for name, want := range tests {
		if got := SecrecyOf(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
		if got := SecretProperty(name); got != (want != Open) {
			t.Errorf("%s: secret %v", name, got)
		}
	}
	if !KnownOpen("User") || KnownOpen("Password") || KnownOpen("anything") {
		t.Error("only names of the tables are known to be open")
	}
}

// No letter case can uncover a secret.
func TestSecrecyIgnoresCase(t *testing.T) {
	for name := range known() {
		name = strings.TrimSuffix(name, "*") + strings.Repeat("x", strings.Count(name, "*"))
		if SecrecyOf(name) != SecrecyOf(strings.ToUpper(name)) {
			t.Errorf("%s: letter case decides", name)
		}
	}
}

func TestProperty(t *testing.T) {
	version, ok := Property("ias.api.version")
	want := KnownProperty{Name: "ias.api.version", Default: "2", Values: Values{"1", "2"}, Proxy: true}
	if diff := cmp.Diff(want, version); !ok || diff != "" {
		t.Error(diff)
	}
	if family, ok := Property("ips.http.header.X-A.b"); !ok || family.Name != "ips.http.header.*" {
		t.Errorf("family: %+v, %v", family, ok)
	}
	for _, name := range []string{"ias.api.Version", "ips.http.header.", "", "URL.headers.x"} {
		if p, ok := Property(name); ok {
			t.Errorf("%q is %+v", name, p)
		}
	}
	if p, _ := Property("ias.user.unique.attribute"); p.Proxy {
		t.Error("a target property is said to be for proxies")
	}
	if slices.ContainsFunc(PropertyNames(), func(n string) bool { return strings.HasSuffix(n, "*") }) {
		t.Error("a family is listed as a name")
	}
}

func TestKnownPrefix(t *testing.T) {
	for name, want := range map[string]string{
		"ips.trace.x": "ips.", "ias.foo": "ias.", "IAS.foo": "ias.", "ias": "", "iasx.foo": "", "jco.client.x": "", "URL": "",
	} {
		if got, ok := KnownPrefix(name); got != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestValues(t *testing.T) {
	tests := []struct {
		values Values
		text   string
		want   bool
	}{
		{nil, "anything", true},
		{Values{"true", "false"}, "true", true},
		{Values{"true", "false"}, "True", false},
		{Values{"1..3"}, "1", true},
		{Values{"1..3"}, "4", false},
		{Values{"1..3"}, "x", false},
		{Values{"0.."}, "123456", true},
		{Values{"0.."}, "-1", false},
	}
	for _, test := range tests {
		if got := test.values.Has(test.text); got != test.want {
			t.Errorf("%v has %q: %v", test.values, test.text, got)
		}
	}
}

func TestDestinationNames(t *testing.T) {
	basic := DestinationNames("HTTP", "BasicAuthentication")
	for name, want := range map[string]bool{
		"User": true, "URL": true, "TrustAll": true, "clientId": false, "serviceURL": false, "mail.user": false, "Name": true,
	} {
		if slices.Contains(basic, name) != want {
			t.Errorf("basic authentication has %s: %v", name, !want)
		}
	}
	if all := DestinationNames("HTTP", "unheard of"); !slices.Contains(all, "clientId") || slices.Contains(all, "serviceURL") {
		t.Errorf("an unknown authentication has %v", all)
	}
	if rfc := DestinationNames("RFC", ""); !slices.Contains(rfc, "jco.client.ashost") || slices.Contains(rfc, "URL") {
		t.Errorf("RFC has %v", rfc)
	}
	if k, ok := DestinationKeyOf("URL.headers.X"); !ok || k.Name != "URL.headers.*" {
		t.Errorf("family: %+v", k)
	}
}

func TestTemplates(t *testing.T) {
	proxy, ok := TemplateOf("Destination", TemplateIPSProxy)
	want := []Setting{
		{"Type", "HTTP"},
		{"Description", "IPS Destination"},
		{"ProxyType", "Internet"},
		{"Authentication", "BasicAuthentication"},
		{"Accept", "application/scim+json"},
		{"GROUPSURL", "/Groups"},
		{"USERSURL", "/Users"},
		{"serviceURL", "/ipsproxy/service/api/v1/scim/"},
	}
	if diff := cmp.Diff(want, proxy.Properties); !ok || diff != "" {
		t.Error(diff)
	}
	ias, ok := TemplateOf("ProxySystem", TemplateIASProxy)
	want = []Setting{
		{"Type", "HTTP"},
		{"Authentication", "BasicAuthentication"},
		{"ProxyType", "Internet"},
		{"ias.api.version", "2"},
		{"ias.support.patch.operation", "true"},
		{"ips.trace.failed.entity.content", "false"},
	}
	if diff := cmp.Diff(want, ias.Properties); !ok || diff != "" {
		t.Error(diff)
	}
	if _, ok := TemplateOf("Destination", TemplateIASProxy); ok {
		t.Error("a template serves another kind")
	}
	if diff := cmp.Diff([]string{TemplateIPSProxy}, TemplateNames("Destination")); diff != "" {
		t.Error(diff)
	}
	// What a caller does to its copy stays there.
	proxy.Properties[0].Value = "changed"
	if again, _ := TemplateOf("Destination", TemplateIPSProxy); again.Properties[0].Value != "HTTP" {
		t.Error("a caller changed the table")
	}
}

func TestSystemTypes(t *testing.T) {
	for text, want := range map[string]string{
		"Identity Authentication": "SAP_CLOUD_IDENTITY", "SAP_CLOUD_IDENTITY": "SAP_CLOUD_IDENTITY",
		"SOMETHING_NEW": "SOMETHING_NEW", "SAP Concur": "", "identity": "",
	} {
		if got, ok := ConnectorOf(text); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, %v", text, got, ok)
		}
	}
	if n := len(SystemTypeNames()); n != 53 {
		t.Errorf("%d types can be proxy systems, want 53", n)
	}
	if _, ok := SystemTypeOf(""); ok {
		t.Error("an empty type is known")
	}
}

func TestAuthorizations(t *testing.T) {
	proxy, _ := AuthorizationOf("Access Proxy System API")
	if !strings.Contains(proxy.Read, "{system}") {
		t.Errorf("the read lacks the system: %q", proxy.Read)
	}
	if n := len(AuthorizationNames()); n != 9 || len(Authorizations()) != 11 {
		t.Errorf("%d names for type System of %d", n, len(Authorizations()))
	}
	if a, ok := AuthorizationOf("Manage Identity Provisioning"); !ok || !a.HumanOnly {
		t.Errorf("%+v", a)
	}
}

func TestAccessTypes(t *testing.T) {
	if ias, ok := ApplicationTypeOf("IAS"); !ok || ias.Link != LinkProxy {
		t.Errorf("IAS: %+v", ias)
	}
	if byKey, ok := ApplicationTypeOf("CONCUR"); !ok || byKey.Link != LinkDestination {
		t.Errorf("CONCUR: %+v", byKey)
	}
	if _, ok := ApplicationTypeOf(""); ok {
		t.Error("an empty type is known")
	}
	sync, _ := JobCategoryOf("SCI User Group Sync")
	want := []resource.Ref{
		{Kind: "Parameter", Name: "UserSource/SourceSystem"},
		{Kind: "Destination", Name: "SAP_Identity_Services_Identity_Directory"},
		{Kind: "Destination", Name: "IPS_PROXY"},
	}
	if diff := cmp.Diff(want, sync.After); diff != "" || !sync.TakesNone {
		t.Error(diff)
	}
	if r, _ := JobCategoryOf("Repository Sync"); !r.NeedsSystem {
		t.Error("a Repository Sync is for one system")
	}
}

func TestFailure(t *testing.T) {
	f, ok := Failure("F-5")
	if !ok || f.Leg != "IAG→IPS" {
		t.Fatalf("%+v", f)
	}
	ref := resource.Ref{Kind: "Destination", Name: "IPS_PROXY"}
	finding := f.Finding(ref, "got 404")
	if finding.Code != "F-5" || finding.Ref != ref || !strings.HasSuffix(finding.Source, "[inferred]") {
		t.Errorf("%+v", finding)
	}
	if _, ok := Failure("F-99"); ok {
		t.Error("an unknown failure is known")
	}
}
