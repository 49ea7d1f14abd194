package e2e

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// beside is another process on the same landscape.
func (l *land) beside() *land {
	return &land{kit: l.kit, Landscape: l.Landscape, wire: &wire{next: l.Transport(), fail: l.Fail}}
}

// whileWriting runs something once, in the middle of another run: right before
// its first write to an object.
func (l *land) whileWriting(do func()) {
	var done atomic.Bool // not a sync.Once: time stands still while others wait for a mutex
	l.wire.before = func(c call, _ int) trouble {
		if c.write() && !c.ledger() && done.CompareAndSwap(false, true) {
			do()
		}
		return none
	}
}

func TestSecondRunIsToldWhoHoldsTheLock(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	k.env["GITHUB_ACTIONS"], k.env["GITHUB_ACTOR"] = "true", "a.colleague"
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		var second ended
		l.whileWriting(func() { second = l.beside().run(append(args, "--lock-timeout=3s", "-o", "json")...) })
		l.must(t, 0, args...)
		if second.code != 5 || !strings.Contains(second.out, `"E207"`) || !strings.Contains(second.out, "a.colleague") {
			t.Errorf("the second run: %s", second)
		}
		for _, c := range second.calls {
			if c.write() {
				t.Errorf("it wrote: %s", c)
			}
		}
		l.settled(t, args...)
	})
}

func TestSecondRunWaitsAndFindsNothingToDo(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		var second ended
		var group sync.WaitGroup
		l.whileWriting(func() {
			group.Go(func() { second = l.beside().run(args...) })
			time.Sleep(10 * time.Second)
		})
		first := l.must(t, 0, args...)
		group.Wait()
		if second.code != 0 || !strings.Contains(second.err, "waiting for the lock, held by") || creates(second) != 0 {
			t.Errorf("the second run: %s", second)
		}
		if creates(first) == 0 {
			t.Error("the first run made nothing")
		}
	})
}

// TestUnlockAfterDeath kills a run in the middle. The next one waits for the
// lock of the dead, unless somebody who knows releases it.
func TestUnlockAfterDeath(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		var dead atomic.Bool
		l.wire.before = func(c call, _ int) trouble {
			if c.method == http.MethodPost && strings.Contains(c.path, "/systemUsers") {
				dead.Store(true)
			}
			if dead.Load() {
				return cutBefore
			}
			return none
		}
		l.run(args...)
		l.wire.before = nil
		if e := l.must(t, 5, append(args, "--lock-timeout=0s")...); !strings.Contains(e.out, "reconcile unlock") {
			t.Errorf("no remedy: %s", e)
		}
		if e := l.must(t, 0, append([]string{"unlock"}, args...)...); !strings.Contains(e.out, "released lock 1 of") {
			t.Errorf("unlock: %s", e)
		}
		start := time.Now()
		l.must(t, 0, append(args, "--lock-timeout=0s")...)
		if waited := time.Since(start); waited > 30*time.Second {
			t.Errorf("it waited %s", waited)
		}
		l.settled(t, args...)
	})
}
