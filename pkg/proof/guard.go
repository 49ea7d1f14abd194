package proof

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

// Guard counts what a synchronisation would bring before it is started, or before
// a person is told to. It returns what was counted, and an error when that lies
// outside of what the manifest expects. It only reads.
func (l Look) Guard(ctx context.Context, s reconcile.Step) (map[string]int, error) {
	system, expect := l.synchronised(s)
	if expect == nil {
		return nil, nil
	}
	hold := func(code, message, remedy string) error {
		return held{resource.Fault{
			Severity: resource.Error, Code: code, Ref: &s.Ref, Path: "/expect", Position: system.At("/expect"), Message: message, Remedy: remedy,
		}}
	}
	counted := map[string]int{}
	totals, err := l.totals(ctx, system.Ref)
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
		if outside := r.Outside(t.Number, l.lastCounted(system.Ref, t.Of)); outside != "" {
			return nil, hold(codeOutside, fmt.Sprintf("%s is not run: it would read %d %s into %s, and %s", s.Ref, t.Number, t.Of, system.Ref, outside),
				l.pause(system.Name)+mendNumber(system.Name))
		}
		counted[t.Of] = t.Number
	}
	return counted, nil
}

// synchronised returns the system that a step reads anew, and what is expected of
// it; nil for every other step.
func (l Look) synchronised(s reconcile.Step) (reconcile.Desired, *iag.Expect) {
	ordered := s.Via == resource.WayPerson && (s.Action == reconcile.Create || s.Action == reconcile.Update)
	if s.Kind != iag.KindJob || s.Action != reconcile.RunJob && !ordered {
		return reconcile.Desired{}, nil
	}
	spec, _ := l.wanted(s.Ref).Spec.(iag.Job)
	if category, _ := catalogue.JobCategoryOf(spec.Category.Text()); !category.NeedsSystem {
		return reconcile.Desired{}, nil
	}
	system := l.wanted(resource.Ref{Kind: iag.KindSystem, Name: spec.IAGSystem.Text()})
	of, _ := system.Spec.(iag.System)
	return system, of.Expect
}

// wanted returns an object of the manifest, the zero one when it has none.
func (l Look) wanted(ref resource.Ref) reconcile.Desired {
	for _, o := range l.Desired {
		if o.Ref == ref {
			return o
		}
	}
	return reconcile.Desired{}
}

// totals asks the proxy system behind a system how many there are.
func (l Look) totals(ctx context.Context, ref resource.Ref) ([]verify.Total, error) {
	for _, s := range l.systems() {
		if s.Ref == ref && l.Identity != nil {
			return verify.Totals(ctx, l.target(false), s)
		}
	}
	return []verify.Total{{Of: "Users", Unknown: "its External System ID is not known"}, {Of: "Groups", Unknown: "its External System ID is not known"}}, nil
}

// HeldBack puts the steps that the guard held among the errors.
func (l Look) HeldBack(plan *reconcile.Plan) {
	for _, s := range plan.Steps {
		if h, ok := s.Err().(held); ok { //nolint:errorlint // the guard's own error is never wrapped
			l.Result.Errors = append(l.Result.Errors, h.fault)
		}
	}
}

// compareCounts sets what a full walk counted against what is expected.
func (l Look) compareCounts(counts []verify.Count) {
	r := l.Result
	for _, c := range counts {
		o := l.wanted(c.Ref)
		spec, _ := o.Spec.(iag.System)
		expected := spec.Expect.Of(c.Of)
		if expected == nil {
			continue
		}
		detail, outside := fmt.Sprintf("%d counted, expected %s", c.Delivered, expected), false
		if c.Complete {
			outside = l.weigh(o, c.Of, c.Delivered)
		} else {
			detail += "; the walk did not come to its end, so nothing is said"
		}
		r.Verified = append(r.Verified, view.Check{
			Ref: c.Ref, Leg: verify.LegBackend, Of: c.Of, What: "expected " + c.Of, OK: c.Complete && !outside, Unsure: !c.Complete, Detail: detail,
		})
	}
}

// CompareTotals sets what proxy systems say that there is against what is expected,
// and tells the numbers: schedules of IAG start by themselves, so every look counts.
func (l Look) CompareTotals(totals []verify.Total) {
	said := map[resource.Ref][]string{}
	for _, t := range totals {
		for _, o := range l.fedBy(t.Ref) {
			said[o.Ref] = append(said[o.Ref], fmt.Sprintf("%d %s", t.Number, strings.ToLower(t.Of)))
			l.weigh(o, t.Of, t.Number)
		}
	}
	for _, o := range l.Desired {
		if numbers := said[o.Ref]; len(numbers) > 0 {
			note := o.String() + ": " + strings.Join(numbers, ", ") + " come through the proxy system, by its own count"
			if !slices.Contains(l.Result.Notes, note) {
				l.Result.Notes = append(l.Result.Notes, note)
			}
		}
	}
}

// fedBy lists the systems that a count is about: the system itself, or those that a
// proxy system feeds.
func (l Look) fedBy(ref resource.Ref) []reconcile.Desired {
	var fed []reconcile.Desired
	for _, o := range l.Desired {
		spec, ok := o.Spec.(iag.System)
		if from, _ := spec.ExternalSystemID.From(); ok && (o.Ref == ref || from == ref) {
			fed = append(fed, o)
		}
	}
	return fed
}

// weigh compares a number with what is expected of a system. One that lies outside is
// an error, once; one inside is what the next look compares with.
func (l Look) weigh(system reconcile.Desired, of string, number int) (outside bool) {
	r := l.Result
	spec, _ := system.Spec.(iag.System)
	why := spec.Expect.Of(of).Outside(number, l.lastCounted(system.Ref, of))
	if why == "" {
		if r.Plan != nil {
			r.Plan.Tally(system.Ref, of, number)
		}
		return false
	}
	if r.Plan != nil {
		r.Plan.Warnings = slices.DeleteFunc(r.Plan.Warnings, l.invites(system))
	}
	at := system.At("/expect")
	if !slices.ContainsFunc(r.Errors, func(f resource.Fault) bool { return f.Code == codeOutside && f.Position == at }) {
		r.Errors = append(r.Errors, resource.Fault{
			Severity: resource.Error, Code: codeOutside, Ref: &system.Ref, Path: "/expect", Position: at,
			Message: fmt.Sprintf("%s: %d %s come through the proxy system, and %s", system.Ref, number, of, why),
			Remedy:  l.pause(system.Name) + mendNumber(system.Name),
		})
	}
	return true
}

// invites tells the warnings that invite to start a job which reads a system: nobody
// must while the number lies outside.
func (l Look) invites(system reconcile.Desired) func(resource.Fault) bool {
	return func(f resource.Fault) bool {
		if f.Code != "W247" || f.Ref == nil {
			return false
		}
		spec, _ := l.wanted(*f.Ref).Spec.(iag.Job)
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
func (l Look) pause(system string) string {
	jobs := l.scheduled(system)
	if len(jobs) == 0 {
		return ""
	}
	return "pause " + strings.Join(jobs, " and ") + " first (IAG launchpad, Administration > Manage Jobs), because it starts by itself, and resume it once reconcile verify finds the number inside; then "
}

// scheduled lists the jobs that read a system by themselves, as far as they are known
// to be there.
func (l Look) scheduled(system string) []string {
	var jobs []string
	for _, o := range l.Desired {
		spec, ok := o.Spec.(iag.Job)
		if !ok || spec.IAGSystem.Text() != system || spec.Recurrence.Every.Text() == "" {
			continue
		}
		if plan := l.Result.Plan; plan == nil || plan.Known(o.Ref) != nil {
			jobs = append(jobs, o.String())
		}
	}
	return jobs
}

// lastCounted is the number of users or groups that a system was last known to bring:
// before the last run of a job that reads it, or at the last look that found it inside
// of what is expected; negative when nobody counted.
func (l Look) lastCounted(system resource.Ref, of string) int {
	last, number := reconcile.Counted{}, -1
	newer := func(c reconcile.Counted, known bool) {
		if known && c.At.After(last.At) {
			last, number = c, c.Number
		}
	}
	seen, known := l.Seen.Objects[system.String()].Counted[of]
	newer(seen, known)
	for _, o := range l.Desired {
		spec, ok := o.Spec.(iag.Job)
		if !ok || spec.IAGSystem.Text() != system.Name {
			continue
		}
		c, known := l.Seen.Objects[o.String()].Counted[of]
		newer(c, known)
		if plan := l.Result.Plan; plan != nil {
			c, known = plan.Counted(o.Ref)[of]
			newer(c, known)
		}
	}
	return number
}

// Withhold keeps orders that start a synchronisation out of every runbook until the
// Guard counted what it would bring, and tells who does work that such a schedule
// would see to pause it.
func (l Look) Withhold(plan *reconcile.Plan) {
	for _, s := range plan.Steps {
		if system, expect := l.synchronised(s); expect != nil && s.Via == resource.WayPerson {
			plan.Withhold(s.Ref, s.Action, "no order yet: what it brings is counted through the proxy system first, and has to be inside of expect of "+system.Name)
		}
	}
	for _, o := range l.Desired {
		spec, ok := o.Spec.(iag.System)
		jobs := l.scheduled(o.Name)
		if !ok || spec.Expect == nil || len(jobs) == 0 {
			continue
		}
		caution := "before you save: pause " + strings.Join(jobs, " and ") + " (IAG launchpad, Administration > Manage Jobs); it starts by itself and would read whatever this change lets through. Resume it once the report is in and reconcile finds the number inside of what is expected"
		from, _ := spec.ExternalSystemID.From()
		plan.Caution(from, caution)
		plan.Caution(o.Ref, caution)
	}
}
