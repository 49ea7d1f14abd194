package catalogue

import (
	"strings"
	"testing"
)

// TestLegs: every hop is named once, and a component never stands without its
// source and how sure it is.
func TestLegs(t *testing.T) {
	rows, err := parse("legs.csv")
	if err != nil || len(rows) == 0 {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, row := range rows {
		leg, ok := LegOf(row[0])
		if !ok || seen[leg.Name] || leg.Carries == "" || (leg.Component == "") != (leg.Source == "") ||
			leg.Source != "" && !strings.HasSuffix(leg.Source, "inferred]") {
			t.Errorf("%+v", leg)
		}
		seen[leg.Name] = true
	}
	if _, ok := LegOf("IAG→nowhere"); ok {
		t.Error("an unknown hop is known")
	}
}
