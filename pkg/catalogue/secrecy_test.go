package catalogue

import (
	"strings"
	"testing"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

func TestMark(t *testing.T) {
	const revealing, open = "https://u:SEKRET@host.example", "https://host.example"
	outside := func(text string) resource.Value {
		return resource.Hidden(secret.New(text), secret.Ref{Env: "X"})
	}
	for _, test := range []struct {
		name  string
		value resource.Value
		want  resource.Form
	}{
		{"URL", resource.Text(open), resource.Literal},
		{"URL", resource.Text(revealing), resource.Secret},
		{"URL", outside(open), resource.Literal},
		{"URL", outside(revealing), resource.Secret},
		{"note", resource.Text("any"), resource.Literal},
		{"note", resource.Text("jdbc:x;password=SEKRET"), resource.Secret},
		{"note", outside("any"), resource.Secret},
		{"Password", resource.Text("any"), resource.Secret},
		{"passwordPolicy", resource.Text("strong"), resource.Secret},
		{"URL.headers.X", resource.Text("any"), resource.Secret},
	} {
		got := Mark(test.name, test.value)
		if got.Form() != test.want || got.Source() != test.value.Source() && got.Form() == resource.Secret {
			t.Errorf("%s: %q is marked %d, want %d", test.name, test.value, got.Form(), test.want)
		}
	}
}

// A secret by its look is refused under any name, unless it comes from outside.
func TestCheckLook(t *testing.T) {
	rules := Rules{Documented: func(string) bool { return true }, Values: func(string) Values { return nil }}
	properties := resource.Properties{}
	for name, text := range map[string]string{
		"URL": "https://u:SEKRET@host.example", "note": "-----BEGIN PRIVATE KEY-----SEKRET", "URL.headers.Authorization": "Bearer SEKRET0123456789abcdef",
	} {
		properties[name] = Mark(name, resource.Text(text))
	}
	properties["Description"] = Mark("Description", resource.Text("passwordPolicy=strong"))
	properties["jdbc"] = Mark("jdbc", resource.Hidden(secret.New("jdbc:x;password=SEKRET"), secret.Ref{Env: "X"}))
	faults := rules.Check(properties)
	for _, fault := range faults {
		if fault.Code != "E138" || strings.Contains(fault.Message+fault.Remedy, "SEKRET") || !strings.Contains(fault.Remedy, "{env: NAME}") {
			t.Errorf("%+v", fault)
		}
	}
	if len(faults) != 3 {
		t.Errorf("%d faults, want 3: %+v", len(faults), faults)
	}
}
