package destination

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
)

// FuzzResults: an answer to a write is one of the known forms; nothing that says
// that it failed passes for a success, and its error is one line without the secret.
func FuzzResults(f *testing.F) {
	for _, body := range []string{
		`{"Count":1}`, `{"Count":"1"}`, `{"Count":0}`, `{"Count":"0"}`, `{"Count":0.0}`, `{"Count":null}`, `{}`, ``, `null`, `[]`, `[null]`,
		`[{"name":"a","status":201,"etag":"x"}]`, `[{"name":"a","status":409,"cause":"Duplicate key"}]`, `[{"name":"a","status":-1,"cause":"pw-CANARY-4711\nx"}]`,
		`[{"name":"b","status":207}]`, `{"Count":[0]}`, `{"Count":-1}`, `<html>`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := newService(t)
		s.answer = func(r request) (int, string) {
			if r.method == http.MethodGet {
				return 0, ""
			}
			return 200, body
		}
		one := Stored{Name: "a", Properties: map[string]string{"Type": "HTTP", "Password": "pw-CANARY-4711"}}
		err := s.api().Create(t.Context(), Subaccount, one)
		all := results([]byte(body))
		failed := len(all) > 0 && (all[0].Status < 200 || all[0].Status >= 300) || body != "" && !json.Valid([]byte(body))
		if (err != nil) != failed {
			t.Errorf("%q: %v", body, err)
		}
		if err != nil && (strings.Contains(err.Error(), one.Properties["Password"]) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("the error shows %q", err)
		}
	})
}

// FuzzList: a list is read whole or not at all, each object comes back as it was
// read, and an error shows no value.
func FuzzList(f *testing.F) {
	for _, body := range []string{
		`[]`, `[{"Name":"a","Type":"HTTP","Password":"pw-CANARY-4711"}]`, `[{"Name":"b"},{"Name":"a","$metadata":{"etag":"x","modification_time":"1720000000000"}}]`,
		`[{"Name":"a"},{"Password":"pw-CANARY-4711"}]`, `[null]`, `{}`, `null`, ``, `[{"Name":1e999}]`, `[{"Name":"a","n":1.50,"o":{"b":null}}]`, `<html>`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := newService(t)
		s.answer = func(request) (int, string) { return 200, body }
		all, _, err := s.api().list(t.Context(), "/v1/subaccountDestinations", "etag", keyName)
		if err == nil && !strings.HasPrefix(strings.TrimSpace(body), "[") {
			t.Errorf("%q is a list", body)
		}
		if err != nil {
			if len(all) > 0 || strings.Contains(err.Error(), "CANARY") {
				t.Errorf("%d objects with %v", len(all), err)
			}
			return
		}
		for _, one := range all {
			data, err := json.Marshal(encodeStored(one, keyName))
			if err != nil {
				t.Fatal(err)
			}
			again, err := decodeStored(data, keyName)
			if err != nil || again.Name != one.Name || !maps.Equal(again.Properties, one.Properties) {
				t.Errorf("%s came back otherwise: %v", one.Name, err)
			}
		}
	})
}
