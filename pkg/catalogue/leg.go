package catalogue

import "slices"

// Leg is one hop of an integration.
type Leg struct {
	// Name is the hop, such as "IAG→IPS".
	Name string
	// Carries says what stops when it fails.
	Carries string
	// Component is where SAP is asked about it, "" when that is not public, and
	// Source where that stands.
	Component, Source string
}

// LegOf returns a hop by its name.
func LegOf(name string) (Leg, bool) {
	rows := table("legs.csv")
	i := slices.IndexFunc(rows, func(row []string) bool { return row[0] == name })
	if i < 0 {
		return Leg{}, false
	}
	return Leg{Name: rows[i][0], Carries: rows[i][1], Component: rows[i][2], Source: rows[i][3]}, true
}
