package reconcile

import (
	"context"

	"reconcile/pkg/resource"
)

// bulkFrom is how many writes of one kind make a bulk call worth while.
const bulkFrom = 5

// bulkGroup returns the first group of creates, or of changes, that one call can
// carry.
func bulkGroup(ready []*Step) []*Step {
	type call struct {
		kind   string
		create bool
	}
	of := func(s *Step) call { return call{s.Kind, s.Action == Create} }
	groups := map[call][]*Step{}
	for _, s := range ready {
		if s.sends() && s.work.kind.Bulk() && !s.Waiting() {
			groups[of(s)] = append(groups[of(s)], s)
		}
	}
	for _, s := range ready {
		if group := groups[of(s)]; s.sends() && len(group) >= bulkFrom {
			return group
		}
	}
	return nil
}

// sends reports whether the step writes a whole object.
func (s Step) sends() bool { return s.Action == Create || s.Action == Update || s.Action == Adopt }

// bulk does a batch in one call.
func (a *applier) bulk(ctx context.Context, batch []*Step, results []result) {
	var sent []int
	var names []string
	var haves []resource.Object
	var wants []resource.Spec
	for i, s := range batch {
		a.say(Event{Step: *s})
		counted, err := a.ask(ctx, s)
		if results[i] = (result{err: err, counted: counted}); err != nil {
			continue
		}
		want, settled := a.payload(s)
		if settled != nil {
			results[i] = *settled
			continue
		}
		sent, names, wants = append(sent, i), append(names, s.Name), append(wants, want)
		if s.Action != Create {
			haves = append(haves, *s.work.have)
		}
	}
	if len(sent) == 0 {
		return
	}
	start, kind := a.Now(), batch[0].work.kind
	var objects []resource.Object
	var errs []error
	if batch[0].Action == Create {
		objects, errs = kind.CreateAll(ctx, names, wants)
	} else {
		objects, errs = kind.UpdateAll(ctx, haves, wants)
	}
	for n, i := range sent {
		counted := results[i].counted
		results[i] = a.check(batch[i], objects[n], wants[n], errs[n])
		results[i].took, results[i].counted = a.Now().Sub(start), counted
	}
}
