package view

import (
	"strings"
	"testing"
	"time"

	"reconcile/pkg/resource"
)

func broken() Result {
	return Result{
		Command: "drift", Integration: "iag", Stage: "prod", Complete: true, ExitCode: 1, Findings: []resource.Finding{finding()},
		Incident: &Incident{
			Since: time.Date(2026, 11, 23, 2, 15, 9, 0, time.FixedZone("X", 3600)), LastGood: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC),
			Code: "F-3", Leg: "IPS→IAS", Ref: resource.Ref{Kind: "ProxySystem", Name: "p <b>##[x]"},
			Fails: []string{"IPS→IAS Users"}, Works: []string{"IAG→IPS Users", "tool→IAS token"}, Affects: "the sync",
			Next: "enter the password again", Component: "BC-IAM-IPS", ComponentSource: "a page [inferred]",
		},
	}
}

// TestIncident: the first line holds when and where, the next ones all that helps.
func TestIncident(t *testing.T) {
	r := broken()
	var text, markdown strings.Builder
	if err := Text(&text, []Result{r}, Style{}); err != nil {
		t.Fatal(err)
	}
	if err := Markdown(&markdown, []Result{r}); err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(text.String(), "\n")
	if want := "✗ BROKEN since 2026-11-23 01:15 UTC: IPS→IAS, F-3, mend ProxySystem/p <b>#\\x23[x]"; first != want {
		t.Errorf("got %q\nwant %q", first, want)
	}
	for _, want := range []string{
		"does not work: IPS→IAS Users", "affects: the sync", "still works: IAG→IPS Users; tool→IAS token", "last seen good: 2026-11-23 01:00 UTC",
		"next: enter the password again", "support component: BC-IAM-IPS (a page [inferred])",
	} {
		if !strings.Contains(rest, want) {
			t.Errorf("text lacks %q:\n%s", want, rest)
		}
	}
	page := rendered(t, "html", []Result{r})
	for _, want := range []string{"BROKEN since 2026-11-23 01:15 UTC", "p &lt;b&gt;", "last seen good", "enter the password again", "BC-IAM-IPS"} {
		if !strings.Contains(page, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if at, summary := strings.Index(markdown.String(), "BROKEN since"), strings.Index(markdown.String(), "1 finding"); at < 0 || at > summary {
		t.Errorf("Markdown begins otherwise:\n%s", markdown.String())
	}
}

// TestIncidentDocument: nobody has to parse words.
func TestIncidentDocument(t *testing.T) {
	in, ok := theRun(t, encoded(t, []Result{broken()}))["incident"].(map[string]any)
	if !ok || in["since"] != "2026-11-23T01:15:09Z" || in["lastGood"] != "2026-11-23T01:00:00Z" || in["ref"] != "ProxySystem/p <b>##[x]" {
		t.Errorf("got %v", in)
	}
	r := broken()
	r.Incident.LastGood, r.Incident.Works, r.Incident.Component, r.Incident.ComponentSource = time.Time{}, nil, "", ""
	in = theRun(t, encoded(t, []Result{r}))["incident"].(map[string]any)
	if in["lastGood"] != nil || in["component"] != nil || len(in["works"].([]any)) != 0 {
		t.Errorf("got %v", in)
	}
	var text strings.Builder
	if err := Text(&text, []Result{r}, Style{}); err != nil || !strings.Contains(text.String(), "support component: not public") ||
		!strings.Contains(text.String(), "last seen good: never recorded") || !strings.Contains(text.String(), "still works: nothing that was tried") {
		t.Errorf("%v\n%s", err, text.String())
	}
	if whole := theRun(t, encoded(t, []Result{{Complete: true}})); whole["incident"] != nil {
		t.Errorf("nothing fails, and %v is told", whole["incident"])
	}
}

// TestIncidentOfAReport: where only a report is wrong, nothing is called broken, and the
// first line says what is not proven and what to do.
func TestIncidentOfAReport(t *testing.T) {
	r := broken()
	r.Incident.Ref = proxySystem
	for report, command := range map[string]string{
		proxySystem.String():               "then: reconcile done -f MANIFEST 'ProxySystem/IAS for IAG'\n",
		proxySystem.String() + ", id 1111": "then: reconcile done -f MANIFEST 'ProxySystem/IAS for IAG' --id ID\n",
	} {
		r.Incident.Report = report
		text := render(t, []Result{r}, Style{})
		first, rest, _ := strings.Cut(text, "\n")
		if want := "✗ NOT PROVEN, does not count: the report of " + report + " (IPS→IAS, F-3); correct it and report again"; first != want {
			t.Errorf("got %q\nwant %q", first, want)
		}
		if !strings.Contains(rest, command) || !strings.Contains(rest, "known before: stays as it was") || strings.Contains(text, "BROKEN") || strings.Contains(text, "support component") {
			t.Errorf("%s", text)
		}
		if in := theRun(t, encoded(t, []Result{r}))["incident"].(map[string]any); in["report"] != report {
			t.Errorf("got %v", in)
		}
	}
}
