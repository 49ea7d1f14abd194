package reconcile

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestEveryCutHeals cuts every single write of a run, one after the other, before
// and after its effect, with the process going on or dying. A clean run must then
// reach the manifest, with nothing made twice and a true ledger.
func TestEveryCutHeals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		parallelism := rapid.SampledFrom([]int{1, 4}).Draw(t, "parallelism")
		w := s.play(t)
		w.must(t, desired(w, s.after), generous)
		total := len(w.writes)
		for n := 1; n <= total; n++ {
			for _, c := range cuts(n) {
				s.survives(t, c, parallelism)
				if t.Failed() {
					t.Fatalf("%s with parallelism %d", c, parallelism)
				}
			}
		}
	})
}

func cuts(n int) []cut {
	return []cut{{at: n}, {at: n, after: true}, {at: n, dies: true}, {at: n, after: true, dies: true}}
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
	s.doubled(t, w)
}

// doubled compares what the service was asked to make with what there is: a box
// that was made twice was made, lost and made again.
func (s scenario) doubled(t tester, w *world) {
	made := map[string]int{}
	for _, h := range w.history {
		made[h]++
		if made[h] > 1 && (h[:6] == "create" || h[:6] == "delete") {
			t.Errorf("%s happened %d times: %v", h, made[h], w.history)
		}
	}
}

// TestCutTwice kills two runs in a row.
func TestCutTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		w := s.play(t)
		m := desired(w, s.after)
		for range 2 {
			plan := w.plan(t, m, generous)
			w.fault = rapid.SampledFrom(cuts(rapid.IntRange(1, 8).Draw(t, "n"))).Draw(t, "cut")
			_ = Apply(t.Context(), &plan, Options{Parallelism: 4, WaitJobs: time.Minute})
			w.heal()
		}
		w.reached(t, m, w.must(t, m, generous))
		w.settled(t, m, generous)
	})
}
