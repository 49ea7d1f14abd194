package catalogue

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"reconcile/pkg/resource"
)

// Every data file parses, has no empty key, no key twice, no blank at an end of
// a cell, and opens with its source.
func TestTables(t *testing.T) {
	files, err := fs.Glob(data, "data/*.csv")
	if err != nil || len(files) < 10 {
		t.Fatalf("data files: %v, %v", files, err)
	}
	for _, file := range files {
		name := strings.TrimPrefix(file, "data/")
		t.Run(name, func(t *testing.T) { checkTable(t, name) })
	}
}

func checkTable(t *testing.T, name string) {
	t.Helper()
	rows, err := parse(name)
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	seen := map[string]bool{}
	for _, row := range rows {
		key := row[0]
		if name == "templates.csv" {
			key = strings.Join(row[:3], "|")
		}
		if key == "" || seen[key] {
			t.Errorf("key %q is empty or there twice", key)
		}
		seen[key] = true
		for _, cell := range row {
			if strings.TrimSpace(cell) != cell {
				t.Errorf("%s: blank at an end of %q", key, cell)
			}
		}
	}
	text, err := fs.ReadFile(data, "data/"+name)
	if err != nil || !strings.HasPrefix(string(text), "# ") {
		t.Errorf("no heading, %v", err)
	}
}

func TestParseTellsBrokenTables(t *testing.T) {
	if _, err := parse("nothing.csv"); err == nil {
		t.Error("a missing file is no error")
	}
}

func TestPropertiesAreWellFormed(t *testing.T) {
	if n := len(properties()); n != 557 {
		t.Errorf("%d properties, want 557", n)
	}
	roles := regexp.MustCompile(`^s?t?p?$`)
	for _, row := range table("properties.csv") {
		if _, ok := secrecyOf[row[1]]; !ok || !roles.MatchString(row[4]) {
			t.Errorf("malformed row %q", row)
		}
	}
	for name, p := range properties() {
		if p.Name != name || slices.Contains(p.Values, "") {
			t.Errorf("malformed %+v", p)
		}
		if p.Values != nil && p.Default != "" && !strings.Contains(p.Default, " ") && !p.Values.Has(p.Default) {
			t.Errorf("%s: the default %q is not among the values %v", name, p.Default, p.Values)
		}
	}
}

// What one table refers to, another one holds.
func TestReferencesBetweenTables(t *testing.T) {
	groups := map[string]bool{}
	for _, k := range destinationKeys() {
		groups[k.Group] = true
	}
	check := func(owner string, required, used []string) {
		for _, name := range required {
			if k, ok := destinationKeys()[name]; !ok || !slices.Contains(append(used, "http", "proxy", "auth", "base"), k.Group) {
				t.Errorf("%s requires %q, which it does not use", owner, name)
			}
		}
		for _, group := range used {
			if !groups[group] {
				t.Errorf("%s uses the empty group %q", owner, group)
			}
		}
	}
	for _, a := range authentications() {
		check(a.Name, a.Required, a.groups)
	}
	for _, d := range destinationTypes() {
		check(d.Name, d.Required, d.groups)
	}
	for name := range destinationTypes() {
		if !destinationKeys()["Type"].Values.Has(name) {
			t.Errorf("Type does not document %q", name)
		}
	}
}

func TestTemplatesUseKnownNamesAndValues(t *testing.T) {
	for _, template := range templates() {
		for _, s := range template.Properties {
			k, isKey := DestinationKeyOf(s.Name)
			p, isProperty := Property(s.Name)
			known, values := isKey, k.Values
			if template.Kind == "ProxySystem" {
				known, values = isProperty, p.Values
			}
			if !known || !values.Has(s.Value) || SecretProperty(s.Name) {
				t.Errorf("%s: %q = %q is unknown or secret", template.Name, s.Name, s.Value)
			}
		}
	}
}

func TestFailuresAreComplete(t *testing.T) {
	known := []string{"documented", "recorded", "reported", "inferred"}
	for i, f := range Failures() {
		for _, cell := range []string{f.Title, f.Leg, f.Symptom, f.Cause, f.Remedy, f.Source} {
			if cell == "" {
				t.Errorf("%s has an empty cell: %+v", f.Code, f)
			}
		}
		if want := fmt.Sprintf("F-%d", i+1); f.Code != want || !slices.Contains(known, f.Confidence) {
			t.Errorf("row %d is %s with confidence %q, want %s", i, f.Code, f.Confidence, want)
		}
	}
	// 38 of them have a symptom in a call or a log line; of the last only the word in
	// Job History is known.
	if len(Failures()) != 39 {
		t.Errorf("%d failures, want 39", len(Failures()))
	}
}

func TestCodesAreInRangeAndSourced(t *testing.T) {
	form := regexp.MustCompile(`^[EW][0-9]{3}$`)
	confidence := regexp.MustCompile(`\[(documented|recorded|reported|inferred)|reported\]|documented|recorded`)
	for _, c := range Codes() {
		if !form.MatchString(c.ID) || c.Title == "" {
			t.Errorf("malformed %+v", c)
		}
		if c.Source != "" && !confidence.MatchString(c.Source) {
			t.Errorf("%s: the source does not say how sure it is: %s", c.ID, c.Source)
		}
	}
	if !slices.IsSortedFunc(Codes(), func(a, b Code) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("codes are not in order")
	}
}

func TestJobStatuses(t *testing.T) {
	for word, want := range map[string]struct{ known, ended, well bool }{
		"Completed": {true, true, true}, "completed with errors": {true, true, false}, " Failed ": {true, true, false},
		"In Process": {true, false, false}, "Not started": {true, false, false}, "Successful": {true, true, true},
		"Done": {}, "": {},
	} {
		have, known := JobStatusOf(word)
		if known != want.known || have.Ended != want.ended || have.Well != want.well {
			t.Errorf("%q: %+v, %t", word, have, known)
		}
	}
	for _, s := range jobStatuses() {
		if s.Source == "" || s.Confidence == "" || s.Well && !s.Ended {
			t.Errorf("%+v", s)
		}
	}
	for _, c := range jobCategories() {
		for _, code := range c.Failures {
			if _, known := Failure(code); !known {
				t.Errorf("%s: %s is no failure", c.Name, code)
			}
		}
	}
}

// TestWatched: what is wrong with an object that is not written is a warning, what is
// wrong with the manifest stays an error.
func TestWatched(t *testing.T) {
	for code, want := range map[string]string{"E137": "W134", "E138": "E138", "E139": "E139", "W124": "W124"} {
		f := Watched(Complain(code, "/x", "m", "r"))
		if f.Code != want || (f.Severity == resource.Warning) != (want[0] == 'W') || f.Path != "/x" || want == "W134" && !strings.HasPrefix(f.Message, "E137: m") {
			t.Errorf("%s: %+v", code, f)
		}
	}
}
