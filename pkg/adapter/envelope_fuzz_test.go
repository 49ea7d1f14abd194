package adapter_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"reconcile/pkg/adapter"
	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
)

// pages answers with two bodies in turn, however often it is asked.
type pages struct {
	bodies [2]string
	asked  int
}

func (p *pages) RoundTrip(*http.Request) (*http.Response, error) {
	body := p.bodies[p.asked%2]
	p.asked++
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

func (p *pages) driver(t testing.TB) adapter.Jobs[thing] {
	t.Helper()
	c, err := connect.New(connect.Options{Base: p}).Client(connect.Service{Name: "adapter", Base: &url.URL{Scheme: "https", Host: "adapter.example"}})
	if err != nil {
		t.Fatal(err)
	}
	return adapter.NewJobs(c, codec)
}

// TestPagesInACircle: an adapter whose pages name each other is not asked for ever.
func TestPagesInACircle(t *testing.T) {
	p := &pages{bodies: [2]string{`{"items":[],"next":"a"}`, `{"items":[],"next":"b"}`}}
	for _, err := range p.driver(t).List(t.Context()) {
		if err == nil || !strings.Contains(err.Error(), "same next page") {
			t.Errorf("the error is %v", err)
		}
	}
	if p.asked != 3 {
		t.Errorf("asked %d times", p.asked)
	}
}

// FuzzEnvelope: a list ends whatever its pages hold; each object has an id and a
// name, or there is an error. In a bubble, because a body that cannot be read is asked
// for again after a pause: with real pauses a minute held sixty executions.
func FuzzEnvelope(f *testing.F) {
	f.Add(`{"items":[{"id":"1","version":"1","system":{"name":"a"}}],"next":"x"}`, `{"items":[]}`)
	f.Add(`{"items":[],"next":"a"}`, `{"items":[],"next":"b"}`)
	f.Add(`{"next":"a"}`, `{}`)
	f.Add(`{"items":[{"id":"","system":{"name":"a"}}]}`, ``)
	f.Add(`{"items":[null,{"id":"2","system":null}]}`, `null`)
	f.Add(`{"items":{"id":"1"}}`, `[]`)
	f.Add(`{"items":[{"id":7}]}`, `<html>`)
	f.Fuzz(func(t *testing.T, one, two string) {
		synctest.Test(t, func(t *testing.T) {
			p := &pages{bodies: [2]string{one, two}}
			for live, err := range p.driver(t).List(t.Context()) {
				if err == nil && (live.ID == "" || live.Name == "") {
					t.Errorf("an object %+v", live)
				}
			}
			// Three pages, and a body that is no JSON is asked for four times.
			if p.asked > 3*4 {
				t.Errorf("asked %d times", p.asked)
			}
		})
	})
}

// FuzzRuns: the runs of a job are read whole or not at all, and their times and log
// lines are fit to be shown.
func FuzzRuns(f *testing.F) {
	f.Add(`{"items":[{"id":"r","status":"Completed","startedAt":"2026-11-23T12:00:00Z","finishedAt":"2026-11-23T12:05:00Z","users":3,"log":["done"]}]}`)
	f.Add(`{"items":[{"id":"r","status":"In Process","startedAt":"2026-11-23T12:00:00+25:00"}]}`)
	f.Add(`{"items":[{"log":["a\u001b[2J\nb"]}]}`)
	f.Add(`{"items":[{"users":1e99}]}`)
	f.Add(`{"items":null}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, body string) {
		synctest.Test(t, func(t *testing.T) {
			runs, err := (&pages{bodies: [2]string{body, body}}).driver(t).Runs(t.Context(), resource.Live[thing]{ID: "1"})
			for _, r := range runs {
				if strings.ContainsAny(r.Detail, "\n\x1b\x00") || r.OK && !r.Done {
					t.Errorf("a run %+v %v", r, err)
				}
			}
		})
	})
}
