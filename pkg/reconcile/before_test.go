package reconcile

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// A step that is held is not sent, fails with the reason, and stays due; once it may
// go, what was counted for it is remembered.
func TestBeforeHolds(t *testing.T) {
	w := newWorld()
	w.must(t, w.job("red"), Policy{})
	held := errors.New("too many")
	number := 0
	before := func(_ context.Context, s Step) (map[string]int, error) {
		if s.Action != RunJob {
			return nil, nil
		}
		if number == 0 {
			return nil, held
		}
		return map[string]int{"Users": number}, nil
	}
	p := w.apply(t, w.plan(t, w.job("blue"), Policy{}), Options{Before: before, WaitJobs: time.Minute})
	same(t, "runs while held", w.runs(), 1)
	same(t, "failed", p.Ended(Failed), 1)
	same(t, "applied", p.Ended(Applied), 1)
	for _, s := range p.Steps {
		if s.Action == RunJob && !errors.Is(s.Err(), held) {
			t.Errorf("the reason is lost: %v", s.Err())
		}
	}
	same(t, "counted while held", len(p.Counted(ref("Task", "t"))), 0)
	number = 7
	p = w.apply(t, w.plan(t, w.job("blue"), Policy{}), Options{Before: before, WaitJobs: time.Minute})
	same(t, "runs", w.runs(), 2)
	again := w.plan(t, w.job("blue"), Policy{})
	counted := again.Counted(ref("Task", "t"))["Users"]
	if counted.Number != 7 || counted.At.IsZero() || !again.Empty() || p.Ended(Failed) != 0 {
		t.Errorf("%+v", counted)
	}
}

func TestMovedAndConfirmed(t *testing.T) {
	w := newWorld()
	w.must(t, w.job("red"), Policy{})
	p := w.plan(t, w.job("red"), Policy{})
	box := ref("Box", "a")
	if p.Confirmed(box).IsZero() || !p.Confirmed(ref("Box", "z")).IsZero() || !(Plan{}).Confirmed(box).IsZero() {
		t.Error("when it was last known is not told")
	}
	same(t, "differs before", p.Differs(), false)
	p.Moved(box, Move{At: w.now(), By: "anna"})
	for _, s := range p.Steps {
		if s.Ref == box && (s.State != Drifted || s.Evidence != EvidenceAuditLog || s.Action != Unchanged || !strings.HasPrefix(s.Reason, "anna changed it on")) {
			t.Errorf("%+v", s)
		}
	}
	same(t, "differs after", p.Differs(), true)
}
