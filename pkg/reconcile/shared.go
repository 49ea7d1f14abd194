package reconcile

import (
	"fmt"

	"reconcile/pkg/resource"
)

// Two integrations may adopt one object at the same moment. Each announces that before
// it looks at what the others own, so that at least one of them sees the other.

// unclaimed returns the steps of a batch that nobody else took since the plan was made.
// The others fail before anything is sent.
func (a *applier) unclaimed(batch []*Step) []*Step {
	var free []*Step
	for _, s := range batch {
		other := a.rival(s)
		if other == "" {
			free = append(free, s)
			continue
		}
		a.forgetIntent(s)
		a.end(s, Failed, takenOver(other, ""), 0)
	}
	return free
}

// tellShared lets the adoptions fail of what somebody else took while they were made:
// both own it, and each of their next runs says so.
func (a *applier) tellShared() {
	for i := range a.plan.Steps {
		s := &a.plan.Steps[i]
		if other := a.rival(s); other != "" && s.Outcome == Applied {
			a.end(s, Failed, takenOver(other, ", and both own it now"), 0)
		}
	}
}

func takenOver(other, so string) error {
	return fmt.Errorf("integration %s took it over at the same moment%s (E211): let one of the two own it, and say manage: false in the other", other, so)
}

// rival is the integration that owns, or is about to own, what a step adopts.
func (a *applier) rival(s *Step) string {
	if s.Action != Adopt {
		return ""
	}
	return either(*s, func(ref resource.Ref) string { return a.Ledger.takenBy(ref, a.Now()) })
}
