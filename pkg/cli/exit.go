package cli

import (
	"errors"
	"os"
	"sync"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/view"
)

// The exit codes. They are part of the contract: pipelines branch on them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitDifferences = 2
	exitInvalid     = 3
	exitUnreachable = 4
	exitRefused     = 5
	exitPartly      = 6
	exitWaiting     = 7
	exitInterrupted = 130
	exitTerminated  = 143
)

const exitTable = `  130, 143  interrupted by a signal before all was done; what was done is recorded
  3         invalid manifest or usage; no call was made
  5         refused: a brake, a lock, a stale plan, a ledger that cannot be used, or "no" at
            the prompt
  4         not authorised or unreachable; nothing was written
  6         something was applied and something failed
  1         failed, also when the proof fails after a complete apply
  7         waiting for a person
  2         differences (dry run, plan, drift); --exit-zero makes it 0
  0         in sync or applied, as far as can be seen`

// verdict is all that the exit code depends on.
type verdict struct {
	result view.Result
	// err is what ended the run early, before or while it was applied.
	err     error
	invalid bool
	// refused is true when the user or a brake said no.
	refused bool
	// planned is true for commands that only show.
	planned bool
	// drift is true where a difference is the answer and outweighs the proof that
	// fails because of it.
	drift    bool
	exitZero bool
}

// code is the one switch from what happened to the exit code.
func (v verdict) code() int {
	applied, failed, waiting := 0, 0, 0
	differs, stale, doubtful := false, false, false
	if p := v.result.Plan; p != nil {
		applied, failed = p.Ended(reconcile.Applied), p.Ended(reconcile.Failed)+p.Ended(reconcile.Skipped)
		waiting, differs = p.Ended(reconcile.Waits), p.Differs()
		stale, doubtful = len(p.Stale()) > 0, p.Doubtful()
		v.refused = v.refused || len(p.Refused) > 0
	}
	v.refused = v.refused || !tried(v.result.Plan) && refusal(v.err)
	bad := v.err != nil || failed > 0 || waiting == 0 && len(v.result.Findings) > 0 || len(v.result.Errors) > 0
	switch {
	case v.invalid, misused(v.err) && !tried(v.result.Plan):
		return exitInvalid
	case v.refused:
		return exitRefused
	case !tried(v.result.Plan) && unreachable(v.err), v.err == nil && v.denied():
		return exitUnreachable
	case applied > 0 && (failed > 0 || v.err != nil && !errors.As(v.err, new(unprovenError))):
		return exitPartly
	case v.drift && v.err == nil && differs && len(v.result.Errors) == 0:
		return v.differences()
	case bad:
		return exitFailed
	case waiting > 0, stale && !v.planned:
		return exitWaiting
	case v.planned && (differs || doubtful):
		return v.differences()
	default:
		return exitDone
	}
}

func (v verdict) differences() int {
	if v.exitZero {
		return exitDone
	}
	return exitDifferences
}

// denied reports whether all that was tried was refused, so that nothing was written.
func (v verdict) denied() bool { return v.result.Plan != nil && v.result.Plan.Denied() }

// refusal reports whether an error is a no of this program, not a failure.
func refusal(err error) bool {
	for _, no := range []error{reconcile.ErrLocked, reconcile.ErrStrangeLock, reconcile.ErrLockLost, reconcile.ErrLedger} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

// unprovenError is what kept the proofs from being made after all was applied.
type unprovenError struct{ error }

// Unwrap returns the cause.
func (u unprovenError) Unwrap() error { return u.error }

// tried reports whether a step was begun: then something may have been written,
// whatever its outcome says.
func tried(p *reconcile.Plan) bool {
	return p != nil && p.Ended(reconcile.Applied)+p.Ended(reconcile.Failed) > 0
}

// misused reports whether what ended the run is how it was called.
func misused(err error) bool {
	_, ok := errors.AsType[usageError](err)
	return ok && !unreachable(err)
}

// unreachable reports whether a service refused or could not be asked. That the time
// limit of the run is over says nothing about the service.
func unreachable(err error) bool {
	if errors.Is(err, errTimeLimit) {
		return false
	}
	for _, kind := range []error{connect.ErrDenied, connect.ErrUnreachable, connect.ErrThrottled} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// signalBox hands the first signal, and whether a second one came, from the
// watching goroutine to the end.
type signalBox struct {
	mu  sync.Mutex
	s   os.Signal
	cut bool
}

func (b *signalBox) setCut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cut = true
}

func (b *signalBox) wasCut() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cut
}

func (b *signalBox) set(s os.Signal) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.s = s
}

func (b *signalBox) get() os.Signal {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.s
}
