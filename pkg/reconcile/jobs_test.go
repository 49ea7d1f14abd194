package reconcile

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reconcile/pkg/resource"
)

// job is a box and a task that runs after the box changes.
func (w *world) job(note string, meta ...func(*resource.Meta)) manifest {
	return manifest{
		w.box("a", boxSpec{Note: text(note)}),
		w.task("t", taskSpec{Every: text("1h"), Runs: true, Needs: []resource.Ref{ref("Box", "a")}}, meta...),
	}
}

func (w *world) runs() int { return len(w.tasks.runs["t"]) }

// TestWhenJobsRun checks what makes a job run.
func TestWhenJobsRun(t *testing.T) {
	tests := []struct {
		name string
		// after is wanted once job("red") was applied and its job ran.
		after func(w *world) manifest
		runs  bool
	}{
		{"nothing changed", func(w *world) manifest { return w.job("red") }, false},
		{"what it needs changed", func(w *world) manifest { return w.job("blue") }, true},
		{"something else changed", func(w *world) manifest { return append(w.job("red"), w.box("z", red)) }, false},
		{"the job itself changed", func(w *world) manifest {
			m := w.job("red")
			m[1].Spec = taskSpec{Every: text("2h"), Runs: true, Needs: []resource.Ref{ref("Box", "a")}}
			return m
		}, false},
		{"it does not run after changes", func(w *world) manifest {
			m := w.job("blue")
			m[1].Spec = taskSpec{Every: text("1h"), Needs: []resource.Ref{ref("Box", "a")}}
			return m
		}, false},
		{"it is only watched", func(w *world) manifest { return w.job("blue", unmanaged) }, false},
		{"it goes", func(w *world) manifest { return w.job("blue", absent) }, false},
		{"what is needed by what it needs changed", func(w *world) manifest {
			m := append(w.job("red"), w.account("deep", accountSpec{Role: text("r")}))
			m[0].Spec = boxSpec{Note: text("red"), Properties: resource.Properties{"id": output("Account", "deep", "id")}}
			return m
		}, true},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.must(t, w.job("red"), Policy{})
			same(t, "runs after creation", w.runs(), 1)
			_, planned := actions(w.plan(t, c.after(w), Policy{}))["Task/t/run"]
			same(t, "planned", planned, c.runs)
			w.must(t, c.after(w), Policy{})
			same(t, "ran", w.runs() == 2, c.runs)
			w.settled(t, c.after(w), Policy{})
		})
	}
}

func TestJobIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.tasks.ends = 4
		done := w.must(t, w.job("red"), Policy{})
		same(t, "detail", step(t, done, "Task/t/run").Detail, "Completed: 3 users, 2 groups")
		same(t, "looks", w.tasks.looks, 4)
		same(t, "warnings", done.Warnings, nil)
	})
}

func TestJobFails(t *testing.T) {
	w := newWorld()
	w.tasks.fails = true
	done := w.converge(t, w.job("red"), Policy{})
	s := step(t, done, "Task/t/run")
	same(t, "outcome", s.Outcome, Failed)
	same(t, "error", s.Error, `the job ended as "Failed": no such backend`)
	// It ran. Running it again is a decision of people.
	w.settled(t, w.job("red"), Policy{})
}

// TestJobStillRuns: when the wait is over the step counts as done, with a warning.
func TestJobStillRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.tasks.ends = 1 << 30
		start := time.Now()
		done := w.apply(t, w.plan(t, w.job("red"), Policy{}), Options{WaitJobs: 5 * time.Minute})
		same(t, "waited", time.Since(start), 5*time.Minute)
		same(t, "outcome", step(t, done, "Task/t/run").Outcome, Applied)
		same(t, "warning", done.Warnings[0].Code, "W201")
		w.settled(t, w.job("red"), Policy{})
	})
}

// TestStopEndsTheWait: the run goes on at the service, without being watched.
func TestStopEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.tasks.ends = 1 << 30
		stop := make(chan struct{})
		time.AfterFunc(time.Second, func() { close(stop) })
		done := w.apply(t, w.plan(t, w.job("red"), Policy{}), Options{WaitJobs: time.Hour, Stop: stop})
		same(t, "outcome", step(t, done, "Task/t/run").Outcome, Applied)
		same(t, "stopped", done.Stopped, true)
		same(t, "warnings", len(done.Warnings), 1)
	})
}

func TestCancelEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.tasks.ends = 1 << 30
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		plan := w.plan(t, w.job("red"), Policy{})
		if err := Apply(ctx, &plan, Options{WaitJobs: time.Hour}); err != nil {
			t.Fatal(err)
		}
		same(t, "outcome", step(t, plan, "Task/t/run").Outcome, Failed)
		w.settled(t, w.job("red"), Policy{})
	})
}

// owed lists the job runs that the stored ledger knows to be owed.
func (w *world) owed(t tester) (owed []string) {
	l := w.ledger(t)
	for _, r := range l.Refs() {
		if l.Entry(r).Owed {
			owed = append(owed, r.String())
		}
	}
	return owed
}

// TestOwedRunSurvivesACrash: killed after the change and before the run.
func TestOwedRunSurvivesACrash(t *testing.T) {
	w := newWorld()
	w.must(t, w.job("red"), Policy{})
	w.heal()
	w.interrupt(t, w.job("blue"), cut{at: 3, dies: true})
	same(t, "owed", w.owed(t), []string{"Task/t"})
	same(t, "runs", w.runs(), 1)
	w.must(t, w.job("blue"), Policy{})
	same(t, "runs", w.runs(), 2)
	w.settled(t, w.job("blue"), Policy{})
}

// TestAnnouncedRunIsFound: killed after the start; the run is recognised by its
// key and not started a second time.
func TestAnnouncedRunIsFound(t *testing.T) {
	w := newWorld()
	w.must(t, w.job("red"), Policy{})
	w.heal()
	w.interrupt(t, w.job("blue"), cut{at: 4, after: true, dies: true})
	same(t, "runs", w.runs(), 2)
	plan := w.plan(t, w.job("blue"), Policy{})
	same(t, "reason", step(t, plan, "Task/t/run").Reason, reasonAnnounced)
	w.apply(t, plan, Options{})
	same(t, "runs", w.runs(), 2)
	w.settled(t, w.job("blue"), Policy{})
}

// TestAnnouncedRunDoesNotCoverLaterChanges: the run that may have started did not
// see what changes now.
func TestAnnouncedRunDoesNotCoverLaterChanges(t *testing.T) {
	w := newWorld()
	w.must(t, w.job("red"), Policy{})
	w.heal()
	w.interrupt(t, w.job("blue"), cut{at: 4, after: true, dies: true})
	w.must(t, w.job("green"), Policy{})
	same(t, "runs", w.runs(), 3)
	w.ranOnce(t, "t")
	w.settled(t, w.job("green"), Policy{})
}

// TestOnlyLeavesTheRunOwed: a run that --only leaves out is made up for later.
func TestOnlyLeavesTheRunOwed(t *testing.T) {
	w := newWorld()
	w.must(t, w.job("red"), Policy{})
	w.apply(t, w.planOnly(t, w.job("blue"), Policy{}, ref("Box", "a")), Options{})
	same(t, "runs", w.runs(), 1)
	same(t, "owed", w.owed(t), []string{"Task/t"})
	w.must(t, w.job("blue"), Policy{})
	same(t, "runs", w.runs(), 2)
	w.settled(t, w.job("blue"), Policy{})
}

// TestRunIsBlockedByFailure: a job does not run on top of a failed change, and
// is not forgotten either.
func TestRunIsBlockedByFailure(t *testing.T) {
	w := newWorld()
	w.must(t, w.job("red"), Policy{})
	w.boxes.refuses = map[string]error{"a": errNo}
	done := w.converge(t, w.job("blue"), Policy{})
	same(t, "outcomes", outcomes(done), map[string]Outcome{"Box/a": Failed, "Task/t/run": Blocked})
	same(t, "runs", w.runs(), 1)
	w.boxes.refuses = nil
	w.must(t, w.job("blue"), Policy{})
	same(t, "runs", w.runs(), 2)
}

// TestLookFails: a run was started, nobody knows how it ended.
func TestLookFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.tasks.ends = 1 << 30
		w.must(t, manifest{w.box("a", red)}, Policy{})
		plan := w.plan(t, w.job("red"), Policy{})
		time.AfterFunc(time.Second, func() { w.mu.Lock(); w.dead = true; w.mu.Unlock() })
		_ = Apply(t.Context(), &plan, Options{WaitJobs: time.Hour})
		s := step(t, plan, "Task/t/run")
		same(t, "outcome", s.Outcome, Failed)
		if !strings.Contains(s.Error, "dead") {
			t.Errorf("the error is %q", s.Error)
		}
		w.heal()
		w.tasks.ends = 0
		w.must(t, w.job("red"), Policy{})
		same(t, "runs", w.runs(), 1)
	})
}
