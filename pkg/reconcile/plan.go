package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"reconcile/pkg/resource"
)

// Action is what a step does. The zero Action does nothing.
type Action string

// The actions of a step.
const (
	Unchanged Action = "unchanged"
	Create    Action = "create"
	Update    Action = "update"
	Delete    Action = "delete"
	Adopt     Action = "adopt"  // take ownership, with the changes listed
	Forget    Action = "forget" // drop from the ledger what is gone already
	RunJob    Action = "run"
	Kept      Action = "kept" // would be deleted, if it were allowed
)

// Writes reports whether the action changes an object or the ledger.
func (a Action) Writes() bool { return a != Unchanged && a != Kept && a != "" }

// Outcome is what became of a step.
type Outcome string

// The outcomes of a step.
const (
	Applied Outcome = "applied"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped" // not started: the run was stopped
	Waits   Outcome = "waiting" // for a person
	Blocked Outcome = "blocked" // something it needs failed or waits
)

// State says how an object stands to its manifest.
type State string

// The states of an object.
const (
	InSync  State = "inSync"
	Drifted State = "drifted"
	Broken  State = "broken"
	Unknown State = "unknown"
)

// Fact is one thing known of an object and how it is known.
type Fact struct {
	Path     string    `json:"path"`
	Evidence Evidence  `json:"evidence"`
	At       time.Time `json:"at,omitzero"`
	Stale    bool      `json:"stale"`
}

// Step is one object's part of a plan, as data. It never holds a secret.
type Step struct {
	resource.Ref
	Action Action       `json:"action"`
	Via    resource.Way `json:"via"`
	State  State        `json:"state"`
	// Evidence is the weakest of Facts.
	Evidence Evidence `json:"evidence"`
	// Code is the failure of the catalogue by which the object is broken, as far as a
	// proof told; "" otherwise.
	Code string `json:"code,omitempty"`
	// Prunable is true for a kept object that --prune would delete.
	Prunable bool `json:"-"`
	// Reason explains the action to people; nothing may depend on it.
	Reason   string            `json:"reason,omitempty"`
	Position resource.Position `json:"position,omitzero"`
	Facts    []Fact            `json:"facts,omitempty"`
	Changes  []resource.Change `json:"changes"`
	// Accepted lists what was changed by hand and stays as it is for a time.
	Accepted []Accepted `json:"accepted,omitempty"`
	// Positions tells where the manifest says what Changes wants, by path.
	Positions map[string]resource.Position `json:"positions,omitempty"`
	// After names what has to be done first, BlockedBy what of it cannot be.
	After     []resource.Ref `json:"-"`
	BlockedBy []string       `json:"blockedBy,omitempty"`
	Digest    string         `json:"digest"`
	Outcome   Outcome        `json:"outcome,omitempty"`
	Error     string         `json:"error,omitempty"`
	// Detail is what the service says of the result, such as a job's counts.
	Detail string `json:"detail,omitempty"`
	// LastRun is the last run of a job that somebody reported; nil where nobody did.
	LastRun *Ran `json:"lastRun,omitempty"`

	work work
}

// work is what apply needs of a step; it does not leave the process.
type work struct {
	kind resource.Kind
	have *resource.Object
	want resource.Spec
	own  resource.Ownership
	// entry is what the ledger knew when the plan was made.
	entry Entry
	key   string
	// pending is the step's digest with outputs of other objects as references,
	// whether they are known or not.
	pending string
	// order identifies the work order of a step that a person does.
	order string
	// withheld is true while nobody may be told to do the step, whatever waits for it,
	// and cautions are what the order says besides.
	withheld bool
	cautions []string
	// moved is what a log told of the object since it was confirmed.
	moved *Move
	// counted is what a look counted of the object.
	counted map[string]int
	// made is true when an interrupted run of this integration made the object.
	made bool
	// announced is true when an interrupted run of this integration may have
	// started the job under key.
	announced bool
	// recalled is true when have comes from a snapshot: who compares with one need
	// not have the secrets that are there.
	recalled bool
	// failed is true when a proof says that the object is broken, and unbroken is
	// what its state would be else. stale is true when old evidence took its state.
	failed   bool
	unbroken State
	stale    bool
	err      error
}

// movedAt is when somebody changed the object by hand, "" when nobody is known to.
func (w work) movedAt() string {
	if w.moved == nil {
		return ""
	}
	return w.moved.At.UTC().Format(time.RFC3339)
}

// Err returns the error of a failed step, for errors.Is.
func (s Step) Err() error { return s.work.err }

// Plan is what would be done, in order.
type Plan struct {
	Steps []Step
	// Digest covers the digests of all steps that write.
	Digest string
	// Refused lists the brakes that hold; each names what lifts it. A plan with
	// any cannot be applied.
	Refused []resource.Fault
	// Warnings do not stop anything.
	Warnings []resource.Fault
	// Blind lists what could not be compared with a snapshot and counts as equal.
	Blind []string
	// Stopped is true when Apply was told to stop before all was done: steps were
	// skipped, or a job was left running.
	Stopped bool

	maker *maker
}

// Empty reports whether applying would write nothing.
func (p Plan) Empty() bool {
	return !slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Action.Writes() })
}

// Differs reports whether the live state is known to differ from the manifest in
// any way, also where the difference would not be written. That a proof fails is
// no difference.
func (p Plan) Differs() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool {
		return s.Action.Writes() || len(s.Changes) > 0 || s.State == Drifted || s.State == Broken && !s.work.failed
	})
}

// Count returns how many steps have an action.
func (p Plan) Count(a Action) int { return count(p.Steps, func(s Step) bool { return s.Action == a }) }

// Ended returns how many steps have an outcome.
func (p Plan) Ended(o Outcome) int {
	return count(p.Steps, func(s Step) bool { return s.Outcome == o })
}

func count(steps []Step, match func(Step) bool) int {
	n := 0
	for _, s := range steps {
		if match(s) {
			n++
		}
	}
	return n
}

// digest covers what would be done to which object as it was read, on which
// tenant: no positions, times, evidence or reasons. A run is the same whatever the
// job looks like: its job may be made by the same plan.
func (s Step) digest(tenant string, changes []resource.Change) string {
	type secretRef struct{ Path, Source, Label string }
	fingerprint := ""
	if s.Action != RunJob {
		fingerprint = identify(s.work.have)
	}
	var secrets []secretRef
	for _, c := range changes {
		if c.Want.Sensitive() {
			secrets = append(secrets, secretRef{c.Path, c.Want.Source().String(), c.Want.Label()})
		}
	}
	return digest(struct {
		Ref         string
		Action      Action
		Changes     []resource.Change
		Secrets     []secretRef
		Fingerprint string
		Tenant      string
	}{s.String(), s.Action, withoutOrigin(s.Changes), secrets, fingerprint, tenant})
}

// withoutOrigin drops the origins: they depend on the ledger, not on the world.
func withoutOrigin(changes []resource.Change) []resource.Change {
	plain := slices.Clone(changes)
	for i := range plain {
		plain[i].Origin = ""
	}
	return plain
}

func planDigest(steps []Step) string {
	digests := Plan{Steps: steps}.Digests()
	slices.Sort(digests)
	return digest(digests)
}

func digest(v any) string {
	text, _ := json.Marshal(v)
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// identify tells what was read without the help of secrets: the interface's own
// version, or else a digest of all that may be shown.
func identify(have *resource.Object) string {
	switch {
	case have == nil:
		return "absent"
	case have.Version != "":
		return have.Version
	}
	plain := map[string]string{}
	for path, v := range resource.Paths(have.Spec) {
		plain[path] = v.String()
	}
	return digest(plain)
}
