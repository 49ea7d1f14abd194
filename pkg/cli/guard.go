package cli

import (
	"context"
	"fmt"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/iag"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/verify"
	"reconcile/pkg/view"
)

// held is a step that was not done because of what it would have brought.
type held struct{ fault resource.Fault }

func (h held) Error() string { return h.fault.Code + ": " + h.fault.Message }

// guard counts what a synchronisation would bring before it is started, or before
// a person is told to. It returns what was counted, and an error when that lies
// outside of what the manifest expects. It only reads.
func (j *job) guard(ctx context.Context, s reconcile.Step) (map[string]int, error) {
	system, expect := j.synchronised(s)
	if expect == nil {
		return nil, nil
	}
	hold := func(code, message, remedy string) error {
		return held{resource.Fault{
			Severity: resource.Error, Code: code, Ref: &s.Ref, Path: "/expect", Position: system.At("/expect"), Message: message, Remedy: remedy,
		}}
	}
	before, counted := j.verdict.result.Plan.Counted(s.Ref), map[string]int{}
	totals, err := j.totals(ctx, system.Ref)
	if err != nil {
		totals = []verify.Total{{Of: "Users", Unknown: err.Error()}}
	}
	for _, t := range totals {
		r := expect.Of(t.Of)
		if r == nil {
			continue
		}
		if t.Unknown != "" {
			return nil, hold("E261", fmt.Sprintf("%s is not run: what %s would bring cannot be counted: %s", s.Ref, system.Ref, t.Unknown),
				"make the proxy system answer (reconcile verify says why it does not), and run again")
		}
		last := -1
		if known, ok := before[t.Of]; ok {
			last = known.Number
		}
		if outside := r.Outside(t.Number, last); outside != "" {
			return nil, hold("E260", fmt.Sprintf("%s is not run: it would read %d %s into %s, and %s", s.Ref, t.Number, t.Of, system.Ref, outside),
				"check filter, URL and id of the proxy system; if the number is right, change expect of "+system.Name+" in the manifest")
		}
		counted[t.Of] = t.Number
	}
	return counted, nil
}

// synchronised returns the system that a step reads anew, and what is expected of
// it; nil for every other step.
func (j *job) synchronised(s reconcile.Step) (reconcile.Desired, *iag.Expect) {
	ordered := s.Via == resource.WayPerson && (s.Action == reconcile.Create || s.Action == reconcile.Update)
	if s.Kind != iag.KindJob || s.Action != reconcile.RunJob && !ordered {
		return reconcile.Desired{}, nil
	}
	spec, _ := j.wanted(s.Ref).Spec.(iag.Job)
	if category, _ := catalogue.JobCategoryOf(spec.Category.Text()); !category.NeedsSystem {
		return reconcile.Desired{}, nil
	}
	system := j.wanted(resource.Ref{Kind: iag.KindSystem, Name: spec.IAGSystem.Text()})
	of, _ := system.Spec.(iag.System)
	return system, of.Expect
}

// wanted returns an object of the manifest, the zero one when it has none.
func (j *job) wanted(ref resource.Ref) reconcile.Desired {
	for _, o := range j.desired {
		if o.Ref == ref {
			return o
		}
	}
	return reconcile.Desired{}
}

// totals asks the proxy system behind a system how many there are.
func (j *job) totals(ctx context.Context, ref resource.Ref) ([]verify.Total, error) {
	for _, s := range j.systems() {
		if s.Ref == ref && j.wiring.identity != nil {
			return verify.Totals(ctx, j.target(false), s)
		}
	}
	return []verify.Total{{Of: "Users", Unknown: "its External System ID is not known"}, {Of: "Groups", Unknown: "its External System ID is not known"}}, nil
}

// heldBack puts the steps that the guard held among the errors.
func (j *job) heldBack(plan *reconcile.Plan) {
	for _, s := range plan.Steps {
		if h, ok := s.Err().(held); ok { //nolint:errorlint // the guard's own error is never wrapped
			j.verdict.result.Errors = append(j.verdict.result.Errors, h.fault)
		}
	}
}

// compareCounts sets what a full walk counted against what is expected.
func (j *job) compareCounts(counts []verify.Count) {
	r := &j.verdict.result
	for _, c := range counts {
		o := j.wanted(c.Ref)
		spec, _ := o.Spec.(iag.System)
		expected := spec.Expect.Of(c.Of)
		if expected == nil {
			continue
		}
		outside := expected.Outside(c.Delivered, j.lastCounted(c.Ref, c.Of))
		detail := fmt.Sprintf("%d counted, expected %s", c.Delivered, expected)
		if !c.Complete {
			outside, detail = "", detail+"; the walk did not come to its end, so nothing is said"
		}
		r.Verified = append(r.Verified, view.Check{Ref: c.Ref, Leg: verify.LegBackend, What: "expected " + c.Of, OK: outside == "" && c.Complete, Unsure: !c.Complete, Detail: detail})
		if outside != "" {
			r.Errors = append(r.Errors, resource.Fault{
				Severity: resource.Error, Code: "E260", Ref: &c.Ref, Path: "/expect", Position: o.At("/expect"),
				Message: fmt.Sprintf("%s: %d %s come through the proxy system, and %s", c.Ref, c.Delivered, c.Of, outside),
				Remedy:  "check filter, conditions, URL and id of the proxy system; if the number is right, change expect in the manifest",
			})
		}
	}
}

// lastCounted is what was counted before the last run of a job that reads a system,
// negative when nothing was.
func (j *job) lastCounted(system resource.Ref, of string) int {
	last, number := reconcile.Counted{}, -1
	for _, o := range j.desired {
		spec, ok := o.Spec.(iag.Job)
		if !ok || spec.IAGSystem.Text() != system.Name {
			continue
		}
		if c, known := j.verdict.result.Plan.Counted(o.Ref)[of]; known && c.At.After(last.At) {
			last, number = c, c.Number
		}
	}
	return number
}
