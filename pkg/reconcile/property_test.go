package reconcile

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"reconcile/pkg/resource"
)

// TestConverges: whatever was there, one run reaches the manifest, the next plan
// is empty, and doing it writes nothing.
func TestConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		w := s.play(t)
		m := desired(w, s.after)
		w.reached(t, m, w.must(t, m, generous))
		w.settled(t, m, generous)
	})
}

// TestOrderRespectsNeeds: nothing is made or changed before what it needs, in the
// plan as in the calls, and nothing is deleted before what uses it.
func TestOrderRespectsNeeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		w := s.play(t)
		m := desired(w, s.after)
		plan := w.plan(t, m, generous)
		needs := requirements(m)
		place := map[resource.Ref]int{}
		for i, step := range plan.Steps {
			for _, need := range needs[step.Ref] {
				if at, ok := place[need]; !ok || at > i {
					t.Fatalf("%s is planned before %s", step.Ref, need)
				}
			}
			place[step.Ref] = i
		}
		w.apply(t, plan, Options{Parallelism: rapid.SampledFrom([]int{1, 3, 64}).Draw(t, "parallelism"), WaitJobs: 60e9})
		checkHistory(t, w.history, needs)
	})
}

func checkHistory(t tester, history []string, needs map[resource.Ref][]resource.Ref) {
	seen := map[resource.Ref]int{}
	for i, h := range history {
		action, name, _ := strings.Cut(h, " ")
		if action == "create" || action == "update" {
			done, _ := resource.ParseRef(name)
			seen[done] = i
		}
	}
	for done, i := range seen {
		for _, need := range needs[done] {
			if at, ok := seen[need]; ok && at > i {
				t.Fatalf("%s was written before %s: %v", done, need, history)
			}
		}
	}
}
