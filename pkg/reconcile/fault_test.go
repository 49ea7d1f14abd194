package reconcile

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestEveryCutHeals cuts every single write of a run, one after the other, before
// and after its effect, with the process going on or dying. A clean run must then
// reach the manifest, with nothing made twice and a true ledger.
func TestEveryCutHeals(t *testing.T) {
	random := rapid.Custom(drawScenario)
	for seed := range 12 {
		t.Run(fmt.Sprint("scenario ", seed), func(t *testing.T) {
			s := random.Example(seed)
			for n := range s.writes(t) {
				for _, after := range []bool{false, true} {
					s.survives(t, cut{at: n + 1, after: after}, 1+3*(seed%2))
					s.survives(t, cut{at: n + 1, after: after, dies: true}, 1+3*(seed%2))
				}
			}
		})
	}
}

// writes counts the writes of an undisturbed run.
func (s scenario) writes(t tester) int {
	w := s.play(t)
	w.must(t, desired(w, s.after), generous)
	return len(w.writes)
}

// TestAnyCutHeals does the same to one write of each of many scenarios.
func TestAnyCutHeals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		c := drawCut(t)
		if total := s.writes(t); total > 0 {
			c.at = 1 + c.at%total
			s.survives(t, c, rapid.SampledFrom([]int{1, 4}).Draw(t, "parallelism"))
		}
	})
}

func (s scenario) survives(t tester, c cut, parallelism int) {
	w := s.play(t)
	m := desired(w, s.after)
	plan := w.plan(t, m, generous)
	w.fault = c
	_ = Apply(t.Context(), &plan, Options{Parallelism: parallelism, WaitJobs: time.Minute})
	if len(w.writes) < c.at {
		t.Errorf("only %d writes happened", len(w.writes))
	}
	w.heal()
	w.reached(t, m, w.must(t, m, generous))
	w.settled(t, m, generous)
	w.notDoubled(t)
	if t.Failed() {
		t.Fatalf("after %s", c)
	}
}

// notDoubled looks at what took effect: nothing is made or deleted twice.
func (w *world) notDoubled(t tester) {
	t.Helper()
	times := map[string]int{}
	for _, h := range w.history {
		times[h]++
		once := strings.HasPrefix(h, "create ") || strings.HasPrefix(h, "delete ")
		if once && times[h] > 1 {
			t.Errorf("%s happened %d times: %v", h, times[h], w.history)
		}
	}
}

func drawCut(t *rapid.T) cut {
	return cut{
		at:    rapid.IntRange(1, 8).Draw(t, "n"),
		after: rapid.Bool().Draw(t, "after"),
		dies:  rapid.Bool().Draw(t, "dies"),
	}
}

// interrupt applies a manifest and cuts one write of it.
func (w *world) interrupt(t tester, m manifest, c cut) {
	plan := w.plan(t, m, generous)
	w.fault = c
	_ = Apply(t.Context(), &plan, Options{Parallelism: 4, WaitJobs: time.Minute})
	w.heal()
}

// TestCutTwice interrupts two runs in a row.
func TestCutTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		w := s.play(t)
		m := desired(w, s.after)
		w.interrupt(t, m, drawCut(t))
		w.interrupt(t, m, drawCut(t))
		w.reached(t, m, w.must(t, m, generous))
		w.settled(t, m, generous)
		w.notDoubled(t)
	})
}

// TestCutThenOtherManifest interrupts a run and goes on with another manifest.
func TestCutThenOtherManifest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		w := s.play(t)
		w.interrupt(t, desired(w, s.after), drawCut(t))
		next := desired(w, drawManifest(t, "next"))
		plan := w.plan(t, next, generous)
		if len(plan.Refused) > 0 {
			t.Skip("wants deleted what was never taken over")
		}
		w.must(t, next, generous)
		again := w.plan(t, next, generous)
		if !again.Empty() {
			t.Fatalf("the next plan is not empty:\n%s", summary(again))
		}
		// What nobody can tell to be ours stays, and the plan says so.
		for r, n := range w.existing() {
			if n > 1 {
				t.Errorf("%s exists %d times", r, n)
			}
		}
	})
}
