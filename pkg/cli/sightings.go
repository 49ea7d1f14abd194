package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// refreshTime is how long a look that shows nothing new goes unrecorded.
const refreshTime = time.Hour

// observe judges the objects by the proofs that were made, and records what is
// news.
func (j *job) observe(ctx context.Context) {
	r := &j.verdict.result
	if r.Plan == nil || j.verdict.invalid || j.wiring == nil {
		return
	}
	l := j.proof()
	if j.command != "done" { // who reports a run knows how it ended
		l.TellRuns()
	}
	l.Judge()
	r.Incident = l.Incident()
	// A run that was to write and had nothing to do writes nothing at all.
	if j.wiring.session.Mode() == connect.ReadOnly || j.wiring.session.Mode() == connect.Write && r.Plan.Empty() {
		return
	}
	made := l.Trials()
	next, news := r.Plan.Sightings(j.seen, made)
	// Of what nobody made yet and no call was made there is nothing to remember.
	empty := !r.Plan.Begun() && len(made) == 0
	news = news || j.wiring.memory.SightingsUnmarked()
	if empty || !news && next.At.Sub(j.seen.At) < min(refreshTime, j.manifest.Policy.Stale()/2) {
		return
	}
	if err := j.wiring.memory.KeepSightings(ctx, next); err != nil {
		r.Warnings = append(r.Warnings, resource.Fault{
			Severity: resource.Warning, Code: "W250", Message: "what was seen could not be recorded: " + err.Error(),
			Remedy: "the result holds; a later run cannot tell when this was seen",
		})
	}
}

// evidenceFlag adds --require-evidence.
func (a *app) evidenceFlag(c *cobra.Command) {
	c.Flags().StringVar(&a.requireEvidence, "require-evidence", "",
		"exit 1 when an object is known by less than this, or by what is stale: "+strings.Join(reconcile.Levels(), ", "))
}

// checkLevel refuses a level that does not exist.
func (a *app) checkLevel() error {
	if a.requireEvidence == "" || slices.Contains(reconcile.Levels(), a.requireEvidence) {
		return nil
	}
	return usageError{fmt.Errorf("--require-evidence %q is not known", a.requireEvidence), "use one of " + strings.Join(reconcile.Levels(), ", ")}
}
