package resource

import (
	"encoding/json"
	"testing"
)

func TestParseRef(t *testing.T) {
	for text, want := range map[string]Ref{
		"Destination/IPS_PROXY": {"Destination", "IPS_PROXY"},
		"Parameter/User/Source": {"Parameter", "User/Source"},
	} {
		have, err := ParseRef(text)
		same(t, text, have, want)
		same(t, text, err, nil)
		same(t, "back", have.String(), text)
	}
	for _, text := range []string{"", "/", "Destination", "Destination/", "/x"} {
		if _, err := ParseRef(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestCompareRefs(t *testing.T) {
	sorted := []Ref{{"A", "b"}, {"A", "c"}, {"B", "a"}}
	for i, a := range sorted {
		for j, b := range sorted {
			have := a.Compare(b)
			if have < 0 != (i < j) || have > 0 != (i > j) {
				t.Errorf("%s to %s is %d", a, b, have)
			}
		}
	}
}

func TestPositions(t *testing.T) {
	for want, p := range map[string]Position{"": {Line: 3}, "f.yaml": {File: "f.yaml"}, "f.yaml:3:5": {"f.yaml", 3, 5}} {
		same(t, want, p.String(), want)
		data, err := json.Marshal(p)
		same(t, want, string(data), `"`+want+`"`)
		same(t, want, err, nil)
	}
}

func TestManaged(t *testing.T) {
	yes, no := true, false
	same(t, "not said", Meta{}.Managed(), true)
	same(t, "true", Meta{Manage: &yes}.Managed(), true)
	same(t, "false", Meta{Manage: &no}.Managed(), false)
}
