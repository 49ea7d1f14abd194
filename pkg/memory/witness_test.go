package memory

import (
	"slices"
	"testing"
	"time"

	"reconcile/pkg/reconcile"
)

// TestWitness: only a record of the same integration in the same place tells of its
// ledger, and the newest one counts.
func TestWitness(t *testing.T) {
	for name, c := range map[string]struct {
		records []reconcile.RunRecord
		want    int
	}{
		"none":               {nil, 0},
		"wrote":              {[]reconcile.RunRecord{{Number: 1, Tenant: "t", Wrote: true}}, 1},
		"names the ledger":   {[]reconcile.RunRecord{{Number: 1, Tenant: "t", Wrote: true}, {Number: 2, Tenant: "t", Ledger: "m"}}, 2},
		"was refused":        {[]reconcile.RunRecord{{Number: 1, Tenant: "t"}}, 0},
		"another tenant":     {[]reconcile.RunRecord{{Number: 1, Tenant: "u", Wrote: true}}, 0},
		"a landscape":        {[]reconcile.RunRecord{{Number: 1, Tenant: "t", Landscape: "simulated", Wrote: true}}, 0},
		"then a refused one": {[]reconcile.RunRecord{{Number: 1, Tenant: "t", Wrote: true}, {Number: 2, Tenant: "t"}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir, who := t.TempDir(), reconcile.Identity{Name: "a", Stage: "b"}
			for _, r := range c.records {
				for _, r.Integration = range []string{"a", "other"} {
					r.Stage, r.Started, r.Result = "b", time.Unix(int64(r.Number), 0), []byte(`{}`)
					if _, _, err := reconcile.WriteRecord(dir, r); err != nil {
						t.Fatal(err)
					}
				}
			}
			w := Where{Who: who, Tenant: "t", Records: func() []reconcile.StoredRecord {
				records, _ := reconcile.ReadRecords(dir, who)
				slices.Reverse(records)
				return records
			}}
			if r, found := w.witness(); r.Number != c.want || found != (c.want > 0) {
				t.Errorf("record %d (%t), want %d", r.Number, found, c.want)
			}
		})
	}
}
