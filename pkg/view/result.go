package view

import (
	"slices"
	"time"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// Result is everything a command has to say about one integration.
type Result struct {
	// Command is the verb: converge, plan, apply, drift, verify, validate.
	Command, Integration, Stage string
	// Plan is nil when there is none: validation failed, or only proofs were made.
	Plan *reconcile.Plan
	// Findings are shown in the order given, so the worst comes first.
	Findings []resource.Finding
	// Warnings and Errors are those of the command. Those of the plan, and its
	// brakes that hold, are added here and must not be repeated by the caller.
	Warnings, Errors []resource.Fault
	// ExitCode is the code of the whole process.
	ExitCode int
	// Complete says that every object was decided.
	Complete bool
	// Calls counts requests, Retries repeated ones, Throttled those that a
	// service or the own limit held back.
	Calls, Retries, Throttled int
	Took                      time.Duration
	// Landscape says where all this happened, such as "simulated landscape in
	// DIR"; empty for the real one.
	Landscape string
	// Comment finds the Markdown of this result again whatever the manifest holds,
	// Folder is where the program was started: formats that other programs read tell
	// places from there. Both may be empty.
	Comment, Folder string
	// Target is what the command works on.
	Target Target
	// OfSnapshot says that a snapshot stood for what is live: there is nothing to apply.
	OfSnapshot bool
	// DryRun says that nothing could be written.
	DryRun bool
	// Orders are what waits for people, in order; Runbook is the folder where they
	// were written for people, "" where they were not.
	Orders  []resource.Order
	Runbook string
	// Saved is the file that the plan was saved to, "" where it was not.
	Saved string
	// Notes say what a command did that is no step, one sentence each.
	Notes []string
	// Records are what logs tell of clicks, by object, the newest first.
	Records []Record
	// Objects are the steps of a plan that is not to be shown: they say where the
	// manifest holds an object and what it needs, for findings and for the picture.
	Objects []reconcile.Step
	// Incident is nil while no proof fails; else it is the first thing to be said.
	Incident *Incident
	// Verified lists the proofs that were made, in order.
	Verified []Check
	// Runs are the records of earlier runs, the newest first, and Seen what earlier
	// looks showed. Both are empty where nobody recorded anything.
	Runs []reconcile.StoredRecord
	Seen reconcile.Sightings
}

// Check is one proof: a real call, as the consumer makes it.
type Check struct {
	Ref resource.Ref
	// Leg is the hop, for example "IAG→IPS", and What the thing asked for on it,
	// for example "Users".
	Leg, What string
	// Of names what was asked for whatever the address was; "" for what is no call.
	Of string
	// OK says that the call did what the consumer needs, Unsure that nobody can tell:
	// it was left out, or got no usable answer.
	OK, Unsure bool
	// Detail says what came back, for example "answered 200, 42 users".
	Detail string
}

// about names what the check is about, "" for the landscape as a whole.
func (c Check) about() string {
	if c.Ref == (resource.Ref{}) {
		return ""
	}
	return c.Ref.String()
}

// ofWhole reports whether the check is about the landscape as a whole: something that
// has to be there before.
func (c Check) ofWhole() bool { return c.about() == "" && c.Leg == "" }

// Record is one record of a log: somebody clicked. It does not say that the click
// had the wanted effect.
type Record struct {
	Ref resource.Ref
	// Source is auditlog or changelog.
	Source string
	At     time.Time
	// By is who, Verb what was done as far as the record tells, Text what it says.
	By, Verb, Text string
	// Named is false where the record only hints at the object.
	Named bool
	// Raw is the whole record without secrets, "" where it is a line of a file.
	Raw string
}

// mode says how a command was run that writes nothing, "" for one that may write.
func (r Result) mode() string {
	switch {
	case !r.DryRun:
		return ""
	case r.Command == "plan", r.Command == "drift":
		return r.Command
	default:
		return "dry run"
	}
}

// errors lists what went wrong, and the brakes that hold.
func (r Result) errors() []resource.Fault {
	if r.Plan == nil {
		return r.Errors
	}
	return slices.Concat(r.Errors, r.Plan.Refused)
}

// warnings lists what did not stop anything.
func (r Result) warnings() []resource.Fault {
	if r.Plan == nil {
		return r.Warnings
	}
	return slices.Concat(r.Warnings, r.Plan.Warnings)
}

// steps lists the steps of the plan, none when there is no plan.
func (r Result) steps() []reconcile.Step {
	if r.Plan == nil {
		return nil
	}
	return r.Plan.Steps
}
