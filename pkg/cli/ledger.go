package cli

import (
	"fmt"
	"slices"
	"strings"

	"reconcile/pkg/approval"
	"reconcile/pkg/memory"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// findMemory finds the memory of the integration that the wiring is about.
func (w *wiring) findMemory() {
	landscape := ""
	if w.landscape != nil {
		landscape = w.landscape.name
	}
	who := reconcile.Identity{Name: w.integration.Name, Stage: w.integration.Stage}
	w.memory = memory.New(memory.Where{
		Who: who, Flag: w.app.ledger, Service: w.destination, Now: w.app.Now, Anew: w.app.newLedger,
		Records: func() []reconcile.StoredRecord { return w.app.recordsOf(who) }, Tenant: w.tenant, Landscape: landscape,
	})
	w.logins = &memory.Logins{Session: w.session, File: w.refusedFile(), Anew: w.app.retryLogin, Beside: w.memory}
}

// tellLedger says what is special about the ledger that a plan is made on.
func (j *job) tellLedger(ledger *reconcile.Ledger) {
	m := j.wiring.memory
	place := m.Place()
	for _, text := range ledger.Unread() {
		j.warnOnce(resource.Fault{
			Severity: resource.Warning, Code: "W221", Message: "the ledger of another integration cannot be read: " + text,
			Remedy: "update reconcile, or have that ledger mended; what it has entries of is not taken over until then",
		})
	}
	if m.Twin() != "" {
		j.warnOnce(resource.Fault{
			Severity: resource.Warning, Code: "W223", Message: fmt.Sprintf("%s has two ledgers: %s, which counts now, and fragment %s, which does not", m.Who(), place, m.Twin()),
			Remedy: "decide for one place; what only the other knows is not owned here, so remove the other once nothing uses it",
		})
	}
	switch {
	case ledger.Anew():
		j.warnOnce(resource.Fault{
			Severity: resource.Warning, Code: "W222", Message: fmt.Sprintf("%s starts with a new ledger in %s, although it had one: nothing is owned any more", m.Who(), place),
			Remedy: "take over what shall be managed again with --adopt, and have this reviewed",
		})
	case ledger.Stored() && j.newLedger && j.approved == nil:
		j.verdict.refused = true
		j.verdict.result.Errors = append(j.verdict.result.Errors, resource.Fault{
			Severity: resource.Error, Code: "E224", Message: fmt.Sprintf("--new-ledger: %s has a ledger in %s, and it is whole", m.Who(), place),
			Remedy: "leave --new-ledger out",
		})
	case !ledger.Stored():
		j.noteOnce(toBegin(m))
	}
}

// tellBegun says of a first run that wrote where the ledger is now, in place of where
// it would be. Where another run began it meanwhile, mine is false and nothing is said.
func (j *job) tellBegun(ledger *reconcile.Ledger, mine bool) {
	m, r := j.wiring.memory, &j.verdict.result
	at := slices.Index(r.Notes, toBegin(m))
	switch {
	case at < 0 || !ledger.Stored():
	case mine:
		r.Notes[at] = fmt.Sprintf("First run: the ledger of %s was begun in %s%s.", m.Who(), m.Place(), keep(m))
	default:
		r.Notes = slices.Delete(r.Notes, at, at+1)
	}
}

// toBegin says that there is no ledger, and where it is going to be.
func toBegin(m *memory.Memory) string {
	return fmt.Sprintf("First run: %s has no ledger yet, so it owns nothing. It will be kept in %s%s.", m.Who(), m.Place(), keep(m))
}

// keep says what people have to do for a ledger, nothing where a service keeps it.
func keep(m *memory.Memory) string {
	if m.File() == "" {
		return ""
	}
	return "; keep that file for the runs to come, also in a pipeline"
}

// checkLedger refuses a --ledger that names no file.
func (a *app) checkLedger() error {
	if a.ledger == "" {
		return nil
	}
	if path, file := strings.CutPrefix(a.ledger, "file:"); !file || path == "" {
		return usageError{fmt.Errorf("--ledger %q is not known", a.ledger), "use file:PATH, or leave it out"}
	}
	if _, err := memory.File(a.ledger); err != nil {
		return usageError{fmt.Errorf("--ledger: %w", err), "name a file in a folder that can be reached"}
	}
	return nil
}

// bindLedger takes the ledger that a saved plan was made on, and reports whether the
// command line names another one.
func (a *app) bindLedger(saved approval.Flags) (other bool) {
	have, _ := memory.File(a.ledger)
	want, _ := memory.File(saved.Ledger)
	other = a.ledger != "" && have != want
	a.ledger, a.newLedger = saved.Ledger, saved.NewLedger
	return other
}
