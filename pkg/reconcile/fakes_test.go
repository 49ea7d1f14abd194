package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
)

// A box is a plain object: properties, a secret that can be read back, versions.

type boxSpec struct {
	Type       resource.Value      `json:"type"`
	Note       resource.Value      `json:"note"`
	Password   resource.Value      `json:"password"`
	Stamp      resource.Value      `json:"stamp"`
	Tags       resource.Set        `json:"tags"`
	Properties resource.Properties `json:"properties"`
	Unlisted   resource.Unlisted   `json:"unlisted"`
}

func boxKind() resource.Definition[boxSpec] {
	return resource.Definition[boxSpec]{
		Kind: "Box", Section: "boxes", Doc: "A box.", Outputs: []string{"note"},
		Normalize: func(_ string, s boxSpec) boxSpec { s.Password = s.Password.Private(); return s },
		Keep:      keepBox,
		Fields: []resource.Field{
			{Path: "/type", Class: resource.Immutable},
			{Path: "/stamp", Class: resource.ServerSet},
			{Path: "/properties/trace*", Class: resource.SelfResetting, Resets: "off", Reason: "it switches itself off"},
		},
		Output: func(_ string, have *resource.Live[boxSpec], want *boxSpec) resource.Value {
			switch {
			case want != nil && want.Note.IsSet():
				return want.Note
			case have != nil:
				return have.Spec.Note
			}
			return resource.Value{}
		},
	}
}

// keepBox has the policy of a destination: what is unlisted goes, except from an
// object that was only taken over.
func keepBox(have, want boxSpec, own resource.Ownership) boxSpec {
	out := resource.Fill(have, want)
	policy := want.Unlisted
	if policy == resource.UnlistedDefault && !own.Owned {
		policy = resource.UnlistedKeep
	}
	if want.Properties != nil {
		wrote := func(name string) bool { return own.Wrote("/properties/" + resource.EscapePointer(name)) }
		out.Properties = resource.KeepProperties(have.Properties, want.Properties, policy, wrote)
	}
	return out
}

type storedBox struct {
	spec    boxSpec
	version int
}

// boxes is the boxes' service and its driver in one.
type boxes struct {
	world  *world
	stored map[string]*storedBox
	// spoils changes what is stored, as a service does that mis-stores.
	spoils func(boxSpec) boxSpec
	// refuses answers a write of an object with an error.
	refuses map[string]error
	made    map[string]int
}

func (b *boxes) live(name string) resource.Live[boxSpec] {
	s := b.stored[name]
	spec := s.spec
	spec.Properties = maps.Clone(spec.Properties)
	return resource.Live[boxSpec]{Name: name, Version: fmt.Sprint(s.version), Spec: spec}
}

func (b *boxes) List(context.Context) iter.Seq2[resource.Live[boxSpec], error] {
	return func(yield func(resource.Live[boxSpec], error) bool) {
		var all []resource.Live[boxSpec]
		err := b.world.read(func() {
			for _, name := range slices.Sorted(maps.Keys(b.stored)) {
				all = append(all, b.live(name))
			}
		})
		yieldAll(b.world, all, err, yield)
	}
}

// yieldAll yields all objects in the order that the world is set to.
func yieldAll[S any](w *world, all []resource.Live[S], err error, yield func(resource.Live[S], error) bool) {
	if err != nil {
		yield(resource.Live[S]{}, err)
		return
	}
	if w.reversed {
		slices.Reverse(all)
	}
	for _, l := range all {
		if !yield(l, nil) {
			return
		}
	}
}

func (b *boxes) Create(_ context.Context, name string, want boxSpec, _ string) (resource.Live[boxSpec], error) {
	err := b.world.write("create Box/"+name, func() error {
		if b.stored[name] != nil {
			return connect.ErrConflict
		}
		if b.made == nil {
			b.made = map[string]int{}
		}
		b.made[name]++
		return b.put(name, want)
	})
	return b.resolved(name, want, err)
}

func (b *boxes) Update(_ context.Context, have resource.Live[boxSpec], want boxSpec, _ []resource.Change) (resource.Live[boxSpec], error) {
	err := b.world.write("update Box/"+have.Name, func() error {
		if s := b.stored[have.Name]; s == nil || fmt.Sprint(s.version) != have.Version {
			return connect.ErrPrecondition
		}
		return b.put(have.Name, want)
	})
	return b.resolved(have.Name, want, err)
}

// put stores what a service would store: secrets as text, nothing absent.
func (b *boxes) put(name string, want boxSpec) error {
	if err := b.refuses[name]; err != nil {
		return err
	}
	spec := resource.Map(want, func(_ string, v resource.Value) resource.Value {
		if !v.IsSet() || v.Form() == resource.Absent {
			return resource.Value{}
		}
		return resource.Text(v.Reveal())
	})
	for path, v := range spec.Properties {
		if !v.IsSet() {
			delete(spec.Properties, path)
		}
	}
	version := 1
	if old := b.stored[name]; old != nil {
		version = old.version + 1
	}
	spec.Stamp, spec.Unlisted = resource.Text(fmt.Sprint("stamp ", version)), ""
	if b.spoils != nil {
		spec = b.spoils(spec)
	}
	b.stored[name] = &storedBox{spec, version}
	return nil
}

// resolved finds out by reading what became of a write without an answer.
func (b *boxes) resolved(name string, want boxSpec, err error) (resource.Live[boxSpec], error) {
	var live resource.Live[boxSpec]
	readErr := b.world.read(func() {
		if b.stored[name] != nil {
			live = b.live(name)
		}
	})
	switch {
	case err == nil, readErr != nil:
		return live, cmp.Or(err, readErr)
	case !strings.Contains(err.Error(), errLost.Error()):
		return live, err
	case live.Name == "" || !matchesWant(live.Spec, want):
		return live, fmt.Errorf("it did not happen: %w", connect.ErrUnreachable)
	}
	return live, nil
}

// matchesWant compares all that is wanted with what is stored.
func matchesWant(have, want boxSpec) bool {
	paths := resource.Paths(have)
	for path, v := range resource.Paths(want) {
		if path != "/stamp" && !paths[path].Equal(v) {
			return false
		}
	}
	return true
}

func (b *boxes) Delete(_ context.Context, have resource.Live[boxSpec]) error {
	return b.world.write("delete Box/"+have.Name, func() error {
		if err := b.refuses[have.Name]; err != nil {
			return err
		}
		delete(b.stored, have.Name)
		return nil
	})
}

// bulkBoxes is the same service with a call that creates many.
type bulkBoxes struct{ *boxes }

func (b bulkBoxes) CreateAll(ctx context.Context, wants []resource.Named[boxSpec]) []resource.Result[boxSpec] {
	results := make([]resource.Result[boxSpec], len(wants))
	err := b.world.write(fmt.Sprintf("create %d boxes", len(wants)), func() error {
		for i, n := range wants {
			if b.stored[n.Name] != nil {
				results[i].Err = connect.ErrConflict
				continue
			}
			if results[i].Err = b.put(n.Name, n.Want); results[i].Err == nil {
				results[i].Live = b.live(n.Name)
			}
		}
		return nil
	})
	for i := range results {
		results[i].Err = cmp.Or(results[i].Err, err)
	}
	return results
}

func (b bulkBoxes) UpdateAll(_ context.Context, edits []resource.Edit[boxSpec]) []resource.Result[boxSpec] {
	results := make([]resource.Result[boxSpec], len(edits))
	err := b.world.write(fmt.Sprintf("update %d boxes", len(edits)), func() error {
		for i, e := range edits {
			if s := b.stored[e.Have.Name]; s == nil || fmt.Sprint(s.version) != e.Have.Version {
				results[i].Err = connect.ErrPrecondition
				continue
			}
			if results[i].Err = b.put(e.Have.Name, e.Want); results[i].Err == nil {
				results[i].Live = b.live(e.Have.Name)
			}
		}
		return nil
	})
	for i := range results {
		results[i].Err = cmp.Or(results[i].Err, err)
	}
	return results
}
