package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"reconcile/pkg/resource"
)

// LastWrote returns the label of the secret that this integration last wrote at a
// path, and when; nothing when it did not write it.
func (p Plan) LastWrote(ref resource.Ref, path string) (label string, at time.Time) {
	entry := p.maker.Ledger.Entry(ref)
	if entry.Wrote[path] == "" {
		return "", time.Time{}
	}
	return entry.Labels[path], entry.Since[path]
}

// secretsSince keeps the times of secrets that are the same as before, and gives the
// others the time of now.
func secretsSince(e Entry, before map[string]string, now time.Time) map[string]time.Time {
	times := map[string]time.Time{}
	for path := range e.Labels {
		at, known := e.Since[path]
		if !known || before[path] != e.Wrote[path] {
			at = now
		}
		times[path] = at
	}
	if len(times) == 0 {
		return nil
	}
	return times
}

// Applied reports whether an object was written by this run.
func (p Plan) Applied(ref resource.Ref) bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool {
		return s.Ref == ref && s.Action != RunJob && s.Outcome == Applied
	})
}

// Equal reports whether a field of an object needs no change.
func (p Plan) Equal(ref resource.Ref, path string) bool {
	for _, s := range p.Steps {
		if s.Ref == ref && s.Action != RunJob {
			return s.Action != Create && !slices.ContainsFunc(s.Changes, func(c resource.Change) bool { return c.Path == path })
		}
	}
	return false
}

// GoodRuns returns when the good runs of the jobs began that pick picks: as an
// interface tells, or as people reported with the time of the start. seen is false
// when neither does.
func (p Plan) GoodRuns(ctx context.Context, pick func(resource.Spec) bool) (starts []time.Time, seen bool, err error) {
	for _, s := range p.Steps {
		if told := p.maker.told[s.Ref]; s.Action != RunJob && told != nil && pick(told.Spec) {
			for _, run := range p.maker.Ledger.Entry(s.Ref).Ran {
				if run.OK && !run.Started.IsZero() {
					starts, seen = append(starts, run.Started), true
				}
			}
			continue
		}
		have := p.maker.live[s.Ref]
		if s.Action == RunJob || s.Via == resource.WayPerson || s.work.kind == nil || have == nil || !pick(have.Spec) {
			continue
		}
		runs, err := s.work.kind.Runs(ctx, *have)
		if err != nil {
			return nil, false, fmt.Errorf("runs of %s: %w", s.Ref, err)
		}
		seen = true
		for _, run := range runs {
			if run.Done && run.OK {
				starts = append(starts, run.Started)
			}
		}
	}
	return starts, seen, nil
}
