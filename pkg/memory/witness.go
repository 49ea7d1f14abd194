package memory

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"reconcile/pkg/reconcile"
)

// witnessed is a store beside which the folder of records lies: where the ledger is lost
// together with all that was written beside it, the records still tell that it was there.
type witnessed struct {
	reconcile.Store
	where Where
}

// Load implements [reconcile.Store]. Records are read only where no ledger is there.
func (w witnessed) Load(ctx context.Context) (reconcile.Stored, error) {
	stored, err := w.Store.Load(ctx)
	begun := slices.ContainsFunc(stored.Shards, func(s reconcile.Shard) bool {
		_, own := numbered(s.Name, reconcile.LedgerName(w.where.Who.String()))
		return own
	})
	if err != nil || begun {
		return stored, err
	}
	if r, found := w.where.witness(); found {
		stored.Traces = append(stored.Traces, fmt.Sprintf("record %d (%s)", r.Number, filepath.ToSlash(r.File)))
	}
	return stored, nil
}

// witness finds the newest record of this integration in this place that tells that a
// ledger was there: that of a run that wrote, or that names the ledger's mark.
func (w Where) witness() (reconcile.StoredRecord, bool) {
	if w.Records == nil {
		return reconcile.StoredRecord{}, false
	}
	records := w.Records()
	at := slices.IndexFunc(records, func(r reconcile.StoredRecord) bool {
		return (r.Wrote || r.Ledger != "") && r.Tenant == w.Tenant && r.Landscape == w.Landscape
	})
	if at < 0 {
		return reconcile.StoredRecord{}, false
	}
	return records[at], true
}
