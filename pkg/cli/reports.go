package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"reconcile/pkg/person"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/verify"
	"reconcile/pkg/view"
)

// codeUnset is the complaint about a reference that leads nowhere.
const codeUnset = "E170"

// reportFolder is where report files lie: where --reports says, else beside the
// first manifest.
func (a *app) reportFolder() string {
	if a.reports != "" {
		return a.reports
	}
	first := a.files[0]
	if info, err := os.Stat(first); err == nil && info.IsDir() {
		return filepath.Join(first, "reports")
	}
	return filepath.Join(filepath.Dir(first), "reports")
}

// filed reads the report files of the job's integration, oldest name first.
func (j *job) filed() ([]reconcile.Said, []resource.Fault) {
	var all []reconcile.Said
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
		var said []reconcile.Said
		if err == nil && file.Integration == j.manifest.ID() {
			said, err = j.understand(file.Reports)
		}
		if err != nil {
			faults = append(faults, badReport(path, err))
		}
		all = append(all, said...)
	}
	return all, faults
}

func badReport(path string, err error) resource.Fault {
	return resource.Fault{
		Severity: resource.Error, Code: "E246", Position: resource.Position{File: path},
		Message: err.Error(), Remedy: "mend the file, or report again with reconcile done",
	}
}

// understand turns reports as people write them into what the ledger takes.
func (j *job) understand(reports []person.Report) ([]reconcile.Said, error) {
	var all []reconcile.Said
	for _, r := range reports {
		ref, err := resource.ParseRef(r.Object)
		if err != nil {
			return nil, err
		}
		said := reconcile.Said{
			Ref: ref, Action: r.Action, Order: r.Order, Do: r.Do, By: r.By, Ticket: r.Ticket, Approver: j.approver(), At: r.At.UTC(),
		}
		if said.Action != string(reconcile.RunJob) {
			said.Action = ""
		}
		if strings.TrimSpace(r.ID) != "" {
			if said.ID, err = person.Identifier(r.ID); err != nil {
				return nil, fmt.Errorf("%s: %w", r.Object, err)
			}
		}
		all = append(all, said)
	}
	return all, nil
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
	claims, faults := j.filed()
	if len(faults) > 0 {
		j.invalid(faults)
		return nil
	}
	claims = latest(slices.DeleteFunc(claims, ledger.Old))
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

// latest keeps the newest report of each object and of its run.
func latest(claims []reconcile.Said) []reconcile.Said {
	var kept []reconcile.Said
	for _, c := range claims {
		at := slices.IndexFunc(kept, func(k reconcile.Said) bool { return k.Ref == c.Ref && k.Action == c.Action })
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
	report  verify.Report
}

// count takes reports into the ledger, asks by real calls, and takes those out
// again that a call disproves.
func (j *job) count(ctx context.Context, ledger *reconcile.Ledger, claims []reconcile.Said) (heard, error) {
	var h heard
	plan, err := j.planOn(ctx, ledger, nil)
	if err != nil {
		return h, err
	}
	before := map[resource.Ref]reconcile.Entry{}
	for _, c := range claims {
		before[c.Ref] = ledger.Entry(c.Ref)
	}
	h.taken, h.refused = plan.Take(claims, j.manifest.Policy.FourEyes)
	if len(h.taken) == 0 {
		return h, nil
	}
	h.report, err = j.probe(ctx, ledger, h.taken)
	h.taken = slices.DeleteFunc(h.taken, func(c reconcile.Said) bool {
		wrong := slices.ContainsFunc(h.report.Findings, func(f resource.Finding) bool { return f.Ref == c.Ref })
		if wrong {
			restore(ledger, before[c.Ref])
		}
		return wrong
	})
	return h, err
}

func restore(ledger *reconcile.Ledger, e reconcile.Entry) {
	if !e.Owned && !e.Owed && e.Intent == nil {
		ledger.Drop(e.Ref)
		return
	}
	ledger.Put(e)
}

// probe makes the calls that reports can be checked by: logins of system users,
// and reads through proxy systems with the destination as the manifest wants it.
// What cannot be asked yet is no objection.
func (j *job) probe(ctx context.Context, ledger *reconcile.Ledger, taken []reconcile.Said) (verify.Report, error) {
	plan, err := j.planOn(ctx, ledger, nil)
	if err != nil || j.wiring.identity == nil {
		return verify.Report{}, err
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
		return verify.Report{}, nil
	}
	for _, u := range j.users() {
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
		return verify.Report{}, nil
	}
	report, err := verify.Run(ctx, target)
	return report, err
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
		if c.By != "" {
			note += ", by " + c.By
		}
		r.Notes = append(r.Notes, note)
	}
	r.Findings = append(r.Findings, h.report.Findings...)
	j.compareTotals(h.report.Totals)
	for _, p := range h.report.Proofs {
		r.Verified = append(r.Verified, view.Check{Ref: p.Ref, Leg: p.Leg, What: p.What, OK: p.OK, Detail: p.Detail})
	}
}

// approver is who vouches for a report, as far as the surroundings tell.
func (a *app) approver() string {
	if name, ok := a.LookupEnv("RECONCILE_APPROVER"); ok && name != "" {
		return name
	}
	if by := a.author(); by.Source != localAuthor && by.Name != "unknown" {
		return by.Name
	}
	return ""
}
