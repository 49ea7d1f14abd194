package cli

import (
	"context"
	"os"
	"path/filepath"

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
	if j.command == "drift" || j.wiring.snapshot != nil || j.looked && len(j.accepted) == 0 {
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
	for _, f := range heard.Refused {
		f.Severity = resource.Warning
		f.Message = "a report file does not count (" + f.Code + "): " + f.Message
		f.Code = "W246"
		j.verdict.result.Warnings = append(j.verdict.result.Warnings, f)
	}
	j.accepted = heard.Taken
	j.tellHeard(heard)
	return err
}

// count takes reports into the ledger as far as calls do not disprove them.
func (j *job) count(ctx context.Context, ledger *reconcile.Ledger, claims []reconcile.Said) (report.Heard, error) {
	return report.Count(ledger, claims, report.Trial{
		FourEyes: j.manifest.Policy.FourEyes,
		Plan:     func() (reconcile.Plan, error) { return j.planOn(ctx, ledger, nil) },
		Probe: func(taken []reconcile.Said) (verify.Report, *reconcile.Plan, error) {
			return j.probe(ctx, ledger, taken)
		},
	})
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
func (j *job) tellHeard(h report.Heard) {
	r := &j.verdict.result
	for _, c := range h.Taken {
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
	r.Warnings = append(r.Warnings, h.Hung...)
	r.Findings = append(r.Findings, h.Report.Findings...)
	j.proof().CompareTotals(h.Report.Totals)
	for _, p := range h.Report.Proofs {
		r.Verified = append(r.Verified, view.Check{Ref: p.Ref, Leg: p.Leg, Of: p.Of, What: p.What, OK: p.OK, Detail: p.Detail})
	}
}
