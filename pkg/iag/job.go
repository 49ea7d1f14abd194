package iag

import (
	"strings"
	"time"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// KindJob is the singular kind of scheduled jobs.
const KindJob = "Job"

// CollectionJobs is the adapter contract's name of the list.
const CollectionJobs = "jobs"

// Job is what a manifest says about one job of the Job Scheduler.
type Job struct {
	// Category is the console's label, such as Repository Sync.
	Category resource.Value `json:"category,omitzero" jsonschema:"description=Job category\\, such as Repository Sync"`
	// IAGSystem is the name of the system that the job is for.
	IAGSystem resource.Value `json:"iagSystem,omitzero" jsonschema:"description=Name of the IAG system that the job is for"`
	// Recurrence says how often it runs.
	Recurrence Recurrence `json:"recurrence,omitzero" jsonschema:"description=How often the job runs"`
	// RunAfterChange starts the job after a change of something it depends on. It
	// only steers.
	RunAfterChange bool `json:"runAfterChange,omitempty" jsonschema:"description=true runs the job after a change of something it depends on"`
}

// Recurrence is a schedule.
type Recurrence struct {
	// Every is the interval, such as 30m, 4h or 24h.
	Every resource.Value `json:"every,omitzero" jsonschema:"description=Interval such as 30m or 4h"`
	// Start is the time of day of the first run, as 02:00.
	Start resource.Value `json:"start,omitzero" jsonschema:"description=Time of day as HH:MM"`
	// TimeZone is an IANA name, such as Europe/Berlin.
	TimeZone resource.Value `json:"timeZone,omitzero" jsonschema:"description=IANA time zone\\, such as Europe/Berlin"`
}

const scheduler = "SAP Learning course on IAG, Job Scheduler [that the form asks for it documented, that it is fixed inferred]"

// JobDefinition returns the pure half of the kind.
func JobDefinition() resource.Definition[Job] {
	return resource.Definition[Job]{
		Kind:            KindJob,
		Section:         "jobs",
		Doc:             "A scheduled job of Identity Access Governance.",
		Normalize:       normalizeJob,
		Validate:        validateJob,
		Mentions:        mentionedByJob,
		Implied:         impliedByJob,
		RunsAfterChange: func(j Job) bool { return j.RunAfterChange },
		NextRun:         func(j Job, after time.Time) time.Time { return j.Recurrence.next(after) },
		Order:           jobOrder,
		Fields: []resource.Field{
			{Path: "/category", Class: resource.Immutable, Reason: "a job keeps the category it was made with", Source: scheduler},
		},
	}
}

func normalizeJob(_ string, j Job) Job {
	j.Category, j.IAGSystem = j.Category.Public(), j.IAGSystem.Public()
	j.Recurrence = Recurrence{
		Every:    canonicalInterval(j.Recurrence.Every.Public()),
		Start:    j.Recurrence.Start.Public(),
		TimeZone: j.Recurrence.TimeZone.Public(),
	}
	return j
}

// impliedByJob names the job's system and what the category needs.
func mentionedByJob(j Job) map[string]resource.Ref {
	if name := j.IAGSystem.Text(); name != "" {
		return map[string]resource.Ref{"/iagSystem": {Kind: KindSystem, Name: name}}
	}
	return nil
}

func impliedByJob(j Job) []resource.Ref {
	category, _ := catalogue.JobCategoryOf(j.Category.Text())
	return category.After
}

// next returns by when the schedule has come round after a time. Only a start that
// divides the day tells the very moment; else an interval later is late enough.
func (r Recurrence) next(after time.Time) time.Time {
	every, err := time.ParseDuration(r.Every.Text())
	if err != nil || every <= 0 {
		return time.Time{}
	}
	start, bad := time.Parse("15:04", r.Start.Text())
	if bad != nil || (24*time.Hour)%every != 0 {
		return after.Add(every)
	}
	here := after.In(r.Zone())
	at := time.Date(here.Year(), here.Month(), here.Day(), start.Hour(), start.Minute(), 0, 0, here.Location())
	// How far after is past the last time that the schedule came round; counted, not
	// walked, as an interval may be tiny. Before the day's first time it is negative.
	past := after.Sub(at) % every
	if past < 0 {
		past += every
	}
	return after.Add(every - past).In(r.Zone())
}

// Zone is the time zone of the schedule, UTC where it names none.
func (r Recurrence) Zone() *time.Location {
	if zone, err := time.LoadLocation(r.TimeZone.Text()); err == nil {
		return zone
	}
	return time.UTC
}

// canonicalInterval writes 240m as 4h; what is no interval stays.
func canonicalInterval(v resource.Value) resource.Value {
	interval, err := time.ParseDuration(v.Text())
	if err != nil || interval <= 0 {
		return v
	}
	return resource.Text(shortest(interval))
}

// shortest writes an interval without the parts that are zero.
func shortest(interval time.Duration) string {
	text := interval.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-len("0s")]
		}
	}
	return text
}
