package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/drift"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

func (a *app) driftCommand() *cobra.Command {
	var every time.Duration
	c := &cobra.Command{
		Use:   "drift -f MANIFEST",
		Short: "Tell whether reality moved away from the manifests; changes nothing",
		Long: "drift compares all integrations of the manifests with what is live and makes the\n" +
			"calls that prove them. It changes nothing and starts no job; what it saw is noted\n" +
			"beside the ledger when it is news, else once an hour. Exit 2 when something differs\n" +
			"or is stale, 1 when only a proof fails. With --every it goes on until a signal comes\n" +
			"and shows each look as it ends.",
		Example: "  reconcile drift -f integration.yaml -o json\n  reconcile drift -f integrations/ --every 15m",
		Args:    noArguments,
		RunE: a.onManifest(func(ctx context.Context) error {
			if every == 0 {
				return a.look(ctx)
			}
			return a.watchDrift(ctx, every)
		}),
	}
	a.liveFlags(c)
	a.evidenceFlag(c)
	c.Flags().DurationVar(&every, "every", 0, "look again and again, with this pause (at least 1m)")
	return c
}

// watchDrift looks on a schedule. Looks differ in what they find, never in
// whether the next one comes.
func (a *app) watchDrift(ctx context.Context, every time.Duration) error {
	if every < time.Minute {
		return usageError{fmt.Errorf("--every %s is too often", every), "give at least 1m: services limit how often they may be asked"}
	}
	schedule := drift.Schedule{Every: every, Jitter: every / 20}
	var failed error
	schedule.Run(ctx, a.stop, func(ctx context.Context) {
		// A pace only gets slower: the next look starts at its own.
		a.started, a.shared = a.Now(), &connect.Shared{}
		if err := a.look(ctx); err != nil {
			failed = err
			a.tell("drift: %s", err)
		}
	})
	// What ends the schedule is the signal, whatever the last look found.
	a.settled = false
	return failed
}

// look compares every integration once and shows the results.
func (a *app) look(ctx context.Context) error {
	ctx, cancel := a.looking(ctx)
	defer cancel()
	jobs := a.driftJobs(ctx)
	results := make([]view.Result, len(jobs))
	code := exitDone
	for i, j := range jobs {
		if j.ready() {
			j.verdict.err = j.compare(ctx)
		}
		j.settle()
		results[i] = j.verdict.result
		code = worse(code, j.verdict.result.ExitCode)
	}
	if len(jobs) > 0 && jobs[0].landscape != nil {
		_ = jobs[0].landscape.close()
	}
	a.exit = code
	return a.show(results)
}

// driftJobs prepares a job for every integration that is asked for; one that
// holds the errors when the manifests cannot be used.
func (a *app) driftJobs(ctx context.Context) []*job {
	newJob := func() *job {
		j := &job{app: a, command: "drift"}
		j.keepLogins = func() { j.wiring.keepLogins(ctx) }
		j.verdict.planned, j.verdict.drift, j.verdict.exitZero = true, true, a.exitZero
		j.verdict.result = view.Result{Command: "drift", DryRun: true}
		return j
	}
	loaded, faults := a.load()
	errs, warnings := split(faults)
	l, err := a.openLandscape(ctx)
	if len(errs) > 0 || err != nil {
		j := newJob()
		j.verdict.result.Warnings = warnings
		if err != nil && len(errs) == 0 {
			return []*job{j.withoutLandscape(err)}
		}
		return []*job{j.invalid(errs)}
	}
	var jobs []*job
	for _, in := range loaded.Integrations {
		if a.integration != "" && in.Name != a.integration && in.ID() != a.integration {
			continue
		}
		j := newJob()
		j.about(in)
		j.landscape = l
		jobs = append(jobs, j.begin(connect.LedgerOnly))
	}
	if len(jobs) == 0 {
		_, fault := a.choose(loaded)
		jobs = []*job{newJob()}
		jobs[0].landscape = l
		if fault != nil {
			jobs[0].invalid([]resource.Fault{*fault})
		}
		return jobs
	}
	jobs[0].verdict.result.Warnings = append(warnings, jobs[0].verdict.result.Warnings...)
	return jobs
}

// compare plans and proves. A brake holds writes; there are none here, so what it
// would hold is a difference like any other.
func (j *job) compare(ctx context.Context) error {
	if err := j.make(ctx); err != nil || j.verdict.invalid {
		return err
	}
	plan := j.verdict.result.Plan
	plan.Refused = nil
	if j.wiring.snapshot != nil {
		return nil
	}
	err := j.prove(ctx, false)
	j.proof().Listen(ctx)
	j.observe(ctx)
	j.weigh()
	return err
}

// worse returns the exit code that says more: the contract's order, without 0.
func worse(a, b int) int {
	for _, code := range []int{exitInterrupted, exitTerminated, exitInvalid, exitRefused, exitUnreachable, exitPartly, exitFailed, exitWaiting, exitDifferences} {
		if a == code || b == code {
			return code
		}
	}
	return exitDone
}
