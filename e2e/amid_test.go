package e2e

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// amid lets another process work on the landscape right before the first request of
// this one that when picks.
func (l *land) amid(when func(call) bool, do func(peer *land)) {
	done := false
	l.wire.before = func(c call, _ int) trouble {
		if !done && when(c) {
			done = true
			do(&land{kit: l.kit, Landscape: l.Landscape, wire: &wire{next: l.Transport(), fail: l.Fail}})
		}
		return none
	}
}

// staking is the request by which a run claims the lock.
func staking(c call) bool { return c.ledger() && c.method == http.MethodPost }

// TestOvertakenRun: a run that began first and is overtaken at the lock is no sign of
// tampering, and did not begin the ledger.
func TestOvertakenRun(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := append(k.example(t, "plain"), "--records", filepath.Join(k.dir, "runs"))
	const begun = "First run: the ledger of iag-ias-demo was begun"
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.amid(staking, func(peer *land) {
			time.Sleep(time.Second)
			if e := peer.must(t, 0, args...); !strings.Contains(e.out, begun) {
				t.Errorf("the run that began the ledger does not say so: %s", e)
			}
			l.handMade(t)
		})
		if e := l.must(t, 0, args...); strings.Contains(e.out, "First run") {
			t.Errorf("a run says that it is the first, and another began the ledger: %s", e)
		}
		l.wire.before = nil
		l.must(t, 0, append([]string{"history"}, args...)...)
		if records := l.recorded(t, filepath.Join(k.dir, "runs")); len(records) != 2 || !records[1].Started.Before(records[0].Started) {
			t.Errorf("no run was overtaken: %v", records)
		}
	})
}

// TestAdoptedAtOnce lets another integration adopt an object right before each request
// of one that adopts it, too: whoever exits with 0 owns it alone, or both are told from
// the next run on, until one of them lets go.
func TestAdoptedAtOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	zero, aa, bb := k.target(t, "zero", "one", ""), k.target(t, "aa", "one", ""), k.target(t, "bb", "one", "")
	free := []string{"-f", k.write(t, "free.yaml", strings.Replace(mustRead(t, aa[1]), "{name: TARGET,", "{name: TARGET, manage: false,", 1))}
	synctest.Test(t, func(t *testing.T) {
		both := 0
		for nth := 1; ; nth++ {
			l := k.land(t, k.dump)
			l.must(t, 0, zero...)
			l.shelves(t, func(shelf map[string]any) { clear(shelf) })
			count, second := 0, ended{code: -1}
			l.amid(
				func(c call) bool { count++; return count == nth },
				func(peer *land) { second = peer.run(append(bb, "--adopt")...) })
			first := l.run(append(aa, "--adopt")...)
			l.wire.before = nil
			if second.code < 0 {
				break
			}
			if first.code == 0 && second.code == 0 {
				t.Errorf("before request %d: both adopted it: %s%s", nth, first, second)
			}
			if first.code > 0 && !strings.Contains(first.out, "bb-dev") || second.code > 0 && !strings.Contains(second.out, "aa-dev") {
				t.Errorf("before request %d: who took it is not said: %s%s", nth, first, second)
			}
			if l.run(append([]string{"drift"}, bb...)...).code > 0 {
				both++
				l.bothOwn(t, aa, bb, free)
			}
			l.settled(t, bb...)
		}
		if both == 0 {
			t.Error("nobody was late enough")
		}
	})
}

// bothOwn demands that two owners are told whichever way round, and that one that only
// watches lets go.
func (l *land) bothOwn(t tester, aa, bb, free []string) {
	t.Helper()
	for _, args := range [][]string{aa, bb} {
		l.refuses(t, 5, []string{"E211", "owns it, too"}, args...)
		l.must(t, 5, append([]string{"plan"}, args...)...)
		if e := l.must(t, 2, append([]string{"drift"}, args...)...); !strings.Contains(e.out, "E211") {
			t.Errorf("drift does not tell of two owners: %s", e)
		}
	}
	l.must(t, 0, free...)
	l.settled(t, free...)
}
