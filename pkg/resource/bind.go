package resource

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"time"
)

// Bind joins the pure half of a kind with its remote half. driver may be nil:
// the kind then validates and makes schemas, and every call is ErrOffline.
func Bind[S any](definition Definition[S], way Way, driver Driver[S]) Kind {
	return bound[S]{definition, way, driver}
}

type bound[S any] struct {
	def    Definition[S]
	way    Way
	driver Driver[S]
}

func (b bound[S]) Name() string      { return b.def.Kind }
func (b bound[S]) Section() string   { return b.def.Section }
func (b bound[S]) Doc() string       { return b.def.Doc }
func (b bound[S]) Way() Way          { return b.way }
func (b bound[S]) Zero() Spec        { var zero S; return zero }
func (b bound[S]) Outputs() []string { return b.def.Outputs }
func (b bound[S]) Protected() bool   { return b.def.Protected }
func (b bound[S]) Renames() bool     { return b.def.Renames }
func (b bound[S]) Fields() []Field   { return b.def.Fields }

func (b bound[S]) SecretsAppear() bool { return b.def.SecretsAppear }

func (b bound[S]) Bulk() bool {
	_, ok := b.driver.(Bulk[S])
	return ok
}

// element joins what every list element may say with the kind's own fields.
type element struct{ Meta }

func (b bound[S]) Decode(raw []byte) (Meta, Spec, error) {
	var e element
	var s S
	if err := json.Unmarshal(raw, &e); err != nil {
		return e.Meta, nil, err
	}
	// Not sigs.k8s.io/yaml: it turns 1.0 into 1, and values are kept letter by letter.
	if err := json.Unmarshal(raw, &s); err != nil {
		return e.Meta, nil, err
	}
	return e.Meta, s, nil
}

func (b bound[S]) Identity(name string, s Spec) string {
	if b.def.Name == nil {
		return name
	}
	return b.def.Name(name, s.(S))
}

// Normalize hides, in every field of every kind, what is a secret by its look: a
// console or another tool may have written one wherever text can stand.
func (b bound[S]) Normalize(name string, s Spec) Spec {
	spec := b.def.Normalize(name, s.(S))
	secrets := false
	visit(reflect.ValueOf(spec), "", func(_ string, v Value) { secrets = secrets || v.Discreet().form != v.form })
	if !secrets {
		return spec
	}
	return Map(spec, func(_ string, v Value) Value { return v.Discreet() })
}

func (b bound[S]) Validate(name string, s Spec, scope Scope) []Fault {
	if b.def.Validate == nil {
		return nil
	}
	return b.def.Validate(name, s.(S), scope)
}

func (b bound[S]) Mentions(s Spec) map[string]Ref {
	if b.def.Mentions == nil {
		return nil
	}
	return b.def.Mentions(s.(S))
}

func (b bound[S]) Implied(s Spec) []Ref {
	if b.def.Implied == nil {
		return nil
	}
	return b.def.Implied(s.(S))
}

func (b bound[S]) Map(s Spec, visit func(path string, v Value) Value) Spec {
	return Map(s.(S), visit)
}

func (b bound[S]) Keep(have Object, want Spec, own Ownership) Spec {
	if b.def.Keep == nil {
		return Fill(have.Spec.(S), want.(S))
	}
	return b.def.Keep(have.Spec.(S), want.(S), own)
}

func (b bound[S]) Output(output string, have *Object, want Spec) Value {
	if b.def.Output == nil {
		return Value{}
	}
	var live *Live[S]
	if have != nil {
		typed := b.typed(*have)
		live = &typed
	}
	if want == nil {
		return b.def.Output(output, live, nil)
	}
	s := want.(S)
	return b.def.Output(output, live, &s)
}

func (b bound[S]) Logins(s Spec, scope Scope) []Login { return logins(b.def.Logins, s, scope) }

func (b bound[S]) Resends(diff []Change) bool { return b.def.Resends != nil && b.def.Resends(diff) }

func (b bound[S]) RunsAfterChange(s Spec) bool {
	return b.def.RunsAfterChange != nil && b.def.RunsAfterChange(s.(S))
}

func (b bound[S]) NextRun(s Spec, after time.Time) time.Time {
	typed, ok := s.(S)
	if b.def.NextRun == nil || !ok {
		return time.Time{}
	}
	return b.def.NextRun(typed, after)
}

func (b bound[S]) Identify(want Spec, id string) Spec {
	if b.def.Identify == nil || id == "" {
		return want
	}
	return b.def.Identify(want.(S), id)
}

func (b bound[S]) Order(name, action string, want Spec, changes []Change, scope Scope) Order {
	var order Order
	if b.def.Order != nil {
		w := Work[S]{Name: name, Action: action, Changes: changes, Scope: scope}
		w.Want, _ = want.(S)
		order = b.def.Order(w)
	}
	order.Ref, order.Action = Ref{Kind: b.def.Kind, Name: name}, action
	return order
}

func (b bound[S]) Export(data []byte) (Object, error) {
	if b.def.Export == nil {
		return Object{}, ErrNoExport
	}
	live, err := b.def.Export(data)
	if err != nil {
		return Object{}, err
	}
	return b.erased(live), nil
}

func (b bound[S]) typed(o Object) Live[S] {
	return Live[S]{Name: o.Name, ID: o.ID, Version: o.Version, Key: o.Key, Spec: o.Spec.(S)}
}

func (b bound[S]) erased(l Live[S]) Object {
	spec := b.Normalize(l.Name, l.Spec)
	return Object{Name: l.Name, ID: l.ID, Version: l.Version, Key: l.Key, Spec: spec}
}

func (b bound[S]) List(ctx context.Context) ([]Object, error) {
	if b.driver == nil {
		return nil, ErrOffline
	}
	var objects []Object
	for live, err := range b.driver.List(ctx) {
		if err != nil {
			return objects, err
		}
		objects = append(objects, b.erased(live))
	}
	return objects, nil
}

func (b bound[S]) Create(ctx context.Context, name string, want Spec, key string) (Object, error) {
	if b.driver == nil {
		return Object{}, ErrOffline
	}
	live, err := b.driver.Create(ctx, name, want.(S), key)
	return b.erased(live), err
}

func (b bound[S]) CreateAll(ctx context.Context, names []string, wants []Spec) ([]Object, []error) {
	batch := make([]Named[S], len(names))
	for i, name := range names {
		batch[i] = Named[S]{Name: name, Want: wants[i].(S)}
	}
	bulk, ok := b.driver.(Bulk[S])
	if !ok {
		return make([]Object, len(names)), slices.Repeat([]error{ErrOffline}, len(names))
	}
	return b.results(bulk.CreateAll(ctx, batch))
}

func (b bound[S]) UpdateAll(ctx context.Context, haves []Object, wants []Spec) ([]Object, []error) {
	batch := make([]Edit[S], len(haves))
	for i, have := range haves {
		batch[i] = Edit[S]{Have: b.typed(have), Want: wants[i].(S)}
	}
	bulk, ok := b.driver.(Bulk[S])
	if !ok {
		return make([]Object, len(haves)), slices.Repeat([]error{ErrOffline}, len(haves))
	}
	return b.results(bulk.UpdateAll(ctx, batch))
}

func (b bound[S]) results(all []Result[S]) ([]Object, []error) {
	objects, errs := make([]Object, len(all)), make([]error, len(all))
	for i, result := range all {
		objects[i], errs[i] = b.erased(result.Live), result.Err
	}
	return objects, errs
}

func (b bound[S]) Update(ctx context.Context, have Object, want Spec, diff []Change) (Object, error) {
	if b.driver == nil {
		return Object{}, ErrOffline
	}
	live, err := b.driver.Update(ctx, b.typed(have), want.(S), diff)
	return b.erased(live), err
}

func (b bound[S]) Delete(ctx context.Context, have Object) error {
	if b.driver == nil {
		return ErrOffline
	}
	return b.driver.Delete(ctx, b.typed(have))
}

func (b bound[S]) Start(ctx context.Context, have Object, key string) (Run, error) {
	runner, ok := b.driver.(Runner[S])
	if !ok {
		return Run{}, ErrOffline
	}
	return runner.Start(ctx, b.typed(have), key)
}

func (b bound[S]) Runs(ctx context.Context, have Object) ([]Run, error) {
	runner, ok := b.driver.(Runner[S])
	if !ok {
		return nil, ErrOffline
	}
	return runner.Runs(ctx, b.typed(have))
}
