package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
)

var errNo = errors.New("the service says no")

// chain is two branches: account a ← box b ← box c, and box z alone.
func (w *world) chain() manifest {
	return manifest{
		w.box("c", boxSpec{Properties: resource.Properties{"from": output("Box", "b", "note")}}),
		w.box("b", boxSpec{Note: output("Account", "a", "id")}),
		w.account("a", accountSpec{Role: text("r")}),
		w.box("z", red),
	}
}

// TestOutputsTravel: an output that is known only after a create reaches what
// needs it, also through an object in between.
func TestOutputsTravel(t *testing.T) {
	w := newWorld()
	plan := w.plan(t, w.chain(), Policy{})
	same(t, "wanted from", step(t, plan, "Box/b").Changes[0].Want.String(), "[id of Account/a]")
	done := w.must(t, w.chain(), Policy{})
	same(t, "arrived", w.boxes.stored["c"].spec.Properties, props("from", "id-1"))
	same(t, "detail", step(t, done, "Account/a").Detail, "id id-1")
	w.settled(t, w.chain(), Policy{})
}

func TestFailureBlocksItsBranchOnly(t *testing.T) {
	w := newWorld()
	w.boxes.refuses = map[string]error{"b": errNo}
	done := w.converge(t, w.chain(), Policy{})
	same(t, "outcomes", outcomes(done), map[string]Outcome{
		"Account/a": Applied, "Box/b": Failed, "Box/c": Blocked, "Box/z": Applied,
	})
	same(t, "blocked by", step(t, done, "Box/c").BlockedBy, []string{"Box/b"})
	failed := step(t, done, "Box/b")
	if !errors.Is(failed.Err(), errNo) || failed.Error != errNo.Error() {
		t.Errorf("the error is %v and %q", failed.Err(), failed.Error)
	}
	same(t, "left in the ledger", w.ledger(t).Refs(), []resource.Ref{ref("Account", "a"), ref("Box", "z")})
	w.boxes.refuses = nil
	w.must(t, w.chain(), Policy{})
	w.settled(t, w.chain(), Policy{})
}

// TestWaitingBlocksItsBranchOnly: what a person has to make blocks those that
// need it, and nobody else.
func TestWaitingBlocksItsBranchOnly(t *testing.T) {
	w := newWorld()
	w.person = true
	m := append(w.chain(),
		w.task("soft", taskSpec{Every: text("1h"), Needs: []resource.Ref{ref("Account", "a")}}),
		w.task("runs", taskSpec{Every: text("1h"), Runs: true, Needs: []resource.Ref{ref("Account", "a")}}))
	plan := w.plan(t, m, Policy{})
	same(t, "known before", step(t, plan, "Box/c").BlockedBy, []string{"Box/b"})
	want := map[string]Outcome{
		"Account/a": Waits, "Box/b": Blocked, "Box/c": Blocked, "Box/z": Applied,
		"Task/soft": Blocked, "Task/runs": Blocked, "Task/runs/run": Blocked,
	}
	done := w.apply(t, plan, Options{Parallelism: 8})
	same(t, "outcomes", outcomes(done), want)
	_, waits := errors.AsType[resource.Waiting](step(t, done, "Account/a").Err())
	same(t, "a work order", waits, true)
	w.heal()
	w.foreignAccount("a", accountSpec{Role: text("r")})
	w.must(t, m, Policy{})
	w.settled(t, m, Policy{})
	same(t, "runs", len(w.tasks.runs["runs"]), 1)
}

// TestOnlyWaitingLeavesNoIntent: an order was written and nothing was sent, so
// nothing may look as if it had been.
func TestOnlyWaitingLeavesNoIntent(t *testing.T) {
	w := newWorld()
	w.person = true
	done := w.converge(t, one(w.account("a", accountSpec{Role: text("r")})), Policy{})
	same(t, "outcomes", outcomes(done), map[string]Outcome{"Account/a": Waits})
	same(t, "writes", w.writes, nil)
	same(t, "left in the ledger", w.ledger(t).Refs(), nil)
}

func TestWaiting(t *testing.T) {
	r := ref("Account", "a")
	changes := []resource.Change{{Path: "/role"}}
	tests := []struct {
		name string
		step Step
		want bool
	}{
		{"a person creates", Step{Ref: r, Action: Create, Via: resource.WayPerson}, true},
		{"a person deletes", Step{Ref: r, Action: Delete, Via: resource.WayPerson}, true},
		{"a person changes what is taken over", Step{Ref: r, Action: Adopt, Via: resource.WayPerson, Changes: changes}, true},
		{"the ledger takes over", Step{Ref: r, Action: Adopt, Via: resource.WayPerson}, false},
		{"the ledger forgets", Step{Ref: r, Action: Forget, Via: resource.WayPerson}, false},
		{"nothing to do", Step{Ref: r, Action: Unchanged, Via: resource.WayPerson, Changes: changes}, false},
		{"an interface creates", Step{Ref: r, Action: Create, Via: resource.WayAPI}, false},
	}
	for _, c := range tests {
		same(t, c.name, c.step.Waiting(), c.want)
	}
}

// TestMisstoredStaysOurs: a service that answers well and stores something else
// has not done what was wanted, but what it made is ours.
func TestMisstoredStaysOurs(t *testing.T) {
	w := newWorld()
	w.boxes.spoils = func(s boxSpec) boxSpec { s.Note = text("spoiled"); return s }
	done := w.converge(t, one(w.box("a", red)), Policy{})
	s := step(t, done, "Box/a")
	same(t, "outcome", s.Outcome, Failed)
	if !strings.Contains(s.Error, "/note") {
		t.Errorf("%q does not name the path", s.Error)
	}
	same(t, "owned", w.ledger(t).Entry(ref("Box", "a")).Owned, true)
	w.boxes.spoils = nil
	w.must(t, one(w.box("a", red)), Policy{})
	w.settled(t, one(w.box("a", red)), Policy{})
}

func TestMisstoredUpdate(t *testing.T) {
	w := newWorld()
	w.must(t, one(w.box("a", boxSpec{Properties: props("p", "1", "q", "2")})), Policy{})
	// The service cannot remove a property.
	w.boxes.spoils = func(s boxSpec) boxSpec { s.Note = text("sent back"); return s }
	done := w.converge(t, one(w.box("a", boxSpec{Note: text("n"), Properties: props("p", "1")})), Policy{})
	same(t, "outcomes", outcomes(done), map[string]Outcome{"Box/a": Failed})
}

// TestLostAnswerIsResolvedByReading: the driver finds out, so the step ends well
// although its answer was lost, and nothing is sent twice.
func TestLostAnswerIsResolvedByReading(t *testing.T) {
	w := newWorld()
	w.fault = cut{at: 2, after: true}
	w.must(t, one(w.box("a", red)), Policy{})
	same(t, "made", w.boxes.made["a"], 1)
	w.settled(t, one(w.box("a", red)), Policy{})
}

// TestUncertainCreateIsFoundAgain: without an answer the intent stays, and the
// next run recognises by the key what it made, although it looks different now.
func TestUncertainCreateIsFoundAgain(t *testing.T) {
	w := newWorld()
	m := one(w.account("a", accountSpec{Role: text("r"), Secret: hidden("s", "SECRET")}))
	w.fault = cut{at: 2, after: true}
	same(t, "outcomes", outcomes(w.converge(t, m, Policy{})), map[string]Outcome{"Account/a": Failed})
	w.heal()
	w.accounts.stored[0].spec.Role = text("changed by hand")
	done := w.must(t, m, Policy{})
	same(t, "actions", actions(done), map[string]Action{"Account/a": Adopt})
	same(t, "accounts", len(w.accounts.stored), 1)
	w.settled(t, m, Policy{})
}

// TestUncertainCreateIsRepeatedUnderItsKey: where lists do not show it yet, the
// service itself recognises the second attempt.
func TestUncertainCreateIsRepeatedUnderItsKey(t *testing.T) {
	w := newWorld()
	m := one(w.account("a", accountSpec{Role: text("r")}))
	w.fault = cut{at: 2, after: true}
	w.converge(t, m, Policy{})
	w.heal()
	hiddenFromLists := w.accounts.stored
	w.accounts.stored = nil
	plan := w.plan(t, m, Policy{})
	w.accounts.stored = hiddenFromLists
	same(t, "actions", actions(plan), map[string]Action{"Account/a": Create})
	w.apply(t, plan, Options{})
	same(t, "accounts", len(w.accounts.stored), 1)
	w.settled(t, m, Policy{})
}

// TestEqualContentIsRecognised: a service that echoes no key still shows what an
// interrupted create left; what differs is somebody else's.
func TestEqualContentIsRecognised(t *testing.T) {
	for _, c := range []struct {
		name string
		note string
		want []string
	}{{"equal", "red", nil}, {"different", "blue", []string{"E201"}}} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.interrupt(t, one(w.box("a", red)), cut{at: 2, dies: true})
			w.foreignBox("a", boxSpec{Note: text(c.note)})
			same(t, "refused", codes(w.plan(t, one(w.box("a", red)), Policy{})), c.want)
		})
	}
}

// TestWhatWeMadeIsNotAdopted: an object found after a crash is ours as any other,
// so what is unlisted goes in later runs.
func TestWhatWeMadeIsNotAdopted(t *testing.T) {
	w := newWorld()
	m := one(w.box("a", boxSpec{Properties: props("p", "1")}))
	w.interrupt(t, m, cut{at: 2, after: true, dies: true})
	// Killed once more, while it takes over what it made.
	w.interrupt(t, m, cut{at: 2, dies: true})
	w.must(t, m, Policy{})
	same(t, "adopted", w.ledger(t).Entry(ref("Box", "a")).Adopted, false)
	w.editBox("a", func(s *boxSpec) { s.Properties["by hand"] = text("2") })
	w.must(t, m, Policy{})
	same(t, "properties", w.boxes.stored["a"].spec.Properties, props("p", "1"))
}

// TestConflictIsSomebodyElses: the name was taken between plan and create.
func TestConflictIsSomebodyElses(t *testing.T) {
	w := newWorld()
	m := one(w.box("a", red))
	plan := w.plan(t, m, Policy{})
	w.foreignBox("a", blue)
	done := w.apply(t, plan, Options{})
	same(t, "outcomes", outcomes(done), map[string]Outcome{"Box/a": Failed})
	if !errors.Is(step(t, done, "Box/a").Err(), connect.ErrConflict) {
		t.Errorf("the error is %v", step(t, done, "Box/a").Err())
	}
	same(t, "note", w.boxes.stored["a"].spec.Note.Text(), "blue")
	same(t, "refused", codes(w.plan(t, m, Policy{})), []string{"E201"})
}

// TestChangedInBetween: an object that moved between plan and update is not
// overwritten.
func TestChangedInBetween(t *testing.T) {
	w := newWorld()
	w.must(t, one(w.box("a", red)), Policy{})
	plan := w.plan(t, one(w.box("a", blue)), Policy{})
	w.editBox("a", func(s *boxSpec) { s.Note = text("hand") })
	done := w.apply(t, plan, Options{})
	same(t, "outcomes", outcomes(done), map[string]Outcome{"Box/a": Failed})
	same(t, "note", w.boxes.stored["a"].spec.Note.Text(), "hand")
}

// TestNothingIsSentWithoutIntent: when the ledger cannot be written, no call is made.
func TestNothingIsSentWithoutIntent(t *testing.T) {
	w := newWorld()
	plan := w.plan(t, w.chain(), Policy{})
	w.fault = cut{at: 1}
	if err := Apply(t.Context(), &plan, Options{Parallelism: 8}); !errors.Is(err, connect.ErrUncertain) {
		t.Errorf("the error is %v", err)
	}
	same(t, "history", w.history, nil)
	same(t, "skipped", plan.Ended(Skipped), 4)
}

func TestStopEndsInOrder(t *testing.T) {
	w := newWorld()
	stop := make(chan struct{})
	plan := w.plan(t, w.chain(), Policy{})
	w.apply(t, plan, Options{Stop: stop, Tell: func(e Event) {
		if e.Ended && e.Step.Name == "a" {
			close(stop)
		}
	}})
	same(t, "applied", plan.Ended(Applied), 1)
	same(t, "skipped", plan.Ended(Skipped), 3)
	same(t, "owned", w.ledger(t).Entry(ref("Account", "a")).Owned, true)
	w.must(t, w.chain(), Policy{})
	w.settled(t, w.chain(), Policy{})
}

// TestCancelledRunIsRecorded: what was done before the cut is in the ledger.
func TestCancelledRunIsRecorded(t *testing.T) {
	w := newWorld()
	ctx, cancel := context.WithCancel(t.Context())
	plan := w.plan(t, w.chain(), Policy{})
	err := Apply(ctx, &plan, Options{Tell: func(e Event) {
		if e.Ended {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	same(t, "owned", w.ledger(t).Entry(ref("Account", "a")).Owned, true)
	w.must(t, w.chain(), Policy{})
	w.settled(t, w.chain(), Policy{})
}

// TestEvents: each step tells its start and its end once, one at a time.
func TestEvents(t *testing.T) {
	w := newWorld()
	w.boxes.refuses = map[string]error{"b": errNo}
	var told []string
	w.apply(t, w.plan(t, w.chain(), Policy{}), Options{Parallelism: 8, Tell: func(e Event) {
		told = append(told, fmt.Sprintf("%s %v %s", e.Step.Ref, e.Ended, e.Step.Outcome))
	}})
	slices.Sort(told)
	same(t, "told", told, []string{
		"Account/a false ", "Account/a true applied", "Box/b false ", "Box/b true failed",
		"Box/c true blocked", "Box/z false ", "Box/z true applied",
	})
}

// TestUpdateNeedsItsOutputs: an output that never becomes known fails the update
// instead of sending nothing in its place.
func TestUpdateNeedsItsOutputs(t *testing.T) {
	w := newWorld()
	account := w.account("a", accountSpec{Role: text("r")})
	w.must(t, manifest{account, w.box("b", red)}, Policy{})
	m := manifest{account, w.box("b", boxSpec{Note: output("Account", "a", "no such output")})}
	done := w.converge(t, m, Policy{})
	same(t, "outcomes", outcomes(done), map[string]Outcome{"Box/b": Failed})
	same(t, "note", w.boxes.stored["b"].spec.Note.Text(), "red")
}

// TestOnly limits a run to objects and what they need, implied needs included.
func TestOnly(t *testing.T) {
	w := newWorld()
	m := append(w.chain(), w.task("t", taskSpec{Every: text("1h"), Needs: []resource.Ref{ref("Box", "z")}}))
	tests := []struct {
		only []resource.Ref
		want []string
	}{
		{[]resource.Ref{ref("Box", "z")}, []string{"Box/z"}},
		{[]resource.Ref{ref("Task", "t")}, []string{"Box/z", "Task/t"}},
		{[]resource.Ref{ref("Box", "c")}, []string{"Account/a", "Box/b", "Box/c"}},
		{[]resource.Ref{ref("Box", "nobody")}, nil},
		{nil, []string{"Box/z", "Account/a", "Task/t", "Box/b", "Box/c"}},
	}
	for _, c := range tests {
		var have []string
		for _, s := range w.planOnly(t, m, Policy{}, c.only...).Steps {
			have = append(have, key(s))
		}
		slices.Sort(have)
		slices.Sort(c.want)
		same(t, fmt.Sprint(c.only), have, c.want)
	}
}

// TestDeletesUsersFirst: of two objects that go, the one that uses the other goes
// first.
func TestDeletesUsersFirst(t *testing.T) {
	w := newWorld()
	w.must(t, w.chain(), Policy{})
	w.heal()
	w.history = nil
	m := w.chain()
	slices.Reverse(m)
	for i := range m {
		m[i].Meta.State = "absent"
	}
	w.apply(t, w.plan(t, m, Policy{}), Options{Parallelism: 1})
	at := func(what string) int { return slices.Index(w.history, what) }
	if at("delete Box/c") > at("delete Box/b") || at("delete Box/b") > at("delete Account/a") {
		t.Errorf("deleted in the wrong order: %v", w.history)
	}
	same(t, "deletes", len(w.history), 4)
}

// TestFailedDeleteKeepsTheRest: an object stays owned while it exists.
func TestFailedDeleteKeepsTheRest(t *testing.T) {
	w := newWorld()
	w.must(t, one(w.box("a", red)), Policy{})
	w.boxes.refuses = map[string]error{"a": errNo}
	done := w.converge(t, nil, Policy{Prune: true})
	same(t, "outcomes", outcomes(done), map[string]Outcome{"Box/a": Failed})
	entry := w.ledger(t).Entry(ref("Box", "a"))
	same(t, "owned", entry.Owned, true)
	same(t, "intent", entry.Intent, nil)
}
