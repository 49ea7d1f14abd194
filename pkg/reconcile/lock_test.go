package reconcile

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"reconcile/pkg/connect"
)

// claimBoard is a LockStore in memory whose calls take time and may fail.
type claimBoard struct {
	mu     sync.Mutex
	claims map[int]Claim
	count  int
	delay  func() time.Duration
	broken func(call string) error
}

func newBoard() *claimBoard {
	return &claimBoard{
		claims: map[int]Claim{}, delay: func() time.Duration { return time.Millisecond }, broken: func(string) error { return nil },
	}
}

func (b *claimBoard) call(name string, effect func() error) error {
	b.mu.Lock()
	delay := b.delay()
	b.mu.Unlock()
	time.Sleep(delay)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.broken(name); err != nil {
		return err
	}
	return effect()
}

func (b *claimBoard) Claims(context.Context) (all []Claim, at time.Time, err error) {
	err = b.call("list", func() error {
		for number, c := range b.claims {
			c.Number = number
			all = append(all, c)
		}
		at = time.Now()
		return nil
	})
	slices.SortFunc(all, func(x, y Claim) int { return y.Number - x.Number })
	return all, at, err
}

func (b *claimBoard) Stake(_ context.Context, c Claim) (version string, err error) {
	err = b.call("stake", func() error {
		if _, taken := b.claims[c.Number]; taken {
			return connect.ErrConflict
		}
		version = b.put(c)
		return nil
	})
	return version, err
}

func (b *claimBoard) put(c Claim) string {
	b.count++
	c.Version = fmt.Sprint(b.count)
	b.claims[c.Number] = c
	return c.Version
}

func (b *claimBoard) Renew(_ context.Context, c Claim) (version string, err error) {
	err = b.call("renew", func() error {
		switch old, ok := b.claims[c.Number]; {
		case !ok:
			return connect.ErrNotFound
		case old.Version != c.Version:
			return connect.ErrPrecondition
		}
		version = b.put(c)
		return nil
	})
	return version, err
}

func (b *claimBoard) Drop(_ context.Context, number int) error {
	return b.call("drop", func() error { delete(b.claims, number); return nil })
}

// die stops a lock as the death of its process does.
func (l *Lock) die() {
	close(l.done)
	<-l.ended
}

// contest is one store of claims and one ledger.
type contest struct {
	locks LockStore
	store Store
}

func newContest(locks LockStore) *contest {
	return &contest{locks, &memory{world: newWorld(), shards: map[string]Shard{}}}
}

func (c *contest) open(ctx context.Context) (*Ledger, error) {
	return OpenLedger(ctx, Identity{"i", "test"}, c.store)
}

func (c *contest) acquire(holder string, timeout time.Duration) (*Lock, *Ledger, error) {
	return Acquire(context.Background(), LockRequest{Store: c.locks, Open: c.open, Holder: holder, Timeout: timeout})
}

func (c *contest) must(t tester, holder string) (*Lock, *Ledger) {
	t.Helper()
	lock, ledger, err := c.acquire(holder, 0)
	if err != nil {
		t.Fatalf("%s: %v", holder, err)
	}
	return lock, ledger
}

// eachStore runs a test on claims in memory and in files.
func eachStore(t *testing.T, test func(t *testing.T, c *contest)) {
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, newContest(newBoard())) })
	})
	t.Run("files", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "ledger[1].json")
		synctest.Test(t, func(t *testing.T) { test(t, newContest(FileLocks{Path: path, Now: time.Now})) })
	})
}

func TestLockIsHeldByOne(t *testing.T) {
	eachStore(t, func(t *testing.T, c *contest) {
		one, ledger := c.must(t, "one")
		time.Sleep(10 * time.Minute) // renewed all the time
		_, _, err := c.acquire("two", 5*time.Second)
		if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "one, since") {
			t.Errorf("the second run is told %v", err)
		}
		ledger.Put(Entry{Ref: ref("Box", "a"), Owned: true})
		if err := errors.Join(ledger.Save(t.Context()), one.Release(t.Context())); err != nil {
			t.Error(err)
		}
		two, _ := c.must(t, "two")
		same(t, "number", two.number(), 2)
		if err := two.Release(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestSecondRunWaits(t *testing.T) {
	eachStore(t, func(t *testing.T, c *contest) {
		one, _ := c.must(t, "one")
		time.AfterFunc(30*time.Second, func() { _ = one.Release(context.Background()) })
		var told []string
		start := time.Now()
		two, _, err := Acquire(t.Context(), LockRequest{
			Store: c.locks, Open: c.open, Holder: "two", Timeout: 2 * time.Minute, Tell: func(c Claim) { told = append(told, c.Holder) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited < 30*time.Second || waited > 35*time.Second {
			t.Errorf("it waited %s", waited)
		}
		same(t, "told", told, []string{"one"})
		if err := two.Release(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestLockOfTheDeadExpires(t *testing.T) {
	eachStore(t, func(t *testing.T, c *contest) {
		dead, ledger := c.must(t, "dead")
		dead.die()
		if _, _, err := c.acquire("early", 30*time.Second); !errors.Is(err, ErrLocked) {
			t.Errorf("taken over before it expired: %v", err)
		}
		time.Sleep(Lease)
		heir, _ := c.must(t, "heir")
		same(t, "number", heir.number(), 2)
		claims, _, err := c.locks.Claims(t.Context())
		if err != nil || len(claims) != 1 {
			t.Errorf("claims after the burial: %v, %v", claims, err)
		}
		ledger.Put(Entry{Ref: ref("Box", "a")})
		if err := ledger.Save(t.Context()); !errors.Is(err, ErrLockLost) {
			t.Errorf("who is thought dead still writes: %v", err)
		}
		if err := heir.Release(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestUnlockStopsTheHolder(t *testing.T) {
	eachStore(t, func(t *testing.T, c *contest) {
		one, ledger := c.must(t, "one")
		claims, err := Unlock(t.Context(), c.locks)
		if err != nil || len(claims) != 1 || claims[0].Holder != "one" {
			t.Fatal(claims, err)
		}
		// The next one gets the same number; a token tells them apart.
		two, _ := c.must(t, "two")
		ledger.Put(Entry{Ref: ref("Box", "a")})
		if err := ledger.Save(t.Context()); !errors.Is(err, ErrLockLost) {
			t.Errorf("the old holder writes: %v", err)
		}
		time.Sleep(time.Minute)
		if err := one.Release(t.Context()); err != nil {
			t.Error(err)
		}
		if err := two.Check(t.Context()); err != nil {
			t.Errorf("the old holder's release took the lock of the new one: %v", err)
		}
		if err := two.Release(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestLockSurvivesAnOutage(t *testing.T) {
	for _, c := range []struct {
		outage time.Duration
		lost   bool
	}{{45 * time.Second, false}, {2 * time.Minute, true}} {
		t.Run(c.outage.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				board := newBoard()
				lock, _ := newContest(board).must(t, "one")
				board.mu.Lock()
				board.broken = func(string) error { return connect.ErrUnreachable }
				board.mu.Unlock()
				time.Sleep(c.outage)
				board.mu.Lock()
				board.broken = func(string) error { return nil }
				board.mu.Unlock()
				time.Sleep(time.Minute)
				same(t, "lost", errors.Is(lock.Check(t.Context()), ErrLockLost), c.lost)
				if err := lock.Release(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestStaleLedgerDoesNotReuseANumber lets a run that read the ledger long ago try
// with a number that others have used since.
func TestStaleLedgerDoesNotReuseANumber(t *testing.T) {
	eachStore(t, func(t *testing.T, c *contest) {
		for range 3 {
			lock, ledger := c.must(t, "earlier")
			ledger.Put(Entry{Ref: ref("Box", fmt.Sprint(lock.number()))})
			if err := errors.Join(ledger.Save(t.Context()), lock.Release(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		lock, _ := c.must(t, "late") // with LockRequest.Last 0
		same(t, "number", lock.number(), 4)
		if err := lock.Release(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestRacesHaveOneWinner lets random runs race: slow calls, failing calls, and
// deaths. Never do two write at the same time, and at the end nothing is lost.
func TestRacesHaveOneWinner(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		runs := rapid.IntRange(2, 5).Draw(rt, "runs")
		delays := rapid.SliceOfN(rapid.IntRange(0, 3000), 40, 40).Draw(rt, "milliseconds")
		deaths := rapid.SliceOfN(rapid.Bool(), runs, runs).Draw(rt, "deaths")
		synctest.Test(t, func(*testing.T) {
			board, n := newBoard(), 0
			board.delay = func() time.Duration { n++; return time.Duration(delays[n%len(delays)]) * time.Millisecond }
			c := newContest(board)
			var mu sync.Mutex
			inside, wrote := 0, 0
			var group sync.WaitGroup
			for i := range runs {
				group.Go(func() {
					lock, ledger, err := c.acquire(fmt.Sprint("run ", i), time.Hour)
					if err != nil {
						rt.Errorf("run %d: %v", i, err)
						return
					}
					mu.Lock()
					if inside++; inside > 1 {
						rt.Errorf("%d runs hold the lock", inside)
					}
					// The ledger's fake is no service of its own: it is used by who holds.
					ledger.Put(Entry{Ref: ref("Box", fmt.Sprint(i)), Owned: true})
					mu.Unlock()
					if err := ledger.Save(context.Background()); err != nil {
						rt.Errorf("run %d: %v", i, err)
					}
					mu.Lock()
					inside--
					wrote++
					mu.Unlock()
					if deaths[i] {
						lock.die()
						return
					}
					if err := lock.Release(context.Background()); err != nil {
						rt.Errorf("run %d: %v", i, err)
					}
				})
			}
			group.Wait()
			ledger, err := c.open(context.Background())
			if err != nil || len(ledger.Refs()) != wrote {
				rt.Errorf("the ledger holds %v, %d runs wrote: %v", ledger, wrote, err)
			}
		})
	})
}

// TestLeaseCountsFromTheServersTime holds that a claim whose POST took long is
// renewed before the time that it names is over.
func TestLeaseCountsFromTheServersTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := newBoard()
		board.broken = func(call string) error {
			if call == "stake" {
				board.mu.Unlock()
				time.Sleep(45 * time.Second)
				board.mu.Lock()
			}
			return nil
		}
		lock, _ := newContest(board).must(t, "slow")
		time.Sleep(18 * time.Second)
		if err := errors.Join(lock.Check(t.Context()), lock.Release(t.Context())); err != nil {
			t.Error(err)
		}
	})
}
