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
