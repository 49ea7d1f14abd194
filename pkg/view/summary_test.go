package view

import (
	"testing"
	"time"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

func TestSummary(t *testing.T) {
	one := []resource.Fault{{Code: "X"}}
	for name, test := range map[string]struct {
		r    Result
		want string
	}{
		"a plan": {
			dryRun(plan(append(unchangedSteps("a", "b", "c"), createDestination(), updateTransformation())...)),
			"1 to create, 1 to update · 3 unchanged · 12 calls in 0.4s",
		},
		"one of each is singular": {
			Result{Plan: plan(unchangedSteps("a")...), Complete: true, Calls: 1, Took: time.Second},
			"In sync, as far as can be seen: 1 object compared, nothing to do · 1 call in 1.0s",
		},
		"in sync, but not all was seen": {
			Result{Plan: plan(reported()), Complete: true, Warnings: one},
			"Nothing to write, but nobody can tell whether all is in sync · 1 unchanged (1 only reported and stale) · 1 warning",
		},
		"never in sync with a finding": {
			Result{Plan: plan(unchangedSteps("a")...), Complete: true, Findings: []resource.Finding{finding()}},
			"Nothing to do · 1 unchanged · 1 finding",
		},
		"never in sync with an error": {
			Result{Plan: plan(unchangedSteps("a")...), Complete: true, Errors: one},
			"Nothing to do · 1 unchanged · 1 error",
		},
		"never in sync when incomplete": {
			Result{Plan: plan(unchangedSteps("a")...)}, "Not every object was decided · 1 unchanged",
		},
		"in sync with leftovers": {
			Result{Plan: plan(orphans().Steps[1]), Complete: true},
			"Nothing to write, but not all is as wanted · 1 object left the manifest and is kept",
		},
		"throttled": {
			Result{Command: "verify", Calls: 3, Retries: 1, Throttled: 2, Took: 61 * time.Second},
			"3 calls (1 retried, 2 throttled) in 1m1s",
		},
		"unreachable":         {Result{Errors: one, Calls: 2}, "1 error · 2 calls in 0.0s"},
		"invalid":             {Result{Errors: one}, "1 error; nothing was called"},
		"valid with doubts":   {Result{Command: "validate", Warnings: one}, "Valid, 1 warning; nothing was called"},
		"not checked":         {Result{Verified: []Check{{OK: true}, {Unsure: true}}}, "1 proof made, 1 not checked"},
		"one failed":          {Result{Verified: []Check{{OK: true}, {}, {Unsure: true}}}, "1 of 2 proofs failed, 1 not checked"},
		"proofs":              {Result{Verified: []Check{{OK: true}}, Warnings: one}, "1 proof made · 1 warning"},
		"nothing to say":      {Result{Command: "done"}, ""},
		"refused by brakes":   {severalBrakes(), "Refused by 2 brakes, nothing was written · 1 to create, 1 to update · 2 errors · 8 calls (2 retried) in 1m12s"},
		"refused at a prompt": {Result{Plan: plan(createDestination()), ExitCode: 5, Complete: true}, "Refused, nothing was written · 1 to create"},
		"refused by a lock":   {Result{Errors: one, ExitCode: 5, Complete: true, Calls: 1}, "Refused by 1 brake, nothing was written · 1 error · 1 call in 0.0s"},
	} {
		if got := summary(test.r); got != test.want {
			t.Errorf("%s:\n got %q\nwant %q", name, got, test.want)
		}
	}
}

func reported() reconcile.Step {
	s := unchangedSteps("a")[0]
	s.Evidence, s.Facts = reconcile.EvidenceReported, []reconcile.Fact{{Evidence: reconcile.EvidenceReported, Stale: true}}
	return s
}

func TestNext(t *testing.T) {
	changes := dryRun(plan(createDestination()))
	withError := changes
	withError.Errors = []resource.Fault{{}}
	drift, planned, saved, asked := changes, changes, changes, changes
	drift.Command, planned.Command, saved.Command, asked.DryRun = "drift", "plan", "plan", false
	saved.Saved = "plan.json"
	left := orphans().Steps[1]
	held := left
	held.Prunable = false
	for name, test := range map[string]struct {
		r    Result
		want string
	}{
		"dry run":             {changes, "To apply: run the same command without --dry-run"},
		"plan":                {planned, "To apply: the same command without the word plan"},
		"saved plan":          {saved, "To apply: reconcile apply plan.json"},
		"drift":               {drift, "To undo the drift: reconcile with the same manifest; to keep it, take it into the manifest"},
		"a snapshot":          {moreSituations()["live"][0], "To apply: leave --live out; then it is compared with what is live"},
		"about to ask":        {asked, ""},
		"errors come first":   {withError, ""},
		"refused":             {refused(), ""},
		"all applied":         {applied(0, plan(ended(createDestination(), reconcile.Applied, ""))), ""},
		"nothing to do":       {dryRun(plan(unchangedSteps("a")...)), ""},
		"failed and waiting":  {failedApply(), "Next: mend the cause and run the same command again; it goes on where it stopped"},
		"nothing can be done": {moreSituations()["held"][0], "Nothing can be applied before people have done what waits; --workorders DIR writes down what that is"},
		"waiting": {
			applied(7, plan(ended(waitingUser(), reconcile.Waits, ""))),
			"Next: do what waits, and run the same command again",
		},
		"left":            {dryRun(plan(left)), "To delete what left the manifest: the same command with --prune; to keep it managed, take it back into the manifest"},
		"left, protected": {dryRun(plan(held)), ""},
		"no plan":         {Result{}, ""},
	} {
		if got := next(test.r); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
