package view

import (
	"fmt"
	"strings"
	"testing"

	"reconcile/pkg/reconcile"
)

// TestPictureOfManyShowsTheWorst: what failed and what waits has a node of its own,
// whatever lies around it, and the rest is told by kind, worst first.
func TestPictureOfManyShowsTheWorst(t *testing.T) {
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprint("calm", i))
	}
	steps := unchangedSteps(names...)
	for i := range 30 {
		s := ended(createDestination(), reconcile.Failed, "refused")
		s.Name = fmt.Sprint("BAD", i)
		steps = append(steps, s)
	}
	p := newPicture(applied(6, plan(append(steps, ended(createSystem(), reconcile.Applied, ""))...)), map[string]string{"Destination/BAD29": "there"})
	bad, folded := 0, ""
	for _, n := range p.Nodes {
		if n.Tone == "bad" && strings.HasPrefix(n.Name, "BAD") {
			bad++
		}
		if strings.HasSuffix(n.Name, "objects") {
			folded += n.Kind + ": " + n.Name + ", " + n.Symbol + " " + n.Word + "; "
		}
		if n.Kind == "Destination" && n.Name == "6 objects" && n.Anchor != "" {
			t.Errorf("leads to %q, which is not its worst", n.Anchor)
		}
	}
	if bad != mostApart || folded != "Job: 60 objects, = 60 in sync; Destination: 6 objects, ✗ 6 failed; " {
		t.Errorf("%d bad nodes of their own; %s", bad, folded)
	}
	if p.Title != "91 objects: what is needed stands left of what needs it" {
		t.Error(p.Title)
	}
}
