package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/custody"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// savedFormat is the version of saved plans.
const savedFormat = 1

// savedPlan is a plan that was approved, or shall be. It holds no secret: the
// manifest in it has references, and the plan prints none.
type savedPlan struct {
	FormatVersion int    `json:"formatVersion"`
	Kind          string `json:"kind"`
	// Seal covers all else in the file, so that an edited one is not taken for the
	// one that was saved.
	Seal string `json:"seal"`
	// Digest is that of the plan, ManifestDigest that of the manifest, and Tenant
	// the subaccount that was read.
	Digest         string    `json:"digest"`
	ManifestDigest string    `json:"manifestDigest"`
	Tenant         string    `json:"tenant"`
	Created        time.Time `json:"created"`
	By             string    `json:"by"`
	Version        string    `json:"version"`
	Integration    string    `json:"integration"`
	Stage          string    `json:"stage"`
	// Approved are the digests of the steps, which apply will not go beyond.
	Approved []string   `json:"approved"`
	Flags    savedFlags `json:"flags"`
	// Again is the command that makes the plan anew.
	Again    string          `json:"again,omitempty"`
	Plan     json.RawMessage `json:"plan"`
	Manifest json.RawMessage `json:"manifest"`

	// text is the file as it was read, nil for a plan that was just made.
	text []byte
}

// savedFlags are the flags that decide what a plan holds.
type savedFlags struct {
	Prune          bool     `json:"prune"`
	Adopt          bool     `json:"adopt"`
	MaxDeletes     int      `json:"maxDeletes"`
	MaxDeleteShare float64  `json:"maxDeleteShare"`
	Only           []string `json:"only,omitempty"`
	OverwriteLive  []string `json:"overwriteLive,omitempty"`
	// Ledger is where the ledger was read, NewLedger that it was lost.
	Ledger    string `json:"ledger,omitempty"`
	NewLedger bool   `json:"newLedger,omitempty"`
}

const savedKind = "SavedPlan"

// seal is the digest of all that the file holds but the seal itself.
func (s savedPlan) seal() string {
	text := s.text
	if text == nil {
		text, _ = json.Marshal(s)
	}
	all := map[string]json.RawMessage{}
	_ = json.Unmarshal(text, &all)
	delete(all, "seal")
	// Maps are written in the order of their keys, without blanks.
	canonical, _ := json.Marshal(all)
	sum := sha256.Sum256(canonical)
	return "sha256:" + hex.EncodeToString(sum[:])
}

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
	saved := savedPlan{
		FormatVersion: savedFormat, Kind: savedKind, Digest: plan.Digest, ManifestDigest: j.manifest.Digest, Tenant: j.wiring.tenant,
		Created: j.Now().UTC(), By: j.holder(), Version: version(), Integration: j.manifest.Name, Stage: j.manifest.Stage,
		Approved: plan.Digests(), Flags: savedFlags{j.prune, j.adopt, j.maxDeletes, j.maxDeleteShare, j.only, j.overwriteLive, j.ledger, j.newLedger},
		Again: j.planCommandLine(file), Plan: shown.Bytes(), Manifest: text,
	}
	saved.Seal = saved.seal()
	data, err := json.MarshalIndent(saved, "", "  ")
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
	j.approved, j.shown, j.again = append([]string{}, saved.Approved...), shownSteps(saved.Plan), saved.Again
	j.verdict.result.Warnings = append(j.verdict.result.Warnings, custody.Private("plan file", file)...)
	if j.ready() && (j.wiring.tenant != saved.Tenant || saved.Seal != saved.seal() || other) {
		j.verdict.refused = true
		j.verdict.result.Errors = append(j.verdict.result.Errors, mismatch(file, saved, j))
		return j.end()
	}
	return a.carry(ctx, j)
}

// mismatch says why a saved plan is not for this run.
func mismatch(file string, saved savedPlan, j *job) resource.Fault {
	f := resource.Fault{Severity: resource.Error, Code: "E209", Remedy: "plan again, and have that approved"}
	f.Message = fmt.Sprintf("%s is for subaccount %q, and the service key belongs to %q", file, saved.Tenant, j.wiring.tenant)
	switch {
	case j.wiring.tenant != saved.Tenant:
	case saved.Seal != saved.seal():
		f.Message = file + " was edited since it was saved"
	default:
		f.Message = fmt.Sprintf("%s was made on %s, and --ledger names another ledger", file, cmp.Or(saved.Flags.Ledger, "the ledger beside the destinations"))
	}
	return f
}

// readSaved reads a saved plan.
func readSaved(file string) (savedPlan, error) {
	var saved savedPlan
	data, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		return saved, usageError{fmt.Errorf("plan: %w", err), "make one: reconcile plan -f integration.yaml --out plan.json"}
	}
	switch err := decodeOnce(data, &saved); {
	case err != nil || saved.Kind != savedKind:
		return saved, usageError{fmt.Errorf("%s is not a saved plan", file), "make one: reconcile plan -f integration.yaml --out plan.json"}
	case saved.FormatVersion > savedFormat:
		return saved, usageError{fmt.Errorf("%s was saved by a newer version (format %d, this one knows %d)", file, saved.FormatVersion, savedFormat), "update reconcile, or plan again"}
	}
	saved.text = data
	return saved, nil
}

// decodeOnce decodes an object of which a member may be given twice: then the last one
// counts alone, as it does for the seal, and nothing of the first stays beside it.
func decodeOnce(data []byte, into any) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	once, err := json.Marshal(members)
	if err != nil {
		return err
	}
	return json.Unmarshal(once, into)
}

// unsavable lists what keeps the manifest from being embedded in a saved plan.
func (j *job) unsavable() []resource.Fault { return custody.Literals(j.manifest) }
