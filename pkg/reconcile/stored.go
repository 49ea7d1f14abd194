package reconcile

import (
	"context"
	"fmt"
	"slices"

	"reconcile/pkg/resource"
)

func (a *applier) create(ctx context.Context, s *Step) result {
	want, settled := a.payload(s)
	if settled != nil {
		return *settled
	}
	object, err := s.work.kind.Create(ctx, s.Name, want, s.work.key)
	if err != nil {
		return result{err: err}
	}
	return a.strip(ctx, s, object)
}

// strip takes from a new object what the service added by itself although the
// manifest wants it absent: a create cannot say so, a change can.
func (a *applier) strip(ctx context.Context, s *Step, object resource.Object) result {
	// Made by this very step, so what was not wanted is not somebody else's.
	want := s.work.kind.Keep(object, s.work.want, resource.Ownership{Owned: true, Wrote: func(string) bool { return false }})
	added := a.amiss(s, object, want)
	adds := func(c resource.Change) bool { return c.Want.IsSet() && c.Want.Form() != resource.Absent }
	if len(added) == 0 || slices.ContainsFunc(added, adds) {
		return a.check(s, object, s.work.want, nil)
	}
	stripped, err := s.work.kind.Update(ctx, object, want, added)
	if err != nil {
		return result{object: object, done: true, err: fmt.Errorf("it was made, but what the service added could not be removed: %w", err)}
	}
	return a.check(s, stripped, s.work.want, nil)
}

// check compares what the service now holds with what was sent. A service that
// answers well and stores something else must not count as done.
func (a *applier) check(s *Step, have resource.Object, want resource.Spec, err error) result {
	if err != nil {
		return result{err: err}
	}
	r := result{object: have, done: true}
	merged := s.work.kind.Keep(have, want, resource.Ownership{Wrote: func(string) bool { return false }})
	if wrong := a.amiss(s, have, merged); len(wrong) > 0 {
		r.err = fmt.Errorf("the service accepted it but stored something else at %s", wrong[0].Path)
	}
	return r
}

// amiss lists where a stored object is not as wanted, as far as that can be seen.
func (a *applier) amiss(s *Step, have resource.Object, want resource.Spec) []resource.Change {
	o := a.desired[s.Ref]
	return slices.DeleteFunc(resource.Diff(have.Spec, want), func(c resource.Change) bool {
		return c.Have.Form() == resource.Sealed || fieldIs(o.Kind, c.Path, resource.ServerSet) || a.ignored(o, c.Path)
	})
}
