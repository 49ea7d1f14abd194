package memory

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"reconcile/pkg/destination"
	"reconcile/pkg/reconcile"
)

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
