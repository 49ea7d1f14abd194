package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"reconcile/pkg/destination"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// memory is where an integration's ledger and the claims to it are kept.
type memory struct {
	who   reconcile.Identity
	store reconcile.Store
	locks reconcile.LockStore
	notes *notebook
	// anew allows to go on without a ledger that is lost.
	anew bool
}

// memory is a file where --ledger says so or no destination service is
// configured, else fragments beside the destinations.
func (w *wiring) memory() memory {
	m := memory{who: reconcile.Identity{Name: w.integration.Name, Stage: w.integration.Stage}, notes: w.notes, anew: w.app.newLedger}
	id := m.who.String()
	var api *destination.API
	if w.destination != nil {
		api = destination.NewAPI(w.destination)
	}
	if w.notes.file != "" {
		m.locks = reconcile.FileLocks{Path: w.notes.file, ID: id, Now: w.app.Now}
		m.store = &filed{FileStore: reconcile.FileStore{Path: w.notes.file}, id: id, notes: w.notes, locks: m.locks, beside: api}
	} else {
		m.locks = claims{api, reconcile.LockName(id), w.app.Now}
		m.store = fragments{api, id, w.notes}
	}
	m.store = witnessed{m.store, m.who, w.witness}
	return m
}

// open loads the ledger. What is written beside it from then on carries its mark.
func (m memory) open(ctx context.Context) (*reconcile.Ledger, error) {
	open := reconcile.OpenLedger
	if m.anew {
		open = reconcile.StartLedger
	}
	ledger, err := open(ctx, m.who, m.store)
	if err == nil {
		m.notes.ledger = ledger
	}
	return ledger, err
}

// tellLedger says what is special about the ledger that a plan is made on.
func (j *job) tellLedger(ledger *reconcile.Ledger) {
	m := j.wiring.memory()
	place := m.store.Place("")
	for _, text := range ledger.Unread() {
		j.warnOnce(resource.Fault{
			Severity: resource.Warning, Code: "W221", Message: "the ledger of another integration cannot be read: " + text,
			Remedy: "update reconcile, or have that ledger mended; what it has entries of is not taken over until then",
		})
	}
	if m.notes.twin != "" {
		j.warnOnce(resource.Fault{
			Severity: resource.Warning, Code: "W223", Message: fmt.Sprintf("%s has two ledgers: %s, which counts now, and fragment %s, which does not", m.who, place, m.notes.twin),
			Remedy: "decide for one place; what only the other knows is not owned here, so remove the other once nothing uses it",
		})
	}
	switch {
	case ledger.Anew():
		j.warnOnce(resource.Fault{
			Severity: resource.Warning, Code: "W222", Message: fmt.Sprintf("%s starts with a new ledger in %s, although it had one: nothing is owned any more", m.who, place),
			Remedy: "take over what shall be managed again with --adopt, and have this reviewed",
		})
	case ledger.Stored() && j.newLedger && j.approved == nil:
		j.verdict.refused = true
		j.verdict.result.Errors = append(j.verdict.result.Errors, resource.Fault{
			Severity: resource.Error, Code: "E224", Message: fmt.Sprintf("--new-ledger: %s has a ledger in %s, and it is whole", m.who, place),
			Remedy: "leave --new-ledger out",
		})
	case !ledger.Stored():
		j.noteOnce(m.toBegin())
	}
}

// tellBegun says of a first run that wrote where the ledger is now, in place of where
// it would be.
func (j *job) tellBegun(ledger *reconcile.Ledger) {
	m, notes := j.wiring.memory(), j.verdict.result.Notes
	if at := slices.Index(notes, m.toBegin()); at >= 0 && ledger.Stored() {
		notes[at] = fmt.Sprintf("First run: the ledger of %s was begun in %s%s.", m.who, m.store.Place(""), m.keep())
	}
}

// toBegin says that there is no ledger, and where it is going to be.
func (m memory) toBegin() string {
	return fmt.Sprintf("First run: %s has no ledger yet, so it owns nothing. It will be kept in %s%s.", m.who, m.store.Place(""), m.keep())
}

// keep says what people have to do for a ledger, nothing where a service keeps it.
func (m memory) keep() string {
	if m.notes.file == "" {
		return ""
	}
	return "; keep that file for the runs to come, also in a pipeline"
}

// fragments keeps the ledger's shards in destination fragments of the same
// subaccount, where they are inert for everyone else.
type fragments struct {
	api *destination.API
	id  string
	// notes gets to see what lies beside the shards.
	notes *notebook
}

// Place implements [reconcile.Store].
func (f fragments) Place(name string) string {
	if name == "" {
		return "fragments " + reconcile.LedgerName(f.id) + "…"
	}
	return "fragment " + name
}

// Load reads all fragments in one call: the shards of all integrations, and what else
// proves that this one had a ledger.
func (f fragments) Load(ctx context.Context) (reconcile.Stored, error) {
	all, _, err := f.api.ListFragments(ctx)
	stored := reconcile.Stored{Shards: shards(all)}
	for _, one := range all {
		f.notes.see(one)
		if number, ok := numbered(one.Name, reconcile.LockName(f.id)); ok {
			stored.Traces = append(stored.Traces, traceOf(parseClaim(one, number))...)
		}
	}
	stored.Traces = append(f.notes.traces(), stored.Traces...)
	return stored, cmp.Or(err, f.notes.newer())
}

// shards picks the shards of all integrations.
func shards(all []destination.Fragment) []reconcile.Shard {
	var found []reconcile.Shard
	for _, one := range all {
		if !isNote(one.Name) && strings.HasPrefix(one.Name, reconcile.LedgerPrefix) {
			found = append(found, reconcile.Shard{Name: one.Name, Version: one.ETag, Properties: one.Properties})
		}
	}
	return found
}

// traceOf names a claim that was made when the ledger had begun.
func traceOf(c reconcile.Claim) []string {
	if c.Ledger == "" {
		return nil
	}
	return []string{fmt.Sprintf("lock %d of %s", c.Number, c.Holder)}
}

// numbered reads the number behind a prefix. Another integration's name may begin
// like this one's, but does not go on with a number only.
func numbered(name, prefix string) (int, bool) {
	digits, ok := strings.CutPrefix(name, prefix)
	number, err := strconv.Atoi(digits)
	return number, ok && err == nil && strconv.Itoa(number) == digits
}

// Write creates or replaces one fragment.
func (f fragments) Write(ctx context.Context, s reconcile.Shard) (string, error) {
	fragment := destination.Fragment{Name: s.Name, Properties: s.Properties, ETag: s.Version}
	if s.Version == "" {
		return f.api.CreateFragment(ctx, fragment)
	}
	return f.api.ReplaceFragment(ctx, fragment)
}

// claims keeps each claim to the lock in a fragment of its own: that its name can
// be created only once decides who holds it.
type claims struct {
	api    *destination.API
	prefix string
	now    func() time.Time
}

// claimProperty holds a claim as JSON.
const claimProperty = "reconcile"

// Claims implements [reconcile.LockStore] by the service's clock.
func (c claims) Claims(ctx context.Context) ([]reconcile.Claim, time.Time, error) {
	all, at, err := c.api.ListFragments(ctx)
	var found []reconcile.Claim
	for _, one := range all {
		if number, ok := numbered(one.Name, c.prefix); ok {
			found = append(found, parseClaim(one, number))
		}
	}
	if at.IsZero() {
		at = c.now()
	}
	return found, at.UTC(), err
}

func parseClaim(f destination.Fragment, number int) reconcile.Claim {
	claim := reconcile.ParseClaim(f.Properties[claimProperty], number, "fragment "+f.Name)
	claim.Version = f.ETag
	return claim
}

// Stake implements [reconcile.LockStore].
func (c claims) Stake(ctx context.Context, claim reconcile.Claim) (string, error) {
	return c.api.CreateFragment(ctx, c.fragment(claim))
}

// Renew implements [reconcile.LockStore].
func (c claims) Renew(ctx context.Context, claim reconcile.Claim) (string, error) {
	return c.api.ReplaceFragment(ctx, c.fragment(claim))
}

// Drop implements [reconcile.LockStore].
func (c claims) Drop(ctx context.Context, number int) error {
	return c.api.DeleteFragment(ctx, c.prefix+strconv.Itoa(number))
}

func (c claims) fragment(claim reconcile.Claim) destination.Fragment {
	text, _ := json.Marshal(claim)
	return destination.Fragment{
		Name: c.prefix + strconv.Itoa(claim.Number), ETag: claim.Version,
		Properties: map[string]string{claimProperty: string(text)},
	}
}
