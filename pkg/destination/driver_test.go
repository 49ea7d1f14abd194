package destination

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

var (
	_ resource.Driver[Spec] = (*Driver)(nil)
	_ resource.Bulk[Spec]   = (*Driver)(nil)
)

// wanted is the specification of an object, its password from outside.
func wanted(object map[string]string) Spec {
	p := resource.Properties{}
	for key, text := range object {
		switch key {
		case "Name":
		case "Password":
			p[key] = resource.Hidden(secret.New(text), secret.Ref{Env: "P"})
		default:
			p[key] = resource.Text(text)
		}
	}
	return Spec{Properties: p}
}

func change(object map[string]string, key, text string) map[string]string {
	out := maps.Clone(object)
	out[key] = text
	return out
}

func only(t *testing.T, s *service) resource.Live[Spec] {
	t.Helper()
	for one, err := range s.driver().List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		return one
	}
	t.Fatal("nothing there")
	return resource.Live[Spec]{}
}

func TestDriverListHidesSecrets(t *testing.T) {
	s := newService(t, proxy())
	have := only(t, s)
	if have.Name != "IPS_PROXY" || have.ID != "" || have.Version != s.tag(proxy()) {
		t.Errorf("%+v", have)
	}
	password := have.Spec.Properties["Password"]
	if password.Form() != resource.Secret || password.Reveal() != "CANARY-password" || have.Spec.Properties["User"].Text() != "id" {
		t.Errorf("%v", have.Spec)
	}
	s.mask = true
	if got := only(t, s).Spec.Properties["Password"].Form(); got != resource.Sealed {
		t.Errorf("a mask is taken for a secret: %v", got)
	}
	s.answer = func(request) (int, string) { return 403, "Forbidden" }
	for _, err := range s.driver().List(t.Context()) {
		if !errors.Is(err, connect.ErrDenied) {
			t.Error(err)
		}
	}
}

func TestDriverCreateReadsBack(t *testing.T) {
	s := newService(t)
	made, err := s.driver().Create(t.Context(), "IPS_PROXY", wanted(proxy()), "key")
	if err != nil || made.Name != "IPS_PROXY" || made.Version != s.tag(proxy()) || made.Spec.Properties["Password"].Form() != resource.Secret {
		t.Errorf("%+v %v", made, err)
	}
	if got := s.sent(); got != "POST subaccountDestinations, GET subaccountDestinations/IPS_PROXY" {
		t.Error(got)
	}
	if diff := cmp.Diff(proxy(), s.objects["subaccountDestinations"]["IPS_PROXY"]); diff != "" {
		t.Error(diff)
	}
	if _, err := s.driver().Create(t.Context(), "IPS_PROXY", wanted(proxy()), "key"); !errors.Is(err, connect.ErrConflict) {
		t.Error(err)
	}
}

func TestDriverUpdate(t *testing.T) {
	for _, quoted := range []bool{false, true} {
		s := newService(t, change(proxy(), "old", "x"))
		s.enforce, s.quoted = true, quoted
		have := only(t, s)
		s.requests = nil
		have.Version = strings.Trim(have.Version, `"`) // a list may say it without quotes
		want := change(proxy(), "URL", "https://new")
		got, err := s.driver().Update(t.Context(), have, wanted(want), nil)
		if err != nil || got.Version != s.tag(want) || got.Version == have.Version {
			t.Errorf("%+v %v", got, err)
		}
		if diff := cmp.Diff(want, s.objects["subaccountDestinations"]["IPS_PROXY"]); diff != "" {
			t.Error(diff)
		}
		if got := s.sent(); got != "GET subaccountDestinations/IPS_PROXY, PUT subaccountDestinations, GET subaccountDestinations/IPS_PROXY" {
			t.Error(got)
		}
	}
}

func TestDriverUpdateComparesRightBefore(t *testing.T) {
	s := newService(t, proxy())
	have := only(t, s)
	s.objects["subaccountDestinations"]["IPS_PROXY"]["URL"] = "https://by-hand"
	_, err := s.driver().Update(t.Context(), have, wanted(proxy()), nil)
	if !errors.Is(err, connect.ErrPrecondition) || s.writes != 0 {
		t.Errorf("%v after %d writes", err, s.writes)
	}
	if want := `destination "IPS_PROXY": changed in the meantime, plan again`; err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	delete(s.objects["subaccountDestinations"], "IPS_PROXY")
	if _, err := s.driver().Update(t.Context(), have, wanted(proxy()), nil); !errors.Is(err, connect.ErrNotFound) || s.writes != 0 {
		t.Errorf("%v after %d writes", err, s.writes)
	}
}

// TestDriverDeleteComparesRightBefore: what somebody changed since it was read is
// not deleted unseen.
func TestDriverDeleteComparesRightBefore(t *testing.T) {
	s := newService(t, proxy())
	have := only(t, s)
	s.objects["subaccountDestinations"]["IPS_PROXY"]["URL"] = "https://by-hand"
	if err := s.driver().Delete(t.Context(), have); !errors.Is(err, connect.ErrPrecondition) || s.writes != 0 {
		t.Errorf("%v after %d writes", err, s.writes)
	}
	if err := s.driver().Delete(t.Context(), only(t, s)); err != nil || s.writes != 1 {
		t.Errorf("%v after %d writes", err, s.writes)
	}
	if err := s.driver().Delete(t.Context(), have); err != nil || s.writes != 1 {
		t.Errorf("gone already: %v after %d writes", err, s.writes)
	}
}

func TestDriverUpdateMeetsAnotherWriter(t *testing.T) {
	for _, tc := range []struct {
		name    string
		enforce bool
		is      error
	}{
		{"condition enforced", true, connect.ErrPrecondition},
		{"condition ignored", false, nil}, // the shortest window there is
	} {
		s := newService(t, proxy())
		have := only(t, s)
		s.enforce = tc.enforce
		s.meanwhile = func() { s.objects["subaccountDestinations"]["IPS_PROXY"] = change(proxy(), "URL", "https://by-hand") }
		_, err := s.driver().Update(t.Context(), have, wanted(change(proxy(), "URL", "https://new")), nil)
		if !errors.Is(err, tc.is) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestDriverReportsWhatReadsBackDifferently(t *testing.T) {
	s := newService(t, change(proxy(), "old", "x"))
	have := only(t, s)
	s.answer = func(r request) (int, string) {
		if r.method == "PUT" {
			s.objects["subaccountDestinations"]["IPS_PROXY"]["User"] = "somebody"
			return 200, `{"Count":1}`
		}
		return 0, ""
	}
	_, err := s.driver().Update(t.Context(), have, wanted(change(proxy(), "URL", "https://new")), nil)
	want := `destination "IPS_PROXY" reads back differently from what was written (URL, User, old); look in the cockpit for another writer and plan again`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestDriverLostAnswers(t *testing.T) {
	newURL, newPassword := change(proxy(), "URL", "https://new"), change(proxy(), "Password", "CANARY-new")
	for _, tc := range []struct {
		name string
		mask bool
		act  func(s *service) error
	}{
		{"create", false, func(s *service) error {
			delete(s.objects["subaccountDestinations"], "IPS_PROXY")
			_, err := s.driver().Create(s.t.Context(), "IPS_PROXY", wanted(proxy()), "")
			return err
		}},
		{"update", false, func(s *service) error {
			_, err := s.driver().Update(s.t.Context(), only(s.t, s), wanted(newURL), nil)
			return err
		}},
		{"update of a secret behind a mask", true, func(s *service) error {
			_, err := s.driver().Update(s.t.Context(), only(s.t, s), wanted(newPassword), nil)
			return err
		}},
		{"delete", false, func(s *service) error { return s.driver().Delete(s.t.Context(), only(s.t, s)) }},
		{"create all", false, func(s *service) error {
			return s.driver().CreateAll(s.t.Context(), []resource.Named[Spec]{{Name: "NEW", Want: wanted(proxy())}})[0].Err
		}},
	} {
		for _, effect := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				s := newService(t, proxy())
				s.mask = tc.mask
				if s.loseAfter = 1; !effect {
					s.loseAfter, s.loseBefore = 0, 1
				}
				err := tc.act(s)
				if (err == nil) != effect || (err != nil && !errors.Is(err, connect.ErrUncertain)) || s.writes != 1 {
					t.Errorf("%s, effect %t: %v after %d writes", tc.name, effect, err, s.writes)
				}
			})
		}
	}
}

// A first PUT whose 503 came after all, repeated with the tag of before, is
// refused by its own effect.
func TestDriverUpdateMeetsItsOwnFirstAttempt(t *testing.T) {
	s := newService(t, proxy())
	have := only(t, s)
	want := change(proxy(), "URL", "https://new")
	s.enforce = true
	s.meanwhile = func() { s.objects["subaccountDestinations"]["IPS_PROXY"] = maps.Clone(want) }
	if _, err := s.driver().Update(t.Context(), have, wanted(want), nil); err != nil {
		t.Error(err)
	}
}

func TestDriverSendsOnlyCompleteObjects(t *testing.T) {
	s := newService(t, proxy())
	have := only(t, s)
	for _, tc := range []struct {
		key   string
		value resource.Value
		want  string
	}{
		{"Password", resource.Seal(), `destination "IPS_PROXY": no value to send for Password; the whole object is written at once, so list it in the manifest`},
		{"User", resource.Output(resource.Ref{Kind: "SystemUser", Name: "x"}, "clientID"), `destination "IPS_PROXY": no value to send for User; the whole object is written at once, so list it in the manifest`},
		{"Name", resource.Text("other"), `destination "IPS_PROXY": property Name belongs to the object itself`},
	} {
		want := wanted(proxy())
		want.Properties[tc.key] = tc.value
		_, err1 := s.driver().Update(t.Context(), have, want, nil)
		_, err2 := s.driver().Create(t.Context(), "IPS_PROXY", want, "")
		result := s.driver().CreateAll(t.Context(), []resource.Named[Spec]{{Name: "IPS_PROXY", Want: want}})
		for _, err := range []error{err1, err2, result[0].Err} {
			if err == nil || err.Error() != tc.want || s.writes != 0 {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		}
	}
	absent := wanted(proxy())
	absent.Properties["User"] = resource.Nothing()
	if _, err := s.driver().Update(t.Context(), have, absent, nil); err != nil {
		t.Error(err)
	}
	if _, there := s.objects["subaccountDestinations"]["IPS_PROXY"]["User"]; there {
		t.Error("User is still there")
	}
}

func TestDriverCreateAll(t *testing.T) {
	s := newService(t, map[string]string{"Name": "b", "Type": "HTTP"})
	spec := wanted(map[string]string{"Type": "HTTP"})
	broken := Spec{Properties: resource.Properties{"Password": resource.Seal()}}
	got := s.driver().CreateAll(t.Context(), []resource.Named[Spec]{{Name: "x", Want: broken}, {Name: "c", Want: spec}, {Name: "b", Want: spec}, {Name: "a", Want: spec}})
	if got[0].Err == nil || got[1].Err != nil || !errors.Is(got[2].Err, connect.ErrConflict) || got[3].Err != nil {
		t.Fatalf("%+v", got)
	}
	if got[1].Live.Name != "c" || got[3].Live.Name != "a" || got[3].Live.Version == "" {
		t.Errorf("%+v", got)
	}
	if sent := s.sent(); sent != "POST subaccountDestinations, GET subaccountDestinations" {
		t.Error(sent)
	}
}

func TestDriverCreateAllCannotReadBack(t *testing.T) {
	spec := wanted(map[string]string{"Type": "HTTP"})
	for name, answer := range map[string]func(r request) (int, string){
		"denied": func(r request) (int, string) {
			if r.method == "GET" {
				return 403, ""
			}
			return 0, ""
		},
		"gone": func(r request) (int, string) {
			if r.method == "GET" {
				return 200, "[]"
			}
			return 0, ""
		},
		"refused": func(request) (int, string) { return 400, "no" },
	} {
		s := newService(t)
		s.answer = answer
		if got := s.driver().CreateAll(t.Context(), []resource.Named[Spec]{{Name: "a", Want: spec}}); got[0].Err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
