package reconcile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

// Ran is one run of a job as a person read it in the service's history.
type Ran struct {
	// Status is the service's word; "" says that somebody started a run, and nothing of
	// its end. OK is true when it ended well.
	Status string `json:"status,omitempty"`
	OK     bool   `json:"ok"`
	// Started and Finished are what the history says; Started may be missing.
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	// Counts is what the run read, by what it counts; Before what was known until then.
	Counts map[string]int `json:"counts,omitempty"`
	Before map[string]int `json:"before,omitempty"`
	// By is who reported it, At when, and Order the work order that it answers.
	By    string    `json:"by,omitempty"`
	At    time.Time `json:"at"`
	Order string    `json:"order,omitempty"`
}

// Ended reports whether the history said how the run ended.
func (r Ran) Ended() bool { return r.Status != "" }

// when orders runs: by their end, and those of which none is known by the report.
func (r Ran) when() time.Time {
	if r.Finished.IsZero() {
		return r.At
	}
	return r.Finished
}

// after reports whether the run can have seen a change.
func (r Ran) after(change time.Time) bool {
	if r.Started.IsZero() {
		return !r.when().Before(change)
	}
	return !r.Started.Before(change)
}

// String says it in one line.
func (r Ran) String() string {
	text := "last run started, reported on " + moment(r.At)
	if r.Ended() {
		text = "last run " + moment(r.Finished) + ": " + r.Status
	}
	for _, of := range slices.Backward(slices.Sorted(maps.Keys(r.Counts))) {
		text += fmt.Sprintf(", %d %s", r.Counts[of], strings.ToLower(of))
	}
	if r.By != "" {
		text += ", reported by " + r.By
	}
	return text
}

// ran adds a run to those that are kept: the last one, the last whose end is known,
// and the last that ended well.
func (e Entry) ran(r Ran) []Ran {
	runs := append([]Ran{r}, e.Ran...)
	// Of two that ended at the same time the later report counts: it is a correction.
	slices.SortStableFunc(runs, func(a, b Ran) int {
		return cmp.Or(b.when().Compare(a.when()), b.At.Compare(a.At))
	})
	var kept []Ran
	var ended, good bool
	for i, r := range runs {
		if i == 0 || r.Ended() && !ended || r.OK && !good {
			kept = append(kept, r)
		}
		ended, good = ended || r.Ended(), good || r.OK
	}
	return kept
}

// lastRun returns the last run whose end is known, nil when none is.
func (e Entry) lastRun() *Ran {
	if i := slices.IndexFunc(e.Ran, Ran.Ended); i >= 0 {
		return &e.Ran[i]
	}
	return nil
}

// LastRun returns the last run of a job that somebody reported, and the last that
// ended well before it; nil where nobody reported one.
func (p Plan) LastRun(ref resource.Ref) (last, good *Ran) {
	if p.maker == nil {
		return nil, nil
	}
	e := p.maker.Ledger.Entry(ref)
	if i := slices.IndexFunc(e.Ran, func(r Ran) bool { return r.OK }); i >= 0 {
		good = &e.Ran[i]
	}
	return e.lastRun(), good
}

// tellRun notes the last reported run of a job; one that did not end well makes the
// job broken until a better one is reported.
func (m *maker) tellRun(s *Step, e Entry) {
	last := e.lastRun()
	if last == nil || s.Via != resource.WayPerson {
		return
	}
	shown := *last
	shown.Before, shown.Order = nil, ""
	s.LastRun = &shown
	if !last.OK && s.State != Broken {
		s.work.unbroken, s.work.failed, s.State = s.State, true, Broken
		s.Reason = join(s.Reason, "its last run did not end well")
	}
}

// takeRun puts a reported run into the ledger. A run that went well, or that is only
// said to be started, answers the open order.
func (m *maker) takeRun(s Step, said Said) {
	entry := m.Ledger.Entry(s.Ref)
	r := Ran{By: said.Who(), At: said.At, Order: said.Order}
	if said.Run != nil {
		r.Status, r.OK, r.Started, r.Finished, r.Counts = said.Run.Status, said.Run.OK, said.Run.Started, said.Run.Finished, said.Run.Counts
	}
	if s.Action == RunJob {
		r.Order = s.work.order
	}
	newest := entry.lastRun() == nil || !r.when().Before(entry.lastRun().when())
	if len(r.Counts) > 0 && newest {
		entry.Counted = maps.Clone(entry.Counted)
		if entry.Counted == nil {
			entry.Counted = map[string]Counted{}
		}
		for of, n := range r.Counts {
			if old, known := entry.Counted[of]; known {
				if r.Before == nil {
					r.Before = map[string]int{}
				}
				r.Before[of] = old.Number
			}
			entry.Counted[of] = Counted{Number: n, At: r.Finished}
		}
	}
	entry.Ran = entry.ran(r)
	if r.after(entry.Due) && (r.OK || !r.Ended()) {
		entry.Owed, entry.Intent, entry.Due = false, nil, time.Time{}
	}
	m.Ledger.Put(entry)
}

// repeats reports whether a report of a run brings nothing that is not known: the
// very run, reported as late, or one that newer ones have replaced.
func (e Entry) repeats(said Said) bool {
	r := Ran{At: said.At}
	if said.Run != nil {
		r.Status, r.OK, r.Finished = said.Run.Status, said.Run.OK, said.Run.Finished
	}
	alike := func(o Ran) bool { return o.Status == r.Status && o.Finished.Equal(r.Finished) && o.At.Equal(r.At) }
	later := func(o Ran) bool {
		same := o.Ended() == r.Ended() && o.Finished.Equal(r.Finished)
		return same && (o.At.After(r.At) || o.At.Equal(r.At) && o.Status == r.Status)
	}
	return slices.ContainsFunc(e.Ran, later) || !slices.ContainsFunc(e.ran(r), alike)
}
