package destination

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/connect"
	"reconcile/pkg/secret"
)

// Level says whose destinations are meant. The same name on two levels is two
// independent objects.
//
// Fact: subaccount level is that of the token's tenant, instance level that of
// the key's service instance; any key of the subaccount may read and write all
// of its level. Source: SAP BTP Connectivity help 84c5d38, read 2026-11-23.
// [documented]
type Level string

// The two levels. Identity Access Governance reads the subaccount's.
const (
	Subaccount Level = "subaccount"
	Instance   Level = "instance"
)

// collection is the path of the level's destinations.
func (l Level) collection() string {
	if l == Instance {
		return "/v1/instanceDestinations"
	}
	return "/v1/subaccountDestinations"
}

// API is the configuration interface of the Destination service, call by call.
// It decides nothing. Errors are those of pkg/connect.
type API struct {
	client *connect.Client
	// looked holds what hide has looked through, by name and text: collections are
	// listed many times a run, and looking for secrets costs as much as the listing.
	looked sync.Map
}

// NewAPI makes the interface over a client whose address is the key's uri with
// "/destination-configuration".
func NewAPI(client *connect.Client) *API { return &API{client: client} }

// List returns all destinations of a level in one call, sorted by name, with
// their entity tags.
//
// Fact: without $page the answer holds everything, in no defined order; an empty
// level answers []. Source: SAP OpenAPI "Destination Service (Cloud Foundry)",
// GET subaccountDestinations, read 2026-11-23. [documented]
//
// api:GET /v1/subaccountDestinations
// api:GET /v1/instanceDestinations
func (a *API) List(ctx context.Context, level Level) ([]Stored, error) {
	all, _, err := a.list(ctx, level.collection(), "modification_time;etag", keyName)
	return all, err
}

func (a *API) list(ctx context.Context, path, include, nameKey string) ([]Stored, http.Header, error) {
	var raw []json.RawMessage
	response, err := a.client.Do(ctx, connect.Call{
		Method: http.MethodGet, Path: path, Query: url.Values{"$includeMetadata": {include}}, Out: &raw,
	})
	if err != nil {
		return nil, nil, err
	}
	if raw == nil {
		return nil, nil, fmt.Errorf("destination GET %s: the answer is no list", path)
	}
	all := make([]Stored, len(raw))
	for i, data := range raw {
		if all[i], err = decodeStored(data, nameKey); err != nil {
			return nil, nil, fmt.Errorf("destination GET %s: %w", path, err)
		}
	}
	slices.SortFunc(all, func(x, y Stored) int { return cmp.Compare(x.Name, y.Name) })
	a.hide(all...)
	return all, response.Header, nil
}

// hide keeps secrets that pass through out of every error and log line.
func (a *API) hide(all ...Stored) {
	var values []secret.Value
	for _, s := range all {
		for key, text := range s.Properties {
			if _, known := a.looked.LoadOrStore([2]string{key, text}, true); !known && !masked(text) {
				values = append(values, catalogue.Confidential(key, text)...)
			}
		}
	}
	a.client.Hide(values...)
}

// Get returns one destination with its entity tag, or connect.ErrNotFound.
//
// Fact: the body is the flat object with secrets in clear, the tag a header.
// Source: SAP BTP Connectivity help 84c5d38 and SAP OpenAPI "Destination Service
// (Cloud Foundry)", read 2026-11-23. [documented]
//
// api:GET /v1/subaccountDestinations/{name}
// api:GET /v1/instanceDestinations/{name}
func (a *API) Get(ctx context.Context, level Level, name string) (Stored, error) {
	return a.get(ctx, level.collection()+"/{name}", name, keyName)
}

func (a *API) get(ctx context.Context, path, name, nameKey string) (Stored, error) {
	var raw json.RawMessage
	response, err := a.client.Do(ctx, connect.Call{Method: http.MethodGet, Path: path, Args: []string{name}, Out: &raw})
	if err != nil {
		return Stored{}, err
	}
	s, err := decodeStored(raw, nameKey)
	if err == nil && s.Name != name {
		err = fmt.Errorf("the answer is about %q", s.Name)
	}
	if err != nil {
		return Stored{}, fmt.Errorf("destination GET %s: %w", path, err)
	}
	s.ETag = cmp.Or(response.Header.Get("ETag"), s.ETag)
	a.hide(s)
	return s, nil
}

// Create makes one destination; connect.ErrConflict says that the name is taken.
//
// Fact: 201 without a body; 409 "Duplicate key". Source: SAP OpenAPI "Destination
// Service (Cloud Foundry)", POST subaccountDestinations, read 2026-11-23.
// [documented]
//
// api:POST /v1/subaccountDestinations
// api:POST /v1/instanceDestinations
func (a *API) Create(ctx context.Context, level Level, s Stored) error {
	return a.write(ctx, http.MethodPost, level.collection(), s, keyName)
}

// Replace overwrites one destination completely: what s does not hold is gone.
// connect.ErrNotFound says that there is none, connect.ErrPrecondition that its
// tag is no longer s.ETag.
//
// Fact: PUT is no upsert, the name is in the body, and there is no PUT on the
// name's own path. Source: SAP OpenAPI "Destination Service (Cloud Foundry)",
// PUT subaccountDestinations, read 2026-11-23. [documented]
// Fact: If-Match on PUT is in no specification, but a client of SAP's sends the
// tag as received and claims support. Source: SAP/crossplane-provider-btp pull
// request 939, read 2026-11-23. [observed] So it is sent and not relied on.
//
// api:PUT /v1/subaccountDestinations
// api:PUT /v1/instanceDestinations
func (a *API) Replace(ctx context.Context, level Level, s Stored) error {
	return a.write(ctx, http.MethodPut, level.collection(), s, keyName)
}

// write sends one object and reads the answer in any of its forms.
func (a *API) write(ctx context.Context, method, path string, s Stored, nameKey string) error {
	a.hide(s)
	call := connect.Call{Method: method, Path: path, In: encodeStored(s, nameKey)}
	if method == http.MethodPut && s.ETag != "" {
		call.Header = http.Header{"If-Match": {s.ETag}}
	}
	var body []byte
	call.Out = &body
	if _, err := a.client.Do(ctx, call); err != nil {
		return err
	}
	if r := results(body); len(r) > 0 {
		return a.itemError(method, path, r[0])
	}
	return nil
}

// itemError is what Do would have returned had the object been sent alone.
func (a *API) itemError(method, path string, r result) error {
	if r.Status >= 200 && r.Status < 300 {
		return nil
	}
	return &connect.Error{
		Service: "destination", Method: method, Path: path, Status: r.Status,
		Message: a.client.Line(cmp.Or(r.Cause, http.StatusText(r.Status))), Attempts: 1,
	}
}

// CreateAll makes many destinations in one call. The errors are in the order of
// all, nil where one was made; err is about the call as a whole.
//
// Fact: an array answers 201 when all were made and 207 when some failed, with
// one result for each. Source: SAP OpenAPI "Destination Service (Cloud
// Foundry)", POST subaccountDestinations, read 2026-11-23. [documented; that the
// order is kept is assumed, so names decide]
//
// api:POST /v1/subaccountDestinations
// api:POST /v1/instanceDestinations
func (a *API) CreateAll(ctx context.Context, level Level, all []Stored) (errs []error, err error) {
	return a.writeAll(ctx, http.MethodPost, level.collection(), all)
}

// ReplaceAll overwrites many destinations completely in one call; results and
// errors are those of CreateAll. An array has no place for tags.
//
// Fact: an array answers 200, and 207 when some failed, with one result for each.
// Source: SAP OpenAPI "Destination Service (Cloud Foundry)", PUT
// subaccountDestinations, read 2026-11-23. [documented]
//
// api:PUT /v1/subaccountDestinations
// api:PUT /v1/instanceDestinations
func (a *API) ReplaceAll(ctx context.Context, level Level, all []Stored) (errs []error, err error) {
	return a.writeAll(ctx, http.MethodPut, level.collection(), all)
}

func (a *API) writeAll(ctx context.Context, method, path string, all []Stored) (errs []error, err error) {
	a.hide(all...)
	objects := make([]map[string]string, len(all))
	for i, s := range all {
		objects[i] = encodeStored(s, keyName)
	}
	var body []byte
	if _, err := a.client.Do(ctx, connect.Call{Method: method, Path: path, In: objects, Out: &body}); err != nil {
		return nil, err
	}
	byName := map[string]result{}
	for _, r := range results(body) {
		byName[r.Name] = r
	}
	errs = make([]error, len(all))
	for i, s := range all {
		r, told := byName[s.Name]
		if !told {
			errs[i] = fmt.Errorf("destination %s %s: the answer does not name %q: %w", method, path, s.Name, connect.ErrUncertain)
			continue
		}
		errs[i] = a.itemError(method, path, r)
	}
	return errs, nil
}

// Delete removes one destination. One that is gone already is deleted.
//
// Fact: 200 {"Count":1}; texts differ on whether a missing name is 404 or counts
// zero. Source: SAP OpenAPI "Destination Service (Cloud Foundry)", DELETE, and
// liorokman/go-sapcp-destination-client, read 2026-11-23. [documented, observed]
//
// api:DELETE /v1/subaccountDestinations/{name}
// api:DELETE /v1/instanceDestinations/{name}
func (a *API) Delete(ctx context.Context, level Level, name string) error {
	return a.remove(ctx, level.collection()+"/{name}", name)
}

func (a *API) remove(ctx context.Context, path, name string) error {
	_, err := a.client.Do(ctx, connect.Call{
		Method: http.MethodDelete, Path: path, Args: []string{name},
		OK: []int{http.StatusOK, http.StatusNoContent, http.StatusNotFound},
	})
	return err
}
