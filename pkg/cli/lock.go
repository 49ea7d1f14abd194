package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// releaseTime is the most that giving the lock back may take at the end of a run.
const releaseTime = 15 * time.Second

// locked does work while this run is the only one that writes. The ledger that
// work gets was read under the lock.
func (j *job) locked(ctx context.Context, last int, work func(*reconcile.Ledger) error) error {
	m := j.wiring.memory()
	ctx, cancel := j.untilStopped(ctx)
	lock, ledger, err := reconcile.Acquire(ctx, reconcile.LockRequest{
		Store: m.locks, Open: m.open, Last: last, Holder: j.holder(), Timeout: j.lockTimeout, Tell: func(c reconcile.Claim) {
			j.tell("waiting for the lock, held by %s", c)
		},
	})
	cancel()
	if err != nil {
		return err
	}
	err = work(ledger)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	return errors.Join(err, lock.Release(end))
}

// untilStopped ends a wait with the first signal.
func (j *job) untilStopped(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-j.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
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
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.needManifest(); err != nil {
				return err
			}
			return a.unlock(c.Context())
		},
	}
}

func (a *app) unlock(ctx context.Context) error {
	j := a.prepare(ctx, "unlock", connect.LedgerOnly)
	if j.ready() {
		ctx, cancel := context.WithTimeout(ctx, a.timeout)
		defer cancel()
		claims, err := reconcile.Unlock(ctx, j.wiring.memory().locks)
		j.verdict.err = err
		for _, c := range claims {
			j.verdict.result.Notes = append(j.verdict.result.Notes, fmt.Sprintf("released lock %d of %s", c.Number, c))
		}
		if err == nil && len(claims) == 0 {
			j.verdict.result.Notes = []string{"nobody holds the lock"}
		}
	}
	return j.end()
}

// moved refuses steps that nobody approved, if there are any.
func (j *job) moved(steps []reconcile.Step, why string) {
	for _, s := range steps {
		j.verdict.refused = true
		j.verdict.result.Errors = append(j.verdict.result.Errors, resource.Fault{
			Severity: resource.Error, Code: "E208", Ref: &s.Ref, Position: s.Position,
			Message: fmt.Sprintf("%s: the plan would %s it, and %s", s.Ref, s.Action, why),
			Remedy:  "look at the plan as it is now, and approve that",
		})
	}
}
