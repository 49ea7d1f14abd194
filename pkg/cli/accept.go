package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

func (a *app) acceptCommand() *cobra.Command {
	var until, ticket string
	c := &cobra.Command{
		Use:   "accept -f MANIFEST KIND/NAME --until DATE --ticket TICKET",
		Short: "Leave a change by hand alone until a day",
		Long: "accept notes in the ledger that what somebody changed by hand on one object stays as it is\n" +
			"until a day. It holds for exactly the state that is there now: another change by hand is\n" +
			"reported again, and so is this one when the day is over.",
		Example: "  reconcile accept -f integration.yaml Destination/IPS_PROXY --until 2026-12-31 --ticket CHG0042",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.needManifest(); err != nil {
				return err
			}
			ref, err := resource.ParseRef(args[0])
			if err != nil {
				return usageError{err, "for example reconcile accept -f integration.yaml Destination/IPS_PROXY"}
			}
			if day, err := time.Parse(time.DateOnly, until); err != nil || day.Before(a.Now().AddDate(0, 0, -1)) {
				return usageError{fmt.Errorf("--until %q is no day to come", until), "write it as 2026-12-31"}
			}
			if ticket == "" {
				return usageError{fmt.Errorf("--ticket is missing"), "say where this was decided: --ticket CHG0042"}
			}
			return a.accept(c.Context(), ref, reconcile.Acceptance{Until: until, Ticket: ticket, By: a.holder(), At: a.Now().UTC()})
		},
	}
	c.Flags().StringVar(&until, "until", "", "the last day on which the change is left alone, as 2026-12-31")
	c.Flags().StringVar(&ticket, "ticket", "", "where it was decided")
	c.Flags().DurationVar(&a.lockTimeout, "lock-timeout", defaultLockTimeout, "how long to wait while another run holds the lock")
	return c
}

// accept plans under the lock and notes what is accepted. It writes to the ledger
// only.
func (a *app) accept(ctx context.Context, ref resource.Ref, word reconcile.Acceptance) error {
	j := a.prepare(ctx, "accept", connect.LedgerOnly)
	j.verdict.planned = true
	if j.ready() {
		ctx, cancel := a.limited(ctx)
		defer cancel()
		j.verdict.err = j.locked(ctx, 0, func(ledger *reconcile.Ledger) error { return j.acceptOn(ctx, ledger, ref, word) })
	}
	j.verdict.result.Plan = nil
	return j.end()
}

func (j *job) acceptOn(ctx context.Context, ledger *reconcile.Ledger, ref resource.Ref, word reconcile.Acceptance) error {
	if err := j.makeOn(ctx, ledger); err != nil || j.verdict.invalid {
		return err
	}
	paths := j.verdict.result.Plan.Accept(ref, word)
	if len(paths) == 0 {
		j.verdict.refused = true
		j.verdict.result.Errors = append(j.verdict.result.Errors, resource.Fault{
			Severity: resource.Error, Code: "E213", Ref: &ref, Message: fmt.Sprintf("%s: nothing on it was changed by hand", ref),
			Remedy: "look at the plan: reconcile plan -f MANIFEST",
		})
		return nil
	}
	j.verdict.result.Notes = append(j.verdict.result.Notes, fmt.Sprintf("%s: %s stays as it is until %s (%s)", ref, strings.Join(paths, ", "), word.Until, word.Ticket))
	return ledger.Save(ctx)
}
