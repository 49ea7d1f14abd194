package destination

import (
	"errors"
	"fmt"
	"maps"
	"testing"
	"testing/synctest"

	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
)

// four is a service with destinations A, B, C and D, and an edit of each.
func four(t *testing.T) (*service, []resource.Edit[Spec]) {
	s := newService(t)
	for _, name := range []string{"A", "B", "C", "D"} {
		s.objects["subaccountDestinations"][name] = map[string]string{"Name": name, "Type": "HTTP", "URL": "https://old", "old": "x"}
	}
	var edits []resource.Edit[Spec]
	for have, err := range s.driver().List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		edits = append(edits, resource.Edit[Spec]{Have: have, Want: wanted(map[string]string{"Type": "HTTP", "URL": "https://new"})})
	}
	s.requests = nil
	return s, edits
}

// TestDriverUpdateAll: many are changed with three calls, whatever their number.
func TestDriverUpdateAll(t *testing.T) {
	s, edits := four(t)
	for i, r := range s.driver().UpdateAll(t.Context(), edits) {
		if r.Err != nil || r.Live.Spec.Properties["URL"].Text() != "https://new" || r.Live.Version == edits[i].Have.Version {
			t.Errorf("%+v", r)
		}
	}
	if sent := s.sent(); sent != "GET subaccountDestinations, PUT subaccountDestinations, GET subaccountDestinations" {
		t.Error(sent)
	}
	if _, stays := s.objects["subaccountDestinations"]["A"]["old"]; stays {
		t.Error("a full PUT left an unlisted property")
	}
}

// TestDriverUpdateAllLeavesOutWhatMoved: what somebody changed, deleted, or what
// cannot be sent is not written; the rest is.
func TestDriverUpdateAllLeavesOutWhatMoved(t *testing.T) {
	s, edits := four(t)
	s.objects["subaccountDestinations"]["A"]["URL"] = "https://by-hand"
	delete(s.objects["subaccountDestinations"], "B")
	edits[2].Want = Spec{Properties: resource.Properties{"Password": resource.Seal()}}
	got := s.driver().UpdateAll(t.Context(), edits)
	if !errors.Is(got[0].Err, connect.ErrPrecondition) || !errors.Is(got[1].Err, connect.ErrNotFound) || got[2].Err == nil || got[3].Err != nil {
		t.Fatalf("%+v", got)
	}
	live := s.objects["subaccountDestinations"]
	if live["A"]["URL"] != "https://by-hand" || live["B"] != nil || live["C"]["URL"] != "https://old" || live["D"]["URL"] != "https://new" {
		t.Error(live)
	}
	if s.writes != 1 {
		t.Errorf("%d writes", s.writes)
	}
}

// TestDriverUpdateAllWritesNothingBlindly: when it cannot be seen what is there,
// or nothing is left to send, no write happens.
func TestDriverUpdateAllWritesNothingBlindly(t *testing.T) {
	for name, answer := range map[string]func(request) (int, string){
		"unreadable": func(request) (int, string) { return 403, "" },
		"empty":      func(request) (int, string) { return 200, "[]" },
	} {
		s, edits := four(t)
		s.answer = answer
		for _, r := range s.driver().UpdateAll(t.Context(), edits) {
			if r.Err == nil {
				t.Errorf("%s: no error", name)
			}
		}
		if s.writes != 0 {
			t.Errorf("%s: %d writes", name, s.writes)
		}
	}
}

// TestDriverUpdateAllLostAnswer: reading decides, item by item.
func TestDriverUpdateAllLostAnswer(t *testing.T) {
	for _, effect := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s, edits := four(t)
			before := map[string]map[string]string{}
			maps.Copy(before, s.objects["subaccountDestinations"])
			s.answer = func(r request) (int, string) {
				if r.method != "PUT" {
					return 0, ""
				}
				if effect {
					s.answer = nil
					s.serve(r)
				}
				return 504, "" // after the last attempt nobody knows
			}
			for i, r := range s.driver().UpdateAll(t.Context(), edits) {
				if (r.Err == nil) != effect {
					t.Errorf("effect %v, item %d: %v", effect, i, r.Err)
				}
			}
			if changed := fmt.Sprint(before) != fmt.Sprint(s.objects["subaccountDestinations"]); changed != effect {
				t.Errorf("effect %v, changed %v", effect, changed)
			}
		})
	}
}

// TestReplaceAllTellsEachFailure: one of many fails, and says why.
func TestReplaceAllTellsEachFailure(t *testing.T) {
	s := newService(t, map[string]string{"Name": "a"})
	errs, err := s.api().ReplaceAll(t.Context(), Subaccount, []Stored{{Name: "a"}, {Name: "gone"}})
	if err != nil || errs[0] != nil || !errors.Is(errs[1], connect.ErrNotFound) {
		t.Errorf("%v %v", errs, err)
	}
}
