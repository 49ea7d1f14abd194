package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// handMade lets somebody change the destination by hand, so that the next run writes.
func (l *land) handMade(t tester) {
	t.Helper()
	l.console(t, http.MethodPost, "destinations/IPS_PROXY", map[string]any{"set": map[string]string{"GROUPSURL": "/groups"}})
}

// TestUnrecordedRuns: the ledger counts the runs that write, so that one without
// --records shows, and one whose record or note was taken away is told from it.
func TestUnrecordedRuns(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"fragments", "file"} {
		t.Run(where, func(t *testing.T) {
			k := newKit(t)
			args, dir := k.example(t, "plain"), filepath.Join(k.dir, "runs")
			if where == "file" {
				args = append(args, "--ledger", "file:"+filepath.Join(k.dir, "ledger.json"))
			}
			recorded := append(slices.Clone(args), "--records", dir)
			history := append([]string{"history"}, recorded...)
			synctest.Test(t, func(t *testing.T) {
				l := k.land(t, k.dump)
				run := func(args []string) {
					time.Sleep(time.Minute)
					l.handMade(t)
					l.must(t, 0, args...)
				}
				// Who never recorded has no gap, and who does nothing needs no record.
				l.must(t, 0, append(args, "--adopt")...)
				run(args)
				run(recorded)
				l.must(t, 0, args...)
				if e := l.must(t, 0, history...); strings.Contains(e.out, "not recorded") {
					t.Errorf("a gap before the first record: %s", e)
				}
				run(args)
				run(args)
				run(recorded)
				run(args)
				e := l.must(t, 1, history...)
				for _, text := range []string{"E237", "runs 4 to 5, from 2000-01-01 00:03:00 UTC to 2000-01-01 00:04:00 UTC, were not recorded", "run 7 of 2000-01-01 00:06:00 UTC was not recorded: it wrote without --records"} {
					if !strings.Contains(e.out, text) {
						t.Errorf("%q is not said: %s", text, e)
					}
				}
				if strings.Contains(e.out, "E23") && strings.Contains(e.out, "missing") {
					t.Errorf("something is missing: %s", e)
				}
				if !regexp.MustCompile(`(?m)^   1  run 3 .*\n   2  run 6 `).MatchString(e.out) {
					t.Errorf("the list does not show the numbers of the runs: %s", e)
				}
				l.missing(t, dir, history)
			})
		})
	}
}

// missing takes the record of the last recorded run away, and then leaves what a run
// leaves that was killed and whose note was taken away.
func (l *land) missing(t *testing.T, dir string, history []string) {
	t.Helper()
	records := l.recorded(t, dir)
	last := records[len(records)-1].File
	text := mustRead(t, last)
	if err := os.Remove(last); err != nil {
		t.Fatal(err)
	}
	if e := l.must(t, 1, history...); !strings.Contains(e.out, "E231  record 2 is missing: the ledger knows it as the last one") || strings.Contains(e.out, "neither") {
		t.Errorf("the loss of record 2 is not told, or twice: %s", e)
	}
	if err := os.WriteFile(last, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	dead := false
	l.wire.before = func(c call, _ int) trouble {
		if dead = dead || c.write() && !c.ledger(); dead {
			return unsent
		}
		return none
	}
	l.handMade(t)
	l.run(history[1:]...)
	l.wire.before = nil
	// What lies there now it wrote in its last moments, which a kill would not have left.
	for _, r := range l.recorded(t, dir) {
		if r.Run == 8 {
			if err := os.Remove(r.File); err != nil {
				t.Fatal(err)
			}
		}
	}
	time.Sleep(time.Minute) // its lock expires
	e := l.must(t, 1, history...)
	// A file beside the ledger file took the number of its record even so.
	if !strings.Contains(e.out, "E231  run 8 left neither a record nor a note that it began") && !strings.Contains(e.out, "E231  record 3 is missing") {
		t.Errorf("a run without any trace is not told: %s", e)
	}
}

// TestNewLedgerCounts: a run that only starts a new ledger dropped all that was owned, so
// it is one that wrote.
func TestNewLedgerCounts(t *testing.T) {
	t.Parallel()
	for _, recorded := range []bool{false, true} {
		k := newKit(t)
		args := k.example(t, "plain")
		records := append(slices.Clone(args), "--records", filepath.Join(k.dir, "runs"))
		synctest.Test(t, func(t *testing.T) {
			l := k.land(t, k.dump)
			l.must(t, 0, records...)
			l.loseLedger(t)
			l.must(t, 0, append([]string{"plan", "--new-ledger"}, args...)...)
			if !recorded {
				l.must(t, 0, append(args, "--new-ledger")...)
				if e := l.must(t, 1, append([]string{"history"}, records...)...); !strings.Contains(e.out, "E237  run 1 of ") {
					t.Errorf("a new ledger left no trace: %s", e)
				}
				return
			}
			l.must(t, 0, append(records, "--new-ledger")...)
			if e := l.must(t, 0, append([]string{"history"}, records...)...); !strings.Contains(e.out, "new-ledger") {
				t.Errorf("the list does not tell of the new ledger: %s", e)
			}
			all := l.recorded(t, filepath.Join(k.dir, "runs"))
			last := all[len(all)-1]
			if !last.Wrote || last.Run != 1 || !last.NewLedger || !strings.Contains(string(last.Result), "W222") {
				t.Errorf("the record does not tell of the new ledger: %+v", last.RunRecord)
			}
			if err := os.Remove(last.File); err != nil {
				t.Fatal(err)
			}
			l.must(t, 1, append([]string{"history"}, records...)...)
			l.settled(t, args...)
		})
	}
}
