// Package person is the driver of kinds that only a person at a console can
// change. It makes no call: it knows nothing of the live object and answers
// every change with a work order that waits.
//
// It may import pkg/resource only.
package person

import (
	"context"
	"iter"

	"reconcile/pkg/resource"
)

// Driver hands every change to a person.
type Driver[S any] struct{ kind string }

// New makes the driver of one kind.
func New[S any](kind string) Driver[S] { return Driver[S]{kind} }

// List yields nothing: no interface shows these objects.
func (Driver[S]) List(context.Context) iter.Seq2[resource.Live[S], error] {
	return func(func(resource.Live[S], error) bool) {}
}

// Create waits for a person.
func (d Driver[S]) Create(_ context.Context, name string, want S, _ string) (resource.Live[S], error) {
	return resource.Live[S]{}, d.wait(name, "create", resource.Diff(*new(S), want))
}

// Update waits for a person.
func (d Driver[S]) Update(_ context.Context, have resource.Live[S], _ S, diff []resource.Change) (resource.Live[S], error) {
	return resource.Live[S]{}, d.wait(have.Name, "update", diff)
}

// Delete waits for a person.
func (d Driver[S]) Delete(_ context.Context, have resource.Live[S]) error {
	return d.wait(have.Name, "delete", nil)
}

func (d Driver[S]) wait(name, action string, fields []resource.Change) error {
	ref := resource.Ref{Kind: d.kind, Name: name}
	return resource.Waiting{Order: resource.Order{Ref: ref, Action: action, Fields: fields}}
}
