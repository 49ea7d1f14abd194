package destination

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
)

// Driver reaches the subaccount's destinations. It implements resource.Driver
// and resource.Bulk; its errors wrap those of pkg/connect. Every write is read
// back, and a lost answer is resolved by reading, never by writing again.
type Driver struct{ api *API }

// NewDriver makes the driver over a client as for NewAPI.
func NewDriver(client *connect.Client) *Driver { return &Driver{NewAPI(client)} }

// List yields all destinations, sorted by name, in one call.
func (d *Driver) List(ctx context.Context) iter.Seq2[resource.Live[Spec], error] {
	return func(yield func(resource.Live[Spec], error) bool) {
		all, err := d.api.List(ctx, Subaccount)
		if err != nil {
			yield(resource.Live[Spec]{}, err)
			return
		}
		for _, s := range all {
			if !yield(live(s), nil) {
				return
			}
		}
	}
}

// live turns what the service keeps into a specification in which secrets are
// hidden; what is masked cannot be read.
func live(s Stored) resource.Live[Spec] {
	properties := resource.Properties{}
	for key, text := range s.Properties {
		value := resource.Text(text)
		switch isSecret := catalogue.SecretProperty(key); {
		case isSecret && masked(text):
			value = resource.Seal()
		case isSecret:
			value = value.Private()
		}
		properties[key] = value
	}
	return resource.Live[Spec]{Name: s.Name, Version: s.ETag, Spec: Spec{Properties: properties}}
}

// toSend is the complete object for want, or says which value is missing.
func toSend(name string, want Spec) (Stored, error) {
	s := Stored{Name: name, Properties: map[string]string{}}
	var missing []string
	for key, value := range want.Properties {
		switch value.Form() {
		case resource.Unset, resource.Absent:
		case resource.Literal, resource.Secret:
			s.Properties[key] = value.Reveal()
		default:
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return s, fmt.Errorf("destination %q: no value to send for %s; the whole object is written at once, so list it in the manifest",
			name, strings.Join(missing, ", "))
	}
	if _, named := s.Properties[keyName]; named {
		return s, fmt.Errorf("destination %q: property %s belongs to the object itself", name, keyName)
	}
	return s, nil
}

// Create makes a destination. The interface knows no idempotency key, so key is
// not sent.
func (d *Driver) Create(ctx context.Context, name string, want Spec, _ string) (resource.Live[Spec], error) {
	s, err := toSend(name, want)
	if err != nil {
		return resource.Live[Spec]{}, err
	}
	return d.confirm(ctx, s, Stored{}, d.api.Create(ctx, Subaccount, s))
}

// Update overwrites a destination with want, right after checking that it is
// still the version that was planned on.
func (d *Driver) Update(ctx context.Context, have resource.Live[Spec], want Spec, _ []resource.Change) (resource.Live[Spec], error) {
	s, err := toSend(have.Name, want)
	if err != nil {
		return resource.Live[Spec]{}, err
	}
	before, err := d.api.Get(ctx, Subaccount, have.Name)
	if err != nil {
		return resource.Live[Spec]{}, err
	}
	if err := moved(have, before); err != nil {
		return resource.Live[Spec]{}, err
	}
	s.ETag = before.ETag
	return d.confirm(ctx, s, before, d.api.Replace(ctx, Subaccount, s))
}

// moved says that a destination is no more the version that was planned on. Where
// the service gives no tag there is nothing to compare.
func moved(have resource.Live[Spec], now Stored) error {
	if have.Version != "" && now.ETag != "" && !sameTag(have.Version, now.ETag) {
		return fmt.Errorf("destination %q: %w, plan again", have.Name, connect.ErrPrecondition)
	}
	return nil
}

// confirm reads back what was written. written is the outcome of the write: when
// it leaves room for doubt, what is read decides.
func (d *Driver) confirm(ctx context.Context, sent, before Stored, written error) (resource.Live[Spec], error) {
	// A repeated PUT may meet the effect of its own first attempt: 412.
	doubt := errors.Is(written, connect.ErrUncertain) || errors.Is(written, connect.ErrPrecondition)
	if written != nil && !doubt {
		return resource.Live[Spec]{}, written
	}
	now, err := d.api.Get(ctx, Subaccount, sent.Name)
	switch {
	case err != nil && doubt:
		return resource.Live[Spec]{}, written
	case err != nil:
		return resource.Live[Spec]{}, fmt.Errorf("destination %q was written, but reading it back failed (%w): %w", sent.Name, connect.ErrUncertain, err)
	case doubt && !happened(sent, before, now):
		return resource.Live[Spec]{}, written
	}
	return live(now), compare(sent, before, now)
}

// happened reports whether a write in doubt had its effect. Masks hide the
// difference; then only a moved tag, which is a hash of the content, proves it.
func happened(sent, before, now Stored) bool {
	if compare(sent, before, now) != nil {
		return false
	}
	for _, text := range now.Properties {
		if masked(text) && before.ETag != "" && sameTag(before.ETag, now.ETag) {
			return false
		}
	}
	return true
}

// compare says where the service holds something else than was sent.
func compare(sent, before, now Stored) error {
	changed := differing(sent.Properties, now.Properties)
	stays := leftover(before.Properties, sent.Properties, now.Properties)
	if len(changed) == 0 && len(stays) == 0 {
		return nil
	}
	return fmt.Errorf("destination %q reads back differently from what was written (%s); look in the cockpit for another writer and plan again",
		sent.Name, strings.Join(append(changed, stays...), ", "))
}

// Delete removes a destination, right after checking that it is still the version
// that was planned on, and looks that it is gone. One that is gone already is deleted. DELETE takes no condition in any specification, so a change
// in the moment between the two is not seen.
func (d *Driver) Delete(ctx context.Context, have resource.Live[Spec]) error {
	now, err := d.api.Get(ctx, Subaccount, have.Name)
	switch {
	case errors.Is(err, connect.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	if err := moved(have, now); err != nil {
		return err
	}
	err = d.api.Delete(ctx, Subaccount, have.Name)
	if err != nil && !errors.Is(err, connect.ErrUncertain) {
		return err
	}
	_, unread := d.api.Get(ctx, Subaccount, have.Name)
	switch {
	case errors.Is(unread, connect.ErrNotFound):
		return nil
	case err != nil:
		return err
	case unread == nil:
		return fmt.Errorf("destination %q: the service said that it is deleted, and it is still there: %w", have.Name, connect.ErrUncertain)
	}
	return fmt.Errorf("destination %q was deleted, but looking whether it is gone failed (%w): %w", have.Name, connect.ErrUncertain, unread)
}
