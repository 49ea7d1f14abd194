// Package person is the way on which a person at a console does what no interface
// can: the driver that knows nothing of the live object and lets every change
// wait, the runbook that collects the work orders of one run, and the reports
// that come back, with the readers of their files.
//
// It makes no call. It may import pkg/resource and what lies below.
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
func (d Driver[S]) Create(_ context.Context, name string, _ S, _ string) (resource.Live[S], error) {
	return resource.Live[S]{}, d.wait(name, "create")
}

// Update waits for a person.
func (d Driver[S]) Update(_ context.Context, have resource.Live[S], _ S, _ []resource.Change) (resource.Live[S], error) {
	return resource.Live[S]{}, d.wait(have.Name, "update")
}

// Delete waits for a person.
func (d Driver[S]) Delete(_ context.Context, have resource.Live[S]) error {
	return d.wait(have.Name, "delete")
}

func (d Driver[S]) wait(name, action string) error {
	return resource.Waiting{Order: resource.Order{Ref: resource.Ref{Kind: d.kind, Name: name}, Action: action}}
}
