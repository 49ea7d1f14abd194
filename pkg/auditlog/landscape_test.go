package auditlog_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reconcile/pkg/auditlog"
	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
	"reconcile/pkg/simulator"
)

// landscape connects to the simulated audit log as a real run would.
func landscape(t *testing.T) (*simulator.Landscape, *auditlog.API) {
	t.Helper()
	l, err := simulator.New(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	doc, _ := json.Marshal(l.Connections().Keys["auditLog"])
	key, err := connect.ParseKey(doc)
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(key.URI)
	if err != nil || base.Host == "" {
		t.Fatal(key.URI, err)
	}
	session := connect.New(connect.Options{Base: l.Transport()})
	c, err := session.Client(connect.Service{Name: "auditlog", Base: base, Auth: key.Auth(), Rate: auditlog.Rate, Burst: 1})
	if err != nil {
		t.Fatal(err)
	}
	return l, auditlog.NewAPI(c)
}

func click(t *testing.T, l *simulator.Landscape, path, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, l.Connections().Root+"/_sim/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := l.Transport().RoundTrip(request)
	if err != nil || answer.StatusCode >= 300 {
		t.Fatal(path, answer, err)
	}
	_ = answer.Body.Close()
}

// More records than fit on two pages come through, within the pace of the service.
func TestRecordsOfThreePages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, api := landscape(t)
		now := time.Now()
		if none, err := api.Records(t.Context(), now.Add(-time.Hour), now.Add(time.Hour)); err != nil || len(none) != 0 {
			t.Fatal(none, err)
		}
		for i := range 1001 {
			click(t, l, "console/parameters", fmt.Sprintf(`{"group":"G","name":"p%d","value":"v"}`, i))
		}
		click(t, l, "faults", `[{"method":"GET","path":"/auditlog/v2/auditlogrecords","nth":2,"times":1,"status":429}]`)
		all, err := api.Records(t.Context(), now.Add(-time.Hour), now.Add(time.Hour))
		if err != nil || len(all) != 1001 {
			t.Fatal(len(all), err)
		}
		about := auditlog.Subject{Ref: resource.Ref{Kind: "Parameter", Name: "G/p1000"}, Fields: map[string]string{"name": "G/p1000"}}
		hits := auditlog.Find(all, auditlog.Matchers(), []auditlog.Subject{about})
		if len(hits) != 1 || hits[0].Verb != "created" || !hits[0].Named || hits[0].Record.User == "" || hits[0].Record.At.IsZero() {
			t.Fatalf("%+v", hits)
		}
	})
}

func TestRecordsTellWhyNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, api := landscape(t)
		click(t, l, "faults", `[{"method":"GET","path":"/auditlog/v2/auditlogrecords","times":9,"status":403}]`)
		all, err := api.Records(t.Context(), time.Now().Add(-time.Hour), time.Now())
		if !errors.Is(err, connect.ErrDenied) || all != nil {
			t.Fatal(all, err)
		}
	})
}
