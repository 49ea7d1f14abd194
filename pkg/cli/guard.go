package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
	counted := map[string]int{}
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
		if outside := r.Outside(t.Number, j.lastCounted(system.Ref, t.Of)); outside != "" {
			return nil, hold(codeOutside, fmt.Sprintf("%s is not run: it would read %d %s into %s, and %s", s.Ref, t.Number, t.Of, system.Ref, outside),
				j.pause(system.Name)+mendNumber(system.Name))
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
		detail, outside := fmt.Sprintf("%d counted, expected %s", c.Delivered, expected), false
		if c.Complete {
			outside = j.weigh(o, c.Of, c.Delivered)
		} else {
			detail += "; the walk did not come to its end, so nothing is said"
		}
		r.Verified = append(r.Verified, view.Check{
			Ref: c.Ref, Leg: verify.LegBackend, Of: c.Of, What: "expected " + c.Of, OK: c.Complete && !outside, Unsure: !c.Complete, Detail: detail,
		})
	}
}

// compareTotals sets what proxy systems say that there is against what is expected,
// and tells the numbers: schedules of IAG start by themselves, so every look counts.
func (j *job) compareTotals(totals []verify.Total) {
	said := map[resource.Ref][]string{}
	for _, t := range totals {
		for _, o := range j.fedBy(t.Ref) {
			said[o.Ref] = append(said[o.Ref], fmt.Sprintf("%d %s", t.Number, strings.ToLower(t.Of)))
			j.weigh(o, t.Of, t.Number)
		}
	}
	for _, o := range j.desired {
		if numbers := said[o.Ref]; len(numbers) > 0 {
			note := o.String() + ": " + strings.Join(numbers, ", ") + " come through the proxy system, by its own count"
			if !slices.Contains(j.verdict.result.Notes, note) {
				j.verdict.result.Notes = append(j.verdict.result.Notes, note)
			}
		}
	}
}

// fedBy lists the systems that a count is about: the system itself, or those that a
// proxy system feeds.
func (j *job) fedBy(ref resource.Ref) []reconcile.Desired {
	var fed []reconcile.Desired
	for _, o := range j.desired {
		spec, ok := o.Spec.(iag.System)
		if from, _ := spec.ExternalSystemID.From(); ok && (o.Ref == ref || from == ref) {
			fed = append(fed, o)
		}
	}
	return fed
}

// weigh compares a number with what is expected of a system. One that lies outside is
// an error, once; one inside is what the next look compares with.
func (j *job) weigh(system reconcile.Desired, of string, number int) (outside bool) {
	r := &j.verdict.result
	spec, _ := system.Spec.(iag.System)
	why := spec.Expect.Of(of).Outside(number, j.lastCounted(system.Ref, of))
	if why == "" {
		if r.Plan != nil {
			r.Plan.Tally(system.Ref, of, number)
		}
		return false
	}
	if r.Plan != nil {
		r.Plan.Warnings = slices.DeleteFunc(r.Plan.Warnings, j.invites(system))
	}
	at := system.At("/expect")
	if !slices.ContainsFunc(r.Errors, func(f resource.Fault) bool { return f.Code == codeOutside && f.Position == at }) {
		r.Errors = append(r.Errors, resource.Fault{
			Severity: resource.Error, Code: codeOutside, Ref: &system.Ref, Path: "/expect", Position: at,
			Message: fmt.Sprintf("%s: %d %s come through the proxy system, and %s", system.Ref, number, of, why),
			Remedy:  j.pause(system.Name) + mendNumber(system.Name),
		})
	}
	return true
}

// invites tells the warnings that invite to start a job which reads a system: nobody
// must while the number lies outside.
func (j *job) invites(system reconcile.Desired) func(resource.Fault) bool {
	return func(f resource.Fault) bool {
		if f.Code != "W247" || f.Ref == nil {
			return false
		}
		spec, _ := j.wanted(*f.Ref).Spec.(iag.Job)
		return spec.IAGSystem.Text() == system.Name
	}
}

// codeOutside is the complaint about a number that is not as expected.
const codeOutside = "E260"

func mendNumber(system string) string {
	return "check filter, conditions, URL and id of the proxy system; if the number is right, change expect of " + system + " in the manifest"
}

// pause asks for a pause of the jobs that would read a system by themselves, "" where
// none is known to be scheduled.
//
// Fact: Manage Jobs pauses and resumes jobs. Source: SAP Community posts 13562764 and
// 14321051, read 2026-11-23. [documented]
func (j *job) pause(system string) string {
	jobs := j.scheduled(system)
	if len(jobs) == 0 {
		return ""
	}
	return "pause " + strings.Join(jobs, " and ") + " first (IAG launchpad, Administration > Manage Jobs), because it starts by itself, and resume it once reconcile verify finds the number inside; then "
}

// scheduled lists the jobs that read a system by themselves, as far as they are known
// to be there.
func (j *job) scheduled(system string) []string {
	var jobs []string
	for _, o := range j.desired {
		spec, ok := o.Spec.(iag.Job)
		if !ok || spec.IAGSystem.Text() != system || spec.Recurrence.Every.Text() == "" {
			continue
		}
		if plan := j.verdict.result.Plan; plan == nil || plan.Known(o.Ref) != nil {
			jobs = append(jobs, o.String())
		}
	}
	return jobs
}

// lastCounted is the number of users or groups that a system was last known to bring:
// before the last run of a job that reads it, or at the last look that found it inside
// of what is expected; negative when nobody counted.
func (j *job) lastCounted(system resource.Ref, of string) int {
	last, number := reconcile.Counted{}, -1
	newer := func(c reconcile.Counted, known bool) {
		if known && c.At.After(last.At) {
			last, number = c, c.Number
		}
	}
	seen, known := j.seen.Objects[system.String()].Counted[of]
	newer(seen, known)
	for _, o := range j.desired {
		spec, ok := o.Spec.(iag.Job)
		if !ok || spec.IAGSystem.Text() != system.Name {
			continue
		}
		c, known := j.seen.Objects[o.String()].Counted[of]
		newer(c, known)
		if plan := j.verdict.result.Plan; plan != nil {
			c, known = plan.Counted(o.Ref)[of]
			newer(c, known)
		}
	}
	return number
}

// withhold keeps orders that start a synchronisation out of every runbook until the
// guard counted what it would bring, and tells who does work that such a schedule
// would see to pause it.
func (j *job) withhold(plan *reconcile.Plan) {
	for _, s := range plan.Steps {
		if system, expect := j.synchronised(s); expect != nil && s.Via == resource.WayPerson {
			plan.Withhold(s.Ref, s.Action, "no order yet: what it brings is counted through the proxy system first, and has to be inside of expect of "+system.Name)
		}
	}
	for _, o := range j.desired {
		spec, ok := o.Spec.(iag.System)
		jobs := j.scheduled(o.Name)
		if !ok || spec.Expect == nil || len(jobs) == 0 {
			continue
		}
		caution := "before you save: pause " + strings.Join(jobs, " and ") + " (IAG launchpad, Administration > Manage Jobs); it starts by itself and would read whatever this change lets through. Resume it once the report is in and reconcile finds the number inside of what is expected"
		from, _ := spec.ExternalSystemID.From()
		plan.Caution(from, caution)
		plan.Caution(o.Ref, caution)
	}
}
