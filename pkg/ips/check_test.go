package ips

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/resource"
)

// right is the proxy system of the integration guide, nothing to complain about.
func right() Spec {
	user := resource.Ref{Kind: "SystemUser", Name: "IPS backend"}
	return Spec{
		Type: resource.Text("Identity Authentication"), Description: resource.Text("Used by IAG"), Template: "ias-proxy",
		Properties: resource.Properties{
			"URL":  resource.Text("https://t.accounts.ondemand.com"),
			"User": resource.Output(user, "clientID"), "Password": resource.Output(user, "secret"),
		},
	}
}

// with returns the right system with properties replaced; "" removes one.
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

func changed(change func(*Spec)) Spec {
	s := right()
	change(&s)
	return s
}

func TestValidate(t *testing.T) {
	const at = " /properties/"
	tests := map[string]struct {
		spec Spec
		want []string
	}{
		"right":     {right(), nil},
		"version 1": {with("ias.api.version", "1"), []string{"E140" + at + "ias.api.version"}},
		"version 1 of a misspelt type": {changed(func(s *Spec) {
			s.Type, s.Properties["ias.api.version"] = resource.Text("Identity Authenticaton"), resource.Text("1")
		}), []string{"E153 /type", "E140" + at + "ias.api.version"}},
		"version 3":             {with("ias.api.version", "3"), []string{"W120" + at + "ias.api.version"}},
		"version absent":        {changed(func(s *Spec) { s.Properties["ias.api.version"] = resource.Nothing() }), []string{"W125 /properties"}},
		"misspelt":              {with("ias.api.versoin", "2"), []string{"E130" + at + "ias.api.versoin"}},
		"case":                  {with("Ias.User.Filter", "x"), []string{"E130" + at + "Ias.User.Filter"}},
		"unknown of a family":   {with("ias.user.colour", "x"), []string{"E131" + at + "ias.user.colour"}},
		"own property":          {with("my.own", "x"), nil},
		"header":                {with("ips.http.header.X", "x"), nil},
		"True":                  {with("ias.support.patch.operation", "True"), []string{"E132" + at + "ias.support.patch.operation"}},
		"yes":                   {with("ias.support.patch.operation", "yes"), []string{"W120" + at + "ias.support.patch.operation"}},
		"too many attempts":     {with("ips.failed.request.retry.attempts", "9"), []string{"W120" + at + "ips.failed.request.retry.attempts"}},
		"for targets":           {with("ias.user.unique.attribute", "userName"), []string{"W121" + at + "ias.user.unique.attribute"}},
		"tracing":               {with("ips.trace.failed.entity.content", "true"), []string{"W122" + at + "ips.trace.failed.entity.content"}},
		"http":                  {with("URL", "http://t.accounts.ondemand.com"), []string{"E134" + at + "URL"}},
		"slash":                 {with("URL", "https://t.accounts.ondemand.com/"), []string{"E135" + at + "URL"}},
		"/ips":                  {with("URL", "https://t.accounts.ondemand.com/ips"), []string{"E135" + at + "URL"}},
		"blank":                 {with("URL", " https://t.accounts.ondemand.com"), []string{"E133" + at + "URL"}},
		"no URL":                {with("URL", ""), []string{"E142 /properties"}},
		"literal password":      {with("Password", "hunter2"), []string{"E138" + at + "Password"}},
		"mask":                  {with("Password", "****"), []string{"E139" + at + "Password"}},
		"no password":           {with("Password", ""), []string{"E142 /properties"}},
		"certificate":           {with("Authentication", "ClientCertificateAuthentication", "User", "", "Password", ""), nil},
		"cannot be a proxy":     {changed(func(s *Spec) { s.Type = resource.Text("SAP Document Center") }), []string{"E152 /type"}},
		"string not public":     {changed(func(s *Spec) { s.Type = resource.Text("SAP Concur") }), []string{"W129 /type"}},
		"raw string":            {changed(func(s *Spec) { s.Type = resource.Text("SAP_CONCUR") }), nil},
		"misspelt type":         {changed(func(s *Spec) { s.Type = resource.Text("Identity Authentification") }), []string{"E153 /type"}},
		"unknown type":          {changed(func(s *Spec) { s.Type = resource.Text("magic") }), []string{"E153 /type"}},
		"unknown template":      {changed(func(s *Spec) { s.Template = "x" }), []string{"E146 /template", "E142 /properties", "E142 /properties", "E142 /properties", "W125 /properties"}},
		"Beschreibung":          {changed(func(s *Spec) { s.Description = resource.Text("für IAG") }), []string{"W124 /description"}},
		"enabled: maybe":        {changed(func(s *Spec) { s.Enabled = resource.Text("maybe") }), []string{"E162 /enabled"}},
		"nothing said":          {Spec{}, nil},
		"a single filter":       {Spec{Type: resource.Text("Identity Authentication"), Properties: resource.Properties{"ias.user.filter": resource.Text("active eq true")}}, nil},
		"without the template":  {changed(withoutTemplate), []string{"W125 /properties"}},
		"another type's filter": {with("sac.user.filterx", "x"), []string{"E130" + at + "sac.user.filterx"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { check(t, "IAS for IAG", test.spec, test.want) })
	}
}

// withoutTemplate writes the connection out and forgets the version.
func withoutTemplate(s *Spec) {
	s.Template = ""
	for key, value := range map[string]string{"Type": "HTTP", "ProxyType": "Internet", "Authentication": "BasicAuthentication"} {
		s.Properties[key] = resource.Text(value)
	}
}

func check(t *testing.T, name string, s Spec, want []string) {
	t.Helper()
	var got []string
	for _, f := range validate(name, normalize(name, s), resource.Scope{}) {
		got = append(got, f.Code+" "+f.Path)
		if f.Message == "" || f.Remedy == "" || f.Severity == "" || strings.Contains(f.Message, "hunter2") {
			t.Errorf("incomplete or leaking: %+v", f)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"IAS for IAG": true, "a": true, "a.b-c_d": true, strings.Repeat("x", 100): true,
		"": false, " a": false, "a ": false, "a/b": false, "ä": false, strings.Repeat("x", 101): false,
	} {
		if got := len(checkName(name)) == 0; got != ok {
			t.Errorf("%q: allowed %v", name, got)
		}
	}
}

func TestSuggestions(t *testing.T) {
	for text, want := range map[string]string{
		"Identity Authentification": "did you mean Identity Authentication?", "magic": "display name",
		"identity authentication": "did you mean Identity Authentication?",
		"SAP Analytic Cloud":      "did you mean SAP Analytics Cloud?",
	} {
		faults := checkType(resource.Text(text))
		if len(faults) != 1 || !strings.Contains(faults[0].Remedy, want) {
			t.Errorf("%s: %+v", text, faults)
		}
	}
}
