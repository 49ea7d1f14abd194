package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"reconcile/pkg/destination"
	"reconcile/pkg/reconcile"
)

// memory is where an integration's ledger and the claims to it are kept.
type memory struct {
	who   reconcile.Identity
	store reconcile.Store
	locks reconcile.LockStore
}

// memory is a file where --ledger says so or no destination service is
// configured, else fragments beside the destinations.
func (w *wiring) memory() memory {
	who := reconcile.Identity{Name: w.integration.Name, Stage: w.integration.Stage}
	id := who.String()
	path, file := strings.CutPrefix(w.app.ledger, "file:")
	if !file && w.destination == nil {
		path, file = "reconcile-ledger-"+id+".json", true
	}
	if file {
		return memory{who, reconcile.FileStore{Path: path}, reconcile.FileLocks{Path: path, Now: w.app.Now}}
	}
	api := destination.NewAPI(w.destination)
	return memory{who, fragments{api, reconcile.LedgerName(id), w.notes}, claims{api, reconcile.LockName(id), w.app.Now}}
}

// open loads the ledger.
func (m memory) open(ctx context.Context) (*reconcile.Ledger, error) {
	return reconcile.OpenLedger(ctx, m.who, m.store)
}

// fragments keeps the ledger's shards in destination fragments of the same
// subaccount, where they are inert for everyone else.
type fragments struct {
	api    *destination.API
	prefix string
	// notes gets to see what lies beside the shards.
	notes *notebook
}

// Load reads all fragments in one call and keeps those of ledgers: this one's, and
// marked as foreign those of other integrations.
func (f fragments) Load(ctx context.Context) ([]reconcile.Shard, error) {
	all, _, err := f.api.ListFragments(ctx)
	var shards []reconcile.Shard
	for _, one := range all {
		f.notes.see(one)
		_, own := numbered(one.Name, f.prefix)
		if own || !isNote(one.Name) && strings.HasPrefix(one.Name, reconcile.LedgerPrefix) {
			shards = append(shards, reconcile.Shard{Name: one.Name, Version: one.ETag, Properties: one.Properties, Foreign: !own})
		}
	}
	return shards, err
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
		number, ok := numbered(one.Name, c.prefix)
		if !ok {
			continue
		}
		claim := reconcile.Claim{}
		if json.Unmarshal([]byte(one.Properties[claimProperty]), &claim) != nil {
			err = errors.Join(err, fmt.Errorf("fragment %s is no lock that this version knows", one.Name))
		}
		claim.Number, claim.Version = number, one.ETag
		found = append(found, claim)
	}
	if at.IsZero() {
		at = c.now()
	}
	return found, at.UTC(), err
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
