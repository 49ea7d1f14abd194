package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/view"
)

func (a *app) planCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "plan -f MANIFEST",
		Short:   "Show what would change; writes nothing",
		Long:    "plan shows what would change and writes nothing: its connections refuse every write.\nExit 2 when something would change, 0 when not.",
		Example: "  reconcile plan -f integration.yaml --values prod.yaml -o json",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.needManifest(); err != nil {
				return err
			}
			return a.plan(c.Context(), "plan")
		},
	}
	a.planFlags(c)
	return c
}

// needManifest refuses a command without -f.
func (a *app) needManifest() error {
	if len(a.files) == 0 {
		return usageError{errors.New("no manifest given"), "name one with -f integration.yaml"}
	}
	return nil
}

// plan shows what would change. Its session cannot write.
func (a *app) plan(ctx context.Context, command string) error {
	j := a.prepare(command, connect.ReadOnly)
	j.verdict.planned, j.verdict.result.DryRun = true, true
	if j.ready() {
		ctx, cancel := context.WithTimeout(ctx, a.timeout)
		defer cancel()
		j.verdict.err = j.make(ctx)
	}
	return j.end()
}

// make reads the ledger and the live objects and puts the plan into the result.
func (j *job) make(ctx context.Context) error {
	only, err := j.onlyRefs()
	if err != nil {
		return err
	}
	ledger, err := j.wiring.openLedger(ctx)
	if err != nil {
		return err
	}
	plan, err := reconcile.Make(ctx, reconcile.Request{
		ID: j.manifest.ID(), Tenant: j.wiring.tenant, Kinds: j.used(ledger), Objects: j.desired, Ledger: ledger,
		Policy: j.policy(), Only: only, Now: j.Now,
	})
	if err == nil {
		j.verdict.result.Plan = &plan
	}
	return err
}

func (j *job) policy() reconcile.Policy {
	return reconcile.Policy{
		Prune: j.prune, Adopt: j.adopt, MaxDeletes: j.maxDeletes, MaxDeleteShare: j.maxDeleteShare,
		LiveChanges: reconcile.LiveChanges(j.manifest.Policy.LiveChanges),
	}
}

// converge plans, asks where somebody can answer, applies, and proves.
func (a *app) converge(ctx context.Context) error {
	j := a.prepare("converge", connect.Write)
	if j.ready() {
		ctx, cancel := context.WithTimeout(ctx, a.timeout)
		defer cancel()
		j.verdict.err = j.apply(ctx)
	}
	return j.end()
}

func (j *job) apply(ctx context.Context) error {
	if err := j.make(ctx); err != nil {
		return err
	}
	plan := j.verdict.result.Plan
	switch {
	case len(plan.Refused) > 0:
		return nil
	case !plan.Empty():
		if !j.agreed() {
			j.verdict.refused = true
			return nil
		}
		err := reconcile.Apply(ctx, plan, reconcile.Options{
			Parallelism: j.parallelism, WaitJobs: j.waitJobs, Stop: j.stop, Tell: j.progress(),
		})
		if err != nil {
			return err
		}
	}
	if j.signal.get() != nil {
		return nil
	}
	return j.prove(ctx, false)
}

func (j *job) progress() func(reconcile.Event) {
	if j.quiet {
		return nil
	}
	return view.Progress(j.Err, j.style(j.ErrTTY), j.ErrTTY)
}

// agreed asks on a terminal. Without one, or with -y, the plan is agreed.
func (j *job) agreed() bool {
	if j.yes || !j.InTTY || !j.ErrTTY {
		return true
	}
	shown := j.verdict.result
	shown.DryRun = true
	_ = view.Text(j.Err, []view.Result{shown}, j.style(true))
	_, _ = fmt.Fprint(j.Err, "Apply this plan? [y/N] ")
	answer, err := bufio.NewReader(j.In).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}
