package destination

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/connect"
)

func TestListAndGet(t *testing.T) {
	s := newService(t, map[string]string{"Name": "b", "Type": "HTTP"}, map[string]string{"Name": "a", "Type": "HTTP", "Description": ""})
	all, err := s.api().List(t.Context(), Subaccount)
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	want := Stored{
		Name: "a", Properties: map[string]string{"Type": "HTTP", "Description": ""}, ETag: s.tag(s.objects["subaccountDestinations"]["a"]),
		Modified: time.Date(2024, 7, 3, 9, 46, 40, 0, time.UTC),
	}
	if diff := cmp.Diff(want, all[0]); diff != "" {
		t.Error(diff)
	}
	if r := s.requests[0]; r.path != root+"subaccountDestinations" || r.query != "%24includeMetadata=modification_time%3Betag" {
		t.Errorf("%+v", r)
	}
	one, err := s.api().Get(t.Context(), Subaccount, "a")
	want.Modified = time.Time{}
	if diff := cmp.Diff(want, one); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if _, err := s.api().Get(t.Context(), Instance, "a"); !errors.Is(err, connect.ErrNotFound) {
		t.Error("levels are mixed up", err)
	}
}

func TestWritesAcceptEveryFormOfAnswer(t *testing.T) {
	for _, tc := range []struct {
		name, method string
		status       int
		body         string
		is           error
		fails        bool
	}{
		{"created", "POST", 201, "", nil, false},
		{"created with metadata", "POST", 201, `{"$metadata":{"etag":"x"}}`, nil, false},
		{"ok", "POST", 200, "", nil, false},
		{"taken", "POST", 409, `{"ErrorMessage":"Duplicate key"}`, connect.ErrConflict, true},
		{"taken as text", "POST", 409, `Duplicate key`, connect.ErrConflict, true},
		{"taken in a list", "POST", 207, `[{"name":"a","status":409,"cause":"Duplicate key"}]`, connect.ErrConflict, true},
		{"replaced", "PUT", 200, `{"Count":1}`, nil, false},
		{"replaced as text", "PUT", 200, `{"Count":"1"}`, nil, false},
		{"replaced silently", "PUT", 204, "", nil, false},
		{"replaced in a list", "PUT", 200, `[{"name":"a","status":200,"etag":"x"}]`, nil, false},
		{"missing", "PUT", 404, "", connect.ErrNotFound, true},
		{"missing by count", "PUT", 200, `{"Count":0}`, connect.ErrNotFound, true},
		{"missing in a list", "PUT", 207, `[{"name":"a","status":404,"cause":"no"}]`, connect.ErrNotFound, true},
		{"changed", "PUT", 412, "", connect.ErrPrecondition, true},
		{"invalid", "PUT", 400, `{"ErrorMessage":"no"}`, nil, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newService(t)
			s.answer = func(request) (int, string) { return tc.status, tc.body }
			write := s.api().Create
			if tc.method == "PUT" {
				write = s.api().Replace
			}
			err := write(t.Context(), Instance, Stored{Name: "a", Properties: map[string]string{"Type": "HTTP"}, ETag: "tag"})
			if (err != nil) != tc.fails || (tc.is != nil && !errors.Is(err, tc.is)) {
				t.Error(err)
			}
			want := request{tc.method, root + "instanceDestinations", "", `{"Name":"a","Type":"HTTP"}`, map[string]string{"PUT": "tag"}[tc.method]}
			if len(s.requests) != 1 || s.requests[0] != want {
				t.Errorf("%+v", s.requests)
			}
		})
	}
}

func TestCreateAllMapsResultsByName(t *testing.T) {
	s := newService(t, map[string]string{"Name": "b"})
	errs, err := s.api().CreateAll(t.Context(), Subaccount, []Stored{{Name: "a"}, {Name: "b"}, {Name: "c"}})
	if err != nil || len(errs) != 3 || errs[0] != nil || !errors.Is(errs[1], connect.ErrConflict) || errs[2] != nil {
		t.Errorf("%v %v", errs, err)
	}
	if want := "destination POST /v1/subaccountDestinations: 409 Duplicate key"; errs[1].Error() != want {
		t.Errorf("got %v, want %s", errs[1], want)
	}
	s.answer = func(request) (int, string) { return 201, `[{"name":"x","status":201}]` }
	errs, err = s.api().CreateAll(t.Context(), Subaccount, []Stored{{Name: "x"}, {Name: "y"}})
	if err != nil || errs[0] != nil || !errors.Is(errs[1], connect.ErrUncertain) {
		t.Errorf("%v %v", errs, err)
	}
	s.answer = func(request) (int, string) { return 400, "" }
	if _, err = s.api().CreateAll(t.Context(), Subaccount, []Stored{{Name: "x"}}); err == nil {
		t.Error("no error")
	}
}

func TestDeleteForms(t *testing.T) {
	for _, tc := range []struct {
		status int
		body   string
		fails  bool
	}{
		{200, `{"Count":1}`, false},
		{200, `{"Count":0}`, false},
		{204, "", false},
		{404, "Not Found", false},
		{400, `{"ErrorMessage":"it is used as an assertion provider for destination 'd'"}`, true},
		{403, "Forbidden", true},
	} {
		s := newService(t)
		s.answer = func(request) (int, string) { return tc.status, tc.body }
		if err := s.api().Delete(t.Context(), Instance, "a b"); (err != nil) != tc.fails {
			t.Errorf("%d %s: %v", tc.status, tc.body, err)
		}
		if got := s.requests[0].path; got != root+"instanceDestinations/a b" {
			t.Error(got)
		}
	}
}

func TestSecretsNeverShow(t *testing.T) {
	s := newService(t, proxy())
	api := s.api()
	stored, err := api.Get(t.Context(), Subaccount, "IPS_PROXY")
	if err != nil || stored.Properties["Password"] != "CANARY-password" {
		t.Fatal(err)
	}
	if shown := fmt.Sprintf("%v %+v %#v %s %v", stored, stored, stored, stored, []Stored{stored}); strings.Contains(shown, "CANARY") {
		t.Error(shown)
	}
	s.answer = func(r request) (int, string) { return 400, "you sent " + r.body + " CANARY-password" }
	stored.Properties["clientSecret"] = "CANARY-client"
	for name, err := range map[string]error{
		"create":  api.Create(t.Context(), Subaccount, stored),
		"replace": api.Replace(t.Context(), Subaccount, stored),
		"delete":  api.Delete(t.Context(), Subaccount, "x"),
	} {
		if err == nil || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.answer = func(request) (int, string) {
		return 207, `[{"name":"a","status":400,"cause":"bad password CANARY-many"}]`
	}
	errs, err := api.CreateAll(t.Context(), Subaccount, []Stored{{Name: "a", Properties: map[string]string{"Password": "CANARY-many"}}})
	if err != nil || errs[0] == nil || strings.Contains(errs[0].Error(), "CANARY") {
		t.Error(errs, err)
	}
}

func TestUnreadableObjects(t *testing.T) {
	for body, want := range map[string]string{
		`[{"Type":"HTTP","Password":"CANARY"}]`: "destination GET /v1/subaccountDestinations: an object of the service has no Name",
		`[["CANARY"]]`:                          "destination GET /v1/subaccountDestinations: an object of the service cannot be read",
		`{"CANARY":1}`:                          "destination GET /v1/subaccountDestinations: 200 answered with something else instead of the expected JSON",
	} {
		s := newService(t)
		s.answer = func(request) (int, string) { return 200, body }
		if _, err := s.api().List(t.Context(), Subaccount); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	s := newService(t)
	s.answer = func(request) (int, string) { return 200, `{"a":"b"}` }
	if _, err := s.api().Get(t.Context(), Subaccount, "a"); err == nil {
		t.Error("no error")
	}
}
