package reconcile

import (
	"fmt"
	"testing"
)

func TestBulk(t *testing.T) {
	for n, want := range map[int]int{4: 4, 5: 1, 40: 1} {
		w := newWorld()
		w.bulk = true
		var m manifest
		for i := range n {
			m = append(m, w.box(fmt.Sprint("b", i), red))
		}
		w.must(t, m, Policy{})
		same(t, fmt.Sprintf("calls for %d boxes", n), len(w.history), want)
		w.settled(t, m, Policy{})
		w.history = nil
		for i := range m {
			m[i].Spec = blue
		}
		w.must(t, m, Policy{})
		same(t, fmt.Sprintf("calls to change %d boxes", n), len(w.history), want)
		w.settled(t, m, Policy{})
	}
}

// TestBulkSendsOnlyWhatIsComplete: one box of the batch is refused, one lacks an
// output; the rest is made.
func TestBulkSendsOnlyWhatIsComplete(t *testing.T) {
	w := newWorld()
	w.bulk = true
	w.boxes.refuses = map[string]error{"b1": errNo}
	m := manifest{w.account("a", accountSpec{Role: text("r")})}
	w.must(t, m, Policy{})
	for i := range 6 {
		m = append(m, w.box(fmt.Sprint("b", i), red))
	}
	m[3].Spec = boxSpec{Note: output("Account", "a", "no such output")}
	done := w.converge(t, m, Policy{})
	same(t, "outcomes", outcomes(done), map[string]Outcome{
		"Box/b0": Applied, "Box/b1": Failed, "Box/b2": Failed, "Box/b3": Applied,
		"Box/b4": Applied, "Box/b5": Applied,
	})
	same(t, "calls", w.history, []string{"create Account/a", "create 5 boxes"})
	same(t, "boxes", len(w.boxes.stored), 4)
}
