package simulator

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestCoverage holds the table to the code: it names each route and each switch, and none that is not there.
func TestCoverage(t *testing.T) {
	l, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	served := map[string]bool{}
	for _, r := range slices.Concat(l.rootRoutes, l.uaaRoutes, l.tenantRoutes) {
		name := r.method + " " + strings.Join(r.segments, "/")
		for _, level := range []string{"subaccount", "instance"} {
			name = strings.Replace(name, "/v1/"+level, "/v1/{L}", 1)
		}
		served[name] = served[name] || !strings.Contains(name, " /adapter/")
	}
	switches := map[string]bool{}
	for f := range reflect.TypeFor[Behaviour]().Fields() {
		switches[f.Name] = true
	}
	for _, f := range Coverage() {
		if f.Part == "" || f.What == "" || f.Source == "" || f.Confidence == "" || (f.Status == Switchable) != (f.Switches != nil) {
			t.Errorf("incomplete: %+v", f)
		}
		for _, r := range f.Routes {
			if !served[r] || f.Status == LeftOut {
				t.Errorf("%s is not served, or left out, or named twice", r)
			}
			delete(served, r)
		}
		for _, s := range f.Switches {
			if _, ok := reflect.TypeFor[Behaviour]().FieldByName(s); !ok {
				t.Errorf("there is no switch %s", s)
			}
			delete(switches, s)
		}
	}
	for r, product := range served {
		if product {
			t.Errorf("%s is not in the table", r)
		}
	}
	for s := range switches {
		t.Errorf("the switch %s is not in the table", s)
	}
}

func TestCoverageMarkdown(t *testing.T) {
	text := CoverageMarkdown()
	rows := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		rows++
		if n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); n != 5 {
			t.Errorf("%d bars in %s", n, line)
		}
	}
	if want := len(Coverage()) + 2*strings.Count(text, "\n## ") + 2; rows != want {
		t.Errorf("%d rows, want %d", rows, want)
	}
	for _, part := range []string{"## XSUAA\n", "`GET /scim/Users/{id}`", "switchable: `LockAfter`"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q", part)
		}
	}
	Coverage()[0].Routes[0] = "changed"
	if Coverage()[0].Routes[0] == "changed" {
		t.Error("the table can be changed from outside")
	}
}

// coverageHead stands above the tables of COVERAGE.md.
const coverageHead = `# What the landscape simulates

Each endpoint and behaviour that SAP documents or that was observed, and what the simulated landscape makes of it:
*simulated* always, *switchable* by a field of POST /_sim/behaviour, or *left out*. Confidence tells how well the fact
is known. This file is written by ` + "`make generate`" + ` from coverage*.go; a test holds each route and switch to it.

`

// TestCoverageDocument holds COVERAGE.md to the table; UPDATE=1 writes it.
func TestCoverageDocument(t *testing.T) {
	const file = "COVERAGE.md"
	want := coverageHead + CoverageMarkdown()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(file); err != nil || string(have) != want {
		t.Errorf("%s is stale (%v): make generate", file, err)
	}
}
