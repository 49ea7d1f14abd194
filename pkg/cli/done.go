package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/manifest"
	"reconcile/pkg/person"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
	"reconcile/pkg/view"
)

// doneFlags are what a report says on the command line.
type doneFlags struct{ id, export, by, ticket, order, report, out string }

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
			"Exit 5 when a report is refused, 1 when a call disproves it.",
		Example: "  reconcile done -f integration.yaml 'ProxySystem/IAS for IAG' --id 5d1c0f2a-7c1e-4b57-9a55-2f6b1f0f3c6d\n" +
			"  reconcile done -f integration.yaml --report workorders/runbook.md --by anna",
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
	return c
}

// read takes the reports from the command line or from a file.
func (a *app) read(d doneFlags, args []string) ([]person.Report, error) {
	switch {
	case d.report == "" && len(args) != 1:
		return nil, usageError{errors.New("done reports one object, or a file"), "name KIND/NAME as the runbook does, or give --report FILE"}
	case d.report != "" && (len(args) > 0 || d.id+d.export+d.order != ""):
		return nil, usageError{errors.New("--report brings its own objects and identifiers"), "leave out KIND/NAME, --id, --export and --order"}
	case d.report == "":
		if _, err := resource.ParseRef(args[0]); err != nil {
			return nil, usageError{err, "for example ProxySystem/NAME"}
		}
		return []person.Report{{Object: args[0], Order: d.order, ID: d.id, By: d.by, Ticket: d.ticket, At: a.moment()}}, nil
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

func (a *app) moment() time.Time { return a.Now().UTC().Truncate(time.Second) }

// done takes reports into the ledger, or into a file where nobody may write it.
func (a *app) done(ctx context.Context, d doneFlags, reports []person.Report) error {
	j := &job{app: a, command: "done", lenient: true, looked: true}
	j.verdict.result = view.Result{Command: "done"}
	loaded, faults := a.load()
	errs, warnings := split(faults)
	j.verdict.result.Warnings = warnings
	in, fault := manifest.Integration{}, (*resource.Fault)(nil)
	if len(errs) == 0 {
		in, fault = a.choose(loaded)
	}
	if fault != nil {
		errs = append(errs, *fault)
	}
	if len(errs) > 0 {
		return j.invalid(errs).end()
	}
	j.about(in)
	if d.out != "" || a.simulate == "" && a.ledger == "" && a.keyless(in) {
		j.verdict.err = j.file(d, reports)
		return j.end()
	}
	var err error
	if j.landscape, err = a.openLandscape(ctx); err != nil {
		return j.withoutLandscape(err).end()
	}
	if j.begin(connect.LedgerOnly); j.ready() {
		ctx, cancel := a.limited(ctx)
		defer cancel()
		j.verdict.err = j.report(ctx, d, reports)
	}
	return j.end()
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

// report takes reports into the ledger, all or none of them.
func (j *job) report(ctx context.Context, d doneFlags, reports []person.Report) error {
	claims, err := j.understand(reports)
	if err == nil {
		err = j.attach(d, claims)
	}
	if err != nil {
		return usageError{err, "give what the console shows"}
	}
	return j.locked(ctx, 0, func(ledger *reconcile.Ledger) error {
		fresh := slices.DeleteFunc(slices.Clone(claims), func(c reconcile.Said) bool {
			known := ledger.Counted(c)
			if known {
				j.verdict.result.Notes = append(j.verdict.result.Notes, "the report of "+c.String()+" counts already")
			}
			return known
		})
		h, err := j.count(ctx, ledger, fresh)
		if err != nil {
			return err
		}
		if len(h.refused) > 0 {
			j.verdict.refused = true
			j.verdict.result.Errors = append(j.verdict.result.Errors, h.refused...)
			return nil
		}
		j.tellHeard(h)
		return ledger.Save(ctx)
	})
}

// attach reads the console's export into the report of one object.
func (j *job) attach(d doneFlags, claims []reconcile.Said) error {
	if d.export == "" {
		return nil
	}
	data, err := os.ReadFile(d.export)
	if err != nil {
		return fmt.Errorf("--export: %w", err)
	}
	for _, k := range j.kinds {
		if k.Name() != claims[0].Kind {
			continue
		}
		object, err := k.Export(data)
		if err != nil {
			return fmt.Errorf("--export %s: %w", d.export, err)
		}
		claims[0].Export = &object
	}
	return nil
}

// file writes a report file.
func (j *job) file(d doneFlags, reports []person.Report) error {
	for _, r := range reports {
		if !slices.ContainsFunc(j.manifest.Objects, func(o manifest.Object) bool { return o.Ref.String() == r.Object }) {
			return usageError{fmt.Errorf("the manifest holds no %s", r.Object), "write KIND/NAME exactly as in the runbook"}
		}
		if r.By == "" && j.manifest.Policy.FourEyes {
			return usageError{errors.New("policy.fourEyes wants to know who did it"), "name them with --by"}
		}
	}
	if _, err := j.understand(reports); err != nil {
		return usageError{err, "give what the console shows"}
	}
	if d.export != "" {
		return usageError{errors.New("--export is compared with the ledger, and its key is not at hand"), "report with --id now, and let somebody with the key add the export"}
	}
	data, err := person.NewFile(j.manifest.ID(), reports).Encode()
	if err != nil {
		return err
	}
	path := d.out
	if path == "" {
		path = filepath.Join(j.reportFolder(), reports[0].At.Format("20060102T150405Z-")+slug(reports[0].Object)+".yaml")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = file.Write(data)
	j.verdict.result.Notes = append(j.verdict.result.Notes,
		"wrote "+path+": commit it beside the manifest; the next run checks it and only then counts it")
	return errors.Join(err, file.Close())
}

// slug makes a part of a file name of an object.
func slug(object string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		default:
			return '-'
		}
	}, object), "-")
}
