package adapter

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"

	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
)

// Jobs is the driver of a collection whose objects can be run. It also
// implements resource.Runner.
type Jobs[S any] struct{ *Driver[S] }

// NewJobs makes the driver of jobs.
func NewJobs[S any](client *connect.Client, codec Codec[S]) Jobs[S] {
	return Jobs[S]{New(client, codec)}
}

// Start starts a run. When the answer is lost, the run with this key is looked
// for; a run is never started twice.
//
// api:POST /adapter/v1/jobs/{id}/runs
func (j Jobs[S]) Start(ctx context.Context, have resource.Live[S], key string) (resource.Run, error) {
	key = cmp.Or(key, rand.Text())
	var started run
	_, err := j.client.Do(ctx, connect.Call{
		Method: http.MethodPost, Path: j.path("/{id}/runs"), Args: []string{have.ID},
		Header: http.Header{"Idempotency-Key": {key}}, Out: &started, OK: []int{http.StatusOK, http.StatusCreated},
	})
	if err == nil && (started.ID == "" || started.Status == "" || cmp.Or(started.Key, key) != key) {
		err = fmt.Errorf("%s: the adapter's answer is about something else than a run: %w", j.codec.Collection, connect.ErrUncertain)
	}
	if !errors.Is(err, connect.ErrUncertain) {
		return started.resource(j.client.Line), err
	}
	runs, unread := j.Runs(ctx, have)
	for _, r := range runs {
		if r.Key == key {
			return r, nil
		}
	}
	return resource.Run{}, errors.Join(err, unread)
}

// Runs lists the runs, newest first.
//
// api:GET /adapter/v1/jobs/{id}/runs
func (j Jobs[S]) Runs(ctx context.Context, have resource.Live[S]) ([]resource.Run, error) {
	var list struct {
		Items []run `json:"items"`
	}
	_, err := j.client.Do(ctx, connect.Call{
		Method: http.MethodGet, Path: j.path("/{id}/runs"), Args: []string{have.ID}, Out: &list,
	})
	if err == nil && list.Items == nil {
		err = fmt.Errorf("list the runs of %s %s: the adapter's answer has no items", j.codec.Collection, have.ID)
	}
	var runs []resource.Run
	for _, r := range list.Items {
		runs = append(runs, r.resource(j.client.Line))
	}
	return runs, err
}
