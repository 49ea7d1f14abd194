package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// seenPage holds what looks showed.
const seenPage = "seen"

const (
	// refreshTime is how long a look that shows nothing new goes unrecorded.
	refreshTime = time.Hour
	// seenLimit is the size of the page in bytes, like that of a shard.
	seenLimit = 30 << 10
)

// remembered reads what earlier looks showed. A page that cannot be read costs the
// memory of when things were good, no more.
func (w *wiring) remembered() reconcile.Sightings {
	var seen reconcile.Sightings
	if err := w.notes.read(seenPage, &seen); err != nil || !seen.Usable() {
		return reconcile.Sightings{}
	}
	return seen
}

// trials are the calls of the proofs that were made.
func trials(checks []view.Check) []reconcile.Trial {
	var all []reconcile.Trial
	for _, c := range checks {
		if c.Leg != "" && !c.Unsure {
			all = append(all, reconcile.Trial{Ref: c.Ref, Of: called(c), OK: c.OK})
		}
	}
	return all
}

// called names a call, whatever its address was.
func called(c view.Check) string { return strings.TrimSpace(c.Leg + " " + c.Of) }

// observe judges the objects by the proofs that were made, and records what is
// news. Without a lock: the page is written by version, and where somebody else
// wrote it meanwhile, it holds what they saw.
func (j *job) observe(ctx context.Context) {
	r := &j.verdict.result
	if r.Plan == nil || j.verdict.invalid || j.wiring == nil {
		return
	}
	j.tellRuns()
	j.judge()
	r.Incident = j.incident()
	// A run that was to write and had nothing to do writes nothing at all.
	if j.wiring.session.Mode() == connect.ReadOnly || j.wiring.session.Mode() == connect.Write && r.Plan.Empty() {
		return
	}
	made := trials(r.Verified)
	next, news := r.Plan.Observe(j.seen, made)
	// Of what nobody made yet and no call was made there is nothing to remember.
	empty := !r.Plan.Begun() && len(made) == 0
	news = news || j.wiring.notes.unmarked(seenPage)
	if empty || !news && next.At.Sub(j.seen.At) < min(refreshTime, j.manifest.Policy.Stale()/2) {
		return
	}
	err := j.wiring.notes.write(ctx, seenPage, next.Within(seenLimit))
	if err != nil && !errors.Is(err, connect.ErrConflict) && !errors.Is(err, connect.ErrPrecondition) {
		r.Warnings = append(r.Warnings, resource.Fault{
			Severity: resource.Warning, Code: "W250", Message: "what was seen could not be recorded: " + err.Error(),
			Remedy: "the result holds; a later run cannot tell when this was seen",
		})
	}
}

// judge settles the states by what the proofs showed.
func (j *job) judge() {
	var broken, proven []resource.Ref
	for _, f := range j.verdict.result.Findings {
		broken = append(broken, f.Ref)
	}
	for _, c := range j.verdict.result.Verified {
		if c.OK {
			proven = append(proven, c.Ref)
		}
	}
	j.verdict.result.Plan.Judge(broken, proven)
	for _, f := range slices.Backward(j.verdict.result.Findings) {
		j.verdict.result.Plan.Blame(f.Ref, f.Code) // the worst comes first, and stays
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

// require makes an error of each object that is known by too little.
func (j *job) require() {
	r := &j.verdict.result
	if r.Plan == nil || j.requireEvidence == "" || j.verdict.invalid {
		return
	}
	for _, s := range r.Plan.Below(reconcile.Evidence(j.requireEvidence)) {
		r.Errors = append(r.Errors, resource.Fault{
			Severity: resource.Error, Code: "E250", Ref: &s.Ref, Position: s.Position,
			Message: fmt.Sprintf("%s: %s, and --require-evidence wants %s", s.Ref, weakest(s), j.requireEvidence),
			Remedy:  "let reconcile verify or drift look, hand in an export or report again with reconcile done; or ask for less",
		})
	}
}

// weakest words the weakest fact of an object.
func weakest(s reconcile.Step) string {
	text := "its weakest evidence is " + string(s.Evidence)
	weak := func(f reconcile.Fact) bool { return f.Evidence == s.Evidence && f.Path != "" }
	if at := slices.IndexFunc(s.Facts, weak); at >= 0 {
		text += " (" + s.Facts[at].Path + ")"
	}
	for _, f := range s.Facts {
		if f.Stale {
			return text + ", stale since it was seen on " + f.At.UTC().Format("2006-01-02 15:04 UTC")
		}
	}
	return text
}

// aged warns of what was seen too long ago.
func (j *job) aged() {
	r := &j.verdict.result
	if r.Plan == nil {
		return
	}
	for _, s := range r.Plan.Stale() {
		r.Warnings = append(r.Warnings, resource.Fault{
			Severity: resource.Warning, Code: "W251", Ref: &s.Ref, Position: s.Position,
			Message: fmt.Sprintf("%s: cannot tell whether it is in sync: %s", s.Ref, weakest(s)),
			Remedy:  "look at it, then say so: reconcile done " + fmt.Sprintf("%q", s.String()) + ", with --export FILE where the console has one; verify and drift refresh what calls can show",
		})
	}
}
