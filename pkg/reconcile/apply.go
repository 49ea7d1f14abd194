package reconcile

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"reconcile/pkg/resource"
)

// Options say how a plan is applied.
type Options struct {
	// Parallelism is the number of calls at the same time, at least 1.
	Parallelism int
	// WaitJobs is how long a started job may take before the run goes on without
	// its result.
	WaitJobs time.Duration
	// Stop ends the run in an orderly way: what is in flight ends and is recorded,
	// nothing new starts. Nil never stops.
	Stop <-chan struct{}
	// Recorded is true where the run leaves a record; else the ledger notes that it
	// leaves none.
	Recorded bool
	// Tell is called when a step starts and when it ends, from one goroutine at a
	// time. Nil is silent.
	Tell func(Event)
	// Before is asked right before a step is done, from many goroutines. An error
	// keeps it from being done: the step fails with it, and nothing was sent. What
	// was counted for the step is remembered once it was done. Nil lets all pass.
	Before func(context.Context, Step) (counted map[string]int, err error)
}

// Event is one step's progress.
type Event struct {
	Step Step
	// Ended is false at the start.
	Ended bool
	Took  time.Duration
}

// Apply does what the plan says, in batches: before a batch its intents are in
// the ledger, after it its outcomes. Each step of the plan gets its outcome. The
// error is that of the ledger; failures of steps are in the steps. Cancelling
// ctx cuts calls in flight.
func Apply(ctx context.Context, p *Plan, o Options) error {
	if len(p.Refused) > 0 {
		return errors.New("the plan is refused")
	}
	a := &applier{maker: p.maker, plan: p, Options: o, objects: map[resource.Ref]*Step{}}
	for i := range p.Steps {
		if p.Steps[i].Action != RunJob {
			a.objects[p.Steps[i].Ref] = &p.Steps[i]
		}
	}
	var err error
	partly := false
	for err == nil {
		batch := a.next()
		if len(batch) == 0 {
			break
		}
		back, written := a.Ledger.Point(), a.Ledger.writes
		a.announce(batch)
		if err = a.Ledger.Save(ctx); err == nil {
			a.do(ctx, a.unclaimed(batch))
			continue
		}
		// None of it was sent, so none of it may be claimed, also where a part of
		// the ledger already says so.
		back()
		partly = a.Ledger.writes > written
	}
	// What was done is recorded even when the run was cut.
	if partly || p.Ended(Applied)+p.Ended(Failed)+p.Ended(Waits) > 0 {
		a.refresh()
		// What kept the ledger from being written may do so again; once told is enough.
		if again := a.Ledger.Save(context.WithoutCancel(ctx)); again != nil && (err == nil || again.Error() != err.Error()) {
			err = errors.Join(err, again)
		}
	}
	a.tellShared()
	a.skipRest(err)
	return err
}

type applier struct {
	*maker
	Options
	plan *Plan
	// objects finds the step that makes an object; runs are not among them.
	objects map[resource.Ref]*Step
	tell    sync.Mutex
}

func (a *applier) stopped() bool {
	select {
	case <-a.Stop:
		return true
	default:
		return false
	}
}

// next collects the steps that can be done now. Steps that cannot be done any
// more get their outcome on the way.
func (a *applier) next() []*Step {
	stopped := a.stopped()
	var ready []*Step
	for i := range a.plan.Steps {
		s := &a.plan.Steps[i]
		if s.Outcome == "" && s.Action.Writes() && a.settle(s) {
			ready = append(ready, s)
		}
	}
	if stopped {
		a.plan.Stopped = a.plan.Stopped || len(ready) > 0
		return nil
	}
	if bulk := bulkGroup(ready); bulk != nil {
		return bulk
	}
	return ready[:min(len(ready), max(a.Parallelism, 1))]
}

// settle reports whether a step can start, and gives an outcome to one that
// cannot start any more.
func (a *applier) settle(s *Step) bool {
	if len(s.BlockedBy) > 0 {
		a.end(s, Blocked, nil, 0)
		return false
	}
	for _, ref := range s.After {
		need, ok := a.objects[ref]
		if !ok {
			continue
		}
		switch need.Outcome {
		case Applied:
		case Failed, Blocked, Skipped, Waits:
			s.BlockedBy = append(s.BlockedBy, ref.String())
			a.end(s, Blocked, nil, 0)
			return false
		default:
			if need.Action.Writes() {
				return false
			}
		}
	}
	return true
}

// announce puts the batch's intents into the ledger, and with them the job runs
// that become due.
func (a *applier) announce(batch []*Step) {
	for _, s := range batch {
		// A step that waits for a person sends nothing, so there is nothing to
		// announce, and a run in which all wait writes nothing.
		if s.Waiting() {
			continue
		}
		a.Ledger.Enter(a.Now(), a.Recorded)
		entry := a.Ledger.Entry(s.Ref)
		if s.work.key == "" {
			s.work.key = rand.Text()
		}
		a.intend(&entry, s)
		a.Ledger.Put(entry)
		at := a.Now().UTC().Truncate(time.Minute)
		a.owe(s, at)
		a.late(s, at)
	}
}

// result is what one call brought.
type result struct {
	object resource.Object
	run    resource.Run
	// stopped is true when the wait for the run was given up.
	stopped bool
	// done is true when the call took effect, even where err says that the effect
	// is not the wanted one.
	done bool
	err  error
	took time.Duration
	// counted is what Before counted.
	counted map[string]int
}

func (a *applier) do(ctx context.Context, batch []*Step) {
	results := make([]result, len(batch))
	if bulkGroup(batch) != nil {
		a.bulk(ctx, batch, results)
	} else {
		var group sync.WaitGroup
		for i, s := range batch {
			group.Go(func() { results[i] = a.one(ctx, s) })
		}
		group.Wait()
	}
	for i, s := range batch {
		a.record(s, results[i])
	}
}

func (a *applier) one(ctx context.Context, s *Step) result {
	a.say(Event{Step: *s})
	start := a.Now()
	counted, err := a.ask(ctx, s)
	if err != nil {
		return result{err: err, took: a.Now().Sub(start)}
	}
	r := a.call(ctx, s)
	r.took, r.counted = a.Now().Sub(start), counted
	return r
}

// ask lets the caller hold a step.
func (a *applier) ask(ctx context.Context, s *Step) (map[string]int, error) {
	if a.Before == nil {
		return nil, nil
	}
	return a.Before(ctx, *s)
}

func (a *applier) call(ctx context.Context, s *Step) result {
	kind, have := s.work.kind, s.work.have
	if s.Via == resource.WayPerson && s.Waiting() {
		return result{err: resource.Waiting{Order: resource.Order{Ref: s.Ref, Action: string(s.Action)}}}
	}
	switch s.Action {
	case Create:
		return a.create(ctx, s)
	case Update, Adopt:
		return a.update(ctx, s)
	case Delete:
		err := kind.Delete(ctx, *have)
		return result{err: err, done: err == nil}
	case RunJob:
		return a.run(ctx, s)
	default:
		return result{done: true}
	}
}

// prepare fills in the outputs that became known. Nothing may be sent while a
// value is missing: the service would store an empty one.
func (a *applier) prepare(s *Step) error {
	s.work.want = resolve(a.desired[s.Ref], a.output)
	switch {
	case s.holds(resource.External):
		return missingSecret(s)
	case s.holds(resource.Pending):
		return errors.New("an output it needs did not become known")
	default:
		return nil
	}
}

// missingSecret makes a step wait whose secret appears only with the object.
func missingSecret(s *Step) error {
	order := resource.Order{Ref: s.Ref, Action: string(s.Action)}
	for _, v := range resource.Paths(s.work.want) {
		if v.Form() == resource.External {
			order.Notes = append(order.Notes, "create it, put the value into "+v.Source().String()+", run again")
		}
	}
	slices.Sort(order.Notes)
	return resource.Waiting{Order: order}
}

// payload returns the whole object to send for a step, with the outputs that became
// known, or the result of a step for which nothing can or has to be sent.
func (a *applier) payload(s *Step) (want resource.Spec, settled *result) {
	missing := a.prepare(s)
	if s.Action == Create {
		if missing != nil {
			return nil, &result{err: missing}
		}
		return s.work.want, nil
	}
	// Not the entry of now: its intent is this very update.
	s.Changes = a.compare(a.desired[s.Ref], s, s.work.entry, s.Action == Adopt)
	switch {
	case len(s.Changes) == 0:
		return nil, &result{object: *s.work.have, done: true}
	case missing != nil:
		return nil, &result{err: missing}
	default:
		return a.merge(a.desired[s.Ref], s, s.work.entry), nil
	}
}

func (a *applier) update(ctx context.Context, s *Step) result {
	want, settled := a.payload(s)
	if settled != nil {
		return *settled
	}
	object, err := s.work.kind.Update(ctx, *s.work.have, want, s.Changes)
	return a.check(s, object, want, err)
}

// say passes an event on, one at a time.
func (a *applier) say(e Event) {
	if a.Tell == nil {
		return
	}
	a.tell.Lock()
	defer a.tell.Unlock()
	a.Tell(e)
}

func (a *applier) end(s *Step, outcome Outcome, err error, took time.Duration) {
	s.Outcome, s.work.err = outcome, err
	if err != nil {
		s.Error = err.Error()
	}
	a.say(Event{Step: *s, Ended: true, Took: took})
}

func (a *applier) skipRest(err error) {
	for i := range a.plan.Steps {
		s := &a.plan.Steps[i]
		if s.Outcome == "" && s.Action.Writes() {
			a.end(s, Skipped, err, 0)
		}
	}
}

// fingerprints are the ledger's memory of what is wanted.
func (a *applier) fingerprints(want resource.Spec) (wrote, labels map[string]string) {
	wrote, labels = map[string]string{}, map[string]string{}
	for path, v := range resource.Paths(want) {
		if hash := a.Ledger.Fingerprint(v); hash != "" {
			wrote[path] = hash
		}
		if v.Label() != "" {
			labels[path] = v.Label()
		}
	}
	return wrote, labels
}

// refresh brings the memory of unchanged owned objects up to date: somebody may
// have made by hand what the manifest now says.
func (a *applier) refresh() {
	for _, s := range a.plan.Steps {
		entry := a.Ledger.Entry(s.Ref)
		if s.Action != Unchanged || !entry.Owned || s.work.want == nil || len(s.Changes) > 0 {
			continue
		}
		wrote, labels := a.fingerprints(s.work.want)
		keepUnknown(wrote, entry.Wrote, s.work.want)
		from, protected := a.origins(a.desired[s.Ref]), a.desired[s.Ref].guarded()
		secrets := a.secrets(entry, s.work.want, specOf(s.work.have))
		known := entry.Secrets != nil && slices.Equal(secrets, entry.Secrets)
		if !known || !maps.Equal(wrote, entry.Wrote) || !maps.Equal(labels, entry.Labels) || !maps.Equal(from, entry.From) || protected != entry.Protected {
			before := entry.Wrote
			entry.Wrote, entry.Labels, entry.From, entry.Protected = wrote, labels, from, protected
			entry.Secrets = secrets
			if s.work.have != nil {
				entry.Untouched = a.untouched(&s, before, entry, *s.work.have)
			}
			a.Ledger.Put(entry)
		}
	}
}

// keepUnknown keeps the memory of values that are not at hand in this run, such
// as a secret whose variable is not set.
func keepUnknown(wrote, before map[string]string, want resource.Spec) {
	for path := range resource.Paths(want) {
		if hash, ok := before[path]; ok && wrote[path] == "" {
			wrote[path] = hash
		}
	}
}
