package view

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"reconcile/pkg/reconcile"
)

// htmlHistory is what came before: runs that were recorded, and since when each
// object is as it is.
type htmlHistory struct {
	Runs   []htmlRun
	States []htmlState
}

type htmlRun struct{ Number, At, Command, Outcome, Tone, By, Ticket, Revision string }

type htmlState struct{ Ref, State, Tone, Since, Good string }

// historyRuns is the number of runs on a page; reconcile history tells all.
const historyRuns = 10

// stateLabels are the words for states that looks recorded.
var stateLabels = map[reconcile.State]label{
	reconcile.InSync: {"✓", "in sync", green}, reconcile.Drifted: {"≠", "drifted", yellow},
	reconcile.Broken: {"✗", "broken", red}, reconcile.Unknown: {"?", "cannot tell", dim},
}

func newHTMLHistory(r Result) htmlHistory {
	h := htmlHistory{Runs: each(r.Runs[:min(len(r.Runs), historyRuns)], newHTMLRun)}
	for _, ref := range slices.Sorted(maps.Keys(r.Seen.Objects)) {
		seen := r.Seen.Objects[ref]
		l := stateLabels[seen.State]
		h.States = append(h.States, htmlState{
			Ref: clean(ref), State: l.symbol + " " + l.word, Tone: tones[l.look],
			Since: momentOr(seen.Since), Good: momentOr(seen.Good),
		})
	}
	return h
}

func newHTMLRun(r reconcile.StoredRecord) htmlRun {
	number := "–"
	if r.Number > 0 {
		number = strconv.Itoa(r.Number)
	}
	revision := clean(r.Revision)
	return htmlRun{
		Number: number, At: momentOr(r.Started), Command: clean(r.Command), Outcome: outcome(r), Tone: tones[outcomeLook(r)],
		By: clean(r.By.Name), Ticket: clean(r.Ticket), Revision: revision[:min(len(revision), 12)],
	}
}

// momentOr is a time as reports show it, "" for none.
func momentOr(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return moment(at)
}
