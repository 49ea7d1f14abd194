package adapter_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/adapter"
	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

var _ resource.Driver[thing] = (*adapter.Driver[thing])(nil)

func hidden(text string) resource.Value {
	return resource.Hidden(secret.New(text), secret.Ref{Env: "X"})
}

func colored(color string, properties resource.Properties) thing {
	return thing{Color: resource.Text(color), Properties: properties}
}

func collect(t *testing.T, s *server) ([]resource.Live[thing], error) {
	t.Helper()
	var all []resource.Live[thing]
	for live, err := range s.driver().List(t.Context()) {
		if err != nil {
			return all, err
		}
		all = append(all, live)
	}
	return all, nil
}

func stored(id, name string) map[string]any {
	return map[string]any{
		"id": id, "version": "1", "idempotencyKey": "k-" + id,
		"system": map[string]any{"name": name, "color": "red", "consoleOnly": "stays", "properties": map[string]any{"URL": "https://a"}},
	}
}

func TestListWalksPages(t *testing.T) {
	s := &server{t: t, page: 2, items: []map[string]any{stored("1", "a"), stored("2", "b"), stored("3", "c")}}
	all, err := collect(t, s)
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	want := resource.Live[thing]{Name: "c", ID: "3", Version: "1", Key: "k-3", Spec: colored("red", resource.Properties{"URL": resource.Text("https://a")})}
	if diff := cmp.Diff(want, all[2]); diff != "" {
		t.Error(diff)
	}
	if len(s.requests) != 2 || s.requests[0].query != "limit=100" || s.requests[1].query != "after=2&limit=100" {
		t.Errorf("%+v", s.requests)
	}
	for range s.driver().List(t.Context()) {
		break
	}
}

func TestListReportsWhatItCannotRead(t *testing.T) {
	for _, tc := range []struct {
		name string
		item map[string]any
		want string
	}{
		{"document", map[string]any{"id": "7", "system": map[string]any{}}, "things 7: no document of a thing"},
		{"id", map[string]any{"system": map[string]any{"name": "a"}}, "things: the adapter answered an object without id"},
	} {
		_, err := collect(t, &server{t: t, items: []map[string]any{tc.item}})
		if err == nil || err.Error() != tc.want {
			t.Errorf("%s: got %v, want %s", tc.name, err, tc.want)
		}
	}
}

func TestCreate(t *testing.T) {
	s := &server{t: t}
	live, err := s.driver().Create(t.Context(), "a", colored("red", resource.Properties{"URL": resource.Text("https://a"), "secretA": hidden("hunter2hunter2")}), "key-1")
	if err != nil || live.ID != "id-1" || live.Version != "1" || live.Key != "key-1" || live.Name != "a" {
		t.Fatalf("%+v %v", live, err)
	}
	r := s.last("POST")
	want := `{"system":{"color":"red","name":"a","properties":{"URL":"https://a"}},"secrets":{"secretA":"hunter2hunter2"}}`
	if r.body != want || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %s, want %s", r.body, want)
	}
	if _, err := s.driver().Create(t.Context(), "b", thing{}, ""); err != nil || s.last("POST").header.Get("Idempotency-Key") == "" {
		t.Error("a POST without key", err)
	}
}

func TestCreateWithoutValue(t *testing.T) {
	s := &server{t: t}
	for _, v := range []resource.Value{resource.Output(resource.Ref{Kind: "SystemUser", Name: "x"}, "secret"), resource.Outside(secret.Ref{Env: "X"})} {
		_, err := s.driver().Create(t.Context(), "a", colored("red", resource.Properties{"secretA": v}), "k")
		if err == nil || err.Error() != `things: secret "secretA" has no value to send` || len(s.requests) != 0 {
			t.Error(err)
		}
	}
}

// An answer that is lost is resolved by reading, and the write is never repeated.
func TestLostAnswers(t *testing.T) {
	type outcome struct {
		done   bool // the write had its effect
		writes int
	}
	want := colored("blue", resource.Properties{"URL": resource.Text("https://a")})
	diff := []resource.Change{{Path: "/color"}}
	for _, tc := range []struct {
		name string
		call func(s *server) error
	}{
		{"create", func(s *server) error {
			live, err := s.driver().Create(s.t.Context(), "b", want, "k")
			if err == nil && live.ID != "id-2" {
				s.t.Errorf("create found %+v", live)
			}
			return err
		}},
		{"update", func(s *server) error {
			live, err := s.driver().Update(s.t.Context(), first(s.t, s), want, diff)
			if err == nil && live.Spec.Color.Text() != "blue" {
				s.t.Errorf("update found %+v", live)
			}
			return err
		}},
		{"delete", func(s *server) error { return s.driver().Delete(s.t.Context(), first(s.t, s)) }},
		{"run", func(s *server) error {
			r, err := s.jobs().Start(s.t.Context(), first(s.t, s), "k")
			if err == nil && r.ID != "r1" {
				s.t.Errorf("run %+v", r)
			}
			return err
		}},
	} {
		for _, o := range []outcome{{true, 1}, {false, 1}} {
			synctest.Test(t, func(t *testing.T) {
				s := &server{t: t, items: []map[string]any{stored("1", "a")}, lose: 1}
				if !o.done {
					s.lose, s.loseBefore = 0, 1
				}
				err := tc.call(s)
				if (err == nil) != o.done || (err != nil && !errors.Is(err, connect.ErrUncertain)) || s.writes != o.writes {
					t.Errorf("%s, effect %t: %v after %d writes", tc.name, o.done, err, s.writes)
				}
			})
		}
	}
}

func first(t *testing.T, s *server) resource.Live[thing] {
	t.Helper()
	all, err := collect(t, s)
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	return all[0]
}

func TestUpdateSendsOnlyWhatDiffers(t *testing.T) {
	sealed := []string{"secretA", "secretB"}
	base := resource.Properties{"URL": resource.Text("https://a"), "secretA": hidden("new-secret-a"), "secretB": hidden("new-secret-b")}
	with := func(changes resource.Properties) resource.Properties {
		out := resource.Properties{}
		maps.Copy(out, base)
		for k, v := range changes {
			if !v.IsSet() || v.Form() == resource.Absent {
				delete(out, k)
			} else {
				out[k] = v
			}
		}
		return out
	}
	for _, tc := range []struct {
		name  string
		want  thing
		paths []string
		body  string
		fails string
	}{
		{"field", colored("blue", base), []string{"/color"}, `{"system":{"color":"blue"}}`, ""},
		{"new property", colored("red", with(resource.Properties{"x": resource.Text("1")})), []string{"/properties/x"}, `{"system":{"properties":{"x":"1"}}}`, ""},
		{"one secret", colored("red", base), []string{"/properties/secretB"}, `{"system":{},"secrets":{"secretB":"new-secret-b"}}`, ""},
		{
			"address", colored("red", with(resource.Properties{"URL": resource.Text("https://b")})),
			[]string{"/properties/URL"},
			`{"system":{"properties":{"URL":"https://b"}},"secrets":{"secretA":"new-secret-a","secretB":"new-secret-b"}}`, "",
		},
		{"removed secret", colored("red", with(resource.Properties{"secretB": resource.Nothing()})), []string{"/properties/secretB"}, `{"system":{},"secrets":{"secretB":null}}`, ""},
		{"removed field", thing{Properties: base}, []string{"/color"}, `{"system":{"color":null}}`, ""},
		{
			"address with a secret nobody knows", colored("red", with(resource.Properties{"URL": resource.Text("https://b"), "secretB": resource.Seal()})),
			[]string{"/properties/URL"},
			"",
			"things: changing /properties/URL voids stored secrets that cannot be read back; list secretB in the manifest, or null to give them up",
		},
		{
			"secret without value", colored("red", with(resource.Properties{"secretB": resource.Outside(secret.Ref{Env: "X"})})),
			[]string{"/properties/secretB"},
			"",
			`things: secret "secretB" has no value to send`,
		},
		{"nothing to say", colored("red", base), []string{"/unknown", "/other"}, "", "things: the adapter contract has no field for what differs (/unknown, /other)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			one := stored("1", "a")
			one["system"].(map[string]any)["sealed"] = sealed
			s := &server{t: t, items: []map[string]any{one}}
			have := first(t, s)
			all := resource.Diff(have.Spec, tc.want)
			var diff []resource.Change
			for _, path := range tc.paths {
				c := resource.Change{Path: path}
				for _, d := range all {
					if d.Path == path {
						c = d
					}
				}
				diff = append(diff, c)
			}
			_, err := s.driver().Update(t.Context(), have, tc.want, diff)
			if tc.fails != "" {
				if err == nil || err.Error() != tc.fails || s.writes != 0 {
					t.Fatalf("got %v, want %s", err, tc.fails)
				}
				return
			}
			if r := s.last("PATCH"); err != nil || r.body != tc.body || r.path != "/adapter/v1/things/1" || r.header.Get("If-Match") != `"1"` {
				t.Errorf("got  %s %v\nwant %s", r.body, err, tc.body)
			}
			if system := s.items[0]["system"].(map[string]any); system["consoleOnly"] != "stays" {
				t.Errorf("a field that nobody manages is gone: %v", system)
			}
		})
	}
}

func TestStaleVersion(t *testing.T) {
	s := &server{t: t, items: []map[string]any{stored("1", "a")}}
	have := first(t, s)
	have.Version = "0"
	_, err := s.driver().Update(t.Context(), have, colored("blue", nil), []resource.Change{{Path: "/color"}})
	if !errors.Is(err, connect.ErrPrecondition) {
		t.Error(err)
	}
	if err := s.driver().Delete(t.Context(), have); !errors.Is(err, connect.ErrPrecondition) {
		t.Error(err)
	}
}

func TestDelete(t *testing.T) {
	s := &server{t: t, items: []map[string]any{stored("1", "a"), stored("2", "b")}}
	have := first(t, s)
	for range 2 { // the second time it is gone already
		if err := s.driver().Delete(t.Context(), have); err != nil {
			t.Error(err)
		}
	}
	if len(s.items) != 1 || s.items[0]["id"] != "2" {
		t.Error(s.items)
	}
}

func TestSecretsNeverShow(t *testing.T) {
	s := &server{t: t, items: []map[string]any{stored("1", "CANARY-secret-value")}}
	client := s.connected()
	_, err := adapterOf(client).Create(t.Context(), "a", colored("red", resource.Properties{"secretA": hidden("CANARY-secret-value")}), "k")
	if err != nil {
		t.Fatal(err)
	}
	if got := client.Redact("log says CANARY-secret-value"); strings.Contains(got, "CANARY") {
		t.Error(got)
	}
}
