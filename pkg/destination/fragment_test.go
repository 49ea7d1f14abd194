package destination

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/connect"
)

const shelf = "subaccountDestinationFragments"

func TestFragments(t *testing.T) {
	s := newService(t)
	s.enforce = true
	api := s.api()
	f := Fragment{Name: "reconcile-ledger-x-0", Properties: map[string]string{"a": "1"}}
	tag, err := api.CreateFragment(t.Context(), f)
	if err != nil || tag != s.tag(s.objects[shelf][f.Name]) {
		t.Fatal(tag, err)
	}
	if _, err := api.CreateFragment(t.Context(), f); !errors.Is(err, connect.ErrConflict) {
		t.Error("created twice", err)
	}
	f.ETag, f.Properties = tag, map[string]string{"b": "2"}
	next, err := api.ReplaceFragment(t.Context(), f)
	if err != nil || next == tag {
		t.Fatal(next, err)
	}
	all, _, err := api.ListFragments(t.Context())
	if diff := cmp.Diff([]Fragment{{Name: f.Name, Properties: f.Properties, ETag: next}}, all); err != nil || diff != "" {
		t.Error(err, diff)
	}
	f.Properties = map[string]string{"c": "3"} // on the tag of before
	if _, err := api.ReplaceFragment(t.Context(), f); !errors.Is(err, connect.ErrPrecondition) {
		t.Error("stale write", err)
	}
	for range 2 {
		if err := api.DeleteFragment(t.Context(), f.Name); err != nil {
			t.Error(err)
		}
	}
	if _, err := api.ReplaceFragment(t.Context(), f); !errors.Is(err, connect.ErrNotFound) {
		t.Error("replaced nothing", err)
	}
	if got := s.requests[0].body; got != `{"FragmentName":"reconcile-ledger-x-0","a":"1"}` {
		t.Error(got)
	}
}

func TestFragmentLostAnswers(t *testing.T) {
	for _, tc := range []struct {
		name  string
		setUp func(s *service)
		is    error // nil is success
	}{
		{"after the effect", func(s *service) { s.loseAfter = 1 }, nil},
		{"before the effect", func(s *service) { s.loseBefore = 1 }, connect.ErrUncertain},
		{"somebody else won", func(s *service) {
			s.loseBefore = 1
			s.objects[shelf]["f"] = map[string]string{"FragmentName": "f", "holder": "they"}
		}, connect.ErrUncertain},
		{"reading back fails", func(s *service) {
			s.answer = func(r request) (int, string) {
				if r.method == "GET" {
					return 403, ""
				}
				return 0, ""
			}
		}, connect.ErrDenied},
		{"overwritten at once", func(s *service) {
			s.answer = func(r request) (int, string) {
				if r.method == "GET" {
					return 200, `{"FragmentName":"f","holder":"they"}`
				}
				return 0, ""
			}
		}, connect.ErrPrecondition},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newService(t)
				tc.setUp(s)
				tag, err := s.api().CreateFragment(t.Context(), Fragment{Name: "f", Properties: map[string]string{"holder": "we"}})
				if !errors.Is(err, tc.is) || (tc.is == nil && tag == "") || s.writes != 1 {
					t.Errorf("%q, %v after %d writes", tag, err, s.writes)
				}
			})
		})
	}
}
