package reconcile

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
)

// A task is a job: it runs after something it needs has changed.

type taskSpec struct {
	Target resource.Value `json:"target"`
	Every  resource.Value `json:"every"`
	Runs   bool           `json:"runs"`
	Needs  []resource.Ref `json:"needs"`
}

func taskKind() resource.Definition[taskSpec] {
	return resource.Definition[taskSpec]{
		Kind: "Task", Section: "tasks", Doc: "A task.",
		Normalize:       func(_ string, s taskSpec) taskSpec { return s },
		Implied:         func(s taskSpec) []resource.Ref { return s.Needs },
		RunsAfterChange: func(s taskSpec) bool { return s.Runs },
	}
}

type tasks struct {
	world  *world
	stored map[string]taskSpec
	runs   map[string][]resource.Run
	// ends is after how many looks a run is done; fails makes it end badly.
	ends  int
	looks int
	fails bool
}

func (k *tasks) live(name string) resource.Live[taskSpec] {
	return resource.Live[taskSpec]{Name: name, ID: "task-" + name, Spec: k.stored[name]}
}

func (k *tasks) List(context.Context) iter.Seq2[resource.Live[taskSpec], error] {
	return func(yield func(resource.Live[taskSpec], error) bool) {
		var all []resource.Live[taskSpec]
		err := k.world.read(func() {
			for _, name := range slices.Sorted(maps.Keys(k.stored)) {
				all = append(all, k.live(name))
			}
		})
		yieldAll(k.world, all, err, yield)
	}
}

func (k *tasks) put(name string, want taskSpec) {
	if k.stored == nil {
		k.stored = map[string]taskSpec{}
	}
	k.stored[name] = taskSpec{Target: want.Target, Every: want.Every}
}

func (k *tasks) Create(_ context.Context, name string, want taskSpec, _ string) (live resource.Live[taskSpec], err error) {
	err = k.world.write("create Task/"+name, func() error {
		if _, taken := k.stored[name]; taken {
			return connect.ErrConflict
		}
		k.put(name, want)
		live = k.live(name)
		return nil
	})
	return live, err
}

func (k *tasks) Update(_ context.Context, have resource.Live[taskSpec], want taskSpec, _ []resource.Change) (live resource.Live[taskSpec], err error) {
	err = k.world.write("update Task/"+have.Name, func() error {
		k.put(have.Name, want)
		live = k.live(have.Name)
		return nil
	})
	return live, err
}

func (k *tasks) Delete(_ context.Context, have resource.Live[taskSpec]) error {
	return k.world.write("delete Task/"+have.Name, func() error { delete(k.stored, have.Name); return nil })
}

// Start makes a new run each time: it ignores the key, so that a second start of
// one announced run shows.
func (k *tasks) Start(_ context.Context, have resource.Live[taskSpec], key string) (run resource.Run, err error) {
	err = k.world.write("run Task/"+have.Name, func() error {
		if k.runs == nil {
			k.runs = map[string][]resource.Run{}
		}
		run = resource.Run{ID: fmt.Sprint("run-", len(k.runs[have.Name])+1), Key: key, Status: "running"}
		k.finish(&run)
		k.runs[have.Name] = append([]resource.Run{run}, k.runs[have.Name]...)
		return nil
	})
	return run, err
}

// Runs lists the runs; each look brings them nearer to their end.
func (k *tasks) Runs(_ context.Context, have resource.Live[taskSpec]) (runs []resource.Run, err error) {
	err = k.world.read(func() {
		k.looks++
		runs = slices.Clone(k.runs[have.Name])
		for i := range runs {
			k.finish(&runs[i])
		}
	})
	return runs, err
}

// finish ends a run that was looked at often enough.
func (k *tasks) finish(run *resource.Run) {
	switch {
	case k.looks < k.ends:
	case k.fails:
		run.Done, run.Status, run.Detail = true, "Failed", "no such backend"
	default:
		run.Done, run.OK, run.Status, run.Users, run.Groups = true, true, "Completed", 3, 2
	}
}
