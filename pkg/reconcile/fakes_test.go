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
	"reconcile/pkg/secret"
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

// An account has a sealed secret, an id made by the service, outputs, and
// creates that are recognised by their key. Names need not be unique, so that a
// create that is repeated without need shows.

type accountSpec struct {
	Role   resource.Value `json:"role"`
	Secret resource.Value `json:"secret"`
	Other  resource.Value `json:"other"`
}

func accountKind() resource.Definition[accountSpec] {
	return resource.Definition[accountSpec]{
		Kind: "Account", Section: "accounts", Doc: "An account.", Outputs: []string{"id", "secret"},
		SecretsAppear: true,
		Normalize:     func(_ string, s accountSpec) accountSpec { s.Secret = s.Secret.Private(); return s },
		Output: func(output string, have *resource.Live[accountSpec], want *accountSpec) resource.Value {
			switch {
			case output == "id" && have != nil:
				return resource.Text(have.ID)
			case output == "secret" && want != nil:
				return want.Secret
			}
			return resource.Value{}
		},
	}
}

type storedAccount struct {
	name, id, key string
	spec          accountSpec
}

type accounts struct {
	world  *world
	stored []*storedAccount
	ids    int
	// mute does not tell the key in lists.
	mute bool
}

func (a *accounts) find(id string) *storedAccount {
	for _, s := range a.stored {
		if s.id == id {
			return s
		}
	}
	return nil
}

// live seals the secret: the service never returns it.
func (a *accounts) live(s *storedAccount) resource.Live[accountSpec] {
	spec := s.spec
	if spec.Secret.IsSet() {
		spec.Secret = resource.Seal()
	}
	l := resource.Live[accountSpec]{Name: s.name, ID: s.id, Key: s.key, Spec: spec}
	if a.mute {
		l.Key = ""
	}
	return l
}

func (a *accounts) List(context.Context) iter.Seq2[resource.Live[accountSpec], error] {
	return func(yield func(resource.Live[accountSpec], error) bool) {
		var all []resource.Live[accountSpec]
		err := a.world.read(func() {
			for _, s := range a.stored {
				all = append(all, a.live(s))
			}
		})
		yieldAll(a.world, all, err, yield)
	}
}

func (a *accounts) Create(_ context.Context, name string, want accountSpec, key string) (live resource.Live[accountSpec], err error) {
	if a.world.person {
		return live, a.waits(name, Create)
	}
	err = a.world.write("create Account/"+name, func() error {
		for _, s := range a.stored {
			if key != "" && s.key == key {
				live = a.live(s)
				return nil
			}
		}
		a.ids++
		s := &storedAccount{name: name, id: fmt.Sprint("id-", a.ids), key: key}
		a.put(s, want)
		a.stored = append(a.stored, s)
		live = a.live(s)
		return nil
	})
	return live, err
}

func (a *accounts) waits(name string, action Action) error {
	return resource.Waiting{Order: resource.Order{Ref: ref("Account", name), Action: string(action)}}
}

// put stores texts; a sealed value means that the secret stays.
func (a *accounts) put(s *storedAccount, want accountSpec) {
	old := s.spec
	s.spec = resource.Map(want, func(_ string, v resource.Value) resource.Value {
		if !v.IsSet() || v.Form() == resource.Absent {
			return resource.Value{}
		}
		return resource.Text(v.Reveal())
	})
	if want.Secret.Form() == resource.Sealed {
		s.spec.Secret = old.Secret
	}
}

func (a *accounts) Update(_ context.Context, have resource.Live[accountSpec], want accountSpec, _ []resource.Change) (live resource.Live[accountSpec], err error) {
	if a.world.person {
		return live, a.waits(have.Name, Update)
	}
	err = a.world.write("update Account/"+have.Name, func() error {
		s := a.find(have.ID)
		if s == nil {
			return connect.ErrNotFound
		}
		a.put(s, want)
		live = a.live(s)
		return nil
	})
	return live, err
}

func (a *accounts) Delete(_ context.Context, have resource.Live[accountSpec]) error {
	return a.world.write("delete Account/"+have.Name, func() error {
		a.stored = slices.DeleteFunc(a.stored, func(s *storedAccount) bool { return s.id == have.ID })
		return nil
	})
}

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

// Shorthands to write down what a test wants.

func text(s string) resource.Value { return resource.Text(s) }

// hidden is a secret as Lookup leaves it.
func hidden(text, env string) resource.Value {
	return resource.Hidden(secret.New(text), secret.Ref{Env: env})
}

func output(kind, name, output string) resource.Value {
	return resource.Output(resource.Ref{Kind: kind, Name: name}, output)
}

func props(pairs ...string) resource.Properties {
	p := resource.Properties{}
	for i := 0; i < len(pairs); i += 2 {
		p[pairs[i]] = resource.Text(pairs[i+1])
	}
	return p
}

func ref(kind, name string) resource.Ref { return resource.Ref{Kind: kind, Name: name} }

func at(string) resource.Position { return resource.Position{File: "m.yaml", Line: 3, Col: 5} }

func want(w *world, kind, name string, spec resource.Spec, meta ...func(*resource.Meta)) Desired {
	d := Desired{Ref: ref(kind, name), Meta: resource.Meta{Name: name}, At: at}
	for _, k := range w.kinds() {
		if k.Name() == kind {
			d.Kind = k
		}
	}
	for _, change := range meta {
		change(&d.Meta)
	}
	d.Spec = d.Kind.Normalize(name, spec)
	return d
}

func (w *world) box(name string, s boxSpec, meta ...func(*resource.Meta)) Desired {
	return want(w, "Box", name, s, meta...)
}

func (w *world) account(name string, s accountSpec, meta ...func(*resource.Meta)) Desired {
	return want(w, "Account", name, s, meta...)
}

func (w *world) task(name string, s taskSpec, meta ...func(*resource.Meta)) Desired {
	return want(w, "Task", name, s, meta...)
}

func absent(m *resource.Meta)    { m.State = "absent" }
func adopt(m *resource.Meta)     { m.Adopt = true }
func unmanaged(m *resource.Meta) { no := false; m.Manage = &no }

func protect(yes bool) func(*resource.Meta) { return func(m *resource.Meta) { m.Protect = &yes } }

func ignore(path, until string) func(*resource.Meta) {
	return func(m *resource.Meta) {
		m.Ignore = append(m.Ignore, resource.Ignore{Path: path, Reason: "known", Until: until})
	}
}

// foreignBox puts a box that somebody else made.
func (w *world) foreignBox(name string, s boxSpec) {
	_ = w.boxes.put(name, s)
}

func (w *world) foreignAccount(name string, s accountSpec) {
	w.accounts.ids++
	stored := &storedAccount{name: name, id: fmt.Sprint("id-", w.accounts.ids), key: "their key"}
	w.accounts.put(stored, s)
	w.accounts.stored = append(w.accounts.stored, stored)
}

// editBox changes a live box by hand.
func (w *world) editBox(name string, change func(*boxSpec)) {
	s := w.boxes.stored[name]
	change(&s.spec)
	s.version++
}
