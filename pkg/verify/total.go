package verify

import (
	"context"
	"fmt"

	"reconcile/pkg/resource"
)

// Total is how many users or groups a proxy system says that its backend has.
type Total struct {
	// Ref is the IAGSystem.
	Ref resource.Ref
	// Of is "Users" or "Groups".
	Of string
	// Number is totalResults. Filters of the proxy system are in it already, its
	// conditions are not: those only a full walk counts.
	Number int
	// Unknown says why there is no number, "" when there is one.
	Unknown string
}

// Totals asks for one user and one group through the proxy of a system and returns
// how many there are. The error is nil unless nothing could be asked at all.
//
// Fact: totalResults counts before conditions, may be an estimate, and ias.user.filter
// is part of the read request. Source: SAP Cloud Identity Services help, "Proxy
// Systems" and "Identity Authentication", read 2026-11-23. [documented, that no
// condition is in it inferred]
func Totals(ctx context.Context, t Target, s System) ([]Total, error) {
	t.Full, t.Twins = false, nil
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("count: %w", err)
	}
	r := &run{Target: t}
	totals := make([]Total, len(entities))
	if !r.open(ctx) {
		why := "the destination " + proxyDestination + " cannot be read"
		for _, f := range r.report.Findings {
			why = f.Message
		}
		for i, e := range entities {
			totals[i] = Total{Ref: s.Ref, Of: e.name, Unknown: why}
		}
		return totals, r.failure(ctx)
	}
	for i, a := range r.pair(ctx, s) {
		totals[i] = Total{Ref: s.Ref, Of: a.entity.name, Number: a.tally.total}
		if a.verdict != works {
			totals[i].Unknown = r.Session.Redact(a.seen())
			if a.verdict == notAsked {
				totals[i].Unknown = r.Session.Redact(a.detail)
			}
		}
	}
	return totals, r.failure(ctx)
}
