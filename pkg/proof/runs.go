package proof

import (
	"fmt"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/iag"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// failedRun is the failure of which only the word in Job History is known.
const failedRun = "F-39"

// TellRuns says what people reported of the last runs of jobs: one that did not end
// well is a finding, and what it read is set against what is expected.
func (l Look) TellRuns() {
	r := l.Result
	for _, o := range l.Desired {
		last, _ := r.Plan.LastRun(o.Ref)
		if last == nil || o.Kind.Way() != resource.WayPerson {
			continue
		}
		_, detail, _ := strings.Cut(last.String(), "last run ")
		r.Verified = append(r.Verified, view.Check{Ref: o.Ref, What: "last run", OK: last.OK, Detail: detail})
		if failure, known := catalogue.Failure(failedRun); known && !last.OK {
			finding := failure.Finding(o.Ref, o.String()+": "+last.String())
			finding.Remedy += l.suspects(o)
			r.Findings = append(r.Findings, finding)
		}
		r.Errors = append(r.Errors, l.unexpected(o, *last)...)
	}
}

// suspects names what is known to make runs of a job's category end badly.
func (l Look) suspects(o reconcile.Desired) string {
	spec, _ := o.Spec.(iag.Job)
	category, _ := catalogue.JobCategoryOf(spec.Category.Text())
	if len(category.Failures) == 0 {
		return ""
	}
	return "; what such logs say is in reconcile explain " + strings.Join(category.Failures, ", ")
}

// unexpected sets what a reported run read against what the manifest expects.
func (l Look) unexpected(o reconcile.Desired, run reconcile.Ran) []resource.Fault {
	spec, _ := o.Spec.(iag.Job)
	system := l.wanted(resource.Ref{Kind: iag.KindSystem, Name: spec.IAGSystem.Text()})
	of, _ := system.Spec.(iag.System)
	if of.Expect == nil {
		return nil
	}
	var faults []resource.Fault
	for _, what := range []string{"Users", "Groups"} {
		number, counted := run.Counts[what]
		before, known := run.Before[what]
		if !known {
			before = -1
		}
		outside := of.Expect.Of(what).Outside(number, before)
		if !counted || outside == "" {
			continue
		}
		faults = append(faults, resource.Fault{
			Severity: resource.Error, Code: codeOutside, Ref: &o.Ref, Path: "/expect", Position: system.At("/expect"),
			Message: fmt.Sprintf("%s: its last run read %d %s into %s, as reported, and %s", o.Ref, number, what, system.Ref, outside),
			Remedy:  "check filter, conditions, URL and id of the proxy system; if the number is right, change expect of " + system.Name + " in the manifest",
		})
	}
	return faults
}
