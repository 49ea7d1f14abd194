package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/manifest"
	"reconcile/pkg/person"
	"reconcile/pkg/provenance"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/report"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
	"reconcile/pkg/view"
)

// doneFlags are what a report says on the command line.
type doneFlags struct {
	id, export, by, ticket, order, report, out string
	run                                        person.Run
}

func (a *app) doneCommand() *cobra.Command {
	var d doneFlags
	c := &cobra.Command{
		Use:   "done -f MANIFEST (KIND/NAME | --report FILE)",
		Short: "Report a finished work order",
		Long: "done reports that a person did a work order: one by its object, or all that are ticked\n" +
			"in a filled-in runbook. A report of an order that was superseded is refused. What the\n" +
			"report says is checked by real calls as far as secrets are at hand, and goes into the\n" +
			"ledger. Without the key of the destination service it goes into a report file, to be\n" +
			"committed beside the manifest: the next run checks it and only then counts it.\n" +
			"A run of a job is reported with what Job History shows, whether it was ordered or not.\n" +
			"Exit 5 when a report is refused, 1 when a call disproves it.",
		Example: "  reconcile done -f integration.yaml 'ProxySystem/IAS for IAG' --id 5d1c0f2a-7c1e-4b57-9a55-2f6b1f0f3c6d\n" +
			"  reconcile done -f integration.yaml --report workorders/runbook.md --by anna\n" +
			"  reconcile done -f integration.yaml 'Job/IAS repository sync' --status Completed --finished '2026-11-23 02:14' --users 1200",
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.needManifest(); err != nil {
				return err
			}
			reports, err := a.read(d, args)
			if err != nil {
				return err
			}
			return a.done(c.Context(), d, reports)
		},
	}
	f := c.Flags()
	f.StringVar(&d.id, "id", "", "identifier that the console made, or the address of its page")
	f.StringVar(&d.export, "export", "", "file that the console exported; compared property by property")
	f.StringVar(&d.by, "by", "", "who did it; kept as a claim")
	f.StringVar(&d.ticket, "ticket", "", "ticket of the work")
	f.StringVar(&d.order, "order", "", "id of the order, or at least its first 12 digits; without it the open one is meant")
	f.StringVar(&d.report, "report", "", "filled-in runbook.json or runbook.md, or a report file")
	f.StringVar(&d.out, "out", "", "write a report file there instead of the ledger")
	f.StringVar(&d.run.Status, "status", "", "of a job: how its run ended, in the words of Job History")
	f.StringVar(&d.run.Finished, "finished", "", "of a job: when its run ended, as 2026-11-23T02:14:00Z, or as '2026-11-23 02:14' in the job's time zone")
	f.StringVar(&d.run.Started, "started", "", "of a job: when its run began")
	f.StringVar((*string)(&d.run.Users), "users", "", "of a job: how many users its run read")
	f.StringVar((*string)(&d.run.Groups), "groups", "", "of a job: how many groups its run read")
	return c
}

// read takes the reports from the command line or from a file.
func (a *app) read(d doneFlags, args []string) ([]person.Report, error) {
	switch {
	case d.report == "" && len(args) != 1:
		return nil, usageError{errors.New("done reports one object, or a file"), "name KIND/NAME as the runbook does, or give --report FILE"}
	case d.report != "" && (len(args) > 0 || d.id+d.export+d.order != "" || !d.run.IsZero()):
		return nil, usageError{errors.New("--report brings its own objects, identifiers and runs"), "leave out KIND/NAME, --id, --export, --order and what is said of a run"}
	case d.report == "":
		if _, err := resource.ParseRef(args[0]); err != nil {
			return nil, usageError{err, "for example ProxySystem/NAME"}
		}
		return a.readOne(d, args[0])
	}
	data, err := os.ReadFile(d.report)
	if err != nil {
		return nil, usageError{fmt.Errorf("--report: %w", err), "name the runbook.json or runbook.md that was filled in"}
	}
	reports, err := person.Read(data)
	if err == nil && len(reports) == 0 {
		err = errors.New("no order in it is ticked as done")
	}
	if err != nil {
		return nil, usageError{fmt.Errorf("--report %s: %w", d.report, err), "tick Done at each finished order, and fill in its blanks"}
	}
	for i := range reports {
		r := &reports[i]
		if r.By == "" {
			r.By = d.by
		}
		if r.Ticket == "" {
			r.Ticket = d.ticket
		}
		if r.At.IsZero() {
			r.At = a.moment()
		}
	}
	return reports, nil
}

// readOne makes the report of one object from the flags, with the console's export.
func (a *app) readOne(d doneFlags, object string) ([]person.Report, error) {
	r := person.Report{Object: object, Order: d.order, ID: d.id, By: d.by, Ticket: d.ticket, At: a.moment(), Run: d.run}
	if d.export == "" {
		return []person.Report{r}, nil
	}
	export, err := report.ReadExport(d.export, a.Now())
	if err != nil {
		return nil, usageError{fmt.Errorf("--export: %w", err), "name the file that the console exported"}
	}
	r.Export = &export
	return []person.Report{r}, nil
}

func (a *app) moment() time.Time { return a.Now().UTC().Truncate(time.Second) }

// done takes reports into the ledger, or into a file where nobody may write it.
func (a *app) done(ctx context.Context, d doneFlags, reports []person.Report) error {
	if err := a.record(); err != nil {
		return err
	}
	j := &job{app: a, command: "done", lenient: true, looked: true}
	j.leave = func() { j.recorded(ctx) }
	if d.ticket != "" {
		j.ticket = d.ticket
	}
	j.verdict.result = view.Result{Command: "done"}
	if !j.pick() {
		return j.end()
	}
	j.kinds = (&wiring{app: a, integration: j.manifest}).reach().Kinds()
	by := report.Origin{Reporter: a.surroundings().Reporting()}
	by.Doubt = provenance.Apart(by.Reporter, a.surroundings().ChosenApprover())
	claims, err := j.desk().Understand(reports, by)
	if err != nil {
		j.complain(err)
		return j.end()
	}
	if d.out != "" || a.simulate == "" && a.ledger == "" && a.keyless(j.manifest) {
		j.complain(j.file(d.out, reports, claims))
		return j.end()
	}
	if j.landscape, err = a.openLandscape(ctx); err != nil {
		return j.withoutLandscape(err).end()
	}
	return j.begin(connect.LedgerOnly).within(ctx, a.limited, func(ctx context.Context) error { return j.report(ctx, claims) })
}

// complain ends the job: by a report that is refused, or by any other error.
func (j *job) complain(err error) {
	if refused, ok := errors.AsType[report.Refused](err); ok {
		j.verdict.refused = true
		j.verdict.result.Errors = append(j.verdict.result.Errors, refused...)
		return
	}
	if wrong, ok := errors.AsType[report.Misuse](err); ok {
		err = usageError{wrong.Cause, wrong.Remedy}
	}
	j.verdict.err = err
}

// file writes the reports into a file instead of the ledger.
func (j *job) file(out string, reports []person.Report, claims []reconcile.Said) error {
	path, err := j.desk().Write(out, reports, claims)
	if err == nil {
		j.verdict.result.Notes = append(j.verdict.result.Notes,
			"wrote "+path+": commit it beside the manifest; the next run checks it and only then counts it")
	}
	return err
}

// keyless reports whether whoever reports has no key of the destination service,
// which keeps the ledger.
func (a *app) keyless(in manifest.Integration) bool {
	c := in.Connections.DestinationService
	if c == nil {
		return false
	}
	_, err := secret.Outside{LookupEnv: a.LookupEnv}.Document(c.ServiceKey)
	return errors.Is(err, secret.ErrUnset)
}

// report takes reports into the ledger, all or none of them, and records what the
// calls showed that checked them.
func (j *job) report(ctx context.Context, claims []reconcile.Said) error {
	if faults := j.lookAtExports(ctx); len(faults) > 0 {
		j.invalid(faults)
		return nil
	}
	return j.locked(ctx, 0, func(ledger *reconcile.Ledger) error {
		j.seen = j.wiring.memory.Sightings()
		fresh := slices.DeleteFunc(slices.Clone(claims), func(c reconcile.Said) bool {
			known := ledger.Counted(c)
			if known {
				j.verdict.result.Notes = append(j.verdict.result.Notes, "the report of "+c.String()+" counts already, or a newer one does")
			}
			return known
		})
		h, err := j.count(ctx, ledger, fresh)
		if err != nil {
			return err
		}
		if len(h.Refused) > 0 {
			j.verdict.refused = true
			j.verdict.result.Errors = append(j.verdict.result.Errors, h.Refused...)
			return nil
		}
		j.tellHeard(h)
		if err := ledger.Save(ctx); err != nil {
			return err
		}
		j.recordHeard(ctx, h)
		return nil
	})
}

// recordHeard notes beside the ledger what the calls showed. The plan served to
// know the objects; done shows none.
func (j *job) recordHeard(ctx context.Context, h report.Heard) {
	if h.Plan == nil {
		return
	}
	j.verdict.result.Plan = h.Plan
	j.observe(ctx)
	j.verdict.result.Plan = nil
}
