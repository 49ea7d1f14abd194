package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
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
	a.liveFlags(c)
	c.Flags().StringVar(&a.planFile, "out", "", "save the plan to this file, for reconcile apply FILE")
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
	j := a.prepare(ctx, command, connect.ReadOnly)
	j.verdict.planned, j.verdict.result.DryRun = true, true
	if j.ready() && a.planFile != "" {
		if faults := j.unsavable(); len(faults) > 0 {
			j.invalid(faults)
		}
	}
	return j.within(ctx, a.looking, j.preview)
}

// preview makes the plan, and saves it where --out says so.
func (j *job) preview(ctx context.Context) error {
	err := j.make(ctx)
	if err == nil && j.verdict.result.Plan != nil && j.planFile != "" {
		err = j.save(j.planFile)
	}
	j.weigh()
	return err
}

// make reads the ledger and the live objects and puts the plan into the result.
func (j *job) make(ctx context.Context) error {
	defer j.during("reading")()
	if r := j.wiring.snapshot; r != nil {
		if fault := j.recall(); fault != nil {
			j.invalid([]resource.Fault{*fault})
			return nil
		}
		return j.makeOn(ctx, r.ledger)
	}
	ledger, err := j.wiring.memory.Open(ctx)
	if err != nil {
		return err
	}
	return j.makeOn(ctx, ledger)
}

// makeOn makes the plan on a ledger that was read.
func (j *job) makeOn(ctx context.Context, ledger *reconcile.Ledger) error {
	only, err := j.onlyRefs()
	if err != nil {
		return err
	}
	if j.wiring.snapshot == nil {
		j.wiring.logins.ReadBeside()
		j.seen = j.wiring.memory.Sightings()
		if j.tellLedger(ledger); j.verdict.refused {
			return nil
		}
	}
	// With --prune, what left the manifest may be named; only the ledger knows it.
	if faults := j.unknown(ledger.Refs()); len(faults) > 0 {
		j.verdict.result.Errors, j.verdict.refused = faults, true
		return nil
	}
	if faults := j.lookAtExports(ctx); len(faults) > 0 {
		j.invalid(faults)
		return nil
	}
	if err := j.hear(ctx, ledger); err != nil || j.verdict.invalid {
		return err
	}
	plan, err := j.planOn(ctx, ledger, only)
	if err != nil {
		return err
	}
	if j.wiring.snapshot != nil {
		j.tellBlind(&plan)
	} else if faults := plan.Unset(); len(faults) > 0 {
		j.invalid(faults)
		return nil
	}
	j.verdict.result.Plan = &plan
	j.tellFrozen(&plan)
	j.withhold(&plan)
	j.unapproved(&plan)
	return nil
}

func (j *job) planOn(ctx context.Context, ledger *reconcile.Ledger, only []resource.Ref) (reconcile.Plan, error) {
	if j.wiring.snapshot == nil && !j.seen.Usable() {
		j.seen = j.wiring.memory.Sightings()
	}
	return reconcile.Make(ctx, reconcile.Request{
		ID: j.manifest.ID(), Tenant: j.wiring.tenant, Kinds: j.used(ledger), Objects: j.desired, Ledger: ledger, Seen: j.seen,
		Policy: j.policy(), Only: only, Past: j.wiring.past(), Now: j.Now, Scope: j.wiring.scope(),
		Exports: j.exported, Texts: j.texts, LoginRefused: j.wiring.session.RefusedSince,
	})
}

func (j *job) policy() reconcile.Policy {
	overwrite, _ := parseRefs("--overwrite-live", j.overwriteLive)
	return reconcile.Policy{
		OverwriteLive: overwrite, Frozen: j.frozen(),
		Prune: j.prune, Adopt: j.adopt, MaxDeletes: noneAtAll(j.maxDeletes), MaxDeleteShare: noneAtAll(j.maxDeleteShare),
		LiveChanges: j.manifest.Policy.LiveChanges, StaleAfter: j.manifest.Policy.Stale(),
	}
}

// frozen says why nothing may be written now, "" where nothing is to be or an
// emergency lifts it.
func (j *job) frozen() string {
	if j.verdict.planned || j.emergency != "" {
		return ""
	}
	return j.manifest.Policy.Closed(j.Now())
}

// tellFrozen warns of a plan that would write although the policy says freeze.
func (j *job) tellFrozen(plan *reconcile.Plan) {
	why := j.manifest.Policy.Closed(j.Now())
	switch {
	case why == "" || !plan.Acts():
	case j.verdict.planned:
		j.warnOnce(resource.Fault{
			Severity: resource.Warning, Code: "W210", Position: j.manifest.At("/spec/policy"),
			Message: "this plan could not be applied now: " + why, Remedy: "wait, or in an emergency: --emergency TICKET",
		})
	case j.emergency != "":
		j.lifted = why
		j.warnOnce(resource.Fault{
			Severity: resource.Warning, Code: "W211", Position: j.manifest.At("/spec/policy"),
			Message: fmt.Sprintf("written for emergency %s, although %s", j.emergency, why), Remedy: "have it reviewed afterwards",
		})
	}
}

// warnOnce adds a warning that may come again when the plan is made again.
func (j *job) warnOnce(f resource.Fault) {
	r := &j.verdict.result
	if !slices.ContainsFunc(r.Warnings, func(w resource.Fault) bool { return w.Code == f.Code && w.Message == f.Message }) {
		r.Warnings = append(r.Warnings, f)
	}
}

// noteOnce adds a note that may come again when the plan is made again.
func (j *job) noteOnce(text string) {
	if r := &j.verdict.result; !slices.Contains(r.Notes, text) {
		r.Notes = append(r.Notes, text)
	}
}

// noneAtAll turns the 0 that somebody types into what a policy calls none.
func noneAtAll[N int | float64](limit N) N {
	if limit == 0 {
		return -1
	}
	return limit
}

// converge plans, asks where somebody can answer, applies, and proves.
func (a *app) converge(ctx context.Context) error {
	if err := a.record(); err != nil {
		return err
	}
	j := a.prepare(ctx, "converge", connect.Write)
	return j.within(ctx, a.limited, j.apply)
}

// apply does what the plan says, under the lock, and proves the result.
func (j *job) apply(ctx context.Context) error {
	if err := j.make(ctx); err != nil || j.held() {
		return err
	}
	plan := j.verdict.result.Plan
	if !plan.Empty() && !j.agreed() {
		j.verdict.refused = true
		return nil
	}
	err := j.carryOut(ctx, plan)
	if err != nil || j.held() {
		return err
	}
	// While a step waits for a person, a proof would only repeat that; and each
	// login that fails counts towards a lock.
	if plan := j.verdict.result.Plan; !plan.Stopped && plan.Ended(reconcile.Waits) == 0 {
		if err = j.prove(ctx, false); err != nil {
			err = unprovenError{err}
		}
	}
	j.observe(ctx)
	j.weigh()
	return err
}

// held reports whether the plan must not be applied.
func (j *job) held() bool {
	return j.verdict.invalid || j.verdict.refused || len(j.verdict.result.Plan.Refused) > 0
}

// carryOut applies a plan. One that sends or records nothing needs no lock; any
// other is made again under it, because the world may have moved since.
func (j *job) carryOut(ctx context.Context, plan *reconcile.Plan) error {
	if !plan.Acts() && len(j.accepted) == 0 && !plan.Anew() {
		return j.do(ctx, plan)
	}
	return j.locked(ctx, plan.LastLock(), func(ledger *reconcile.Ledger) error {
		shown := j.verdict.result.Plan
		if err := j.makeOn(ctx, ledger); err != nil || j.held() {
			return err
		}
		plan := j.verdict.result.Plan
		if j.asked {
			j.moved(plan, plan.Beyond(shown.Digests()), "that is not what was shown and agreed to", stepsOf(shown))
		}
		if j.held() {
			return nil
		}
		if plan.Acts() || plan.Anew() {
			if err := j.begun(); err != nil {
				return err
			}
		}
		if err := j.do(ctx, plan); err != nil || len(j.accepted) == 0 && !plan.Anew() {
			return err
		}
		if plan.Anew() {
			// Also without a step: it drops all that was owned.
			ledger.Enter(j.Now(), j.recorder != nil)
		}
		return ledger.Save(ctx)
	})
}

func (j *job) do(ctx context.Context, plan *reconcile.Plan) error {
	if plan.Empty() {
		return nil
	}
	told := j.progress(writes(plan))
	err := reconcile.Apply(ctx, plan, reconcile.Options{
		Parallelism: j.parallelism, WaitJobs: j.waitJobs, Stop: j.stop, Tell: told.Step, Before: j.guard,
		Recorded: j.recorder != nil,
	})
	told.Close()
	j.heldBack(plan)
	j.forgive(plan)
	return err
}

// agreed asks where a person can see the plan and answer. Without such a place,
// or with -y, the plan is agreed.
func (j *job) agreed() bool {
	place := j.Err
	if !j.ErrTTY {
		place = j.Out
	}
	if j.yes || !j.InTTY || !j.ErrTTY && !j.OutTTY {
		return true
	}
	j.asked = true
	shown := j.verdict.result
	shown.Complete = true
	_ = view.Text(place, []view.Result{shown}, j.style(true))
	_, _ = fmt.Fprint(place, "Apply this plan? [y/N] ")
	agreed := false
	select {
	case answer := <-j.answer():
		agreed = answer == "y" || answer == "yes"
	case <-j.stop:
		j.unanswered = true
	}
	j.seenPlan = !agreed
	return agreed
}

// answer reads one line without keeping a signal from being heard.
func (j *job) answer() <-chan string {
	read := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(j.In).ReadString('\n')
		read <- strings.ToLower(strings.TrimSpace(line))
	}()
	return read
}
