package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/iag"
	"reconcile/pkg/person"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// TestRan: what Job History shows is understood, and all that is wrong with it is told at
// once, in the same order each time.
func TestRan(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	d := Desk{Now: func() time.Time { return now }}
	job := resource.Ref{Kind: iag.KindJob, Name: "sync"}
	whole := person.Run{Status: "completed", Started: "2026-11-27 02:00", Finished: "2026-11-27 02:14", Users: "12", Groups: "0"}
	want := &reconcile.Ran{
		Status: "Completed", OK: true, Counts: map[string]int{"Users": 12, "Groups": 0},
		Started: time.Date(2026, 11, 27, 2, 0, 0, 0, time.UTC), Finished: time.Date(2026, 11, 27, 2, 14, 0, 0, time.UTC),
	}
	if got, err := d.ran(job, whole); err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v: %s", err, cmp.Diff(want, got))
	}
	for name, c := range map[string]struct {
		ref  resource.Ref
		run  person.Run
		want string
	}{
		"no job":     {resource.Ref{Kind: "Destination", Name: "D"}, whole, "Destination/D is no job: only runs of jobs have a status"},
		"two counts": {job, person.Run{Status: "Completed", Finished: "2026-11-27 02:14", Users: "many", Groups: "-1"}, "Job/sync: users \"many\" is no number\ngroups \"-1\" is no number"},
		"the future": {job, person.Run{Status: "Completed", Finished: "2026-11-28 02:14"}, "Job/sync: finished 2026-11-28T02:14:00Z is still to come"},
		"backwards":  {job, person.Run{Status: "Completed", Started: "2026-11-27 03:00", Finished: "2026-11-27 02:14"}, "Job/sync: started 2026-11-27T03:00:00Z is after finished 2026-11-27T02:14:00Z"},
	} {
		for range 20 {
			if _, err := d.ran(c.ref, c.run); err == nil || err.Error() != c.want {
				t.Fatalf("%s: %v, want %s", name, err, c.want)
			}
		}
	}
}
