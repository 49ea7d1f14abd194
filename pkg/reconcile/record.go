package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
)

// record turns the result of a call into the step's outcome and the ledger's
// memory. Nothing is stored before the next Save.
func (a *applier) record(s *Step, r result) {
	if _, waits := errors.AsType[resource.Waiting](r.err); waits {
		if a.Ledger.Entry(s.Ref).Intent != nil {
			a.forgetIntent(s)
		}
		// The person starts what was counted; the ledger has no entry of it yet.
		s.work.counted = r.counted
		a.end(s, Waits, r.err, r.took)
		return
	}
	a.plan.Stopped = a.plan.Stopped || r.stopped
	switch {
	case !r.done && !uncertain(r.err):
		a.forgetIntent(s)
	case !r.done: // the intent stays, and the next run looks
	case s.Action == Forget:
		a.Ledger.Drop(s.Ref)
	case s.Action == Delete:
		a.Ledger.Drop(s.Ref)
		delete(a.live, s.Ref)
	case s.Action == RunJob:
		a.ran(s, r.run)
	default:
		a.wrote(s, r.object)
	}
	if r.err != nil {
		a.end(s, Failed, r.err, r.took)
		return
	}
	a.count(s, r.counted)
	if s.Action != Forget {
		s.State = InSync
	}
	a.end(s, Applied, nil, r.took)
}

// count remembers what was counted before a step that was then done.
func (a *applier) count(s *Step, counted map[string]int) {
	if len(counted) == 0 {
		return
	}
	entry := a.Ledger.Entry(s.Ref)
	entry.Counted = map[string]Counted{}
	for what, number := range counted {
		entry.Counted[what] = Counted{Number: number, At: countedAt(a.Now())}
	}
	a.Ledger.Put(entry)
}

// countedAt is finer than other times: which of two numbers is the later decides what
// the next one is compared with, and two runs may fall into one second.
func countedAt(now time.Time) time.Time { return now.UTC().Truncate(time.Millisecond) }

// uncertain reports whether the effect may have happened although the call
// failed.
func uncertain(err error) bool {
	if errors.Is(err, connect.ErrUncertain) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	answer, ok := errors.AsType[*connect.Error](err)
	return ok && answer.Status >= 500
}

// Denied reports whether steps failed, none was applied, and each failure is a refusal
// or a service that could not be asked: then nothing was written.
func (p Plan) Denied() bool {
	failed := 0
	for _, s := range p.Steps {
		switch {
		case s.Outcome == Applied, s.Outcome == Failed && !denied(s.work.err):
			return false
		case s.Outcome == Failed:
			failed++
		}
	}
	return failed > 0
}

// denied reports whether a call was certainly not served.
func denied(err error) bool {
	kind := errors.Is(err, connect.ErrDenied) || errors.Is(err, connect.ErrThrottled) || errors.Is(err, connect.ErrUnreachable)
	return kind && !uncertain(err)
}

func (a *applier) forgetIntent(s *Step) {
	entry := a.Ledger.Entry(s.Ref)
	entry.Intent = nil
	if !entry.Owned && !entry.Owed && entry.FormerID == "" {
		a.Ledger.Drop(s.Ref)
		return
	}
	a.Ledger.Put(entry)
}

func (a *applier) wrote(s *Step, object resource.Object) {
	a.want[s.Ref] = s.work.want
	entry := a.Ledger.Entry(s.Ref)
	entry.Secrets = a.secrets(entry, s.work.want, object.Spec)
	entry.Owned, entry.ID, entry.Via, entry.Intent = true, object.ID, s.Via, nil
	entry.From, entry.Protected = a.origins(a.desired[s.Ref]), a.desired[s.Ref].guarded()
	entry.Adopted = s.Action != Create && !s.work.own.Owned
	entry.Accepted = a.still(entry, object)
	before := entry.Wrote
	entry.Wrote, entry.Labels = a.fingerprints(s.work.want)
	keepUnknown(entry.Wrote, before, s.work.want)
	entry.Since = secretsSince(entry, before, a.Now().UTC().Truncate(time.Second))
	entry.Untouched = a.untouched(s, before, entry, object)
	entry.Seen = []Observation{{Evidence: EvidenceRead, At: a.Now().UTC().Truncate(time.Second)}}
	a.Ledger.Put(entry)
	a.live[s.Ref] = &object
	a.veilLive(s.Ref)
	s.Evidence, s.Detail = EvidenceRead, detail(s, object)
	a.look(s, object.Spec)
}

// detail tells people the identifier that a new object got.
func detail(s *Step, object resource.Object) string {
	if s.Action != Create || object.ID == "" {
		return ""
	}
	return "id " + object.ID
}

// ran notes that a job was started: nothing is owed any more, whatever came of it.
func (a *applier) ran(s *Step, run resource.Run) {
	entry := a.Ledger.Entry(s.Ref)
	entry.Owed, entry.Intent = false, nil
	a.Ledger.Put(entry)
	switch {
	case !run.Done:
		s.Detail = fmt.Sprintf("started, still %q when the wait was over", run.Status)
		a.plan.Warnings = append(a.plan.Warnings, resource.Fault{
			Severity: resource.Warning, Code: "W201", Ref: &s.Ref, Position: s.Position,
			Message: fmt.Sprintf("%s is still running; its result is not known", s.Ref),
			Remedy:  "look again later with reconcile verify, or wait longer with --wait-jobs",
		})
	default:
		s.Detail = fmt.Sprintf("%s: %d users, %d groups", run.Status, run.Users, run.Groups)
	}
}

// run starts a job, or finds the run that an interrupted process started, and
// waits for its end.
func (a *applier) run(ctx context.Context, s *Step) result {
	have := a.live[s.Ref]
	if have == nil {
		return result{err: errors.New("the job does not exist")}
	}
	run, err := a.start(ctx, s, *have)
	if err != nil {
		return result{err: err}
	}
	run, stopped, err := a.await(ctx, s, *have, run)
	if err == nil && run.Done && !run.OK {
		err = fmt.Errorf("the job ended as %q: %s", run.Status, run.Detail)
	}
	return result{run: run, stopped: stopped, done: true, err: err}
}

func (a *applier) start(ctx context.Context, s *Step, have resource.Object) (resource.Run, error) {
	if s.work.announced {
		runs, err := s.work.kind.Runs(ctx, have)
		if err != nil {
			return resource.Run{}, err
		}
		for _, run := range runs {
			if run.Key == s.work.key {
				return run, nil
			}
		}
	}
	return s.work.kind.Start(ctx, have, s.work.key)
}

// await polls a run until it ends, the wait is over, or the whole run is stopped.
func (a *applier) await(ctx context.Context, s *Step, have resource.Object, run resource.Run) (_ resource.Run, stopped bool, err error) {
	limit := time.NewTimer(a.WaitJobs)
	defer limit.Stop()
	for pause := 250 * time.Millisecond; !run.Done; pause = min(2*pause, 10*time.Second) {
		select {
		case <-ctx.Done():
			return run, false, ctx.Err()
		case <-a.Stop:
			return run, true, nil
		case <-limit.C:
			return run, false, nil
		case <-time.After(pause):
		}
		runs, err := s.work.kind.Runs(ctx, have)
		if err != nil {
			return run, false, err
		}
		for _, seen := range runs {
			if seen.ID == run.ID {
				run = seen
			}
		}
	}
	return run, false, nil
}
