package reconcile

import (
	"strings"
	"testing"
	"time"

	"reconcile/pkg/resource"
)

func hours(n int) time.Time { return time.Date(2026, 11, 20, n, 0, 0, 0, time.UTC) }

func runOf(status string, ok bool, finished, at int) Said {
	return Said{Ref: ref("Account", "a"), By: "anna", At: hours(at), Run: &Ran{Status: status, OK: ok, Finished: hours(finished), Counts: map[string]int{"Users": finished}}}
}

// TestReportedRuns: the last run counts, a bad one breaks the job, and what was
// reported before is history.
func TestReportedRuns(t *testing.T) {
	w := reportWorld()
	m := w.needing("r", resource.Value{})
	same(t, "refused", len(w.report(t, m, said("a", "id-1"), said("b", "id-2"))), 0)
	take := func(s Said, state State) {
		t.Helper()
		same(t, "refused", len(w.report(t, m, s)), 0)
		a := step(t, w.plan(t, m, Policy{}), "Account/a")
		same(t, "state", a.State, state)
		same(t, "known by now", w.ledger(t).Old(s), true)
		if broken := state == Broken; strings.Contains(a.Reason, "did not end well") != broken {
			t.Errorf("%q", a.Reason)
		}
	}
	take(runOf("Completed", true, 2, 9), Unknown)
	same(t, "counted", w.ledger(t).Entry(ref("Account", "a")).Counted["Users"].Number, 2)
	take(runOf("Failed", false, 3, 10), Broken)
	take(runOf("Completed", true, 1, 11), Broken) // an older one mends nothing
	last, good := w.plan(t, m, Policy{}).LastRun(ref("Account", "a"))
	same(t, "last", last.Status, "Failed")
	same(t, "before", last.Before["Users"], 2)
	same(t, "good", good.Finished, hours(2))
	take(runOf("Completed", true, 3, 12), Unknown) // a correction
	take(runOf("Completed", true, 5, 13), Unknown)
	same(t, "kept", len(w.ledger(t).Entry(ref("Account", "a")).Ran), 1)
	same(t, "counted", w.ledger(t).Entry(ref("Account", "a")).Counted["Users"].Number, 5)
}

// TestRunAnswersWhatItSaw: only a run after the change answers the order for one.
func TestRunAnswersWhatItSaw(t *testing.T) {
	for _, c := range []struct {
		run  Ran
		want bool
	}{
		{Ran{Started: hours(3), Finished: hours(4)}, true},
		{Ran{Started: hours(1), Finished: hours(4)}, false},
		{Ran{Finished: hours(4)}, true},
		{Ran{Finished: hours(1)}, false},
		{Ran{At: hours(4)}, true},
	} {
		same(t, c.run.String(), c.run.after(hours(2)), c.want)
	}
}
