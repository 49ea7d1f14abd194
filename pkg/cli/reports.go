package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/kinds"
	"reconcile/pkg/person"
	"reconcile/pkg/provenance"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/verify"
	"reconcile/pkg/view"
)

// codeUnset is the complaint about a reference that leads nowhere.
const codeUnset = "E170"

// reportFolder is where report files lie: where --reports says, else beside the
// first manifest.
func (a *app) reportFolder() string { return a.beside(a.reports, "reports") }

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

// reportFile is a report file and where it lies.
type reportFile struct {
	person.File
	path string
}

// reportFiles reads the report files of the job's integration, oldest name first.
func (j *job) reportFiles() ([]reportFile, []resource.Fault) {
	var all []reportFile
	var faults []resource.Fault
	folder := j.reportFolder()
	entries, err := os.ReadDir(folder)
	if err != nil && (j.reports != "" || !errors.Is(err, fs.ErrNotExist)) {
		return nil, []resource.Fault{badReport(folder, err)}
	}
	for _, e := range entries {
		if e.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(e.Name())) {
			continue
		}
		path := filepath.Join(folder, e.Name())
		data, err := os.ReadFile(path)
		var file person.File
		if err == nil {
			file, err = person.ReadFile(data)
		}
		switch {
		case err != nil:
			faults = append(faults, badReport(path, err))
		case file.Integration == j.manifest.ID():
			all = append(all, reportFile{file, path})
		}
	}
	return all, faults
}

// filed are the reports of files that the ledger does not know yet. Only of those git
// is asked who reported them.
func (j *job) filed(ctx context.Context, ledger *reconcile.Ledger) ([]reconcile.Said, []resource.Fault) {
	var all []reconcile.Said
	files, faults := j.reportFiles()
	for _, f := range files {
		said, err := j.understand(f.Reports, origin{filed: true})
		if err != nil {
			faults = append(faults, badReport(f.path, err))
			continue
		}
		j.texts = append(j.texts, spoken(f.Reports)...)
		said = slices.DeleteFunc(said, ledger.Old)
		if len(said) == 0 {
			continue
		}
		reporter, doubt := j.surroundings().Reported(ctx, f.path)
		for i := range said {
			said[i].Reporter, said[i].Doubt = reporter.String(), provenance.Claimed(doubt, said[i].By, j.surroundings().Approver())
		}
		all = append(all, said...)
	}
	return all, faults
}

// spoken are the texts that reports say were typed.
func spoken(reports []person.Report) []string {
	var all []string
	for _, r := range reports {
		for _, i := range slices.Concat(r.Do, r.Asked) {
			if i.Value != "" {
				all = append(all, i.Value)
			}
		}
	}
	return all
}

func badReport(path string, err error) resource.Fault {
	return resource.Fault{
		Severity: resource.Error, Code: "E246", Position: resource.Position{File: path},
		Message: err.Error(), Remedy: "mend the file, or report again with reconcile done",
	}
}

// origin is where reports come from.
type origin struct {
	// filed is true for those of files.
	filed bool
	// reporter reports, and doubt says why nobody else vouches for it.
	reporter provenance.Who
	doubt    string
}

// understand turns reports as people write them into what the ledger takes. What it
// cannot understand is a usageError, what nobody may report a refusedError.
func (j *job) understand(reports []person.Report, from origin) ([]reconcile.Said, error) {
	var all []reconcile.Said
	for _, r := range reports {
		ref, err := resource.ParseRef(r.Object)
		if err == nil && kinds.Sections()[ref.Kind] == "" {
			err = fmt.Errorf("%s: there is no kind %s%s", ref, ref.Kind, meantKind(ref.Kind))
		}
		if err != nil {
			return nil, usageError{err, "write KIND/NAME exactly as in the runbook"}
		}
		said := reconcile.Said{
			Ref: ref, Action: r.Action, Order: r.Order, Do: r.Do, By: r.By, Ticket: r.Ticket, At: r.At.UTC(),
			Filed: from.filed, Wants: r.Wants, Asked: r.Asked, Reporter: from.reporter.String(), Doubt: provenance.Claimed(from.doubt, r.By, j.surroundings().ChosenApprover()),
		}
		if said.Action != string(reconcile.RunJob) {
			said.Action = ""
		}
		if strings.TrimSpace(r.ID) != "" {
			if said.ID, err = person.Identifier(r.ID); err != nil {
				return nil, usageError{fmt.Errorf("%s: %w", r.Object, err), "give what the console shows"}
			}
		}
		if said.Run, err = j.ran(ref, r.Run); err != nil {
			if _, refused := errors.AsType[refusedError](err); refused {
				return nil, err
			}
			return nil, usageError{err, "give what Job History shows"}
		}
		if said.Export, err = j.opened(ref, r.Export); err != nil {
			return nil, usageError{err, "give the file that the console exported of it"}
		}
		if r.Export != nil {
			said.Exported = r.Export.At.UTC()
		}
		all = append(all, said)
	}
	return all, nil
}

func meantKind(kind string) string {
	if right, ok := catalogue.Nearest(kind, slices.Sorted(maps.Keys(kinds.Sections()))); ok {
		return "; did you mean " + right + "?"
	}
	return ""
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
	claims, faults := j.filed(ctx, ledger)
	if len(faults) > 0 {
		j.invalid(faults)
		return nil
	}
	claims = latest(claims)
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

// latest keeps the newest report of each object and of its run. Runs that ended are
// all kept: each tells something of its own.
func latest(claims []reconcile.Said) []reconcile.Said {
	var kept []reconcile.Said
	for _, c := range claims {
		at := slices.IndexFunc(kept, func(k reconcile.Said) bool {
			return k.Ref == c.Ref && k.Action == c.Action && k.Run == nil && c.Run == nil
		})
		switch {
		case at < 0:
			kept = append(kept, c)
		case kept[at].At.Before(c.At):
			kept[at] = c
		}
	}
	return kept
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
	report, err := verify.Run(ctx, target)
	for _, p := range report.Proofs {
		if p.OK {
			plan.Prove(p.Ref, p.Paths)
		}
	}
	return report, &plan, err
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
