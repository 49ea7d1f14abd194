package adapter_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"testing"
	"testing/synctest"

	"reconcile/pkg/adapter"
	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
	"reconcile/pkg/simulator"
)

// field is the smallest kind of the contract: one value.
type field struct {
	Value resource.Value `json:"value"`
}

// fields is a codec of documents with a name, some fixed members and one value
// at the member that it is told.
func fields(collection, member string, fixed map[string]any) adapter.Codec[field] {
	return adapter.Codec[field]{
		Collection: collection,
		Encode: func(name string, want field) (map[string]any, map[string]resource.Value) {
			system := map[string]any{"name": name, member: want.Value.Text()}
			maps.Copy(system, fixed)
			return system, nil
		},
		Decode: func(_ string, system json.RawMessage) (string, field, error) {
			var d map[string]any
			err := json.Unmarshal(system, &d)
			name, _ := d["name"].(string)
			text, _ := d[member].(string)
			return name, field{resource.Text(text)}, err
		},
	}
}

// landscape connects to the simulated adapter as a real run would.
func landscape(t *testing.T) (*simulator.Landscape, *connect.Client) {
	t.Helper()
	l, err := simulator.New(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	doc, err := json.Marshal(l.Connections().Keys["adapter"])
	if err != nil {
		t.Fatal(err)
	}
	key, err := connect.ParseKey(doc)
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(key.URI + "/v1")
	if err != nil {
		t.Fatal(err)
	}
	c, err := connect.New(connect.Options{Base: l.Transport(), Mode: connect.Write}).Client(connect.Service{Name: "adapter", Base: base, Auth: key.Auth()})
	if err != nil {
		t.Fatal(err)
	}
	return l, c
}

// One life of an object, with a fault at every write.
func TestLifeInTheLandscape(t *testing.T) {
	lost := func(method string) simulator.Fault { return simulator.Fault{Method: method, Cut: "after"} }
	for name, faults := range map[string][]simulator.Fault{
		"none":         nil,
		"throttled":    {{Status: 429, RetryAfter: 2, Times: 3}},
		"answers lost": {lost("POST"), lost("PATCH"), lost("DELETE")},
		"answers cut":  {{Method: "POST", Cut: "body"}, {Method: "PATCH", Cut: "body"}, {Method: "GET", Cut: "body"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, client := landscape(t)
				l.Fail(faults...)
				live(t, adapter.New(client, fields("parameters", "value", map[string]any{"group": "UserSource"})))
			})
		})
	}
}

func live(t *testing.T, d *adapter.Driver[field]) {
	t.Helper()
	made, err := d.Create(t.Context(), "SourceSystem", field{resource.Text("IAS")}, "key-1")
	if err != nil || made.Key != "key-1" {
		t.Fatal("create:", made, err)
	}
	changed, err := d.Update(t.Context(), made, field{resource.Text("IDDS")}, []resource.Change{{Path: "/value"}})
	if err != nil || changed.Version == made.Version || changed.Spec.Value.Text() != "IDDS" || changed.ID != made.ID {
		t.Fatal("update:", changed, err)
	}
	if _, err := d.Update(t.Context(), made, field{resource.Text("x")}, nil); !errors.Is(err, connect.ErrPrecondition) {
		t.Error("stale update:", err)
	}
	n := 0
	for one, err := range d.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; one.ID == changed.ID && one.Version != changed.Version {
			t.Errorf("list says %+v", one)
		}
	}
	if n == 0 {
		t.Error("empty list")
	}
	for range 2 {
		if err := d.Delete(t.Context(), changed); err != nil {
			t.Error("delete:", err)
		}
	}
}

func TestJobInTheLandscape(t *testing.T) {
	for name, faults := range map[string][]simulator.Fault{"none": nil, "answer lost": {{Method: "POST", Nth: 2, Cut: "after"}}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, client := landscape(t)
				l.Fail(faults...)
				jobs := adapter.NewJobs(client, fields("jobs", "category", nil))
				made, err := jobs.Create(t.Context(), "group sync", field{resource.Text("SCI User Group Sync")}, "key-1")
				if err != nil {
					t.Fatal(err)
				}
				started, err := jobs.Start(t.Context(), made, "run-1")
				if err != nil || started.Key != "run-1" || !started.Done {
					t.Errorf("%+v %v", started, err)
				}
				runs, err := jobs.Runs(t.Context(), made)
				if err != nil || len(runs) != 1 || runs[0].ID != started.ID {
					t.Errorf("%+v %v", runs, err)
				}
			})
		})
	}
}
