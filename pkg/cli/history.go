package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

func (a *app) historyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "history [N] --records DIR",
		Short: "Tell what the recorded runs did, and whether a record is missing or was edited",
		Long: "history reads the records that runs left with --records: one line for each run, or record N\n" +
			"whole, with what was there before it. Every record names the digest of the one before it;\n" +
			"with -f the last one is compared with what the ledger keeps, and runs that left none are named\n" +
			"by their numbers in the ledger, which the list shows behind those of the records.\n" +
			"Exit 1 when a record is missing or was edited, or a run left none.",
		Example: "  reconcile history --records runs\n  reconcile history --records runs -f integration.yaml\n  reconcile history 12 --records runs -o json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			number := 0
			if len(args) == 1 {
				var err error
				if number, err = strconv.Atoi(args[0]); err != nil || number < 1 {
					return usageError{fmt.Errorf("%q is not the number of a record", args[0]), "for example reconcile history 12 --records DIR"}
				}
			}
			return a.history(c.Context(), number)
		},
	}
}

func (a *app) history(ctx context.Context, number int) error {
	if err := a.checkHistory(); err != nil {
		return err
	}
	who, accounts, j := reconcile.Identity{}, map[reconcile.Identity]*reconcile.Account{}, (*job)(nil)
	if len(a.files) > 0 {
		if j = a.askLedger(ctx, accounts); !j.ready() {
			return j.end()
		}
		who = j.who()
	}
	records, damaged := reconcile.ReadRecords(a.records, who)
	records = a.onlyIntegration(records)
	h := view.History{Records: records, Ledger: j != nil, Errors: check(records, accounts)}
	if damaged != nil {
		h.Errors = append(h.Errors, resource.Fault{Severity: resource.Error, Code: "E230", Message: damaged.Error(), Remedy: "restore the file from where the records are backed up"})
	}
	if len(h.Errors) > 0 {
		h.ExitCode = exitFailed
	}
	if number > 0 {
		h.One = true
		h.Records = slices.DeleteFunc(records, func(r reconcile.StoredRecord) bool { return r.Number != number })
		if len(h.Records) != 1 {
			return usageError{fmt.Errorf("%d records have the number %d", len(h.Records), number), "name one integration with --integration, and see reconcile history --records DIR"}
		}
	}
	a.exit = h.ExitCode
	return a.showHistory(h)
}

// checkHistory refuses what history cannot do.
func (a *app) checkHistory() error {
	if a.records == "" {
		return usageError{errors.New("no folder of records given"), "name the one that runs were recorded in: --records DIR"}
	}
	if info, err := os.Stat(a.records); err != nil || !info.IsDir() {
		return usageError{fmt.Errorf("--records %s is no folder", a.records), "name the folder that runs were recorded in"}
	}
	return a.checkPaper("history")
}

// askLedger reads what the ledger knows of runs and of the last record.
func (a *app) askLedger(ctx context.Context, accounts map[reconcile.Identity]*reconcile.Account) *job {
	j := a.prepare(ctx, "history", connect.ReadOnly)
	if !j.ready() {
		return j
	}
	ctx, cancel := a.looking(ctx)
	defer cancel()
	ledger, err := j.wiring.memory.Open(ctx)
	if err != nil {
		j.verdict.err = err
		return j
	}
	head, err := j.wiring.memory.Head()
	if j.verdict.err = err; err == nil {
		accounts[j.who()] = ledger.Account(head)
	}
	if j.landscape != nil {
		_ = j.landscape.close()
	}
	return j
}

func (a *app) onlyIntegration(records []reconcile.StoredRecord) []reconcile.StoredRecord {
	return slices.DeleteFunc(records, func(r reconcile.StoredRecord) bool {
		return a.integration != "" && r.Integration != a.integration && r.Who().String() != a.integration
	})
}

// check looks at the chain of each integration. One that the ledger knows is looked
// at even when no record of it is left.
func check(records []reconcile.StoredRecord, accounts map[reconcile.Identity]*reconcile.Account) []resource.Fault {
	all := slices.Collect(maps.Keys(accounts))
	for _, r := range records {
		all = append(all, r.Who())
	}
	slices.SortFunc(all, func(a, b reconcile.Identity) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Stage, b.Stage))
	})
	var faults []resource.Fault
	for _, who := range slices.Compact(all) {
		of := slices.DeleteFunc(slices.Clone(records), func(r reconcile.StoredRecord) bool { return r.Who() != who })
		faults = append(faults, reconcile.CheckChain(of, accounts[who])...)
	}
	return faults
}

// showHistory writes to every sink.
func (a *app) showHistory(h view.History) error {
	sinks, err := a.sinks()
	for _, s := range sinks {
		err = errors.Join(err, a.into(s, func(w io.Writer, style view.Style) error {
			if s.format == "json" {
				return view.HistoryJSON(w, h)
			}
			return view.HistoryText(w, h, style)
		}))
	}
	if err != nil {
		return lateError{err}
	}
	return nil
}

// into opens the sink for one result.
func (a *app) into(s sink, write func(io.Writer, view.Style) error) error {
	if s.file == "" {
		return write(a.Out, a.style(a.OutTTY))
	}
	file, err := os.Create(s.file)
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return errors.Join(write(file, view.Style{}), file.Close())
}
