package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"reconcile/pkg/resource"
)

// Tally counts the runs that wrote under a ledger, so that one that left no record
// shows. It is a part of the ledger's first shard; ledgers of earlier versions have
// none and count from their next run on.
type Tally struct {
	// Runs is how many began to write; the last of them did at Last.
	Runs int       `json:"runs"`
	Last time.Time `json:"last"`
	// Unrecorded are those that left no record, the oldest first. Gaps that were
	// dropped, because there were too many, lie at or before run Forgotten.
	Unrecorded []Gap `json:"unrecorded,omitempty"`
	Forgotten  int   `json:"forgotten,omitempty"`
}

// Gap is a row of runs that left no record, and when the first and the last of them
// began.
type Gap struct {
	From  int       `json:"from"`
	To    int       `json:"to"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
}

// mostGaps bounds what a ledger keeps of them, about two kilobytes.
const mostGaps = 16

// next is the tally once another run began to write.
func (t Tally) next(at time.Time, recorded bool) Tally {
	at = at.UTC().Truncate(time.Second)
	t.Runs, t.Last = t.Runs+1, at
	if recorded {
		return t
	}
	// A copy: whoever takes the tally back has the old one.
	gaps := slices.Clone(t.Unrecorded)
	if last := len(gaps) - 1; last >= 0 && gaps[last].To == t.Runs-1 {
		gaps[last].To, gaps[last].Until = t.Runs, at
	} else {
		gaps = append(gaps, Gap{From: t.Runs, To: t.Runs, Since: at, Until: at})
	}
	if len(gaps) > mostGaps {
		t.Forgotten = gaps[0].To
		gaps = gaps[1:]
	}
	t.Unrecorded = gaps
	return t
}

// Enter makes this run one of those that write, once: with the first step that it
// announces, or with a new ledger in place of a lost one. Nothing is stored before Save.
func (l *Ledger) Enter(at time.Time, recorded bool) {
	if !l.counted {
		l.counted, l.tally = true, l.tally.next(at, recorded)
	}
}

// Counts reports whether the stored ledger counts this run as one that wrote.
func (l *Ledger) Counts() bool { return l.counted && l.Written() }

// sound reports whether a tally is one that next could have made.
func (t Tally) sound() bool {
	after := t.Forgotten
	for _, g := range t.Unrecorded {
		if g.From <= after || g.To < g.From {
			return false
		}
		after = g.To
	}
	return t.Forgotten >= 0 && after <= t.Runs && len(t.Unrecorded) <= mostGaps
}

// unrecorded says what is wrong with the runs.
func (g Gap) unrecorded() string {
	if g.From == g.To {
		return fmt.Sprintf("run %d of %s was not recorded: it wrote without --records", g.From, instant(g.Since))
	}
	return fmt.Sprintf("runs %d to %d, from %s to %s, were not recorded: they wrote without --records", g.From, g.To, instant(g.Since), instant(g.Until))
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// NextRun is the number that the next run that writes gets in the ledger's tally.
func (p Plan) NextRun() int { return p.maker.Ledger.tally.Runs + 1 }

// Account is what a ledger knows of the runs of its integration and their records.
type Account struct {
	Head
	Tally
	// Mark is the ledger's own, Ledger its name and place.
	Mark, Ledger string
}

// Account is what the ledger tells, with the last record that is noted beside it.
func (l *Ledger) Account(head Head) *Account {
	return &Account{Head: head, Tally: l.tally, Mark: l.Mark(), Ledger: fmt.Sprintf("the ledger of %s in %s", l.who, l.store.Place(""))}
}

// unrecorded tells of runs that the ledger counted and that were to leave no record.
func (c *chain) unrecorded(records []StoredRecord, ledger Account) {
	for _, g := range ledger.Unrecorded {
		earlier := func(r StoredRecord) bool {
			if ledger.counts(r) {
				return r.Run <= g.To
			}
			return !r.Started.Truncate(time.Second).After(g.Until)
		}
		// Who never recorded before has no gap.
		if slices.ContainsFunc(records, earlier) {
			c.complain("E237", "", everyRun, "%s", g.unrecorded())
		}
	}
}

// traceless tells of runs that the ledger counted, that were to be recorded, and of
// which nothing is left. Where the chain itself is broken it tells of them already.
func (c *chain) traceless(records []StoredRecord, ledger Account) {
	if slices.ContainsFunc(c.faults, func(f resource.Fault) bool { return f.Code == "E230" || f.Code == "E231" }) {
		return
	}
	told := slices.Clone(ledger.Unrecorded)
	for _, r := range records {
		if ledger.counts(r) {
			told = append(told, Gap{From: r.Run, To: r.Run})
		}
	}
	slices.SortFunc(told, func(a, b Gap) int { return cmp.Compare(a.From, b.From) })
	after := ledger.Forgotten
	for _, g := range append(told, Gap{From: ledger.Runs + 1}) {
		switch from, to := after+1, g.From-1; {
		case from == to:
			c.complain("E231", "", collect, "run %d left neither a record nor a note that it began, and %s counted it", from, ledger.Ledger)
		case from < to:
			c.complain("E231", "", collect, "runs %d to %d left neither records nor notes that they began, and %s counted them", from, to, ledger.Ledger)
		}
		after = max(after, g.To)
	}
}

// counts reports whether a record's run is one of those that the ledger counted. The
// note of a first run does not know the ledger yet.
func (a Account) counts(r StoredRecord) bool {
	return r.Run > 0 && (r.Ledger == a.Mark || r.Open && r.Ledger == "")
}
