package view

import (
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// tally counts the steps of a result. The counts by action hold all steps, also
// those that wait or are blocked.
type tally struct {
	Create    int   `json:"create"`
	Update    int   `json:"update"`
	Delete    int   `json:"delete"`
	Adopt     int   `json:"adopt"`
	Run       int   `json:"run"`
	Forget    int   `json:"forget"`
	Kept      int   `json:"kept"`
	Unchanged int   `json:"unchanged"`
	Waiting   int   `json:"waiting"`
	Blocked   int   `json:"blocked"`
	Applied   int   `json:"applied"`
	Failed    int   `json:"failed"`
	Skipped   int   `json:"skipped"`
	Calls     int   `json:"calls"`
	Retries   int   `json:"retries"`
	Throttled int   `json:"throttled"`
	TookMs    int64 `json:"tookMs"`

	// objects counts objects, not steps: a job and its run are one. writes counts
	// the steps that write. words counts labels and evidence of the rest.
	// left counts the kept objects that the manifest does not hold, prunable those of
	// them that --prune would delete.
	objects, writes, left, prunable int
	words                           map[string]int
}

func count(r Result) tally {
	t := tally{Calls: r.Calls, Retries: r.Retries, Throttled: r.Throttled, TookMs: r.Took.Milliseconds(), words: map[string]int{}}
	for _, s := range r.steps() {
		t.add(s)
	}
	return t
}

func (t *tally) add(s reconcile.Step) {
	if n := t.byAction(s.Action); n != nil {
		*n++
	}
	if n := t.byStanding(standing(s)); n != nil {
		*n++
	}
	if s.Action != reconcile.RunJob {
		t.objects++
	}
	if s.Action.Writes() {
		t.writes++
		return
	}
	if s.Action == reconcile.Kept && s.Position == (resource.Position{}) {
		t.left++
	}
	if s.Prunable {
		t.prunable++
	}
	word := labelOf(s).word
	t.words[word]++
	if word == unchanged {
		t.words[evidence(s)]++
	}
}

func (t *tally) byAction(a reconcile.Action) *int {
	return map[reconcile.Action]*int{
		reconcile.Create: &t.Create, reconcile.Update: &t.Update, reconcile.Delete: &t.Delete,
		reconcile.Adopt: &t.Adopt, reconcile.RunJob: &t.Run, reconcile.Forget: &t.Forget,
		reconcile.Kept: &t.Kept, reconcile.Unchanged: &t.Unchanged,
	}[a]
}

func (t *tally) byStanding(o reconcile.Outcome) *int {
	return map[reconcile.Outcome]*int{
		reconcile.Applied: &t.Applied, reconcile.Failed: &t.Failed, reconcile.Skipped: &t.Skipped,
		reconcile.Waits: &t.Waiting, reconcile.Blocked: &t.Blocked,
	}[o]
}

// ended reports whether an apply took place.
func (t tally) ended(r Result) bool {
	for _, s := range r.steps() {
		if s.Outcome != "" {
			return true
		}
	}
	return false
}
