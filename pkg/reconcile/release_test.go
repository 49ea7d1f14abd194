package reconcile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"reconcile/pkg/connect"
)

// TestReleaseTriesAgain: a release that fails once or whose answer is lost is no
// failure; one that fails for good leaves a lock that ends by itself.
func TestReleaseTriesAgain(t *testing.T) {
	lost := errors.New("answer lost")
	for name, c := range map[string]struct {
		broken func(b *claimBoard, tries int) error
		stands bool
	}{
		"once":       {func(_ *claimBoard, tries int) error { return map[bool]error{true: lost}[tries == 1] }, false},
		"lost":       {func(b *claimBoard, _ int) error { clear(b.claims); return connect.ErrUncertain }, false},
		"for good":   {func(*claimBoard, int) error { return lost }, true},
		"for a time": {func(_ *claimBoard, tries int) error { return map[bool]error{true: lost}[tries < 3] }, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				board, tries := newBoard(), 0
				lock, _ := newContest(board).must(t, "one")
				board.broken = func(call string) error {
					if call != "drop" {
						return nil
					}
					tries++
					return c.broken(board, tries)
				}
				start := time.Now()
				cut, cancel := context.WithCancel(t.Context())
				cancel()
				err := lock.Release(cut)
				standing, stands := errors.AsType[StandingLock](err)
				if stands != c.stands || (err == nil) == stands || time.Since(start) > releaseTime+time.Second {
					t.Errorf("after %s: %v", time.Since(start), err)
				}
				if stands && (standing.Until.Before(time.Now()) || standing.Until.After(time.Now().Add(Lease))) {
					t.Errorf("it stands until %s", standing.Until)
				}
				same(t, "left", len(board.claims) > 0, c.stands)
			})
		})
	}
}

// TestStrangeLockIsNotTakenOver: what this version does not know stays, however old it
// is, until a person releases it.
func TestStrangeLockIsNotTakenOver(t *testing.T) {
	for name, text := range map[string]string{
		"other fields": `{"owner":"somebody","until":"2020-01-01T00:00:00Z"}`,
		"newer":        `{"format":2,"token":"x","holder":"h","expires":"2020-01-01T00:00:00Z"}`,
		"no JSON":      `%`,
	} {
		for _, file := range []string{"ledger.json.i-test.lock-4", "ledger.json.lock-4"} {
			t.Run(name+" "+file, func(t *testing.T) {
				dir := t.TempDir()
				path := filepath.Join(dir, file)
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				synctest.Test(t, func(t *testing.T) {
					c := newContest(FileLocks{Path: filepath.Join(dir, "ledger.json"), ID: "i-test", Now: time.Now})
					_, _, err := c.acquire("one", 5*time.Second)
					if !errors.Is(err, ErrStrangeLock) {
						t.Errorf("acquired: %v", err)
					}
					if _, err := os.Stat(path); err != nil {
						t.Error(err)
					}
					claims, err := Unlock(t.Context(), c.locks)
					if err != nil || len(claims) != 1 || claims[0].Strange == "" || claims[0].Number != 4 {
						t.Fatal(claims, err)
					}
					lock, _ := c.must(t, "two")
					if err := lock.Release(t.Context()); err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}

// TestBurialNeedNotWork: a claim of the dead that cannot be removed harms nobody, and the
// release removes it.
func TestBurialNeedNotWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := newBoard()
		c := newContest(board)
		dead, _ := c.must(t, "dead")
		dead.die()
		time.Sleep(2 * Lease)
		board.broken = func(call string) error {
			if call == "drop" {
				return connect.ErrUncertain
			}
			return nil
		}
		heir, ledger := c.must(t, "heir")
		board.broken = func(string) error { return nil }
		ledger.Put(Entry{Ref: ref("Box", "a")})
		if err := errors.Join(ledger.Save(t.Context()), heir.Release(t.Context())); err != nil {
			t.Error(err)
		}
		same(t, "left", len(board.claims), 0)
	})
}

// slowRenewal is a board that takes its time to renew a claim.
type slowRenewal struct{ *claimBoard }

func (s slowRenewal) Renew(ctx context.Context, c Claim) (string, error) {
	time.Sleep(renewal / 2)
	return s.claimBoard.Renew(ctx, c)
}

// TestSlowRenewal: who writes does not wait for a renewal that is under way.
func TestSlowRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lock, _ := newContest(slowRenewal{newBoard()}).must(t, "one")
		time.Sleep(renewal + time.Second)
		start := time.Now()
		if err := lock.Check(t.Context()); err != nil || time.Since(start) > time.Second {
			t.Errorf("asked while it was renewed, it took %s: %v", time.Since(start), err)
		}
		time.Sleep(Lease)
		if err := errors.Join(lock.Check(t.Context()), lock.Release(t.Context())); err != nil {
			t.Error(err)
		}
	})
}
