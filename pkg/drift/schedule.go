// Package drift runs a look at the landscape again and again. It hides when the
// next look is due and how the loop ends.
//
// It knows nothing of plans or services: a look is a function. It imports the
// standard library only.
package drift

import (
	"context"
	"math/rand/v2"
	"time"
)

// Schedule says when to look.
type Schedule struct {
	// Every is the time between the starts of two looks; a look that takes longer
	// delays the next one, so that two never run at the same time.
	Every time.Duration
	// Jitter is the most that is added to each pause, so that many watchers with
	// one schedule do not call at the same moment.
	Jitter time.Duration
}

// Run looks at once and then by the schedule, until stop is closed or ctx ends.
// It returns after the look that is under way.
func (s Schedule) Run(ctx context.Context, stop <-chan struct{}, look func(context.Context)) {
	for {
		due := time.Now().Add(s.Every + s.jitter())
		look(ctx)
		pause := time.NewTimer(time.Until(due))
		select {
		case <-stop:
		case <-ctx.Done():
		case <-pause.C:
			continue
		}
		pause.Stop()
		return
	}
}

func (s Schedule) jitter() time.Duration {
	if s.Jitter <= 0 {
		return 0
	}
	return rand.N(s.Jitter)
}
