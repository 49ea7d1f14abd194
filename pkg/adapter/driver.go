package adapter

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// Codec translates one kind between its specification and the contract's
// document. Its functions do no input or output.
type Codec[S any] struct {
	// Collection is the path element, such as "proxySystems".
	Collection string
	// Encode writes the document and, beside it, the secrets by wire name. It
	// leaves out what the specification does not say.
	Encode func(name string, want S) (system map[string]any, secrets map[string]resource.Value)
	// Decode reads a document.
	Decode func(id string, system json.RawMessage) (name string, spec S, err error)
	// AllSecrets reports whether the service voids stored secrets when it takes
	// the change, so that all have to be sent. Nil means never.
	AllSecrets func(diff []resource.Change) bool
	// SecretName returns the wire name of the secret at a JSON pointer, "" when
	// there is none. Nil means that the kind has no secrets.
	SecretName func(path string) string
}

// Driver reaches the objects of one collection. It implements resource.Driver;
// its errors wrap those of pkg/connect.
type Driver[S any] struct {
	client *connect.Client
	codec  Codec[S]
}

// New makes the driver of one kind. client's address is that of the contract's
// version, such as https://host/adapter/v1.
func New[S any](client *connect.Client, codec Codec[S]) *Driver[S] {
	return &Driver[S]{client: client, codec: codec}
}

// pageSize is how many items one list call asks for.
const pageSize = 100

func (d *Driver[S]) path(rest string) string { return "/" + d.codec.Collection + rest }

// List yields all objects, page by page.
func (d *Driver[S]) List(ctx context.Context) iter.Seq2[resource.Live[S], error] {
	return func(yield func(resource.Live[S], error) bool) {
		for one, err := range d.items(ctx) {
			var live resource.Live[S]
			if err == nil {
				live, err = d.live(one)
			}
			if !yield(live, err) || err != nil {
				return
			}
		}
	}
}

// items walks the pages of the collection; an error ends the walk.
//
// api:GET /adapter/v1/systemUsers
// api:GET /adapter/v1/proxySystems
// api:GET /adapter/v1/parameters
// api:GET /adapter/v1/iagSystems
// api:GET /adapter/v1/jobs
func (d *Driver[S]) items(ctx context.Context) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		query, seen := url.Values{"limit": {strconv.Itoa(pageSize)}}, map[string]bool{"": true}
		for {
			var p page
			_, err := d.client.Do(ctx, connect.Call{Method: http.MethodGet, Path: d.path(""), Query: query, Out: &p})
			if err == nil && p.Items == nil {
				err = fmt.Errorf("list %s: the adapter's answer has no items", d.codec.Collection)
			}
			if err == nil && p.Next != "" && seen[p.Next] {
				err = fmt.Errorf("list %s: the adapter names the same next page again", d.codec.Collection)
			}
			if err != nil {
				yield(item{}, err)
				return
			}
			for _, one := range p.Items {
				if !yield(one, nil) {
					return
				}
			}
			if p.Next == "" {
				return
			}
			seen[p.Next] = true
			query.Set("after", p.Next)
		}
	}
}

// find looks for one item; ok is false when there is none.
func (d *Driver[S]) find(ctx context.Context, match func(item) bool) (found item, ok bool, err error) {
	for one, err := range d.items(ctx) {
		if err != nil || match(one) {
			return one, err == nil, err
		}
	}
	return item{}, false, nil
}

func (d *Driver[S]) live(one item) (resource.Live[S], error) {
	if one.ID == "" {
		return resource.Live[S]{}, fmt.Errorf("%s: the adapter answered an object without id", d.codec.Collection)
	}
	name, spec, err := d.codec.Decode(one.ID, one.System)
	if err != nil {
		return resource.Live[S]{}, fmt.Errorf("%s %s: %w", d.codec.Collection, one.ID, err)
	}
	return resource.Live[S]{Name: name, ID: one.ID, Version: one.Version, Key: one.Key, Spec: spec}, nil
}

// Create makes an object. When the answer is lost, the object with this key is
// looked for; the POST is never repeated.
//
// api:POST /adapter/v1/systemUsers
// api:POST /adapter/v1/proxySystems
// api:POST /adapter/v1/parameters
// api:POST /adapter/v1/iagSystems
// api:POST /adapter/v1/jobs
func (d *Driver[S]) Create(ctx context.Context, name string, want S, key string) (resource.Live[S], error) {
	key = cmp.Or(key, rand.Text())
	system, values := d.codec.Encode(name, want)
	secrets := map[string]*string{}
	for wire, value := range values {
		if err := d.put(secrets, wire, value); err != nil {
			return resource.Live[S]{}, err
		}
	}
	var made item
	_, err := d.client.Do(ctx, connect.Call{
		Method: http.MethodPost, Path: d.path(""), Header: http.Header{"Idempotency-Key": {key}},
		In: change{System: system, Secrets: secrets}, Out: &made, OK: []int{http.StatusOK, http.StatusCreated},
	})
	live, err := d.understood(err, made, func(live resource.Live[S]) bool { return live.Name == name && cmp.Or(live.Key, key) == key })
	if !errors.Is(err, connect.ErrUncertain) {
		return live, err
	}
	return d.resolve(ctx, err, func(one item) bool { return one.Key == key })
}

// understood is the outcome of a write and the object in its answer: an answer that
// cannot be read, or is about something else, proves nothing.
func (d *Driver[S]) understood(err error, one item, about func(resource.Live[S]) bool) (resource.Live[S], error) {
	if err != nil {
		return resource.Live[S]{}, err
	}
	live, unread := d.live(one)
	switch {
	case unread != nil:
		return resource.Live[S]{}, fmt.Errorf("%w: %w", connect.ErrUncertain, unread)
	case !about(live):
		return resource.Live[S]{}, fmt.Errorf("%s: the adapter's answer is about something else: %w", d.codec.Collection, connect.ErrUncertain)
	}
	return live, nil
}

// resolve looks for the effect of a write whose answer was lost, or proves nothing. lost
// comes back when there is no effect to be seen.
func (d *Driver[S]) resolve(ctx context.Context, lost error, effect func(item) bool) (resource.Live[S], error) {
	one, ok, err := d.find(ctx, effect)
	if err == nil && ok {
		return d.live(one)
	}
	return resource.Live[S]{}, errors.Join(lost, err)
}

// put adds a secret to send and makes sure that nothing shows it from now on.
func (d *Driver[S]) put(secrets map[string]*string, wire string, value resource.Value) error {
	if value.Form() != resource.Secret && value.Form() != resource.Literal {
		return fmt.Errorf("%s: secret %q has no value to send", d.codec.Collection, wire)
	}
	text := value.Reveal()
	d.client.Hide(secret.New(text))
	secrets[wire] = &text
	return nil
}

// Update patches what differs between the documents of have and want, on the
// version that was read.
//
// api:PATCH /adapter/v1/systemUsers/{id}
// api:PATCH /adapter/v1/proxySystems/{id}
// api:PATCH /adapter/v1/parameters/{id}
// api:PATCH /adapter/v1/iagSystems/{id}
// api:PATCH /adapter/v1/jobs/{id}
func (d *Driver[S]) Update(ctx context.Context, have resource.Live[S], want S, diff []resource.Change) (resource.Live[S], error) {
	body, err := d.patch(have, want, diff)
	if err != nil {
		return resource.Live[S]{}, err
	}
	var changed item
	_, err = d.client.Do(ctx, connect.Call{
		Method: http.MethodPatch, Path: d.path("/{id}"), Args: []string{have.ID}, Header: ifMatch(have.Version),
		ContentType: "application/merge-patch+json", In: body, Out: &changed, OK: []int{http.StatusOK},
	})
	name := resource.NewName(have.Name, diff)
	live, err := d.understood(err, changed, func(live resource.Live[S]) bool {
		return live.ID == have.ID && (live.Version != have.Version || d.holds(live, name, want))
	})
	if !errors.Is(err, connect.ErrUncertain) {
		return live, err
	}
	return d.resolve(ctx, err, func(one item) bool {
		live, unread := d.live(one)
		return unread == nil && live.ID == have.ID && live.Version != have.Version && d.holds(live, name, want)
	})
}

// ifMatch is the condition under which a write is meant.
func ifMatch(version string) http.Header {
	return http.Header{"If-Match": {`"` + version + `"`}}
}

// patch is the body of PATCH.
func (d *Driver[S]) patch(have resource.Live[S], want S, diff []resource.Change) (change, error) {
	before, after, err := d.documents(have.Name, resource.NewName(have.Name, diff), have.Spec, want)
	if err != nil {
		return change{}, err
	}
	secrets, err := d.secrets(have.Name, want, diff)
	if err != nil {
		return change{}, err
	}
	system := mergePatch(before, after)
	if len(system) == 0 && len(secrets) == 0 {
		return change{}, fmt.Errorf("%s: the adapter contract has no field for what differs (%s)", d.codec.Collection, paths(diff))
	}
	return change{System: system, Secrets: secrets}, nil
}

func (d *Driver[S]) documents(old, name string, have, want S) (before, after map[string]any, err error) {
	was, _ := d.codec.Encode(old, have)
	becomes, _ := d.codec.Encode(name, want)
	before, err1 := plain(was)
	after, err2 := plain(becomes)
	return before, after, errors.Join(err1, err2)
}

// holds reports whether an object says what want says.
func (d *Driver[S]) holds(live resource.Live[S], name string, want S) bool {
	before, after, err := d.documents(live.Name, name, live.Spec, want)
	return err == nil && len(mergePatch(before, after)) == 0
}

// Delete removes an object on the version that was read, and looks that it is gone. One
// that is gone already is deleted.
//
// api:DELETE /adapter/v1/systemUsers/{id}
// api:DELETE /adapter/v1/proxySystems/{id}
// api:DELETE /adapter/v1/parameters/{id}
// api:DELETE /adapter/v1/iagSystems/{id}
// api:DELETE /adapter/v1/jobs/{id}
func (d *Driver[S]) Delete(ctx context.Context, have resource.Live[S]) error {
	_, err := d.client.Do(ctx, connect.Call{
		Method: http.MethodDelete, Path: d.path("/{id}"), Args: []string{have.ID}, Header: ifMatch(have.Version),
		OK: []int{http.StatusOK, http.StatusNoContent, http.StatusNotFound},
	})
	if err != nil && !errors.Is(err, connect.ErrUncertain) {
		return err
	}
	return d.gone(ctx, have, err)
}

// gone looks for an object that was deleted, as far as written says.
//
// api:GET /adapter/v1/systemUsers/{id}
// api:GET /adapter/v1/proxySystems/{id}
// api:GET /adapter/v1/parameters/{id}
// api:GET /adapter/v1/iagSystems/{id}
// api:GET /adapter/v1/jobs/{id}
func (d *Driver[S]) gone(ctx context.Context, have resource.Live[S], written error) error {
	_, err := d.client.Do(ctx, connect.Call{Method: http.MethodGet, Path: d.path("/{id}"), Args: []string{have.ID}})
	switch {
	case errors.Is(err, connect.ErrNotFound):
		return nil
	case written == nil && err == nil:
		return fmt.Errorf("%s %s: the adapter said that it is deleted, and it is still there: %w", d.codec.Collection, have.ID, connect.ErrUncertain)
	case written == nil:
		return fmt.Errorf("%s %s: deleted, but looking whether it is gone failed (%w): %w", d.codec.Collection, have.ID, connect.ErrUncertain, err)
	}
	return errors.Join(written, err)
}
