package proof

import (
	"slices"
	"testing"
	"time"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/verify"
	"reconcile/pkg/view"
)

var (
	system = resource.Ref{Kind: "IAGSystem", Name: "IAS"}
	at     = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
)

// looked is a look that found these.
func looked(findings []resource.Finding, checks ...view.Check) Look {
	return Look{
		Result: &view.Result{Findings: findings, Verified: checks, Plan: &reconcile.Plan{}},
		Now:    func() time.Time { return at },
	}
}

// TestTrials: a call that was left out, or what is no call, was not tried.
func TestTrials(t *testing.T) {
	l := looked(nil,
		view.Check{Ref: system, Leg: verify.LegProxy, Of: "Users", What: "GET /a/Users", OK: true},
		view.Check{Ref: system, Leg: verify.LegProxy, Of: "Groups", Unsure: true},
		view.Check{Ref: system, What: "last run"},
	)
	want := []reconcile.Trial{{Ref: system, Of: verify.LegProxy + " Users", OK: true}}
	if have := l.Trials(); !slices.Equal(have, want) {
		t.Errorf("%+v, want %+v", have, want)
	}
}

// TestIncident: a call that shows one object good and another bad does not work, and
// what fails now does so since it was first seen.
func TestIncident(t *testing.T) {
	if in := looked(nil, view.Check{Ref: system, Leg: verify.LegProxy, Of: "Users", OK: true}).Incident(); in != nil {
		t.Errorf("nothing fails, and there is %+v", in)
	}
	other := resource.Ref{Kind: "IAGSystem", Name: "Other"}
	l := looked([]resource.Finding{{Ref: system, Code: "F-5", Leg: verify.LegProxy, Remedy: "mend it"}},
		view.Check{Ref: other, Leg: verify.LegProxy, Of: "Users", OK: true},
		view.Check{Ref: system, Leg: verify.LegProxy, Of: "Users"},
		view.Check{Ref: other, Leg: verify.LegTool, Of: "token", OK: true},
	)
	l.Seen.Objects = map[string]reconcile.Sighting{system.String(): {State: reconcile.Broken, Since: at.Add(-time.Hour)}}
	in := l.Incident()
	switch {
	case in == nil:
		t.Fatal("no incident")
	case !slices.Equal(in.Fails, []string{verify.LegProxy + " Users"}), !slices.Equal(in.Works, []string{verify.LegTool + " token"}):
		t.Errorf("works %q, fails %q", in.Works, in.Fails)
	case !in.Since.Equal(at.Add(-time.Hour)) || in.Next != "mend it":
		t.Errorf("since %s, next %q", in.Since, in.Next)
	}
}

// TestReportIsNoOutage: a report that a call disproves breaks nothing that is known, is
// not remembered as a call that fails, and comes after what is broken.
func TestReportIsNoOutage(t *testing.T) {
	proxy := resource.Ref{Kind: "ProxySystem", Name: "IAS for IAG"}
	wrong := resource.Finding{Ref: proxy, Code: "F-5", Leg: verify.LegProxy, Report: "ProxySystem/IAS for IAG, id 1"}
	l := looked([]resource.Finding{wrong}, view.Check{Ref: proxy, Leg: verify.LegProxy, Of: "Users"})
	l.Result.Plan.Steps = []reconcile.Step{{Ref: proxy, State: reconcile.InSync}}
	l.Judge()
	if s := l.Result.Plan.Steps[0]; s.State != reconcile.InSync || s.Code != "" || len(l.Trials()) > 0 {
		t.Errorf("%+v, %+v", s, l.Trials())
	}
	if in := l.Incident(); in.Report != wrong.Report || in.Ref != proxy {
		t.Errorf("%+v", in)
	}
	l.Result.Findings = append(l.Result.Findings, resource.Finding{Ref: system, Code: "F-3"})
	if in := l.Incident(); in.Report != "" || in.Ref != system {
		t.Errorf("%+v", in)
	}
}

// TestRequire: what is known by less than was asked for is an error; nothing is asked
// for by default.
func TestRequire(t *testing.T) {
	for level, want := range map[string]int{"": 0, "reported": 0, "read": 1} {
		l := looked(nil)
		l.Result.Plan.Steps = []reconcile.Step{{Ref: system, Evidence: reconcile.EvidenceReported}}
		l.Require(level)
		if len(l.Result.Errors) != want {
			t.Errorf("%q: %+v", level, l.Result.Errors)
		}
	}
}
