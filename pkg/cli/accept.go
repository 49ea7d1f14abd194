package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// wording is what accept was asked to do.
type wording struct {
	until, ticket string
	end           bool
}

func (a *app) acceptCommand() *cobra.Command {
	var w wording
	c := &cobra.Command{
		Use:   "accept -f MANIFEST KIND/NAME (--until DATE --ticket TICKET | --end)",
		Short: "Leave a change by hand alone until a day",
		Long: "accept notes in the ledger that what somebody changed by hand on one object stays as it is\n" +
			"until a day. It holds for exactly the state that is there now and the manifest as it is now:\n" +
			"another change by hand is reported again, so is another wish in the manifest, and so is this\n" +
			"change when the day is over. What was accepted before goes on. --end takes all of it back.",
		Example: "  reconcile accept -f integration.yaml Destination/IPS_PROXY --until 2026-12-31 --ticket CHG0042\n" +
			"  reconcile accept -f integration.yaml Destination/IPS_PROXY --end",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.needManifest(); err != nil {
				return err
			}
			ref, err := resource.ParseRef(args[0])
			if err != nil {
				return usageError{err, "for example reconcile accept -f integration.yaml Destination/IPS_PROXY"}
			}
			if err := a.checkWording(w); err != nil {
				return err
			}
			return a.accept(c.Context(), ref, w)
		},
	}
	c.Flags().StringVar(&w.until, "until", "", "the last day on which the change is left alone, as 2026-12-31")
	c.Flags().StringVar(&w.ticket, "ticket", "", "where it was decided")
	c.Flags().BoolVar(&w.end, "end", false, "leave it alone no longer")
	c.Flags().DurationVar(&a.lockTimeout, "lock-timeout", defaultLockTimeout, "how long to wait while another run holds the lock")
	return c
}

// checkWording refuses an acceptance without a day to come or without a ticket.
func (a *app) checkWording(w wording) error {
	if w.end {
		if w.until != "" {
			return usageError{errors.New("--end and --until contradict each other"), "give one of them"}
		}
		return nil
	}
	if day, err := time.Parse(time.DateOnly, w.until); err != nil || day.Before(a.Now().AddDate(0, 0, -1)) {
		return usageError{fmt.Errorf("--until %q is no day to come", w.until), "write it as 2026-12-31"}
	}
	if strings.TrimSpace(w.ticket) == "" {
		return usageError{errors.New("--ticket is missing"), "say where this was decided: --ticket CHG0042"}
	}
	return nil
}

// accept plans under the lock and notes what is accepted. It writes to the ledger
// only.
func (a *app) accept(ctx context.Context, ref resource.Ref, w wording) error {
	j := a.prepare(ctx, "accept", connect.LedgerOnly)
	j.verdict.planned = true
	if faults := j.unknownRefs("", []resource.Ref{ref}, nil); j.ready() && len(faults) > 0 {
		j.invalid(faults)
	}
	return j.within(ctx, a.limited, func(ctx context.Context) error {
		defer func() { j.verdict.result.Plan = nil }()
		return j.locked(ctx, 0, func(ledger *reconcile.Ledger) error { return j.acceptOn(ctx, ledger, ref, w) })
	})
}

func (j *job) acceptOn(ctx context.Context, ledger *reconcile.Ledger, ref resource.Ref, w wording) error {
	if err := j.makeOn(ctx, ledger); err != nil || j.verdict.invalid {
		return err
	}
	plan := j.verdict.result.Plan
	if w.end {
		if paths := plan.EndAcceptance(ref); len(paths) > 0 {
			return j.accepts(ctx, ledger, fmt.Sprintf("%s: %s is left alone no longer", ref, strings.Join(paths, ", ")))
		}
		j.nothingToAccept(ref, "nothing on it is accepted")
		return nil
	}
	word := reconcile.Acceptance{Until: w.until, Ticket: strings.TrimSpace(w.ticket), By: j.author().Name, At: j.Now().UTC()}
	paths, refused := plan.Accept(ref, word)
	if refused != "" {
		j.nothingToAccept(ref, refused)
		return nil
	}
	return j.accepts(ctx, ledger, fmt.Sprintf("%s: %s stays as it is until %s (%s)", ref, strings.Join(paths, ", "), word.Until, word.Ticket))
}

func (j *job) accepts(ctx context.Context, ledger *reconcile.Ledger, note string) error {
	j.verdict.result.Notes = append(j.verdict.result.Notes, note)
	return ledger.Save(ctx)
}

func (j *job) nothingToAccept(ref resource.Ref, why string) {
	j.verdict.refused = true
	j.verdict.result.Errors = append(j.verdict.result.Errors, resource.Fault{
		Severity: resource.Error, Code: "E213", Ref: &ref, Message: fmt.Sprintf("%s: %s", ref, why),
		Remedy: "look at the plan: reconcile plan -f MANIFEST",
	})
}
