package reconcile

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"time"

	"reconcile/pkg/connect"
)

const (
	// Lease is how long a claim holds without being renewed, by the clock of who
	// keeps the claims.
	Lease = 60 * time.Second
	// renewal is the time between two renewals: two may fail before the lease ends.
	renewal = 20 * time.Second
	// renewAgain is the pause after a renewal that failed.
	renewAgain = 5 * time.Second
	// withdrawal is how long a claim may stand beside a holder's before it counts.
	withdrawal = 15 * time.Second
	// retake is the longest pause between two tries to get a lock that is held.
	retake = 2 * time.Second
)

var (
	// ErrLocked says that another run holds the lock.
	ErrLocked = errors.New("another run holds the lock")
	// ErrStrangeLock says that the lock that is in the way is none that this version
	// knows, so nobody can tell when it ends.
	ErrStrangeLock = errors.New("there is a lock that this version does not know")
	// ErrLockLost says that this run held the lock and holds it no more: nothing
	// may be written any longer.
	ErrLockLost = errors.New("the lock was lost")
)

// LockStore keeps claims where everyone sees them.
type LockStore interface {
	// Claims lists all claims, and the time by the clock of who keeps them.
	Claims(ctx context.Context) ([]Claim, time.Time, error)
	// Stake stores a new claim; connect.ErrConflict says that its number is taken.
	Stake(ctx context.Context, c Claim) (version string, err error)
	// Renew replaces the claim that was read as c.Version.
	Renew(ctx context.Context, c Claim) (version string, err error)
	// Drop removes the claim with this number; one that is gone is removed.
	Drop(ctx context.Context, number int) error
}

// Onlooker is a [LockStore] that sees what else lies where the claims do.
type Onlooker interface {
	// Beside returns the shards of all integrations as the last look at the claims
	// found them.
	Beside() []Shard
}

// LockRequest is what Acquire needs.
type LockRequest struct {
	Store LockStore
	// Open loads the ledger. It is called after the claim was staked, because
	// what was read before may be out of date.
	Open func(context.Context) (*Ledger, error)
	// Last is the number of the last lock that the ledger is known to have seen, Mark
	// the ledger's own; 0 and "" where it is not known.
	Last   int
	Mark   string
	Holder string
	// Timeout is how long to wait for another holder.
	Timeout time.Duration
	// Tell is called once for each holder that is waited for. May be nil.
	Tell func(Claim)
}

// Lock is held from Acquire to Release. It renews itself.
type Lock struct {
	store LockStore
	done  chan struct{}
	ended chan struct{}
	// dead are the numbers of claims that had expired when this one was staked.
	dead []int

	mu      sync.Mutex
	mine    Claim
	renewed time.Time // by this machine's clock, which only measures
	lost    error
}

// Acquire waits for the lock, and returns it with the ledger as it is under the
// lock. ErrLocked says that the timeout is over.
func Acquire(ctx context.Context, r LockRequest) (*Lock, *Ledger, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.Timeout+Lease, ErrLocked)
	defer cancel()
	start, told := time.Now(), Claim{}
	for {
		l, other, err := stake(ctx, r)
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("lock: %w", err)
		case other != nil && time.Since(start) >= r.Timeout:
			return nil, nil, other.inTheWay()
		case other != nil:
			if r.Tell != nil && (told.Token != other.Token || told.Number != other.Number) {
				told = *other
				r.Tell(*other)
			}
			if err := pause(ctx, min(retake/2+mathrand.N(retake/2), r.Timeout-time.Since(start))); err != nil {
				return nil, nil, fmt.Errorf("lock: %w", err)
			}
			continue
		}
		ledger, err := r.Open(ctx)
		if err == nil && ledger.last < l.number() {
			ledger.lock = l
			l.bury(ctx)
			return l, ledger, nil
		}
		l.withdraw(ctx)
		if err != nil {
			return nil, nil, err
		}
		// Somebody held and released a lock since the ledger was read: this number
		// is not the next one.
		r.Last = ledger.last
	}
}

// bury removes the claims of holders that died, as far as that works: the release and
// the next holder try again. Their numbers are below this one's, which the ledger
// remembers from its next write on.
func (l *Lock) bury(ctx context.Context) {
	l.dead = slices.DeleteFunc(l.dead, func(number int) bool { return l.store.Drop(ctx, number) == nil })
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// inTheWay is the error of a run that waited in vain.
func (c Claim) inTheWay() error {
	if c.Strange != "" {
		return fmt.Errorf("%w: %s", ErrStrangeLock, c.Strange)
	}
	return fmt.Errorf("%w: %s", ErrLocked, c)
}

// stake tries once: the lock, or the claim that is in the way.
func stake(ctx context.Context, r LockRequest) (*Lock, *Claim, error) {
	// The lease counts from the server's time, which was read after this.
	start := time.Now()
	claims, at, err := r.Store.Claims(ctx)
	if err != nil {
		return nil, nil, err
	}
	if other := inForce(claims, at, ""); other != nil {
		return nil, other, nil
	}
	mine := Claim{Format: claimFormat, Number: r.Last + 1, Token: rand.Text(), Holder: r.Holder, Since: at, Expires: at.Add(Lease), Ledger: r.Mark}
	var dead []int
	for _, c := range claims {
		mine.Number = max(mine.Number, c.Number+1)
		dead = append(dead, c.Number)
	}
	if mine.Version, err = r.Store.Stake(ctx, mine); errors.Is(err, connect.ErrConflict) {
		// Taken between the two calls, and perhaps released already.
		return nil, &Claim{Token: "?", Holder: "a run that was a moment earlier", Since: at, Expires: at}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	l := &Lock{store: r.Store, mine: mine, renewed: start, dead: dead, done: make(chan struct{}), ended: make(chan struct{})}
	go l.keep(context.WithoutCancel(ctx))
	if other, err := l.look(ctx); err != nil || other != nil {
		l.withdraw(ctx)
		return nil, other, err
	}
	return l, nil, nil
}

// inForce returns a claim that has not expired and is not one's own.
func inForce(claims []Claim, at time.Time, own string) *Claim {
	for _, c := range claims {
		if c.holds(at) && (c.Strange != "" || c.Token != own) {
			return &c
		}
	}
	return nil
}

// look reads the claims again. It returns another claim in force, and ErrLockLost
// when the own one is gone or expired.
func (l *Lock) look(ctx context.Context) (*Claim, error) {
	claims, at, err := l.store.Claims(ctx)
	if err != nil {
		return nil, err
	}
	mine, _ := l.claim()
	own := slices.IndexFunc(claims, func(c Claim) bool { return c.Token == mine.Token })
	if own < 0 || !at.Before(claims[own].Expires) {
		return nil, fmt.Errorf("%w: another run or a person released it", ErrLockLost)
	}
	return inForce(claims, at, mine.Token), nil
}

// Check makes sure that the lock is still held. The ledger calls it before each
// write. Another claim may be one that is being staked and withdrawn at once,
// because its owner sees this one; a claim that stays is a holder's.
func (l *Lock) Check(ctx context.Context) error {
	for start := time.Now(); ; {
		l.mu.Lock()
		lost := l.lost
		l.mu.Unlock()
		if lost != nil {
			return lost
		}
		other, err := l.look(ctx)
		if err != nil || other == nil {
			return err
		}
		if time.Since(start) > withdrawal {
			return fmt.Errorf("%w: it is now held by %s", ErrLockLost, other)
		}
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
	}
}

// keep renews the claim until the lock is released or lost.
func (l *Lock) keep(ctx context.Context) {
	defer close(l.ended)
	for pause := renewal - time.Since(l.renewed); ; {
		tick := time.NewTimer(pause)
		select {
		case <-l.done:
			tick.Stop()
			return
		case <-tick.C:
		}
		renewed, lost := l.renew(ctx)
		if lost {
			return
		}
		if pause = renewAgain; renewed {
			pause = renewal
		}
	}
}

// renew extends the lease, and reports whether that was done and whether the lock
// is lost. A lease that may have ended must not be extended: somebody else may
// hold the lock. Only keep calls it, and nobody else changes the claim, so the call
// itself is made without the mutex: a slow answer must not hold up who writes.
func (l *Lock) renew(ctx context.Context) (renewed, lost bool) {
	start := time.Now()
	next, since := l.claim()
	left := Lease - start.Sub(since)
	if left <= 0 {
		l.lose("it could not be renewed in time")
		return false, true
	}
	ctx, cancel := context.WithTimeout(ctx, min(left, renewal))
	defer cancel()
	next.Expires = next.Expires.Add(start.Sub(since))
	version, err := l.store.Renew(ctx, next)
	switch {
	case err == nil:
		next.Version = version
		l.mu.Lock()
		l.mine, l.renewed = next, start
		l.mu.Unlock()
	case errors.Is(err, connect.ErrNotFound), errors.Is(err, connect.ErrPrecondition):
		l.lose("another run or a person released it")
		return false, true
	}
	return err == nil, false
}

// claim is the claim as it was last stored, and when.
func (l *Lock) claim() (Claim, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mine, l.renewed
}

func (l *Lock) lose(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost = fmt.Errorf("%w: %s", ErrLockLost, why)
}

// StandingLock says that a lock could not be given back. That harms nobody: it stands
// until it expires.
type StandingLock struct {
	Until time.Time
	Cause error
}

// Error says why and until when.
func (s StandingLock) Error() string {
	return fmt.Sprintf("the lock could not be given back and stands until %s: %s", s.Until.UTC().Format("15:04:05 UTC"), s.Cause)
}

// Unwrap returns what went wrong last.
func (s StandingLock) Unwrap() error { return s.Cause }

const (
	// releaseTime is the most that giving the lock back may take, releaseAgain the
	// first pause after a try that failed.
	releaseTime  = 15 * time.Second
	releaseAgain = time.Second
)

// Release ends the lock, also under a context that has ended. It tries again, because
// the next run would wait; a lost answer is resolved by looking. A claim that is lost
// is not touched: its number may be somebody else's by now. The error is a
// [StandingLock].
func (l *Lock) Release(ctx context.Context) error {
	close(l.done)
	<-l.ended
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	var failed error
	for wait := releaseAgain; ; wait *= 2 {
		_, err := l.look(ctx)
		if errors.Is(err, ErrLockLost) {
			return nil
		}
		if err == nil {
			// While this claim stands, nobody takes a number of the dead.
			l.bury(ctx)
			if err = l.store.Drop(ctx, l.number()); err == nil {
				return nil
			}
			failed = err
		}
		if pause(ctx, wait) != nil {
			mine, _ := l.claim()
			return StandingLock{Until: mine.Expires, Cause: cmp.Or(failed, err)}
		}
	}
}

// withdraw takes back a claim under which nothing was written. One that stands all the
// same is like that of a run that died: whoever wants the lock waits until it expires.
// It buries nobody: whoever has the lock may have done so, and the number be taken anew.
func (l *Lock) withdraw(ctx context.Context) {
	l.dead = nil
	_ = l.Release(ctx)
}

// Unlock removes all claims and returns them. Only for people who know that their
// holders are dead: one that lives notices before its next write, and stops.
func Unlock(ctx context.Context, store LockStore) ([]Claim, error) {
	claims, _, err := store.Claims(ctx)
	for i, c := range claims {
		if err = store.Drop(ctx, c.Number); err != nil {
			return claims[:i], err
		}
	}
	return claims, err
}

func (l *Lock) number() int {
	mine, _ := l.claim()
	return mine.Number
}

// LockName returns the name that all claims of an integration start with.
func LockName(id string) string { return "reconcile-lock-" + id + "-" }
