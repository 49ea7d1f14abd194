package drift

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestRunKeepsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		stop := make(chan struct{})
		var looks []time.Duration
		Schedule{Every: 15 * time.Minute}.Run(t.Context(), stop, func(context.Context) {
			looks = append(looks, time.Since(start))
			switch len(looks) {
			case 2: // a look that takes longer than the interval delays the next one
				time.Sleep(20 * time.Minute)
			case 4:
				close(stop)
			}
		})
		want := []time.Duration{0, 15 * time.Minute, 35 * time.Minute, 50 * time.Minute}
		for i, at := range want {
			if looks[i] != at {
				t.Errorf("look %d after %s, want %s", i, looks[i], at)
			}
		}
	})
}

func TestRunEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Minute)
		defer cancel()
		looks := 0
		Schedule{Every: 15 * time.Minute, Jitter: time.Minute}.Run(ctx, nil, func(context.Context) { looks++ })
		if looks != 3 {
			t.Errorf("%d looks in 40 minutes, want 3", looks)
		}
	})
}
