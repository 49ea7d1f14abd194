package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// errTimeLimit says that the time of --timeout is over, errSignal that a signal ended a
// wait.
var (
	errTimeLimit = errors.New("the time limit of the run is over")
	errSignal    = errors.New("a signal ended the run")
)

// limited ends with --timeout.
func (a *app) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeoutCause(ctx, a.timeout, errTimeLimit)
	a.overtime = func() bool { return errors.Is(context.Cause(ctx), errTimeLimit) }
	return ctx, cancel
}

// looking is limited for commands that only look: the first signal ends them at once,
// because nothing is lost.
func (a *app) looking(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, over := a.limited(ctx)
	ctx, stopped := a.untilStopped(ctx)
	return ctx, func() { stopped(); over() }
}

// endedError is what ended a run early from outside of it: kind is errTimeLimit or
// errSignal.
type endedError struct {
	kind  error
	text  string
	cause error
}

// Error says what ended the run, and what it was doing.
func (e endedError) Error() string {
	if e.cause == nil {
		return e.text
	}
	doing := e.cause.Error()
	for _, end := range []error{context.Canceled, context.DeadlineExceeded, errTimeLimit, errSignal} {
		doing = strings.TrimSuffix(doing, ": "+end.Error())
	}
	return e.text + ": " + doing
}

// Unwrap returns the kind and the cause.
func (e endedError) Unwrap() []error { return []error{e.kind, e.cause} }

// whoEnded tells errors of a run that was ended from outside from those of services,
// which they look like.
func (a *app) whoEnded(err error, plan *reconcile.Plan) error {
	over := a.overtime != nil && a.overtime()
	cut := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errTimeLimit) || errors.Is(err, errSignal)
	switch {
	case cut && a.signal.get() != nil:
		return endedError{errSignal, "stopped by " + signalName(signalCode(a.signal.get())), err}
	case cut && over, over && err == nil && plan != nil && plan.Ended(reconcile.Failed)+plan.Ended(reconcile.Skipped) > 0:
		return endedError{errTimeLimit, fmt.Sprintf("the time limit of %s (--timeout) is over", a.timeout), err}
	default:
		return err
	}
}

func signalName(code int) string {
	if code == exitTerminated {
		return "SIGTERM"
	}
	return "SIGINT"
}

// ending is how an error that ended a run is told.
type ending struct {
	is           error
	code, remedy string
}

// endings are the errors that have a code of their own; the first match wins.
var endings = []ending{
	{errTimeLimit, "E227", "give it more time with --timeout, or see with -v what takes long; the same command goes on where this one stopped"},
	{errSignal, "E228", "run the same command again; it goes on where this one stopped"},
	{reconcile.ErrLocked, "E207", "wait for that run (--lock-timeout), or release the lock of one that died: reconcile unlock"},
	{reconcile.ErrStrangeLock, "E225", "wait for the run whose it is, or update reconcile; when nobody runs any more, release it: reconcile unlock"},
	{reconcile.ErrLockLost, "E226", "see that no other run is under way, then run the same command again; it goes on where this one stopped"},
	{connect.ErrDenied, "E191", "check the service key, its rights and the network"},
	{connect.ErrThrottled, "E191", "run the same command again later: the service takes no more requests for now"},
	{connect.ErrUnreachable, "E191", "run the same command again when the service answers; if it never does, check its address and the network"},
}

// faultOf words an error that ended a run.
func faultOf(err error, plan *reconcile.Plan) resource.Fault {
	f := resource.Fault{
		Severity: resource.Error, Code: "E190", Message: err.Error(),
		Remedy: "mend the cause and run the same command again; it goes on where this one stopped",
	}
	for _, e := range endings {
		if errors.Is(err, e.is) {
			f.Code, f.Remedy = e.code, e.remedy
			break
		}
	}
	if wrong, ok := errors.AsType[*reconcile.LedgerError](err); ok {
		f.Code, f.Remedy = wrong.Code, wrong.Remedy
	}
	if !tried(plan) {
		f.Remedy += "; nothing was written"
	}
	if u, ok := errors.AsType[usageError](err); ok {
		f.Remedy = u.remedy
	}
	if misused(err) {
		f.Code = codeUsage
	}
	return f
}
