package view

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/person"
	"reconcile/pkg/resource"
)

func runbookFixture() person.Runbook {
	user, system := ref("SystemUser", "IPS backend"), ref("ProxySystem", "IAS <b> `x`")
	orders := []resource.Order{
		{
			ID: "sha256:" + strings.Repeat("a", 64), Ref: user, Action: "create", Why: "a technical login", Reason: "it is new",
			Right: "Manage Tenant Configuration", Identified: true, Source: "a page [documented]",
			Do: []resource.Instruction{
				{Do: resource.Open, Label: "Users & Authorizations > Administrators", Hint: "Administration console of Identity Authentication"},
				{Do: resource.Look, Label: "Name", Value: "IPS backend", Hint: "if it is there, report its id"},
				{Do: resource.Tick, Label: "Manage Users"},
				{Do: resource.Press, Label: "Save"},
				{Do: resource.Note, Label: "Client ID", Value: "clientID"},
				{Do: resource.HandOver, Label: "Secret", Value: "2026-11", Secret: "env:IPS_BACKEND_SECRET"},
			},
		},
		{
			ID: "sha256:" + strings.Repeat("b", 64), Ref: system, Action: "update", Why: "the way", Right: "Manage Identity Provisioning",
			After: []string{user.String()}, Keep: []string{"every other system"}, Notes: []string{"letter by letter"},
			Do: []resource.Instruction{
				{Do: resource.Press, Label: "Edit", Value: system.Name},
				{Do: resource.Property, Label: "User", From: user.String() + "#clientID", Have: "[not known]"},
				{Do: resource.Property, Label: "URL", Value: "https://`t`.example.org/" + strings.Repeat("long", 200), Have: "https://old.example.org"},
				{Do: resource.Credential, Label: "Password", From: user.String() + "#secret", Secret: "env:IPS_BACKEND_SECRET"},
				{Do: resource.Paste, Label: "Read Transformation", Value: `{"user":{}}`},
				{Do: resource.Drop, Label: "ias.user.filter", Have: "x"},
			},
		},
	}
	return person.NewRunbook(person.Runbook{
		Integration: "iag-ias", Stage: "prod", Console: "https://t.example.org/admin", Manifest: "-f integration.yaml", Folder: "orders/",
		Made: time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC), Afterwards: []string{"Destination/IPS_PROXY"},
	}, orders)
}

func TestRunbook(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer) error{
		"runbook.md":      func(b *bytes.Buffer) error { return RunbookMarkdown(b, runbookFixture()) },
		"runbook.html":    func(b *bytes.Buffer) error { return RunbookHTML(b, runbookFixture()) },
		"runbook.json":    func(b *bytes.Buffer) error { return RunbookJSON(b, runbookFixture()) },
		"runbook.none.md": func(b *bytes.Buffer) error { return RunbookMarkdown(b, person.NewRunbook(person.Runbook{}, nil)) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.String())
	}
}

// TestRunbookIsReadBack ticks the Markdown form and reads it.
func TestRunbookIsReadBack(t *testing.T) {
	r := runbookFixture()
	r.Orders[1].Name = "IAS"
	for i := range r.Orders {
		r.Orders[i].Result = person.Result{Done: true, By: "anna"}
	}
	r.Orders[0].Result.ID = "id-1"
	var b bytes.Buffer
	if err := RunbookMarkdown(&b, r); err != nil {
		t.Fatal(err)
	}
	reports, err := person.Read(b.Bytes())
	if err != nil || len(reports) != 2 || reports[0].ID != "id-1" || reports[1].Order != r.Orders[1].ID || reports[1].By != "anna" {
		t.Fatalf("%+v, %v", reports, err)
	}
}

// TestValuesAreWhole: what somebody has to type is never cut.
func TestValuesAreWhole(t *testing.T) {
	var md, html bytes.Buffer
	_ = RunbookMarkdown(&md, runbookFixture())
	_ = RunbookHTML(&html, runbookFixture())
	for _, text := range []string{md.String(), html.String()} {
		if !strings.Contains(text, strings.Repeat("long", 200)) {
			t.Error("a value is cut")
		}
	}
	if strings.Contains(html.String(), "<b> `x`") {
		t.Error("a name is taken for markup")
	}
}

func TestOrderList(t *testing.T) {
	r := Result{Command: "plan", Integration: "i", Stage: "s", Complete: true}
	for _, e := range runbookFixture().Orders {
		r.Orders = append(r.Orders, e.Order)
	}
	text := render(t, []Result{r}, Style{})
	for _, part := range []string{"2 work orders", " 1. create SystemUser/IPS backend", "needs Manage Tenant Configuration", "--workorders DIR"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not there:\n%s", part, text)
		}
	}
	r.Runbook = "orders"
	if text := render(t, []Result{r}, Style{}); !strings.Contains(text, "runbook.html") || strings.Contains(text, "--workorders DIR") {
		t.Error(text)
	}
}
