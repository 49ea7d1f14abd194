package adapter_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/adapter"
	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

var _ resource.Runner[thing] = adapter.Jobs[thing]{}

func (s *server) jobs() adapter.Jobs[thing] { return adapter.NewJobs(s.connected(), codec) }

func adapterOf(client *connect.Client) *adapter.Driver[thing] { return adapter.New(client, codec) }

func TestStart(t *testing.T) {
	s := &server{t: t}
	client := s.connected()
	client.Hide(secret.New("hunter2hunter2"))
	got, err := adapter.NewJobs(client, codec).Start(t.Context(), resource.Live[thing]{ID: "1"}, "key-1")
	want := resource.Run{
		ID: "r1", Key: "key-1", Status: "Completed", Done: true, OK: true, Users: 3, Groups: 2,
		Detail: "password [secret] taken", Started: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if r := s.last("POST"); r.path != "/adapter/v1/things/1/runs" || r.body != "" {
		t.Errorf("%+v", r)
	}
}

func TestRunsTellHowTheyEnded(t *testing.T) {
	s := &server{t: t}
	statuses := []struct {
		status   string
		done, ok bool
	}{
		{"Not started", false, false},
		{"In Process", false, false},
		{"Completed", true, true},
		{"Completed with Errors", true, false},
		{"Failed", true, false},
	}
	for _, one := range statuses {
		s.runs = append(s.runs, map[string]any{"id": one.status, "status": one.status})
	}
	runs, err := s.jobs().Runs(t.Context(), resource.Live[thing]{ID: "1"})
	if err != nil || len(runs) != len(statuses) {
		t.Fatal(runs, err)
	}
	for i, want := range statuses {
		if r := runs[i]; r.ID != want.status || r.Done != want.done || r.OK != want.ok || r.Detail != "" {
			t.Errorf("%+v, want %+v", r, want)
		}
	}
}
