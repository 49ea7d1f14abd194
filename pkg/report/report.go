package report

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
	"reconcile/pkg/person"
	"reconcile/pkg/provenance"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// located is a report file and where it lies.
type located struct {
	person.File
	path string
}

// files reads the report files of the job's integration, oldest name first.
func (d Desk) files() ([]located, []resource.Fault) {
	var all []located
	var faults []resource.Fault
	folder := d.Reports.Path
	entries, err := os.ReadDir(folder)
	if err != nil && (d.Reports.Named || !errors.Is(err, fs.ErrNotExist)) {
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
		case file.Integration == d.Manifest.ID():
			all = append(all, located{file, path})
		}
	}
	return all, faults
}

// Filed are the reports of files that the ledger does not know yet, and what all files say
// was typed. Only of those that are new git is asked who reported them.
func (d Desk) Filed(ctx context.Context, ledger *reconcile.Ledger) (all []reconcile.Said, texts []string, faults []resource.Fault) {
	files, faults := d.files()
	for _, f := range files {
		said, err := d.Understand(f.Reports, Origin{filed: true})
		if err != nil {
			faults = append(faults, badReport(f.path, err))
			continue
		}
		texts = append(texts, spoken(f.Reports)...)
		said = slices.DeleteFunc(said, ledger.Old)
		if len(said) == 0 {
			continue
		}
		reporter, doubt := d.Surroundings.Reported(ctx, f.path)
		for i := range said {
			said[i].Reporter, said[i].Doubt = reporter.String(), provenance.Claimed(doubt, said[i].By, d.Surroundings.Approver())
		}
		all = append(all, said...)
	}
	return all, texts, faults
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

// Origin is where reports come from.
type Origin struct {
	// filed is true for those of files.
	filed bool
	// Reporter reports, and Doubt says why nobody else vouches for it.
	Reporter provenance.Who
	Doubt    string
}

// Understand turns reports as people write them into what the ledger takes. What it
// cannot understand is a Misuse, what nobody may report a Refused.
func (d Desk) Understand(reports []person.Report, from Origin) ([]reconcile.Said, error) {
	var all []reconcile.Said
	for _, r := range reports {
		ref, err := resource.ParseRef(r.Object)
		if err == nil && d.sections()[ref.Kind] == "" {
			err = fmt.Errorf("%s: there is no kind %s%s", ref, ref.Kind, d.meantKind(ref.Kind))
		}
		if err != nil {
			return nil, Misuse{err, "write KIND/NAME exactly as in the runbook"}
		}
		said := reconcile.Said{
			Ref: ref, Action: r.Action, Order: r.Order, Do: r.Do, By: r.By, Ticket: r.Ticket, At: r.At.UTC(),
			Filed: from.filed, Wants: r.Wants, Asked: r.Asked, Reporter: from.Reporter.String(), Doubt: provenance.Claimed(from.Doubt, r.By, d.Surroundings.ChosenApprover()),
		}
		if said.Action != string(reconcile.RunJob) {
			said.Action = ""
		}
		if strings.TrimSpace(r.ID) != "" {
			if said.ID, err = person.Identifier(r.ID); err != nil {
				return nil, Misuse{fmt.Errorf("%s: %w", r.Object, err), "give what the console shows"}
			}
		}
		if said.Run, err = d.ran(ref, r.Run); err != nil {
			if _, refused := errors.AsType[Refused](err); refused {
				return nil, err
			}
			return nil, Misuse{err, "give what Job History shows"}
		}
		if said.Export, err = d.opened(ref, r.Export); err != nil {
			return nil, Misuse{err, "give the file that the console exported of it"}
		}
		if r.Export != nil {
			said.Exported = r.Export.At.UTC()
		}
		all = append(all, said)
	}
	return all, nil
}

func (d Desk) meantKind(kind string) string {
	if right, ok := catalogue.Nearest(kind, slices.Sorted(maps.Keys(d.sections()))); ok {
		return "; did you mean " + right + "?"
	}
	return ""
}

// Latest keeps the newest report of each object and of its run. Runs that ended are
// all kept: each tells something of its own.
func Latest(claims []reconcile.Said) []reconcile.Said {
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
