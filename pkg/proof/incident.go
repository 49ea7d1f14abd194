package proof

import (
	"slices"
	"time"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// Incident sums up what fails, for whoever is called at night; nil when every
// proof that was made went well.
func (l Look) Incident() *view.Incident {
	r := l.Result
	if len(r.Findings) == 0 {
		return nil
	}
	first := r.Findings[0]
	// That something is broken matters more than that a report is wrong.
	if at := slices.IndexFunc(r.Findings, func(f resource.Finding) bool { return f.Report == "" }); at >= 0 {
		first = r.Findings[at]
	}
	in := &view.Incident{Code: first.Code, Leg: first.Leg, Ref: first.Ref, Next: first.Remedy, Report: first.Report}
	in.Since, in.LastGood = l.span()
	leg, known := catalogue.LegOf(first.Leg)
	if known {
		in.Affects, in.Component, in.ComponentSource = leg.Carries, leg.Component, leg.Source
	}
	for _, c := range r.Verified {
		switch text := called(c); {
		case c.Leg == "" || c.Unsure:
		case c.OK && !slices.Contains(in.Works, text):
			in.Works = append(in.Works, text)
		case !c.OK && !slices.Contains(in.Fails, text):
			in.Fails = append(in.Fails, text)
		}
	}
	// One call may show one object good and another bad: then it does not work.
	in.Works = slices.DeleteFunc(in.Works, func(text string) bool { return slices.Contains(in.Fails, text) })
	return in
}

// span is since when calls fail that fail now, and when all of them last went
// well, as far as it was written down; zero where nobody knows.
func (l Look) span() (since, good time.Time) {
	since = l.moment()
	for _, t := range l.Trials() {
		if t.OK {
			continue
		}
		before := l.Seen.Tried(t)
		if !before.Bad.IsZero() && before.Bad.Before(since) {
			since = before.Bad
		}
		if !before.Good.IsZero() && (good.IsZero() || before.Good.Before(good)) {
			good = before.Good
		}
	}
	// A finding need not be a call that fails: then the object's own record tells.
	for _, f := range l.Result.Findings {
		if last, well := l.Result.Plan.LastRun(f.Ref); last != nil && !last.OK {
			since, good = earlier(since, last.Finished), earlier(good, finished(well))
			continue
		}
		before := l.Seen.Objects[f.Ref.String()]
		if before.State == reconcile.Broken && before.Since.Before(since) {
			since = before.Since
		}
		if good.IsZero() {
			good = before.Good
		}
	}
	return since, good
}

// earlier is the earlier of two times that are known.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// finished is when a run that is known ended.
func finished(run *reconcile.Ran) time.Time {
	if run == nil {
		return time.Time{}
	}
	return run.Finished
}
