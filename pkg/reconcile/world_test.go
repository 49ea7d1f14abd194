package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
)

const testID = "demo-test"

var testWho = Identity{Name: "demo", Stage: "test"}

// tester is what helpers need of *testing.T, *testing.B and *rapid.T.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Failed() bool
	Context() context.Context
}

// cut says what happens to one write: it is cut before or after its effect, and
// the process may die with it.
type cut struct {
	// at counts writes from 1; 0 cuts nothing.
	at    int
	after bool
	// dies makes every later call fail too, as if the process had been killed.
	dies bool
}

func (c cut) String() string {
	side, end := "before", "lost"
	if c.after {
		side = "after"
	}
	if c.dies {
		end = "killed"
	}
	return fmt.Sprintf("write %d, cut %s, %s", c.at, side, end)
}

// world is all services of a test, with one switchable fault between the
// product and everything it can write.
type world struct {
	mu       sync.Mutex
	boxes    *boxes
	accounts *accounts
	tasks    *tasks
	store    *memory
	fault    cut
	dead     bool
	// writes lists all writes since the last reset, also those that were cut;
	// history lists those that took effect, without those of the ledger.
	writes, history []string
	clock           time.Time
	// reversed turns the order of list answers around; bulk gives boxes the call
	// that creates many; person puts accounts into the hands of a person.
	reversed, bulk, person bool
}

func newWorld() *world {
	w := &world{clock: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	w.boxes = &boxes{world: w, stored: map[string]*storedBox{}}
	w.accounts = &accounts{world: w}
	w.tasks = &tasks{world: w}
	w.store = &memory{world: w, shards: map[string]Shard{}}
	return w
}

// errDead is what a killed process would never see.
var errDead = fmt.Errorf("the process is dead: %w", context.Canceled)

// errLost is a write whose answer was lost.
var errLost = fmt.Errorf("the answer was lost: %w", connect.ErrUncertain)

// write runs one effect under the fault that is set.
func (w *world) write(what string, effect func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return errDead
	}
	w.writes = append(w.writes, what)
	hit := len(w.writes) == w.fault.at
	w.dead = hit && w.fault.dies
	if hit && !w.fault.after {
		return errLost
	}
	err := effect()
	if err == nil && !strings.HasPrefix(what, "ledger ") {
		w.history = append(w.history, what)
	}
	if hit {
		return errLost
	}
	return err
}

// read runs one reading call.
func (w *world) read(what func()) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return errDead
	}
	what()
	return nil
}

// heal ends the fault and forgets the writes.
func (w *world) heal() { w.fault, w.dead, w.writes = cut{}, false, nil }

// now is a clock that moves with every look, so that nothing may depend on it.
func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(time.Second)
	return w.clock
}

func (w *world) kinds() []resource.Kind {
	boxes := resource.Bind(boxKind(), resource.WayAPI, w.boxes)
	if w.bulk {
		boxes = resource.Bind(boxKind(), resource.WayAPI, bulkBoxes{w.boxes})
	}
	way := resource.WayAdapter
	if w.person {
		way = resource.WayPerson
	}
	return []resource.Kind{
		resource.Bind(accountKind(), way, w.accounts),
		boxes,
		resource.Bind(taskKind(), resource.WayAdapter, w.tasks),
	}
}

func (w *world) ledger(t tester) *Ledger {
	t.Helper()
	l, err := OpenLedger(t.Context(), testWho, w.store)
	if err != nil {
		t.Fatalf("open the ledger: %v", err)
	}
	return l
}

// manifest is what a test wants, in the order of the file.
type manifest []Desired

func (w *world) request(l *Ledger, m manifest, p Policy) Request {
	return Request{
		ID: testID, Tenant: "tenant-1", Kinds: w.kinds(), Objects: m, Ledger: l, Policy: p, Now: w.now,
	}
}

// plan makes a plan with the stored ledger.
func (w *world) plan(t tester, m manifest, p Policy) Plan {
	t.Helper()
	return w.planOnly(t, m, p)
}

func (w *world) planOnly(t tester, m manifest, p Policy, only ...resource.Ref) Plan {
	t.Helper()
	r := w.request(w.ledger(t), m, p)
	r.Only = only
	made, err := Make(t.Context(), r)
	if err != nil {
		t.Fatalf("make: %v", err)
	}
	return made
}

// converge makes a plan and applies it; the ledger must hold.
func (w *world) converge(t tester, m manifest, p Policy) Plan {
	t.Helper()
	return w.apply(t, w.plan(t, m, p), Options{Parallelism: 4, WaitJobs: time.Minute})
}

func (w *world) apply(t tester, p Plan, o Options) Plan {
	t.Helper()
	if err := Apply(t.Context(), &p, o); err != nil {
		t.Fatalf("apply: %v", err)
	}
	return p
}

// must is converge that applies every step.
func (w *world) must(t tester, m manifest, p Policy) Plan {
	t.Helper()
	done := w.converge(t, m, p)
	for _, s := range done.Steps {
		if s.Action.Writes() && s.Outcome != Applied {
			t.Fatalf("%s %s is %q: %s %v", s.Action, s.Ref, s.Outcome, s.Error, s.BlockedBy)
		}
	}
	return done
}

// settled fails unless there is nothing left to do and doing it writes nothing.
func (w *world) settled(t tester, m manifest, p Policy) {
	t.Helper()
	w.heal()
	again := w.plan(t, m, p)
	if !again.Empty() {
		t.Fatalf("the next plan is not empty:\n%s", summary(again))
	}
	w.apply(t, again, Options{Parallelism: 4})
	if len(w.writes) > 0 {
		t.Fatalf("a run with nothing to do wrote %v", w.writes)
	}
}

// summary lists a plan's steps for failure messages and comparisons.
func summary(p Plan) string {
	text := ""
	for _, s := range p.Steps {
		text += fmt.Sprintf("%s %s %s", s.Action, s.Ref, s.Outcome)
		for _, c := range s.Changes {
			text += fmt.Sprintf(" [%s %s→%s %s]", c.Path, c.Have, c.Want, c.Origin)
		}
		text += fmt.Sprintf(" %s%s\n", s.Reason, s.Error)
	}
	return text
}

// actions maps each object to what is planned for it; runs have "/run" added.
func actions(p Plan) map[string]Action {
	all := map[string]Action{}
	for _, s := range p.Steps {
		all[key(s)] = s.Action
	}
	return all
}

func outcomes(p Plan) map[string]Outcome {
	all := map[string]Outcome{}
	for _, s := range p.Steps {
		if s.Outcome != "" {
			all[key(s)] = s.Outcome
		}
	}
	return all
}

func key(s Step) string {
	if s.Action == RunJob {
		return s.String() + "/run"
	}
	return s.String()
}

func step(t tester, p Plan, name string) Step {
	t.Helper()
	for _, s := range p.Steps {
		if key(s) == name {
			return s
		}
	}
	t.Fatalf("no step %s in:\n%s", name, summary(p))
	return Step{}
}

// codes lists the codes of the brakes that hold, by object.
func codes(p Plan) []string {
	var all []string
	for _, f := range p.Refused {
		all = append(all, f.Code)
	}
	slices.Sort(all)
	return all
}

func origins(s Step) map[string]resource.Origin {
	all := map[string]resource.Origin{}
	for _, c := range s.Changes {
		all[c.Path] = c.Origin
	}
	return all
}

func same[T any](t tester, what string, have, want T) {
	t.Helper()
	if diff := gocmp.Diff(want, have); diff != "" {
		t.Errorf("%s (-want +have):\n%s", what, diff)
	}
}

// memory is a Store that keeps shards under the world's fault.
type memory struct {
	world  *world
	shards map[string]Shard
	count  int
	// traces lie beside the shards.
	traces []string
}

func (m *memory) Place(name string) string { return "memory " + name }

func (m *memory) Load(context.Context) (Stored, error) {
	var all []Shard
	err := m.world.read(func() {
		for _, s := range m.shards {
			s.Properties = maps.Clone(s.Properties)
			all = append(all, s)
		}
	})
	// A service lists its fragments in any order.
	slices.SortFunc(all, func(a, b Shard) int { return cmp.Compare(b.Name, a.Name) })
	return Stored{Shards: all, Traces: m.traces}, err
}

func (m *memory) Write(ctx context.Context, s Shard) (version string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	err = m.world.write("ledger "+s.Name, func() error {
		if old := m.shards[s.Name]; old.Version != s.Version {
			return fmt.Errorf("%s: %w", s.Name, connect.ErrPrecondition)
		}
		m.count++
		version = fmt.Sprintf("v%d", m.count)
		m.shards[s.Name] = Shard{Name: s.Name, Version: version, Properties: maps.Clone(s.Properties)}
		return nil
	})
	return version, err
}
