package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"reconcile/pkg/resource"
)

// A scenario is a random history, as data, so that it can be played again and
// again: a first manifest that was applied, changes by hand, objects of others,
// and the manifest that is to be reached.
type scenario struct {
	before, after []object
	hand          []edit
	foreign       []object
}

// object is one element of a random manifest.
type object struct {
	kind, name string
	note       string
	props      map[string]string
	policy     resource.Unlisted
	secret     string
	// needs names objects that a field refers to, or that a task implies.
	needs  []resource.Ref
	absent bool
}

// edit is one change by hand of a live object, if it exists.
type edit struct {
	ref    resource.Ref
	remove bool
	value  string
}

var (
	randomNames  = []string{"a", "b", "c"}
	randomValues = []string{"x", "y", "z"}
	randomProps  = []string{"p", "q", "r.s", "t/u"}
)

func drawScenario(t *rapid.T) scenario {
	return scenario{
		before:  drawManifest(t, "before"),
		after:   drawManifest(t, "after"),
		hand:    rapid.SliceOfN(rapid.Custom(drawEdit), 0, 3).Draw(t, "hand"),
		foreign: drawForeign(t),
	}
}

func drawManifest(t *rapid.T, label string) []object {
	var all []object
	for _, kind := range []string{"Account", "Box", "Task"} {
		names := rapid.Permutation(randomNames).Draw(t, label+" names")
		for _, name := range names[:rapid.IntRange(0, 3).Draw(t, label+" "+kind)] {
			all = append(all, drawObject(t, kind, name, all))
		}
	}
	// The order of a file says nothing.
	return rapid.Permutation(all).Draw(t, label+" order")
}

func drawObject(t *rapid.T, kind, name string, earlier []object) object {
	o := object{
		kind: kind, name: name,
		note:   rapid.SampledFrom(append(randomValues, "")).Draw(t, "note"),
		secret: rapid.SampledFrom(append(randomValues, "")).Draw(t, "secret"),
		policy: rapid.SampledFrom([]resource.Unlisted{"", resource.UnlistedKeep, resource.UnlistedRemove}).Draw(t, "policy"),
		props:  rapid.MapOfN(rapid.SampledFrom(randomProps), rapid.SampledFrom(append(randomValues, "null")), 0, 3).Draw(t, "props"),
		absent: kind != "Task" && rapid.IntRange(0, 9).Draw(t, "absent") == 0,
	}
	for _, e := range earlier {
		if !e.absent && !o.absent && rapid.IntRange(0, 2).Draw(t, "needs") == 0 {
			o.needs = append(o.needs, ref(e.kind, e.name))
		}
	}
	return o
}

func drawEdit(t *rapid.T) edit {
	return edit{
		ref:    ref(rapid.SampledFrom([]string{"Account", "Box", "Task"}).Draw(t, "kind"), rapid.SampledFrom(randomNames).Draw(t, "name")),
		remove: rapid.Bool().Draw(t, "remove"),
		value:  rapid.SampledFrom(randomValues).Draw(t, "value"),
	}
}

func drawForeign(t *rapid.T) []object {
	var all []object
	for _, name := range randomNames {
		if rapid.IntRange(0, 3).Draw(t, "foreign") == 0 {
			kind := rapid.SampledFrom([]string{"Account", "Box"}).Draw(t, "kind")
			all = append(all, drawObject(t, kind, name, nil))
		}
	}
	return all
}

// value draws nothing: "" is not managed.
func value(s string) resource.Value {
	if s == "" {
		return resource.Value{}
	}
	return text(s)
}

func (o object) ref() resource.Ref { return ref(o.kind, o.name) }

// outputs names what an object refers to: one output of each object it needs.
func (o object) outputs() map[string]resource.Value {
	refs := map[string]resource.Value{}
	for _, r := range o.needs {
		if r.Kind == "Account" {
			refs["of "+r.String()] = resource.Output(r, "id")
		}
	}
	return refs
}

func (o object) desired(w *world) Desired {
	meta := func(m *resource.Meta) {
		if o.absent {
			m.State = "absent"
		}
	}
	switch o.kind {
	case "Account":
		s := accountSpec{Role: value(o.note)}
		if o.secret != "" {
			s.Secret = hidden("secret "+o.secret, "SECRET_"+o.secret).WithLabel(o.secret)
		}
		refs := o.outputs()
		for _, name := range slices.Sorted(maps.Keys(refs)) {
			s.Other = refs[name]
		}
		return w.account(o.name, s, meta)
	case "Box":
		return w.box(o.name, o.box(), meta)
	default:
		return w.task(o.name, taskSpec{Every: value(o.note), Runs: o.name != "c", Needs: o.needs}, meta)
	}
}

func (o object) box() boxSpec {
	s := boxSpec{Type: text("T"), Note: value(o.note), Properties: resource.Properties{}, Unlisted: o.policy}
	if o.secret != "" {
		s.Password = hidden("secret "+o.secret, "SECRET_"+o.secret)
		s.Tags = resource.Set{o.secret, "all"}
	}
	for name, v := range o.props {
		s.Properties[name] = text(v)
		if v == "null" {
			s.Properties[name] = resource.Nothing()
		}
	}
	maps.Copy(s.Properties, o.outputs())
	return s
}

func desired(w *world, objects []object) manifest {
	var m manifest
	for _, o := range objects {
		m = append(m, o.desired(w))
	}
	return m
}

var generous = Policy{Prune: true, Adopt: true}

// play brings a new world to where the second manifest is to be applied.
func (s scenario) play(t tester) *world {
	w := newWorld()
	// One by one, so that the service gives the same ids each time.
	w.apply(t, w.plan(t, desired(w, s.before), generous), Options{Parallelism: 1})
	for _, o := range s.foreign {
		// What is not ours cannot be deleted; that has its own test.
		if !slices.ContainsFunc(s.after, func(a object) bool { return a.absent && a.ref() == o.ref() }) {
			w.foreignObject(o)
		}
	}
	for _, e := range s.hand {
		w.hand(e)
	}
	w.heal()
	w.history = nil
	return w
}

func (w *world) foreignObject(o object) {
	if w.exists(o.ref()) {
		return
	}
	if o.kind == "Account" {
		w.foreignAccount(o.name, accountSpec{Role: text(o.note), Secret: text(o.secret)})
		return
	}
	s := o.box()
	s.Properties["theirs"] = text("stays")
	w.foreignBox(o.name, s)
}

func (w *world) hand(e edit) {
	if !w.exists(e.ref) {
		return
	}
	switch {
	case e.ref.Kind == "Box" && e.remove:
		delete(w.boxes.stored, e.ref.Name)
	case e.ref.Kind == "Box":
		w.editBox(e.ref.Name, func(s *boxSpec) { s.Note, s.Properties["p"] = text(e.value), text(e.value) })
	case e.ref.Kind == "Account" && e.remove:
		w.accounts.stored = slices.DeleteFunc(w.accounts.stored, func(s *storedAccount) bool { return s.name == e.ref.Name })
	case e.ref.Kind == "Account":
		for _, s := range w.accounts.stored {
			if s.name == e.ref.Name {
				s.spec.Role = text(e.value)
			}
		}
	case e.remove:
		delete(w.tasks.stored, e.ref.Name)
	}
}

// existing counts the live objects of each name.
func (w *world) existing() map[resource.Ref]int {
	all := map[resource.Ref]int{}
	for name := range w.boxes.stored {
		all[ref("Box", name)]++
	}
	for _, s := range w.accounts.stored {
		all[ref("Account", s.name)]++
	}
	for name := range w.tasks.stored {
		all[ref("Task", name)]++
	}
	return all
}

func (w *world) exists(r resource.Ref) bool { return w.existing()[r] > 0 }

// reached checks everything that must hold once the manifest is applied; last is
// the run that did it.
func (w *world) reached(t tester, m manifest, last Plan) {
	t.Helper()
	l := w.ledger(t)
	live := w.existing()
	for r, n := range live {
		if n > 1 {
			t.Errorf("%s exists %d times", r, n)
		}
	}
	inManifest := map[resource.Ref]bool{}
	for _, o := range m {
		inManifest[o.Ref] = true
		present := o.Meta.State != "absent"
		if live[o.Ref] > 0 != present {
			t.Errorf("%s: exists %v, want %v", o.Ref, !present, present)
		}
		if e := l.Entry(o.Ref); e.Owned != present {
			t.Errorf("%s: the ledger says owned %v, want %v", o.Ref, e.Owned, present)
		}
	}
	for _, r := range l.Refs() {
		switch e := l.Entry(r); {
		case !inManifest[r]:
			t.Errorf("%s is in the ledger and not in the manifest", r)
		case e.Intent != nil:
			t.Errorf("%s: an intent is left open: %v", r, *e.Intent)
		case e.Owed:
			t.Errorf("%s: a run is still owed", r)
		}
	}
	// A run with nothing to do writes nothing, also not what it could have learnt.
	if !last.Empty() {
		w.remembers(t, l, m)
	}
	w.ran(t, m)
}

// remembers checks that the ledger knows exactly what was written.
func (w *world) remembers(t tester, l *Ledger, m manifest) {
	t.Helper()
	plan, err := Make(t.Context(), w.request(l, m, generous))
	if err != nil {
		t.Fatalf("make: %v", err)
	}
	for _, s := range plan.Steps {
		if s.work.want == nil || s.work.have == nil {
			continue
		}
		wrote := map[string]string{}
		for path, v := range resource.Paths(s.work.want) {
			wrote[path] = l.Fingerprint(v)
		}
		have := l.Entry(s.Ref).Wrote
		if !maps.Equal(have, wrote) {
			t.Errorf("%s: the ledger remembers %v, want %v", s.Ref, have, wrote)
		}
	}
}

// ran checks that each task ran after the last change of what it needs, and that
// no announced run was started twice.
func (w *world) ran(t tester, m manifest) {
	t.Helper()
	needs := requirements(m)
	for _, o := range m {
		if !o.Kind.RunsAfterChange(o.Spec) {
			continue
		}
		changed, run := -1, slices.Index(w.history, "run "+o.String())
		for i, h := range w.history {
			action, name, _ := strings.Cut(h, " ")
			r, _ := resource.ParseRef(name)
			switch {
			case action == "run" && r == o.Ref:
				run = i
			case action != "delete" && action != "run" && closure(o.Ref, needs)[r]:
				changed = i
			}
		}
		if changed > run {
			t.Errorf("%s did not run after the last change: %v", o.Ref, w.history)
		}
		w.ranOnce(t, o.Name)
	}
}

func (w *world) ranOnce(t tester, task string) {
	t.Helper()
	keys := map[string]bool{}
	for _, r := range w.tasks.runs[task] {
		if keys[r.Key] {
			t.Errorf("Task/%s: the run with key %s was started twice", task, r.Key)
		}
		keys[r.Key] = true
	}
}

func (s scenario) String() string {
	return fmt.Sprintf("before %v\nafter %v\nhand %v\nforeign %v", s.before, s.after, s.hand, s.foreign)
}
