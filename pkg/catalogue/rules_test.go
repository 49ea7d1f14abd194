package catalogue

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

func codesOf(faults []resource.Fault) []string {
	var codes []string
	for _, f := range faults {
		codes = append(codes, f.Code)
	}
	return codes
}

func lookedUp(text string) resource.Value {
	return resource.Hidden(secret.New(text), secret.Ref{Env: "NAME"})
}

func TestRules(t *testing.T) {
	rules := Rules{
		Known:      []string{"Type", "GROUPSURL", "Password", "ias.api.version"},
		Documented: func(name string) bool { return name == "Extra" },
		Values: func(name string) Values {
			if name == "Type" {
				return Values{"HTTP", "LDAP"}
			}
			return nil
		},
		Families: true,
	}
	tests := map[string]struct {
		name  string
		value resource.Value
		want  []string
	}{
		"right":                {"Type", resource.Text("HTTP"), nil},
		"case of a value":      {"Type", resource.Text("http"), []string{"E132"}},
		"edit of a value":      {"Type", resource.Text("HTTPS"), []string{"E132"}},
		"unknown value":        {"Type", resource.Text("MAGIC"), []string{"W120"}},
		"blank":                {"Type", resource.Text("HTTP "), []string{"E133"}},
		"case of a name":       {"groupsurl", resource.Text("/Groups"), []string{"E130"}},
		"absent, misspelt":     {"groupsurl", resource.Nothing(), []string{"E130"}},
		"free name":            {"CompanyCode", resource.Text("x"), nil},
		"documented elsewhere": {"Extra", resource.Text("x"), nil},
		"unknown of a family":  {"ias.unheard.of", resource.Text("x"), []string{"E131"}},
		"name with a blank":    {" CompanyCode", resource.Text("x"), []string{"E133"}},
		"literal secret":       {"Password", resource.Text("hunter2"), []string{"E138"}},
		"mask":                 {"Password", resource.Text("<redacted>"), []string{"E139"}},
		"mask looked up":       {"Password", lookedUp("***"), []string{"E139"}},
		"empty secret":         {"Password", resource.Text(""), []string{"E158"}},
		"reference":            {"Password", resource.Outside(secret.Ref{Env: "X"}), nil},
		"secret looked up":     {"Password", lookedUp("hunter2"), nil},
		"output":               {"Password", resource.Output(resource.Ref{Kind: "SystemUser", Name: "x"}, "secret"), nil},
		"absent secret":        {"Password", resource.Nothing(), nil},
		"secret in the open":   {"User", resource.Output(resource.Ref{Kind: "SystemUser", Name: "x"}, "secret"), []string{"E166"}},
		"secret elsewhere":     {"CompanyCode", resource.Output(resource.Ref{Kind: "SystemUser", Name: "x"}, "secret"), nil},
		"output in the open":   {"User", resource.Output(resource.Ref{Kind: "SystemUser", Name: "x"}, "clientID"), nil},
		"header":               {"URL.headers.X", resource.Text("x"), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			faults := rules.Check(resource.Properties{test.name: test.value})
			if diff := cmp.Diff(test.want, codesOf(faults)); diff != "" {
				t.Error(diff)
			}
			for _, f := range faults {
				if f.Message == "" || f.Remedy == "" || f.Path != PropertyPath(test.name) {
					t.Errorf("incomplete: %+v", f)
				}
			}
		})
	}
}

func TestFaultsOfNamesPointAtTheName(t *testing.T) {
	rules := Rules{Known: []string{"GROUPSURL"}, Documented: func(string) bool { return false }, Values: func(string) Values { return nil }}
	faults := rules.Check(resource.Properties{"groupsurl": resource.Text("/Groups")})
	if len(faults) != 1 || !faults[0].OnKey || faults[0].Source == "" || faults[0].Severity != resource.Error {
		t.Errorf("%+v", faults)
	}
}

func TestCheckTenantURL(t *testing.T) {
	for text, want := range map[string]string{
		"https://t.accounts.ondemand.com":      "",
		"https://t.accounts.ondemand.com:8443": "",
		"https://t.accounts.ondemand.com/":     "E135",
		"HTTPS://t.accounts.ondemand.com":      "E132",
		"https://T.accounts.ondemand.com":      "E132",
		"https://t.accounts.ondemand.com/ips":  "E135",
		"https://t.accounts.ondemand.com?x=1":  "E135",
		"https://t.accounts.ondemand.com#":     "E135",
		"http://t.accounts.ondemand.com":       "E134",
		"t.accounts.ondemand.com":              "E134",
		"https://u:p@t.accounts.ondemand.com":  "E134",
		"https://":                             "E134",
		"https://a b":                          "E134",
		"":                                     "",
		" https://t.accounts.ondemand.com":     "", // the blank is complained about elsewhere
	} {
		var got string
		if faults := CheckTenantURL("/properties/URL", resource.Text(text)); len(faults) > 0 {
			got = faults[0].Code
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestCheckHost(t *testing.T) {
	url := resource.Text("https://T.accounts.ondemand.com:443")
	for host, want := range map[string]int{"": 0, "t.accounts.ondemand.com": 0, "t.accounts.ondemand.com:443": 0, "u.accounts.ondemand.com": 1} {
		if got := len(CheckHost("/properties/URL", url, host)); got != want {
			t.Errorf("%q: %d faults", host, got)
		}
	}
}

func TestCheckRequired(t *testing.T) {
	pending := resource.Output(resource.Ref{Kind: "SystemUser", Name: "x"}, "secret")
	p := resource.Properties{"a": resource.Text("1"), "b": resource.Text(""), "c": resource.Nothing(), "d": pending}
	faults := CheckRequired(p, []string{"a", "b", "c", "d", "e"}, "the test")
	if diff := cmp.Diff([]string{"E158", "E142", "E142"}, codesOf(faults)); diff != "" {
		t.Error(diff)
	}
}

func TestCheckASCII(t *testing.T) {
	if n := len(CheckASCII("/description", resource.Text("Für IAG"))); n != 1 {
		t.Errorf("%d warnings", n)
	}
	if n := len(CheckASCII("/description", resource.Text("For IAG"))); n != 0 {
		t.Errorf("%d warnings", n)
	}
}
