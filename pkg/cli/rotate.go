package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/ias"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

func (a *app) rotateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rotate -f MANIFEST SystemUser/NAME",
		Short: "Tell where the rotation of a system user's secret stands, and what comes next",
		Long: "rotate reads manifest, ledger and live objects, makes the proofs, and says which of the two\n" +
			"slots for secrets are used, who holds which secret, and the next step. It changes nothing.\n" +
			"That the old secret may be deleted is said only after the new one is everywhere, was proved,\n" +
			"consumers had time to read it, and a sync went well. Exit 0: a new rotation can begin, or the\n" +
			"old secret may go; 2: reconcile has something to change; 7: a person or time is needed;\n" +
			"1: a call with the new secret fails.",
		Example: "  reconcile rotate -f integration.yaml 'SystemUser/IAG caller'",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.needManifest(); err != nil {
				return err
			}
			if len(args) == 0 {
				return usageError{errors.New("no system user given"), "name one, for example reconcile rotate -f integration.yaml 'SystemUser/IAG caller'"}
			}
			ref, err := resource.ParseRef(args[0])
			if err != nil || ref.Kind != ias.Kind {
				return usageError{fmt.Errorf("%q is not SystemUser/NAME", args[0]), "secrets of other kinds have no slots"}
			}
			return a.rotate(c.Context(), ref)
		},
	}
}

func (a *app) rotate(ctx context.Context, user resource.Ref) error {
	if err := a.checkPaper("rotate"); err != nil {
		return err
	}
	j := a.prepare(ctx, "rotate", connect.LedgerOnly)
	if !j.ready() {
		return j.end()
	}
	index := slices.IndexFunc(j.desired, func(o reconcile.Desired) bool { return o.Ref == user })
	if index < 0 {
		return usageError{fmt.Errorf("%s: the manifest holds no such object", user), "write it exactly as in the plan"}
	}
	limited, cancel := a.looking(ctx)
	defer cancel()
	r, err := j.rotation(limited, j.desired[index])
	if j.verdict.err = err; err != nil || j.verdict.invalid {
		return j.end()
	}
	j.settle()
	if j.landscape != nil {
		_ = j.landscape.close()
	}
	phase, next := r.Stage()
	a.exit = rotationCode(phase, r)
	return a.showRotation(view.Rotation{
		Integration: j.manifest.Name, Stage: j.manifest.Stage, Ref: user, Phase: string(phase), Full: r.Full(), Labels: r.Labels(), Carriers: r.Carriers, Login: r.Login,
		Failure: r.Failure, Next: next, ExitCode: a.exit, Warnings: j.verdict.result.Warnings,
	})
}

// rotationCode is the exit code of a phase.
func rotationCode(phase ias.RotationStage, r ias.Rotation) int {
	switch {
	case phase == ias.RotationSwitching:
		return exitDifferences
	case phase == ias.RotationUnproved && r.Failure != "":
		return exitFailed
	case phase == ias.RotationFree, phase == ias.RotationDone:
		return exitDone
	default:
		return exitWaiting
	}
}

// rotation gathers what is known about a user's secrets.
func (j *job) rotation(ctx context.Context, user reconcile.Desired) (ias.Rotation, error) {
	r := ias.Rotation{Now: j.Now()}
	spec, ok := user.Spec.(ias.Spec)
	if !ok {
		return r, fmt.Errorf("%s has no secrets", user.Ref)
	}
	r.Secrets = spec.Secrets
	if err := j.make(ctx); err != nil || j.verdict.invalid {
		return r, err
	}
	if err := j.prove(ctx, false); err != nil {
		return r, err
	}
	return j.proof().Rotation(ctx, user.Ref, r)
}

func (a *app) showRotation(r view.Rotation) error {
	sinks, err := a.sinks()
	for _, s := range sinks {
		err = errors.Join(err, a.into(s, func(w io.Writer, style view.Style) error {
			if s.format == "json" {
				return view.RotationJSON(w, r)
			}
			return view.RotationText(w, r, style)
		}))
	}
	if err != nil {
		return lateError{err}
	}
	return nil
}
