package adapter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"reconcile/pkg/resource"
)

// item is one resource as the contract answers it. Secrets are never answered.
type item struct {
	ID      string          `json:"id"`
	Version string          `json:"version"`
	System  json.RawMessage `json:"system"`
	Key     string          `json:"idempotencyKey"`
}

// ErrNoName is the answer to a document that does not say what it is about.
var ErrNoName = errors.New("the document has no name")

// Document reads the document of a resource for a codec. noun is what errors call
// it, named reports whether it says which one it is.
func Document[D any](noun string, system json.RawMessage, named func(D) bool) (D, error) {
	var d D
	if err := json.Unmarshal(system, &d); err != nil {
		return d, fmt.Errorf("%s: %w", noun, err)
	}
	if !named(d) {
		return d, fmt.Errorf("%s: %w", noun, ErrNoName)
	}
	return d, nil
}

// page is one answer of a list.
type page struct {
	Items []item `json:"items"`
	// Next is the token of the next page, "" on the last one.
	Next string `json:"next"`
}

// change is the body of POST and PATCH. A nil secret removes it.
type change struct {
	System  any                `json:"system"`
	Secrets map[string]*string `json:"secrets,omitempty"`
}

// run is one execution of a job.
type run struct {
	ID       string    `json:"id"`
	Status   string    `json:"status"`
	Started  time.Time `json:"startedAt"`
	Finished time.Time `json:"finishedAt"`
	Users    int       `json:"users"`
	Groups   int       `json:"groups"`
	Log      []string  `json:"log"`
	Key      string    `json:"idempotencyKey"`
}

// The words of a run's status that the contract fixes.
const (
	statusNotStarted = "Not started"
	statusInProcess  = "In Process"
	statusCompleted  = "Completed"
)

// resource translates the run. shown makes a log line fit to be shown.
func (r run) resource(shown func(string) string) resource.Run {
	out := resource.Run{
		ID: r.ID, Key: r.Key, Status: r.Status, Users: r.Users, Groups: r.Groups,
		Started: r.Started, Finished: r.Finished,
		Done: r.Status != statusInProcess && r.Status != statusNotStarted,
		OK:   r.Status == statusCompleted,
	}
	if len(r.Log) > 0 {
		out.Detail = shown(r.Log[len(r.Log)-1])
	}
	return out
}

// plain turns a document into the types of encoding/json, so that documents of
// different makes compare, and drops members that are null: a merge patch cannot
// set them, and absent means the same. Numbers stay letter by letter.
func plain(document any) (map[string]any, error) {
	data, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	out := map[string]any{}
	if err := d.Decode(&out); err != nil {
		return nil, err
	}
	return withoutNulls(out), nil
}

func withoutNulls(object map[string]any) map[string]any {
	for name, value := range object {
		if value == nil {
			delete(object, name)
		}
		if inner, ok := value.(map[string]any); ok {
			object[name] = withoutNulls(inner)
		}
	}
	return object
}
