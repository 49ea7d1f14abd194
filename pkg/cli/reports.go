package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

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

// probe makes the calls that reports can be checked by: logins of system users,
// and reads through proxy systems with the destination as the manifest wants it.
// What cannot be asked yet is no objection.
func (j *job) probe(ctx context.Context, ledger *reconcile.Ledger, taken []reconcile.Said) (verify.Report, *reconcile.Plan, error) {
	plan, err := j.planOn(ctx, ledger, nil)
	if err != nil || j.wiring.identity == nil {
		return verify.Report{}, nil, err
	}
	j.verdict.result.Plan = &plan
	defer func() { j.verdict.result.Plan = nil }()
	target := verify.Target{Identity: j.wiring.identity, Session: j.wiring.session, Assumed: true}
	concerned := false
	for _, c := range taken {
		switch c.Kind {
		case "ProxySystem":
			target.Systems = append(target.Systems, verify.System{Ref: c.Ref, Proxy: c.Ref, ExternalSystemID: plan.Identifier(c.Ref)})
			concerned = true
		case "SystemUser":
			concerned = true
		}
	}
	if !concerned {
		return verify.Report{}, nil, nil
	}
	for _, u := range j.proof().Users() {
		if !u.Secret.IsZero() {
			target.Users = append(target.Users, u)
		}
	}
	if stored := wantedDestination(plan); stored != nil {
		target.Destination = func(context.Context, string) (map[string]string, bool, error) { return stored, true, nil }
	} else {
		target.Systems = nil
	}
	if len(target.Users)+len(target.Systems) == 0 {
		return verify.Report{}, nil, nil
	}
	proved, err := verify.Run(ctx, target)
	for _, p := range proved.Proofs {
		if p.OK {
			plan.Prove(p.Ref, p.Paths)
		}
	}
	return proved, &plan, err
}

// wantedDestination is IPS_PROXY as the manifest wants it, nil while a part of
// it is not known.
func wantedDestination(plan reconcile.Plan) map[string]string {
	stored := map[string]string{}
	for path, v := range plan.Wanted(resource.Ref{Kind: "Destination", Name: "IPS_PROXY"}) {
		name, ok := strings.CutPrefix(path, "/properties/")
		switch v.Form() {
		case resource.Literal, resource.Secret:
			if ok {
				stored[resource.UnescapePointer(name)] = v.Reveal() //nolint:forbidigo // the probe logs in with it
			}
		default:
			return nil
		}
	}
	if len(stored) == 0 {
		return nil
	}
	return stored
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
