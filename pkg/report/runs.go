package report

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/iag"
	"reconcile/pkg/manifest"
	"reconcile/pkg/person"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// ended reads how a run ended that somebody copied; nil where nothing is said.
func ended(ref resource.Ref, r person.Run) (*reconcile.Ran, error) {
	switch {
	case r.IsZero():
		return nil, nil
	case ref.Kind != iag.KindJob:
		return nil, fmt.Errorf("%s is no job: only runs of jobs have a status", ref)
	case r.Status == "":
		return nil, fmt.Errorf("%s: the report of a run needs the status that Job History shows: %s", ref, strings.Join(catalogue.JobStatusWords(), ", "))
	}
	status, known := catalogue.JobStatusOf(r.Status)
	switch {
	case !known:
		return nil, fmt.Errorf("%s: Job History shows no status %q: %s", ref, r.Status, meantStatus(r.Status))
	case !status.Ended:
		return nil, Refused{{
			Severity: resource.Error, Code: "E247", Ref: &ref, Message: fmt.Sprintf("%s: a run that is %q has not ended", ref, status.Word),
			Remedy: "report it once it ended", Source: status.Source + " [" + status.Confidence + "]",
		}}
	}
	return &reconcile.Ran{Status: status.Word, OK: status.Well}, nil
}

// ran reads what somebody copied from Job History; nil where nothing is said.
func (d Desk) ran(ref resource.Ref, r person.Run) (*reconcile.Ran, error) {
	said, err := ended(ref, r)
	if err != nil || said == nil {
		return nil, err
	}
	zone := d.zone(ref)
	var errs []error
	said.Finished, errs = readMoment(r.Finished, zone, "finished", errs)
	if r.Started != "" {
		said.Started, errs = readMoment(r.Started, zone, "started", errs)
	}
	said.Counts, errs = readCounts(r, errs)
	switch {
	case len(errs) > 0:
	case said.Finished.After(d.Now()):
		errs = append(errs, fmt.Errorf("finished %s is still to come", said.Finished.Format(time.RFC3339)))
	case said.Started.After(said.Finished):
		errs = append(errs, fmt.Errorf("started %s is after finished %s", said.Started.Format(time.RFC3339), said.Finished.Format(time.RFC3339)))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("%s: %w", ref, err)
	}
	return said, nil
}

// readCounts reads how many entities a run read; nil where nobody says.
func readCounts(r person.Run, errs []error) (map[string]int, []error) {
	var counts map[string]int
	for _, said := range []struct {
		of string
		n  person.Number
	}{{"Users", r.Users}, {"Groups", r.Groups}} {
		if said.n == "" {
			continue
		}
		number, err := strconv.Atoi(string(said.n))
		if err != nil || number < 0 {
			errs = append(errs, fmt.Errorf("%s %q is no number", strings.ToLower(said.of), said.n))
		}
		if counts == nil {
			counts = map[string]int{}
		}
		counts[said.of] = number
	}
	return counts, errs
}

func meantStatus(word string) string {
	if right, ok := catalogue.Nearest(word, catalogue.JobStatusWords()); ok {
		return "did you mean " + right + "?"
	}
	return "it says " + strings.Join(catalogue.JobStatusWords(), ", ")
}

// shortMoment is how people copy a time from a page.
const shortMoment = "2006-01-02 15:04"

// readMoment reads a time; one without a zone is in that of the job.
func readMoment(text string, zone *time.Location, name string, errs []error) (time.Time, []error) {
	for _, layout := range []string{time.RFC3339, shortMoment} {
		if at, err := time.ParseInLocation(layout, strings.TrimSpace(text), zone); err == nil {
			return at.UTC(), errs
		}
	}
	if text == "" {
		return time.Time{}, append(errs, fmt.Errorf("the report of a run needs the time at which it %s", name))
	}
	return time.Time{}, append(errs, fmt.Errorf("%s %q is no time: write 2026-11-27 02:14 (in the time zone of the job, here %s) or 2026-11-27T02:14:00Z", name, text, zone))
}

// zone is the time zone in which a job's schedule is written.
func (d Desk) zone(ref resource.Ref) *time.Location {
	i := slices.IndexFunc(d.Manifest.Objects, func(o manifest.Object) bool { return o.Ref == ref })
	if i < 0 {
		return time.UTC
	}
	spec, _ := d.Manifest.Objects[i].Spec.(iag.Job)
	return spec.Recurrence.Zone()
}
