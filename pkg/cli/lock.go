package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// locked does work while this run is the only one that writes. The ledger that
// work gets was read under the lock.
func (j *job) locked(ctx context.Context, last int, work func(*reconcile.Ledger) error) error {
	wait, cancel := j.untilStopped(ctx)
	lock, ledger, err := j.wiring.memory.Acquire(wait, reconcile.LockRequest{
		Last: last, Holder: j.holder(), Timeout: j.lockTimeout,
		Tell: func(c reconcile.Claim) { j.tell("waiting for the lock, held by %s", c) },
	})
	cancel()
	if err != nil {
		return err
	}
	mine := !ledger.Stored()
	err = work(ledger)
	j.tellBegun(ledger, mine)
	j.giveBack(lock.Release(ctx))
	return err
}

// leaveMark makes sure that the loss of a ledger that this run wrote would show. Where
// that fails the run did its work all the same, and the next one that writes tries again.
func (j *job) leaveMark(ctx context.Context) {
	if err := j.wiring.memory.LeaveMark(ctx); err != nil {
		j.tell("beside the ledger nothing could be noted, so its loss would not show: %s", err)
	}
}

// giveBack warns of a lock that stands: the run did its work all the same.
func (j *job) giveBack(err error) {
	if err == nil {
		return
	}
	j.verdict.result.Warnings = append(j.verdict.result.Warnings, resource.Fault{
		Severity: resource.Warning, Code: "W220", Message: err.Error(),
		Remedy: "the next run waits at most until then; to have it at once: reconcile unlock",
	})
}

// untilStopped ends a wait with the first signal.
func (a *app) untilStopped(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-a.stop:
			cancel(errSignal)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

func (a *app) unlockCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "unlock -f MANIFEST",
		Short: "Release the lock of a run that died",
		Long: "unlock releases the lock of an integration and says whose it was. A lock whose holder\n" +
			"died expires by itself within a minute; unlock is for those who know that it is dead and\n" +
			"do not want to wait. A holder that lives notices before its next write, and stops.",
		Example: "  reconcile unlock -f integration.yaml",
		Args:    noArguments,
		RunE:    a.onManifest(a.unlock),
	}
}

func (a *app) unlock(ctx context.Context) error {
	j := a.prepare(ctx, "unlock", connect.LedgerOnly)
	return j.within(ctx, a.limited, func(ctx context.Context) error {
		claims, err := j.wiring.memory.Unlock(ctx)
		for _, c := range claims {
			j.verdict.result.Notes = append(j.verdict.result.Notes, released(c))
		}
		if err == nil && len(claims) == 0 {
			j.verdict.result.Notes = []string{"nobody holds the lock"}
		}
		return err
	})
}

// released words a claim that was removed.
func released(c reconcile.Claim) string {
	if c.Strange != "" {
		return fmt.Sprintf("released lock %d, which this version does not know: %s", c.Number, c.Strange)
	}
	return fmt.Sprintf("released lock %d of %s", c.Number, c)
}
