package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"reconcile/pkg/approval"
	"reconcile/pkg/connect"
	"reconcile/pkg/custody"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// save writes the plan of the job to a file that nobody else may read or write. A
// plan that is refused cannot be approved, so there is none.
func (j *job) save(file string) error {
	plan := j.verdict.result.Plan
	if j.held() {
		j.verdict.result.Notes = append(j.verdict.result.Notes, file+" was not written: a plan that is refused cannot be approved")
		return nil
	}
	text, err := j.manifest.Document()
	if err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	var shown bytes.Buffer
	result := j.verdict.result
	result.Complete, result.ExitCode = true, exitDifferences
	if err := view.JSON(&shown, []view.Result{result}); err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	saved := approval.Plan{
		Digest: plan.Digest, ManifestDigest: j.manifest.Digest, Tenant: j.wiring.tenant,
		Created: j.Now().UTC(), By: j.holder(), Version: version(), Integration: j.manifest.Name, Stage: j.manifest.Stage,
		Approved: plan.Digests(), Flags: approval.Flags{
			Prune: j.prune, Adopt: j.adopt, MaxDeletes: j.maxDeletes, MaxDeleteShare: j.maxDeleteShare,
			Only: j.only, OverwriteLive: j.overwriteLive, Ledger: j.ledger, NewLedger: j.newLedger,
		},
		Again: j.planCommandLine(file), Plan: shown.Bytes(), Manifest: text,
	}
	data, err := json.MarshalIndent(saved.Sealed(), "", "  ")
	if err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	if err := reconcile.ReplaceFile(file, append(data, '\n')); err != nil {
		return lateError{fmt.Errorf("save the plan: %w", err)}
	}
	j.verdict.result.Saved = file
	return nil
}

func (a *app) applyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "apply PLAN",
		Short: "Apply a plan that was saved and approved, and nothing beyond it",
		Long: "apply reads a plan that reconcile plan --out saved, plans again with the manifest in it, and\n" +
			"goes on exactly when every step is among the approved ones; otherwise it exits 5 and shows\n" +
			"what moved. An interrupted apply can be run again with the same file. Paths of the manifest\n" +
			"are relative to the folder in which the plan was made.",
		Example: "  reconcile plan -f integration.yaml --out plan.json\n  reconcile apply plan.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.applySaved(c.Context(), args[0])
		},
	}
	a.applyFlags(c)
	return c
}

// applySaved applies a saved plan.
func (a *app) applySaved(ctx context.Context, file string) error {
	if len(a.files)+len(a.values)+len(a.set)+len(a.only) > 0 {
		return usageError{fmt.Errorf("apply takes everything from the plan"), "leave -f, --values, --set and --only out"}
	}
	saved, err := readSaved(file)
	if err != nil {
		return err
	}
	if err := a.record(); err != nil {
		return err
	}
	a.files, a.In, a.yes = []string{"-"}, bytes.NewReader(saved.Manifest), true
	a.prune, a.adopt, a.only = saved.Flags.Prune, saved.Flags.Adopt, saved.Flags.Only
	a.maxDeletes, a.maxDeleteShare = saved.Flags.MaxDeletes, saved.Flags.MaxDeleteShare
	a.overwriteLive = saved.Flags.OverwriteLive
	other := a.bindLedger(saved.Flags)
	j := a.prepare(ctx, "apply", connect.Write)
	j.approved, j.shown, j.again = append([]string{}, saved.Approved...), saved.Steps(), saved.Again
	j.verdict.result.Warnings = append(j.verdict.result.Warnings, custody.Private("plan file", file)...)
	if j.ready() && (j.wiring.tenant != saved.Tenant || saved.Edited() || other) {
		j.verdict.refused = true
		j.verdict.result.Errors = append(j.verdict.result.Errors, mismatch(file, saved, j))
		return j.end()
	}
	return j.within(ctx, a.limited, j.apply)
}

// mismatch says why a saved plan is not for this run.
func mismatch(file string, saved approval.Plan, j *job) resource.Fault {
	f := resource.Fault{Severity: resource.Error, Code: "E209", Remedy: "plan again, and have that approved"}
	f.Message = fmt.Sprintf("%s is for subaccount %q, and the service key belongs to %q", file, saved.Tenant, j.wiring.tenant)
	switch {
	case j.wiring.tenant != saved.Tenant:
	case saved.Edited():
		f.Message = file + " was edited since it was saved"
	default:
		f.Message = fmt.Sprintf("%s was made on %s, and --ledger names another ledger", file, cmp.Or(saved.Flags.Ledger, "the ledger beside the destinations"))
	}
	return f
}

// readSaved reads a saved plan.
func readSaved(file string) (approval.Plan, error) {
	data, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		return approval.Plan{}, usageError{fmt.Errorf("plan: %w", err), "make one: reconcile plan -f integration.yaml --out plan.json"}
	}
	saved, err := approval.Read(data)
	switch {
	case errors.Is(err, approval.ErrNewer):
		err = usageError{fmt.Errorf("%s was %w", file, err), "update reconcile, or plan again"}
	case err != nil:
		err = usageError{fmt.Errorf("%s is %w", file, err), "make one: reconcile plan -f integration.yaml --out plan.json"}
	}
	return saved, err
}

// unsavable lists what keeps the manifest from being embedded in a saved plan.
func (j *job) unsavable() []resource.Fault { return custody.Literals(j.manifest) }
