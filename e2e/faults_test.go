package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// creates counts the objects that a run made.
func creates(runs ...ended) int {
	n := 0
	for _, e := range runs {
		for _, c := range e.calls {
			if c.method == http.MethodPost && c.effective() && !c.ledger() && !strings.HasSuffix(c.path, "/runs") {
				n += max(1, c.many)
			}
		}
	}
	return n
}

// TestEveryRequestDisturbed disturbs each single request of a run in each way.
// The next run must bring everything to where the undisturbed run brings it,
// and nothing is made, or run, twice.
func TestEveryRequestDisturbed(t *testing.T) {
	t.Parallel()
	k, stories := played(t)
	for _, s := range stories {
		for i, c := range s.keys {
			for _, what := range s.troublesOf(c, i) {
				t.Run(fmt.Sprintf("%s/%s/%s", s.name, strings.ReplaceAll(c.key(), "/", "|"), what), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { s.disturbed(t, k, c, what) })
				})
			}
		}
	}
}

// Ways in which a write is disturbed, all there are: some leave a doubt what became of
// it, some refuse it.
var (
	doubts  = []trouble{cutBefore, cutAfter, cutBody, lateFail, lateGate, loginPage, odd, nothing, idOnly, noCount, noRoute, slow}
	denials = []trouble{unsent, throttled, hasty, busy, failing, noGateway, expired, outdated, forbidden, taken, changed}
	// There a 401 is a login that was refused, which is not tried again.
	atLogins = []trouble{throttled, busy, failing, noGateway, hasty, slow, loginPage, nothing}
	atReads  = []trouble{throttled, busy, failing, noGateway, hasty, expired, outdated, slow, loginPage, odd, nothing, noRoute, forbidden}
)

// troublesOf lists what happens to the i-th request. A write of the example's first run
// meets everything, in other runs two of the denials in turn. For a read it makes no
// difference whether the landscape saw it, and one denial is as good as another.
func (s *story) troublesOf(c call, i int) []trouble {
	turn := func(all []trouble, n int) trouble { return all[(i+n)%len(all)] }
	var all []trouble
	switch {
	case strings.HasSuffix(c.path, "/token") || strings.Contains(c.path, "/ipsproxy/"):
		return []trouble{cutBefore, cutBody, turn(atLogins, 0)}
	case !c.write():
		return []trouble{cutBefore, cutBody, turn(atReads, 0)}
	case s.name == "new":
		all = slices.Concat(doubts, denials)
	default:
		all = append(slices.Clone(doubts), turn(denials, 0), turn(denials, len(denials)/2))
	}
	if strings.HasSuffix(c.path, "/runs") {
		all = append(all, behind)
	}
	if c.many > 0 {
		all = append(all, halfDone)
	}
	return all
}

func (s *story) disturbed(t *testing.T, k *kit, at call, what trouble) {
	if what == behind {
		s = s.failing()
	}
	l, hit := k.land(t, s.state), 0
	l.wire.before = func(c call, _ int) trouble {
		if c.key() != at.key() {
			return none
		}
		hit++
		return what
	}
	first := l.run(append(slices.Clone(s.args), "-o", "json")...)
	l.wire.before = nil
	l.ClearFaults()
	// A lock that could not be given back at once is given back by another try.
	released := at.method == http.MethodDelete && strings.Contains(at.path, "/reconcile-lock-")
	if hit != 1 && (hit == 0 || !released) {
		t.Fatalf("the request came %d times: %s", hit, first)
	}
	if released && (first.code != 0 || cmp.Diff(s.goal, l.picture(t)) != "" || len(s.goal.Runs) > 0 && !strings.Contains(first.out, `"verified"`)) {
		t.Errorf("all is done, and its lock ends by itself: %s", first)
	}
	if first.code == 0 && !at.write() && cmp.Diff(s.goal, l.picture(t)) == "" {
		return // read again, and all is well
	}
	s.heals(t, l, first)
}

// failing is the story when the job that it starts fails: a started run is no longer
// owed, whatever becomes of it.
func (s *story) failing() *story {
	f := *s
	f.goal.Runs = map[string]map[string]int{}
	for job, ended := range s.goal.Runs {
		f.goal.Runs[job] = map[string]int{"Failed": 1}
		if n := ended["Completed"] - 1; n > 0 {
			f.goal.Runs[job]["Completed"] = n
		}
	}
	return &f
}

// telling is what a run said of itself.
type telling struct {
	Steps    []struct{ Outcome string }
	Errors   []struct{ Code string }
	Findings []struct{ Code string }
}

func (e ended) told(t tester) telling {
	t.Helper()
	var d telling
	if err := json.Unmarshal([]byte(e.out), &d); err != nil {
		t.Errorf("the result is no document: %v\n%s", err, e)
	}
	return d
}

// failed demands the code of a run in which something failed: 6 when something else
// was applied, 1 when nothing was, or when only the proof failed.
func (d telling) failed(code int, told func(string, ...any)) {
	applied, failed := 0, 0
	for _, s := range d.Steps {
		switch s.Outcome {
		case "applied":
			applied++
		case "failed", "skipped":
			failed++
		}
	}
	complaints := len(d.Errors) + len(d.Findings)
	switch {
	case failed+complaints == 0:
		told("exit %d, and nothing failed", code)
	case code == 6 && (applied == 0 || failed == 0 && len(d.Errors) == 0):
		told("exit 6 with %d steps applied and %d failed", applied, failed)
	case code == 1 && applied > 0 && failed > 0:
		told("exit 1 with %d steps applied and %d failed", applied, failed)
	}
}

// heals demands that the program said the truth about a disturbed run, and that
// the next run completes it.
func (s *story) heals(t *testing.T, l *land, first ended) {
	t.Helper()
	told := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s\nfirst: %s", fmt.Sprintf(format, args...), first)
	}
	complete := cmp.Diff(s.goal, l.picture(t)) == ""
	switch first.code {
	case 0:
		if !complete {
			told("exit 0, but the state is not the wanted one: %s", cmp.Diff(s.goal, l.picture(t)))
		}
	case 4:
		for _, c := range first.calls {
			if c.effective() && !c.ledger() {
				told("exit 4 says that nothing was written, but %s was", c)
			}
		}
	case 1, 6:
		first.told(t).failed(first.code, told)
	case 130:
	default:
		told("exit %d is not for a run that was disturbed", first.code)
	}
	second := l.run(s.args...)
	if second.code != 0 {
		told("the next run does not complete it: %s", second)
		return
	}
	if diff := cmp.Diff(s.goal, l.picture(t)); diff != "" {
		told("the state is not the wanted one: %s\nsecond: %s", diff, second)
	}
	if n := creates(first, second); n != s.creates {
		told("%d objects were made, want %d; second: %s", n, s.creates, second)
	}
	if late := unsynced(slices.Concat(first.calls, second.calls)); late != "" && len(s.goal.Runs) > 0 {
		told("%s after the last sync; second: %s", late, second)
	}
	last := ended{}
	switch {
	case complete:
		last = second
	case slices.ContainsFunc(first.calls, unheard):
		last = l.must(t, 0, s.args...)
	}
	if len(last.writes()) > 0 {
		told("a run with nothing to do writes: %s", last)
	}
}

// unheard reports whether the landscape did what a call asked for and the program never
// heard of it. That could leave its memory wrong; after other troubles the next run is
// like any other.
func unheard(c call) bool { return c.trouble != none && c.effective() }

// unsynced finds a change that the Repository Sync, which comes last in
// everything it depends on, has not seen.
func unsynced(calls []call) string {
	late := ""
	for _, c := range calls {
		switch {
		case !c.effective() || c.ledger():
		case strings.HasSuffix(c.path, "/runs"):
			late = ""
		case c.method == http.MethodDelete:
		case strings.Contains(c.path, "/subaccountDestinations") || strings.Contains(c.path, "/systemUsers") ||
			strings.Contains(c.path, "/proxySystems") || strings.Contains(c.path, "/iagSystems"):
			late = c.String()
		}
	}
	return late
}

// turns reports whether a run that ends at the i-th request leaves something else behind
// than one that ends at the request before: after a read, a read changes nothing.
func (s *story) turns(i int) bool {
	return i == 0 || i == len(s.keys)-1 || s.keys[i].write() || s.keys[i-1].write()
}

// TestKilledAtEveryRequest lets every request from the n-th on fail, as if the
// machine had died or lost its network, with the n-th on its way if it writes.
func TestKilledAtEveryRequest(t *testing.T) {
	t.Parallel()
	k, stories := played(t)
	for _, s := range stories {
		for i, c := range s.keys {
			if !s.turns(i) {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", s.name, i+1), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					l := k.land(t, s.state)
					l.wire.before = func(_ call, index int) trouble {
						switch {
						case index <= i:
							return none
						case index == i+1 && c.write():
							return cutAfter
						default:
							return unsent
						}
					}
					first := l.run(append(slices.Clone(s.args), "-o", "json")...)
					l.wire.before = nil
					s.heals(t, l, first)
				})
			})
		}
	}
}

// TestInterruptedAtEveryRequest sends a signal while the n-th request is on its
// way, and for every other n a second one that cuts the run.
func TestInterruptedAtEveryRequest(t *testing.T) {
	t.Parallel()
	k, stories := played(t)
	for _, s := range stories {
		for n := 1; n <= len(s.keys); n++ {
			if !s.turns(n - 1) {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", s.name, n), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { s.interrupted(t, k, n, 1+n%2) })
			})
		}
	}
}

func (s *story) interrupted(t *testing.T, k *kit, n, signals int) {
	l := k.land(t, s.state)
	l.signals = make(chan os.Signal)
	var at call
	l.wire.before = func(c call, index int) trouble {
		if index == n {
			at = c
			for range signals {
				l.signals <- os.Interrupt
			}
			// Time passes only when everybody waits: the signal is seen now.
			time.Sleep(time.Millisecond)
		}
		return none
	}
	first := l.run(append(slices.Clone(s.args), "-o", "json")...)
	l.wire.before, l.signals = nil, nil
	var told struct {
		ExitCode int
		Complete bool
	}
	if err := json.Unmarshal([]byte(first.out), &told); err != nil || told.ExitCode != first.code || told.Complete != (first.code == 0) {
		t.Errorf("the document (%v) says %+v: %s", err, told, first)
	}
	// A run that had done everything when the signal came is not an interrupted one.
	if first.code != 130 && (first.code != 0 || cmp.Diff(s.goal, l.picture(t)) != "") {
		t.Errorf("exit %d, want 130: %s", first.code, first)
	}
	later := 0
	for _, c := range first.calls[n:] {
		if c.write() && !c.ledger() {
			later++
		}
	}
	// What is in flight may be the ledger's note of one step that then starts, or
	// the look that an update takes right before it writes.
	if later > 1 || later == 1 && !at.ledger() && at.write() {
		t.Errorf("%d writes started after the signal at %s: %s", later, at, first)
	}
	s.heals(t, l, first)
}
