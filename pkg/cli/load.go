package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"reconcile/pkg/approval"
	"reconcile/pkg/catalogue"
	"reconcile/pkg/connect"
	"reconcile/pkg/custody"
	"reconcile/pkg/kinds"
	"reconcile/pkg/manifest"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// load reads the manifests of -f, and warns of what ends soon.
func (a *app) load() (manifest.Manifest, []resource.Fault) {
	loaded, faults := kinds.Language().Load(a.sources())
	for _, in := range loaded.Integrations {
		faults = append(faults, a.horizon().Expiring(in)...)
	}
	return loaded, faults
}

// horizon is how far ahead warnings of what ends reach.
func (a *app) horizon() custody.Horizon { return custody.Horizon{Now: a.Now(), Days: a.warnDays} }

// sources says what to load.
func (a *app) sources() manifest.Options {
	return manifest.Options{Paths: a.files, Stdin: a.In, Values: a.values, Set: a.set}
}

// split parts faults into errors and warnings.
func split(faults []resource.Fault) (errs, warnings []resource.Fault) { return resource.Part(faults) }

// choose picks the one integration that a command works on.
func (a *app) choose(m manifest.Manifest) (manifest.Integration, *resource.Fault) {
	var matches []manifest.Integration
	var names, all, matching []string
	for _, in := range m.Integrations {
		names, all = append(names, in.Name), append(all, in.ID())
		if a.integration == "" || in.Name == a.integration || in.ID() == a.integration {
			matches, matching = append(matches, in), append(matching, in.ID())
		}
	}
	fault := resource.Fault{Severity: resource.Error, Code: "E179"}
	switch len(matches) {
	case 1:
		return matches[0], nil
	case 0:
		fault.Message = fmt.Sprintf("--integration %q: the manifests hold no such integration", a.integration)
		fault.Remedy = "name one of " + strings.Join(all, ", ")
		if right, ok := catalogue.Nearest(a.integration, append(names, all...)); ok {
			fault.Remedy = fmt.Sprintf("did you mean %s?", right)
		}
	default:
		fault.Position = matches[1].Position
		fault.Message = fmt.Sprintf("the manifests hold %d integrations that match, and one run works on one: %s", len(matches), strings.Join(matching, ", "))
		fault.Remedy = "name one with --integration, for example --integration " + matching[0]
	}
	return manifest.Integration{}, &fault
}

// job is one integration on its way through a command.
type job struct {
	*app
	command   string
	manifest  manifest.Integration
	landscape *landscape
	wiring    *wiring
	kinds     []resource.Kind
	desired   []reconcile.Desired
	// seen is what earlier looks showed.
	seen    reconcile.Sightings
	verdict verdict
	// asked is true when a person agreed to the plan that was shown, and approved
	// are the digests that somebody approved before; nil means no approval is needed.
	asked    bool
	approved []string
	// shown are the steps as they were approved, again the command that plans anew.
	shown approval.Steps
	again string
	// lifted is what of the policy --emergency lifted.
	lifted string
	// whole is true when every kind is to be listed that can be.
	whole bool
	// unanswered is true when a signal came instead of an answer.
	unanswered bool
	// accepted are those reports of people that nothing disproved; looked is true
	// once that was found out.
	accepted []reconcile.Said
	looked   bool
	// exported is what the console exported, texts what report files say was typed.
	exported map[resource.Ref]reconcile.Exported
	texts    []string
	// lenient takes references that lead nowhere: whoever reports has no secrets.
	lenient bool
	// keepLogins keeps which logins were refused, and leave the run's record, also when
	// the time of the run is over.
	keepLogins, leave func()
}

// prepare loads, chooses, wires and looks up, all without a call. When something
// is wrong the job holds the errors and the verdict is invalid.
func (a *app) prepare(ctx context.Context, command string, mode connect.Mode) *job {
	j := &job{app: a, command: command}
	j.keepLogins = func() { j.wiring.keepLogins(ctx) }
	j.leave = func() { j.recorded(ctx) }
	j.verdict.exitZero = a.exitZero
	j.verdict.result = view.Result{Command: command}
	if !j.pick() {
		return j
	}
	l, err := a.openLandscape(ctx)
	if err != nil {
		return j.withoutLandscape(err)
	}
	j.landscape = l
	return j.begin(mode)
}

// pick loads the manifests and picks the integration that the job is about. It reports
// false when something is wrong with them.
func (j *job) pick() bool {
	loaded, faults := j.load()
	errs, warnings := split(faults)
	j.verdict.result.Warnings = warnings
	if len(errs) > 0 {
		j.invalid(errs)
		return false
	}
	in, fault := j.choose(loaded)
	if fault != nil {
		j.invalid([]resource.Fault{*fault})
		return false
	}
	j.about(in)
	return true
}

// about says which integration the job is about.
func (j *job) about(in manifest.Integration) {
	j.manifest = in
	j.verdict.result.Integration, j.verdict.result.Stage = in.Name, in.Stage
}

// begin wires the connections and looks up references, without a call.
func (j *job) begin(mode connect.Mode) *job {
	if j.landscape != nil {
		j.verdict.result.Landscape = j.landscape.name
	}
	j.wiring = j.wire(j.manifest, j.landscape, mode)
	j.verdict.result.Warnings = append(j.verdict.result.Warnings, j.wiring.warnings...)
	j.verdict.result.Target, j.verdict.result.OfSnapshot = j.wiring.target(), j.wiring.snapshot != nil
	j.kinds = j.wiring.reach().Kinds()
	faults := slices.Concat(j.wiring.faults, j.wiring.unreached(j.kinds))
	if !j.prune {
		faults = append(faults, j.unknown(nil)...)
	}
	if j.landscape == nil {
		j.verdict.result.Warnings = append(j.verdict.result.Warnings, custody.Loose(j.manifest)...)
	}
	desired, errs := j.lookup()
	if j.lenient {
		errs = slices.DeleteFunc(errs, func(f resource.Fault) bool { return f.Code == codeUnset })
	}
	j.desired = desired
	if len(errs)+len(faults) > 0 {
		return j.invalid(append(faults, errs...))
	}
	j.verdict.err = j.wiring.strange
	return j
}

// unreached finds kinds that the manifest uses over a connection that is missing.
func (w *wiring) unreached(kinds []resource.Kind) []resource.Fault {
	var faults []resource.Fault
	for _, k := range kinds {
		if k.Way() == resource.WayAdapter && w.adapter == nil && w.snapshot == nil && w.has(k.Section()) && len(w.faults) == 0 {
			faults = append(faults, resource.Fault{
				Severity: resource.Error, Code: "E177", Position: w.integration.Position,
				Message: k.Section() + " are reached via: adapter, but connections.adapter is missing",
				Remedy:  "add connections.adapter with url and serviceKey, or leave via out",
			})
		}
	}
	return faults
}

// reaches reports whether a kind can be listed.
func (w *wiring) reaches(k resource.Kind) bool {
	switch k.Way() {
	case resource.WayAPI:
		return w.destination != nil
	case resource.WayAdapter:
		return w.adapter != nil
	default:
		return true
	}
}

// withoutLandscape ends a job whose landscape cannot be had: one that does not
// answer is unreachable, everything else is a mistake in --simulate.
func (j *job) withoutLandscape(err error) *job {
	if unreachable(err) {
		j.verdict.err = err
		return j
	}
	fault := resource.Fault{Severity: resource.Error, Code: "E180", Message: err.Error()}
	if u, ok := errors.AsType[usageError](err); ok {
		fault.Remedy = u.remedy
	}
	return j.invalid([]resource.Fault{fault})
}

// ready reports whether nothing has ended the job yet.
func (j *job) ready() bool { return !j.verdict.invalid && j.verdict.err == nil }

func (j *job) invalid(errs []resource.Fault) *job {
	j.verdict.invalid = true
	j.verdict.result.Errors = append(j.verdict.result.Errors, errs...)
	return j
}

// within does work in the time of the run, unless something ended the job before, and
// shows the result. limit is app.limited, or app.looking for what only looks.
func (j *job) within(ctx context.Context, limit func(context.Context) (context.Context, context.CancelFunc), work func(context.Context) error) error {
	if j.ready() {
		ctx, cancel := limit(ctx)
		defer cancel()
		j.verdict.err = work(ctx)
		j.leaveMark(ctx)
	}
	return j.end()
}

// end shows the result and decides the exit code.
func (j *job) end() error {
	j.settle()
	err := j.show([]view.Result{j.verdict.result})
	if unwritten := j.writeRunbook(); unwritten != nil {
		err = errors.Join(err, lateError{unwritten})
	}
	if j.landscape != nil {
		_ = j.landscape.close()
	}
	return err
}

// settle completes the result and decides the exit code.
func (j *job) settle() {
	r := &j.verdict.result
	if j.wiring != nil && !j.verdict.invalid && j.keepLogins != nil {
		j.keepLogins()
	}
	if j.wiring != nil {
		s := j.wiring.session
		r.Calls, r.Retries, r.Throttled = s.Calls(), s.Retries(), s.Throttled()
	}
	if j.verdict.err = j.whoEnded(j.verdict.err, j.verdict.result.Plan); j.verdict.err != nil {
		r.Errors = append(r.Errors, faultOf(j.verdict.err, r.Plan))
	}
	if r.Plan != nil {
		r.Orders = r.Plan.Orders()
		if j.command != "drift" {
			r.Runbook = j.workorders
		}
	}
	// Also what was found while reports were counted, before or without any look.
	if r.Incident == nil {
		r.Incident = j.proof().Incident()
	}
	cut := j.cutShort()
	r.Complete = j.verdict.err == nil && !j.verdict.invalid && !cut
	r.Took = j.Now().Sub(j.started)
	r.ExitCode = j.verdict.code()
	if cut {
		r.ExitCode = signalCode(j.signal.get())
	}
	if j.leave != nil {
		j.leave()
	}
	j.exit, j.settled = r.ExitCode, true
	r.Runs, r.Seen = j.recordsOf(j.who()), j.seen
}

// cutShort reports whether a signal kept the run from doing all that it was there
// for. One that came when everything was done changes nothing.
func (j *job) cutShort() bool {
	plan := j.verdict.result.Plan
	return j.signal.get() != nil && (j.signal.wasCut() || j.verdict.err != nil || j.unanswered || plan != nil && plan.Stopped)
}
