package resource

import "testing"

// TestLogins finds logins by a kind's table, with one spelling for each host.
func TestLogins(t *testing.T) {
	rows := []LoginFields{
		{AddressPath: "/Address", IDPath: "/User", SecretPath: "/Password"},
		{IDPath: "/User", SecretPath: "/slots/*", Issued: true},
	}
	spec := struct {
		Mode     Value            `json:"Mode"`
		Address  Value            `json:"Address"`
		User     Value            `json:"User"`
		Password Value            `json:"Password"`
		Slots    map[string]Value `json:"slots"`
	}{Value{}, Text("https://Tenant.Example:443/x"), Text("caller"), Seal(), map[string]Value{"b": Text("2"), "a": Text("1")}}
	found := logins(rows, spec, Scope{IdentityHost: "IDENTITY.example"})
	want := []struct{ host, path string }{{"tenant.example", "/Password"}, {"identity.example", "/slots/a"}, {"identity.example", "/slots/b"}}
	if len(found) != len(want) {
		t.Fatalf("%+v", found)
	}
	for i, w := range want {
		if l := found[i]; l.Host != w.host || l.Path != w.path || l.ID != "caller" || !l.Value.Equal(Paths(spec)[w.path]) {
			t.Errorf("%d: %+v", i, l)
		}
	}
	rows[0].ModePath, rows[0].Mode = "/Mode", "Basic"
	for mode, want := range map[string]int{"": 3, "Basic": 3, "Certificate": 2} {
		if spec.Mode = (Value{}); mode != "" {
			spec.Mode = Text(mode)
		}
		if found := logins(rows, spec, Scope{}); len(found) != want {
			t.Errorf("mode %q: %+v", mode, found)
		}
	}
	spec.Mode = Value{}
	spec.Address, spec.User = Text("::"), Value{}
	if l := logins(rows, spec, Scope{})[0]; l.Host != "" || l.ID != "" {
		t.Errorf("nothing is known: %+v", l)
	}
	if found := logins(nil, spec, Scope{}); found != nil {
		t.Errorf("%+v", found)
	}
}
