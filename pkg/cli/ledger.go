package cli

import (
	"context"
	"strings"

	"reconcile/pkg/destination"
	"reconcile/pkg/reconcile"
)

// openLedger loads the integration's memory: from a file where --ledger says so
// or no destination service is configured, else from beside the destinations.
func (w *wiring) openLedger(ctx context.Context) (*reconcile.Ledger, error) {
	id := w.integration.ID()
	if path, ok := strings.CutPrefix(w.app.ledger, "file:"); ok {
		return reconcile.OpenLedger(ctx, id, reconcile.FileStore{Path: path})
	}
	if w.destination == nil {
		return reconcile.OpenLedger(ctx, id, reconcile.FileStore{Path: "reconcile-ledger-" + id + ".json"})
	}
	return reconcile.OpenLedger(ctx, id, fragments{destination.NewAPI(w.destination), reconcile.LedgerName(id)})
}

// fragments keeps the ledger's shards in destination fragments of the same
// subaccount, where they are inert for everyone else.
type fragments struct {
	api    *destination.API
	prefix string
}

// Load reads all fragments in one call and keeps those of this ledger.
func (f fragments) Load(ctx context.Context) ([]reconcile.Shard, error) {
	all, err := f.api.ListFragments(ctx)
	var shards []reconcile.Shard
	for _, one := range all {
		if strings.HasPrefix(one.Name, f.prefix) && isNumber(strings.TrimPrefix(one.Name, f.prefix)) {
			shards = append(shards, reconcile.Shard{Name: one.Name, Version: one.ETag, Properties: one.Properties})
		}
	}
	return shards, err
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Write creates or replaces one fragment.
func (f fragments) Write(ctx context.Context, s reconcile.Shard) (string, error) {
	fragment := destination.Fragment{Name: s.Name, Properties: s.Properties, ETag: s.Version}
	if s.Version == "" {
		return f.api.CreateFragment(ctx, fragment)
	}
	return f.api.ReplaceFragment(ctx, fragment)
}
