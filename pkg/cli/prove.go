package cli

import (
	"context"

	"github.com/spf13/cobra"

	"reconcile/pkg/auditlog"
	"reconcile/pkg/connect"
	"reconcile/pkg/proof"
	"reconcile/pkg/reconcile"
)

func (a *app) verifyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "verify -f MANIFEST",
		Short: "Prove by real calls that the integration works",
		Long: "verify makes the calls that IAG itself would make, end to end, and says for each\n" +
			"failure which leg, why, and what to do. It changes nothing and starts no job;\n" +
			"what it saw is noted beside the ledger. Exit 1 when a proof fails.",
		Example: "  reconcile verify -f integration.yaml --full",
		Args:    noArguments,
		RunE:    a.onManifest(a.verify),
	}
	a.evidenceFlag(c)
	c.Flags().BoolVar(&a.full, "full", false, "walk through all users and groups and count them")
	c.Flags().StringVar(&a.changeLog, "changelog", "", "change log that the identity tenant's console exported (CSV): who changed what")
	return c
}

func (a *app) verify(ctx context.Context) error {
	changes, err := a.openChangeLog()
	if err != nil {
		return err
	}
	j := a.prepare(ctx, "verify", connect.LedgerOnly)
	return j.within(ctx, a.looking, func(ctx context.Context) error { return j.verifyWith(ctx, changes) })
}

// verifyWith makes the proofs, and says what a change log tells of the objects.
func (j *job) verifyWith(ctx context.Context, changes []auditlog.Change) error {
	// The plan serves to know identifiers; its differences are not what verify reports.
	defer func() {
		if r := &j.verdict.result; r.Plan != nil {
			r.Objects, r.Plan = r.Plan.Steps, nil
		}
	}()
	if err := j.make(ctx); err != nil || j.verdict.invalid {
		return err
	}
	j.verdict.result.Errors = append(j.verdict.result.Errors, j.proof().Missing()...)
	err := j.prove(ctx, j.full)
	j.proof().Listen(ctx)
	if j.changeLog != "" {
		j.proof().CompareLog(changes)
	}
	j.observe(ctx)
	j.weigh()
	return err
}

// proof weighs what the job knows now.
func (j *job) proof() proof.Look {
	l := proof.Look{Manifest: j.manifest, Desired: j.desired, Seen: j.seen, Result: &j.verdict.result, Now: j.Now}
	if w := j.wiring; w != nil {
		l.Session, l.Identity, l.Destination, l.AuditLog = w.session, w.identity, w.destination, w.auditLog
	}
	return l
}

// prove makes the consumer's calls with what is stored now.
func (j *job) prove(ctx context.Context, full bool) error {
	target, any := j.proof().Target(full, j.command == "verify")
	if !any {
		return nil
	}
	defer j.during("proving")()
	return j.proof().Prove(ctx, target)
}

// guard counts what a step would bring before it is done.
func (j *job) guard(ctx context.Context, s reconcile.Step) (map[string]int, error) {
	return j.proof().Guard(ctx, s)
}

// heldBack puts the steps that the guard held among the errors.
func (j *job) heldBack(plan *reconcile.Plan) { j.proof().HeldBack(plan) }

// withhold keeps orders whose numbers nobody counted yet out of every runbook.
func (j *job) withhold(plan *reconcile.Plan) { j.proof().Withhold(plan) }

// weigh warns of what was seen too long ago, and makes an error of each object that is
// known by less than was asked for.
func (j *job) weigh() {
	j.proof().Aged()
	if !j.verdict.invalid {
		j.proof().Require(j.requireEvidence)
	}
}
