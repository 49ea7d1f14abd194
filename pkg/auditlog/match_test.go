package auditlog

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/resource"
)

// record writes a record as the service does: JSON in a text in JSON in a text.
func record(t testing.TB, user, at string, data any) Record {
	t.Helper()
	inner, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	message, _ := json.Marshal(map[string]string{"uuid": "u", "user": user, "time": at, "data": string(inner)})
	raw, _ := json.Marshal(map[string]string{
		"message_uuid": "u", "time": at, "user": user, "category": "audit.configuration", "message": string(message),
	})
	return ParseRecord(raw)
}

func subject(kind, name string, more ...string) Subject {
	s := Subject{Ref: resource.Ref{Kind: kind, Name: name}, Fields: map[string]string{"name": name}}
	for i := 0; i+1 < len(more); i += 2 {
		s.Fields[more[i]] = more[i+1]
	}
	return s
}

var subjects = []Subject{
	subject("IAGSystem", "IAS"),
	subject("IAGSystem", "IAS prod"),
	subject("Parameter", "UserSource/SourceSystem", "group", "UserSource", "parameter", "SourceSystem"),
	subject("Job", "IAS repository sync", "category", "Repository Sync", "iagSystem", "IAS"),
	subject("Job", "groups", "category", "SCI User Group Sync", "alone", "SCI User Group Sync"),
}

func TestFind(t *testing.T) {
	type m = map[string]any
	for name, test := range map[string]struct {
		data any
		want []string
	}{
		"created":              {m{"objectType": "Application", "objectName": "IAS", "action": "created"}, []string{"IAGSystem/IAS created named moves"}},
		"in a sentence":        {"Application IAS was deleted by the administrator", []string{"IAGSystem/IAS deleted named moves"}},
		"the longer name":      {"Application 'IAS prod' changed", []string{"IAGSystem/IAS prod changed named moves"}},
		"other letter case":    {"APPLICATION ias CHANGED", []string{"IAGSystem/IAS changed named moves"}},
		"another's name":       {m{"objectType": "Application", "objectName": "IAS test", "action": "created"}, []string{"IAGSystem/IAS created hinted moves"}},
		"another in quotes":    {"Application 'IAS test' created by the tenant's administrator", []string{"IAGSystem/IAS created hinted moves"}},
		"in quotes":            {`Application "IAS" of 'IAS test' created`, []string{"IAGSystem/IAS created named moves"}},
		"part of a word":       {"Application BIAS changed", nil},
		"a parameter's value":  {m{"type": "Application parameter", "name": "UserSource/SourceSystem", "newValue": "IAS", "action": "changed"}, []string{"Parameter/UserSource/SourceSystem changed named moves"}},
		"a parameter in parts": {m{"type": "Configuration Parameter", "group": "UserSource", "key": "SourceSystem", "value": "IAS"}, []string{"Parameter/UserSource/SourceSystem touched hinted moves"}},
		"a job of a system":    {m{"type": "Job scheduler", "name": "IAS repository sync", "for": "Application IAS", "action": "scheduled"}, []string{"Job/IAS repository sync scheduled named moves"}},
		"a run":                {m{"type": "Job scheduler", "name": "IAS repository sync", "action": "started"}, []string{"Job/IAS repository sync ran named"}},
		"a job by category":    {"Job scheduler: Repository Sync for IAS scheduled", []string{"Job/IAS repository sync scheduled hinted moves"}},
		"another's category":   {"Job scheduler: Repository Sync for SAC scheduled", nil},
		"a job without system": {"Job scheduler: SCI User Group Sync scheduled", []string{"Job/groups scheduled hinted moves"}},
		"something else":       {m{"objectType": "Role", "objectName": "IAS"}, nil},
		"no object":            {m{"objectType": "Application"}, nil},
		"a number":             {42, nil},
		"a verb in a name":     {m{"objectType": "Application", "objectName": "IAS", "note": "new start", "action": "deleted"}, []string{"IAGSystem/IAS deleted named moves"}},
		"an unheard-of verb":   {m{"objectType": "Application", "objectName": "IAS", "action": "frobbed"}, []string{"IAGSystem/IAS touched named moves"}},
	} {
		var have []string
		for _, h := range Find([]Record{record(t, "job.admin@example.com", "2026-11-23T10:00:00.000Z", test.data)}, Matchers(), subjects) {
			text := h.Ref.String() + " " + h.Verb + " hinted"
			if h.Named {
				text = h.Ref.String() + " " + h.Verb + " named"
			}
			if h.Moves {
				text += " moves"
			}
			have = append(have, text)
		}
		if diff := cmp.Diff(test.want, have); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWhoAndWhenAreNoObjects(t *testing.T) {
	r := record(t, "application IAS", "2026-11-23T10:00:00.000Z", map[string]string{"objectType": "Role"})
	if hits := Find([]Record{r}, Matchers(), subjects); len(hits) != 0 {
		t.Errorf("%+v", hits)
	}
}

func TestNewestFirstAndSince(t *testing.T) {
	old := record(t, "a", "2026-11-23T10:00:00.000Z", "Application IAS created")
	late := record(t, "b", "2026-11-23T12:00:00.000Z", "Application IAS changed")
	hits := Find([]Record{old, late}, Matchers(), subjects)
	if len(hits) != 2 || hits[0].Record.User != "b" || hits[1].Record.User != "a" {
		t.Fatalf("%+v", hits)
	}
	noon := time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)
	if !hits[0].Since(noon) || hits[1].Since(noon) || (Hit{Moves: true, Record: late}).Since(noon) || (Hit{Named: true, Record: late}).Since(noon) {
		t.Error("since does not tell")
	}
}

func TestReword(t *testing.T) {
	other := Reword(Matchers(), map[string][]string{"IAGSystem": {"Anwendung"}})
	r := record(t, "u", "", "Anwendung IAS geändert")
	if len(Find([]Record{r}, Matchers(), subjects)) != 0 || len(Find([]Record{r}, other, subjects)) != 1 {
		t.Error("other words are not taken")
	}
	if Matchers()[0].Words[0] == "Anwendung" {
		t.Error("the table was changed")
	}
}

func TestParseRecordKeepsAll(t *testing.T) {
	raw := json.RawMessage(`{"message_uuid":"1","time":"2026-11-23T10:00:00.5Z","user":"u","category":"audit.configuration","message":"Application  IAS\ncreated"}`)
	r := ParseRecord(raw)
	want := time.Date(2026, 11, 23, 10, 0, 0, 500e6, time.UTC)
	if string(r.Raw) != string(raw) || r.ID != "1" || r.User != "u" || !r.At.Equal(want) || r.Message() != "Application IAS created" {
		t.Errorf("%+v %q", r, r.Message())
	}
	if odd := ParseRecord(json.RawMessage(`{"user":7,"message":"Application IAS"}`)); !slices.Contains(odd.texts, "Application IAS") {
		t.Errorf("%+v", odd)
	}
}

func TestTablesAreComplete(t *testing.T) {
	if len(Matchers()) != 3 || len(verbs()) < 5 || len(table("columns.csv")) < 8 || len(table("types.csv")) != 2 {
		t.Fatal("a table cannot be read")
	}
	for _, m := range Matchers() {
		if m.Kind == "" || slices.Contains(m.Words, "") || len(m.By) == 0 || m.By[0][0] != "name" {
			t.Errorf("%+v", m)
		}
	}
}

func TestHoldsWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-zäß0-9]{1,8}`).Draw(t, "word")
		before, after := rapid.StringMatching(`[a-z .'"]{0,6}`).Draw(t, "before"), rapid.StringMatching(`[a-z .'"]{0,6}`).Draw(t, "after")
		if !holdsWord(before+" "+word+"'"+after, word) || holdsWord("x"+word+"x", word) && word != "x" {
			t.Fatalf("%q", before+word+after)
		}
	})
}

func FuzzParseRecord(f *testing.F) {
	f.Add([]byte(`{"message_uuid":"1","time":"2026-11-23T10:00:00Z","user":"u","message":"{\"data\":\"{\\\"objectType\\\":\\\"Application\\\",\\\"objectName\\\":\\\"IAS\\\"}\"}"}`))
	f.Add([]byte(`{"message":[1,{"a":"Job scheduler Repository Sync IAS"}]}`))
	f.Add([]byte(`nonsense`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := ParseRecord(data)
		if string(r.Raw) != string(data) {
			t.Fatal("the raw record was changed")
		}
		for _, h := range Find([]Record{r}, Matchers(), subjects) {
			if h.Verb == "" || h.Ref.Name == "" {
				t.Fatalf("%+v", h)
			}
		}
		_ = r.Message()
	})
}
