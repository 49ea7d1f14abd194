package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/report"
	"reconcile/pkg/resource"
	"reconcile/pkg/verify"
	"reconcile/pkg/view"
)

// codeUnset is the complaint about a reference that leads nowhere.
const codeUnset = "E170"

// beside is the folder that a flag names, else one beside the first manifest.
func (a *app) beside(named, name string) string {
	if named != "" {
		return named
	}
	first := a.files[0]
	if info, err := os.Stat(first); err == nil && info.IsDir() {
		return filepath.Join(first, name)
	}
	return filepath.Join(filepath.Dir(first), name)
}

// hear takes what people reported in files into the ledger in memory, as far as
// the calls that can be made do not disprove it. It asks once in a run.
func (j *job) hear(ctx context.Context, ledger *reconcile.Ledger) error {
	// The watcher asks nothing that the runs ask anyway: what counts is in the ledger.
	if j.command == "drift" || j.wiring.recorded != nil || j.looked && len(j.accepted) == 0 {
		return nil
	}
	if j.looked {
		plan, err := j.planOn(ctx, ledger, nil)
		if err == nil {
			plan.Take(j.accepted, false)
		}
		return err
	}
	j.looked = true
	claims, texts, faults := j.desk().Filed(ctx, ledger)
	j.texts = append(j.texts, texts...)
	if len(faults) > 0 {
		j.invalid(faults)
		return nil
	}
	claims = report.Latest(claims)
	if len(claims) == 0 {
		return nil
	}
	heard, err := j.count(ctx, ledger, claims)
	for _, f := range heard.refused {
		f.Severity = resource.Warning
		f.Message = "a report file does not count (" + f.Code + "): " + f.Message
		f.Code = "W246"
		j.verdict.result.Warnings = append(j.verdict.result.Warnings, f)
	}
	j.accepted = heard.taken
	j.tellHeard(heard)
	return err
}

// heard is what became of reports.
type heard struct {
	taken   []reconcile.Said
	refused []resource.Fault
	// hung are those whose blanks came from what a call disproved.
	hung   []resource.Fault
	report verify.Report
	// plan is what was known when the calls were made; nil where none were.
	plan *reconcile.Plan
}

// count takes reports into the ledger, asks by real calls, and takes those out
// again that a call disproves, with all that was filled in from them.
func (j *job) count(ctx context.Context, ledger *reconcile.Ledger, claims []reconcile.Said) (heard, error) {
	var h heard
	back := ledger.Point()
	plan, err := j.planOn(ctx, ledger, nil)
	if err != nil {
		return h, err
	}
	h.taken, h.refused = plan.Take(claims, j.manifest.Policy.FourEyes)
	h.refused, h.hung = split(h.refused)
	if len(h.taken) == 0 {
		return h, nil
	}
	if h.report, h.plan, err = j.probe(ctx, ledger, h.taken); err != nil {
		return h, err
	}
	disproved := map[resource.Ref]bool{}
	for _, f := range h.report.Findings {
		disproved[f.Ref] = true
	}
	for _, c := range h.taken {
		if disproved[c.Ref] && c.Run == nil {
			h.hung = append(h.hung, resource.Fault{
				Severity: resource.Warning, Code: "W246", Ref: &c.Ref,
				Message: fmt.Sprintf("the report of %s does not count: a call disproves it, and what was known before stays", c),
				Remedy:  "look it up in the console, and report again",
			})
		}
	}
	for wrong := len(disproved) > 0; wrong; {
		back()
		h.taken = slices.DeleteFunc(h.taken, func(c reconcile.Said) bool { return disproved[c.Ref] && c.Run == nil })
		if plan, err = j.planOn(ctx, ledger, nil); err != nil {
			return h, err
		}
		plan.Take(h.taken, false)
		wrong = false
		for _, c := range h.taken {
			if from := plan.OpenBlank(c.Ref, disproved); from != nil {
				wrong, disproved[c.Ref] = true, true
				h.hung = append(h.hung, resource.Fault{
					Severity: resource.Warning, Code: "W246", Ref: &c.Ref,
					Message: fmt.Sprintf("the report of %s does not count: it was filled in with what %s brought, and a call disproves that", c, from),
					Remedy:  "correct that one, do this order again with what it brings, and report both",
				})
			}
		}
	}
	return h, nil
}

// probe makes the calls that reports can be checked by, and returns the plan on which they
// were made; nil where none were.
func (j *job) probe(ctx context.Context, ledger *reconcile.Ledger, taken []reconcile.Said) (verify.Report, *reconcile.Plan, error) {
	plan, err := j.planOn(ctx, ledger, nil)
	if err != nil {
		return verify.Report{}, nil, err
	}
	look := j.proof()
	look.Result = &view.Result{Plan: &plan}
	proved, made, err := look.Probe(ctx, taken)
	if !made {
		return proved, nil, err
	}
	return proved, &plan, err
}

// tellHeard puts into the result what became of reports.
func (j *job) tellHeard(h heard) {
	r := &j.verdict.result
	for _, c := range h.taken {
		note := "counted the report of " + c.String()
		if c.ID != "" {
			note += ", id " + c.ID
		}
		if by := c.Who(); by != "" {
			note += ", by " + by
		}
		if c.Run != nil {
			note += ": " + c.Run.String()
		}
		r.Notes = append(r.Notes, note)
	}
	r.Warnings = append(r.Warnings, h.hung...)
	r.Findings = append(r.Findings, h.report.Findings...)
	j.proof().CompareTotals(h.report.Totals)
	for _, p := range h.report.Proofs {
		r.Verified = append(r.Verified, view.Check{Ref: p.Ref, Leg: p.Leg, Of: p.Of, What: p.What, OK: p.OK, Detail: p.Detail})
	}
}
