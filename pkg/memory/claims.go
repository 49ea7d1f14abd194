package memory

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"reconcile/pkg/destination"
	"reconcile/pkg/reconcile"
)

// claims keeps each claim to the lock in a fragment of its own: that its name can
// be created only once decides who holds it.
type claims struct {
	api    *destination.API
	prefix string
	now    func() time.Time
	beside []reconcile.Shard
}

// Beside implements [reconcile.Onlooker].
func (c *claims) Beside() []reconcile.Shard { return c.beside }

// claimProperty holds a claim as JSON.
const claimProperty = "reconcile"

// Claims implements [reconcile.LockStore] by the service's clock.
func (c *claims) Claims(ctx context.Context) ([]reconcile.Claim, time.Time, error) {
	all, at, err := c.api.ListFragments(ctx)
	c.beside = shards(all)
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
func (c *claims) Stake(ctx context.Context, claim reconcile.Claim) (string, error) {
	return c.api.CreateFragment(ctx, c.fragment(claim))
}

// Renew implements [reconcile.LockStore].
func (c *claims) Renew(ctx context.Context, claim reconcile.Claim) (string, error) {
	return c.api.ReplaceFragment(ctx, c.fragment(claim))
}

// Drop implements [reconcile.LockStore].
func (c *claims) Drop(ctx context.Context, number int) error {
	return c.api.DeleteFragment(ctx, c.prefix+strconv.Itoa(number))
}

func (c *claims) fragment(claim reconcile.Claim) destination.Fragment {
	text, _ := json.Marshal(claim)
	return destination.Fragment{
		Name: c.prefix + strconv.Itoa(claim.Number), ETag: claim.Version,
		Properties: map[string]string{claimProperty: string(text)},
	}
}

// traceOf names a claim that was made when the ledger had begun.
func traceOf(c reconcile.Claim) []string {
	if c.Ledger == "" {
		return nil
	}
	return []string{fmt.Sprintf("lock %d of %s", c.Number, c.Holder)}
}
