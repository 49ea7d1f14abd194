package destination

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"reconcile/pkg/connect"
)

// Fragment is one destination fragment of the subaccount: a named flat object
// that does nothing by itself. Properties must hold neither Name nor Type.
type Fragment struct {
	Name       string
	Properties map[string]string
	// ETag is opaque, as received.
	ETag string
}

// ListFragments returns all fragments of the subaccount in one call, sorted by
// name, with their entity tags, and the time by the service's clock; zero when
// the answer does not tell.
//
// Fact: fragments have the same metadata as destinations and no filter by name.
// Source: SAP OpenAPI "Destination Service (Cloud Foundry)",
// GET subaccountDestinationFragments, read 2026-11-23. [documented]
//
// api:GET /v1/subaccountDestinationFragments
func (a *API) ListFragments(ctx context.Context) ([]Fragment, time.Time, error) {
	all, header, err := a.list(ctx, connect.Fragments, "etag", keyFragmentName)
	out := make([]Fragment, len(all))
	for i, s := range all {
		out[i] = Fragment{Name: s.Name, Properties: s.Properties, ETag: s.ETag}
	}
	at, _ := http.ParseTime(header.Get("Date"))
	return out, at, err
}

// CreateFragment makes a fragment and returns its entity tag;
// connect.ErrConflict says that the name is taken, by whomever. A lost answer is
// resolved by reading: a fragment with this very content is taken for this one,
// so content that must tell two writers apart has to name them.
//
// Fact: one object only, never an array; 201, 409 when the name exists; Name and
// Type are refused. Source: SAP OpenAPI "Destination Service (Cloud Foundry)",
// POST subaccountDestinationFragments, read 2026-11-23. [documented]
//
// api:POST /v1/subaccountDestinationFragments
func (a *API) CreateFragment(ctx context.Context, f Fragment) (etag string, err error) {
	return a.settle(ctx, f, a.write(ctx, http.MethodPost, connect.Fragments, f.stored(), keyFragmentName))
}

// ReplaceFragment overwrites a fragment on the version that was read and returns
// its new entity tag.
//
// Fact: 200 {"Count":1}; 404 when there is none. Source: SAP OpenAPI "Destination
// Service (Cloud Foundry)", PUT subaccountDestinationFragments, read 2026-11-23.
// [documented; If-Match as for destinations]
//
// api:PUT /v1/subaccountDestinationFragments
func (a *API) ReplaceFragment(ctx context.Context, f Fragment) (etag string, err error) {
	return a.settle(ctx, f, a.write(ctx, http.MethodPut, connect.Fragments, f.stored(), keyFragmentName))
}

func (f Fragment) stored() Stored {
	return Stored{Name: f.Name, Properties: f.Properties, ETag: f.ETag}
}

// settle reads a fragment back after a write, for its tag and for the truth. A
// refused condition is looked into as well: an attempt before may have got
// through.
//
// api:GET /v1/subaccountDestinationFragments/{name}
func (a *API) settle(ctx context.Context, f Fragment, written error) (string, error) {
	if written != nil && !errors.Is(written, connect.ErrUncertain) && !errors.Is(written, connect.ErrPrecondition) {
		return "", written
	}
	live, err := a.get(ctx, connect.Fragments+"/{name}", f.Name, keyFragmentName)
	switch {
	case err != nil && written != nil:
		return "", written
	case err != nil:
		return "", fmt.Errorf("read back fragment %q: %w", f.Name, err)
	}
	keys := differing(f.Properties, live.Properties)
	// What was to be taken out and is still there shows that nothing happened.
	stays := leftover(live.Properties, f.Properties, live.Properties)
	switch {
	case written != nil && len(keys)+len(stays) > 0:
		return "", written
	case len(keys) == 0:
		return live.ETag, nil
	default:
		return "", fmt.Errorf("fragment %q: somebody else wrote %s: %w", f.Name, strings.Join(keys, ", "), connect.ErrPrecondition)
	}
}

// DeleteFragment removes a fragment. One that is gone already is deleted.
//
// api:DELETE /v1/subaccountDestinationFragments/{name}
func (a *API) DeleteFragment(ctx context.Context, name string) error {
	return a.remove(ctx, connect.Fragments+"/{name}", name)
}
