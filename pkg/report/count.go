package report

import (
	"fmt"
	"slices"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/verify"
)

// Heard is what became of reports.
type Heard struct {
	Taken   []reconcile.Said
	Refused []resource.Fault
	// Hung are warnings, such as of those whose blanks came from what a call disproved.
	Hung   []resource.Fault
	Report verify.Report
	// Plan is what was known when the calls were made; nil where none were.
	Plan *reconcile.Plan
}

// Trial is what reports are tried with.
type Trial struct {
	// FourEyes wants somebody else to vouch for a report.
	FourEyes bool
	// Plan makes a plan on the ledger as it is in memory.
	Plan func() (reconcile.Plan, error)
	// Probe makes the calls that reports can be checked by, and returns the plan on which
	// it made them; nil where it made none.
	Probe func(taken []reconcile.Said) (verify.Report, *reconcile.Plan, error)
}

// retake takes the reports anew without those that are disproved, and reports whether one
// that is left was filled in from them: then that one is disproved as well.
func (h *Heard) retake(t Trial, disproved map[resource.Ref]bool) (again bool, err error) {
	h.Taken = slices.DeleteFunc(h.Taken, func(c reconcile.Said) bool { return disproved[c.Ref] && c.Run == nil })
	plan, err := t.Plan()
	if err != nil {
		return false, err
	}
	plan.Take(h.Taken, false)
	for _, c := range h.Taken {
		if from := plan.OpenBlank(c.Ref, disproved); from != nil {
			again, disproved[c.Ref] = true, true
			h.Hung = append(h.Hung, resource.Fault{
				Severity: resource.Warning, Code: "W246", Ref: &c.Ref,
				Message: fmt.Sprintf("the report of %s does not count: it was filled in with what %s brought, and a call disproves that", c, from),
				Remedy:  "correct that one, do this order again with what it brings, and report both",
			})
		}
	}
	return again, nil
}

// Count takes reports into the ledger, asks by real calls, and takes those out
// again that a call disproves, with all that was filled in from them.
func Count(ledger *reconcile.Ledger, claims []reconcile.Said, t Trial) (Heard, error) {
	var h Heard
	back := ledger.Point()
	plan, err := t.Plan()
	if err != nil {
		return h, err
	}
	brings := map[resource.Ref]bool{}
	for _, c := range claims {
		brings[c.Ref] = ledger.Brings(c)
	}
	h.Taken, h.Refused = plan.Take(claims, t.FourEyes)
	h.Refused, h.Hung = resource.Part(h.Refused)
	if len(h.Taken) == 0 {
		return h, nil
	}
	if h.Report, h.Plan, err = t.Probe(h.Taken); err != nil {
		return h, err
	}
	disproved := map[resource.Ref]bool{}
	for _, f := range h.Report.Findings {
		disproved[f.Ref] = true
	}
	for _, c := range h.Taken {
		if disproved[c.Ref] && c.Run == nil {
			if brings[c.Ref] {
				doubt(h.Report.Findings, c)
			}
			h.Hung = append(h.Hung, resource.Fault{
				Severity: resource.Warning, Code: "W246", Ref: &c.Ref,
				Message: fmt.Sprintf("the report of %s does not count: a call disproves it, and what was known before stays", c),
				Remedy:  "look it up in the console, and report again",
			})
		}
	}
	for again := len(disproved) > 0; again; {
		back()
		if again, err = h.retake(t, disproved); err != nil {
			return h, err
		}
	}
	return h, nil
}

// doubt says in the findings about a report that they are about no more than that.
func doubt(findings []resource.Finding, c reconcile.Said) {
	for i := range findings {
		if findings[i].Ref == c.Ref {
			findings[i].Report = c.Names()
		}
	}
}
