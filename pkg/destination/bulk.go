package destination

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
)

// order is one object of a bulk call: what is sent, and what was there before.
type order struct {
	at           int // its place among the results
	sent, before Stored
}

// CreateAll makes many destinations in one call and reads all back in another.
func (d *Driver) CreateAll(ctx context.Context, wants []resource.Named[Spec]) []resource.Result[Spec] {
	out := make([]resource.Result[Spec], len(wants))
	var orders []order
	for i, w := range wants {
		s, err := toSend(w.Name, w.Want)
		if out[i].Err = err; err == nil {
			orders = append(orders, order{at: i, sent: s})
		}
	}
	d.writeAll(ctx, d.api.CreateAll, orders, out)
	return out
}

// UpdateAll overwrites many destinations in one call, right after one that checks
// that they are still the versions that were planned on, and reads all back in a
// third. An array carries no tag to match, so what somebody writes between the
// first two calls is lost here; Update alone narrows that further.
func (d *Driver) UpdateAll(ctx context.Context, edits []resource.Edit[Spec]) []resource.Result[Spec] {
	out := make([]resource.Result[Spec], len(edits))
	known, err := d.all(ctx)
	var orders []order
	for i, e := range edits {
		s, unsendable := toSend(e.Have.Name, e.Want)
		before, there := known[e.Have.Name]
		switch {
		case err != nil:
			out[i].Err = err
		case unsendable != nil:
			out[i].Err = unsendable
		case !there:
			out[i].Err = fmt.Errorf("destination %q: %w, plan again", e.Have.Name, connect.ErrNotFound)
		default:
			if out[i].Err = moved(e.Have, before); out[i].Err == nil {
				orders = append(orders, order{i, s, before})
			}
		}
	}
	d.writeAll(ctx, d.api.ReplaceAll, orders, out)
	return out
}

// all reads every destination by name.
func (d *Driver) all(ctx context.Context) (map[string]Stored, error) {
	list, err := d.api.List(ctx, Subaccount)
	known := map[string]Stored{}
	for _, s := range list {
		known[s.Name] = s
	}
	return known, err
}

// writeAll sends orders in one call, if there are any, and fills in their results.
func (d *Driver) writeAll(ctx context.Context, write func(context.Context, Level, []Stored) ([]error, error), orders []order, out []resource.Result[Spec]) {
	if len(orders) == 0 {
		return
	}
	send := make([]Stored, len(orders))
	for i, o := range orders {
		send[i] = o.sent
	}
	written, err := write(ctx, Subaccount, send)
	if err != nil {
		written = slices.Repeat([]error{err}, len(send))
	}
	var known map[string]Stored
	var unread error
	if slices.ContainsFunc(written, inDoubt) {
		known, unread = d.all(ctx)
	}
	for i, o := range orders {
		out[o.at] = confirmed(o, written[i], known, unread)
	}
}

// confirmed is confirm for one of many: known is what was read back, unread why it
// could not be.
func confirmed(o order, written error, known map[string]Stored, unread error) resource.Result[Spec] {
	now, there := known[o.sent.Name]
	switch {
	case !inDoubt(written):
		return resource.Result[Spec]{Err: written}
	case written != nil && (unread != nil || !there || !happened(o.sent, o.before, now)):
		return resource.Result[Spec]{Err: written}
	case unread != nil:
		return resource.Result[Spec]{Err: fmt.Errorf("destination %q was written, but reading it back failed (%w): %w", o.sent.Name, connect.ErrUncertain, unread)}
	case !there:
		return resource.Result[Spec]{Err: fmt.Errorf("destination %q was written, but is not there: %w", o.sent.Name, connect.ErrNotFound)}
	default:
		return resource.Result[Spec]{Live: live(now), Err: compare(o.sent, o.before, now)}
	}
}

// inDoubt reports whether the outcome of a write needs a look: success to be
// confirmed, or a lost answer.
func inDoubt(written error) bool {
	return written == nil || errors.Is(written, connect.ErrUncertain)
}
