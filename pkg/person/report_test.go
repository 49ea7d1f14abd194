package person

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/resource"
)

func TestIdentifier(t *testing.T) {
	const id = "0f8b2c1e-9a51-4d27-8c3e-5b6a7d8e9f01"
	for _, c := range []struct{ text, want string }{
		{id, id},
		{"  " + id + "\n", id},
		{"https://t.accounts.ondemand.com/admin/#/proxySystems/" + id, id},
		{"https://t.accounts.ondemand.com/admin/11111111-2222-3333-4444-555555555555/systems/" + id + "/details?tab=1", id},
		{"T000003", "T000003"},
		{"https://t.accounts.ondemand.com/admin", ""},
		{"", ""},
		{"two words", ""},
	} {
		have, err := Identifier(c.text)
		if have != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: %q, %v, want %q", c.text, have, err, c.want)
		}
	}
}

// TestFileRoundTrip writes and reads report files of all kinds of texts.
func TestFileRoundTrip(t *testing.T) {
	text := rapid.StringMatching(`[ -~ä]{0,20}`)
	rapid.Check(t, func(t *rapid.T) {
		want := NewFile("iag-prod", []Report{{
			Object: "Job/" + rapid.StringMatching(`[a-z /]{1,9}`).Draw(t, "name"), Action: rapid.SampledFrom([]string{"", "run"}).Draw(t, "action"),
			Order: text.Draw(t, "order"), ID: text.Draw(t, "id"), By: text.Draw(t, "by"), Ticket: text.Draw(t, "ticket"),
			At: time.Unix(rapid.Int64Range(1, 1<<32).Draw(t, "at"), 0).UTC(),
		}})
		data, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		have, err := ReadFile(data)
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestReadFileRefuses(t *testing.T) {
	const head = "apiVersion: reconcile/v1\nkind: Report\nintegration: iag-prod\n"
	for name, text := range map[string]string{
		"nothing":        "",
		"another kind":   strings.Replace(head, "Report", "Integration", 1),
		"unknown field":  head + "reports: [{object: Job/x, at: 2026-11-23T13:00:00Z, secret: hunter2}]\n",
		"no kind":        head + "reports: [{object: x, at: 2026-11-23T13:00:00Z}]\n",
		"no time":        head + "reports: [{object: Job/x}]\n",
		"two documents":  head + "---\n" + head,
		"no integration": "apiVersion: reconcile/v1\nkind: Report\n",
	} {
		if _, err := ReadFile([]byte(text)); !errors.Is(err, ErrReport) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func sample() Runbook {
	orders := []resource.Order{
		{ID: "sha256:" + strings.Repeat("a", 64), Ref: resource.Ref{Kind: "ProxySystem", Name: "IAS for IAG"}, Action: "create", Identified: true},
		{ID: "sha256:" + strings.Repeat("b", 64), Ref: resource.Ref{Kind: "Job", Name: "group sync"}, Action: "run"},
	}
	return NewRunbook(Runbook{Integration: "iag", Stage: "prod"}, orders)
}

// TestReadRunbook takes what is ticked and nothing else.
func TestReadRunbook(t *testing.T) {
	r := sample()
	r.Orders[0].Result = Result{Done: true, ID: "x-1", By: "anna", Ticket: "T-1"}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	have, err := Read(data)
	if err != nil {
		t.Fatal(err)
	}
	want := []Report{{Object: "ProxySystem/IAS for IAG", Action: "create", Order: r.Orders[0].ID, ID: "x-1", By: "anna", Ticket: "T-1"}}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}

func TestReadMarkdown(t *testing.T) {
	order := "sha256:" + strings.Repeat("a", 64)
	text := "# Work orders\n- [x] Done\n\n## 1. create ProxySystem/IAS for IAG\n\nOrder `" + order + "`\n\n" +
		"1. [x] Press **Save**\n\n- [X] Done\n- System ID: `x-1`\n- By: anna\n- Ticket: ____\n\n" +
		"## 2. run Job/group sync\n\n- [ ] Done\n- By: bert\n"
	have, err := Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []Report{{Object: "ProxySystem/IAS for IAG", Action: "create", Order: order, ID: "x-1", By: "anna"}}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
	if _, err := Read([]byte("just a text\n- [x] Done\n")); !errors.Is(err, ErrReport) {
		t.Errorf("%v", err)
	}
}

// TestReadNoted: an identifier may stand at its step, below, or at both.
func TestReadNoted(t *testing.T) {
	const id = "0f8b2c1e-9a51-4d27-8c3e-5b6a7d8e9f01"
	for _, c := range []struct{ step, below, want string }{
		{"`" + id + "`", "____", id},
		{"`____`", id, id},
		{"`" + id + "`", "`" + id + "`", id},
		{"____ " + id, "", id},
		{"`x-1`", "x-2", ""},
		{"`____`", "____", "none"},
	} {
		text := "## 1. create ProxySystem/IAS for IAG\n\n9. [x] Write down the **System ID**: " + c.step + " (the last part of the page's address)\n\n" +
			"- [x] Done\n- System ID: " + c.below + "\n"
		have, err := Read([]byte(text))
		switch {
		case c.want == "":
			if !errors.Is(err, ErrReport) || !strings.Contains(err.Error(), "two identifiers") {
				t.Errorf("%+v: %v", c, err)
			}
		case err != nil || have[0].ID != strings.TrimPrefix(c.want, "none"):
			t.Errorf("%+v: %+v, %v", c, have, err)
		}
	}
}

// TestReadRun takes what was copied from Job History.
func TestReadRun(t *testing.T) {
	want := Run{Status: "Completed", Finished: "2026-11-27 02:14", Users: "1200", Groups: "40"}
	text := "## 1. run Job/group sync\n\n- [x] Done\n- Status: Completed\n- Started: ____\n- Finished: 2026-11-27 02:14\n- Users: 1200\n- Groups: 40\n"
	have, err := Read([]byte(text))
	if err != nil || have[0].Run != want {
		t.Errorf("%+v, %v", have, err)
	}
	r := sample()
	if r.Orders[0].Result.Run != nil || r.Orders[1].Result.Run == nil {
		t.Fatalf("%+v", r.Orders)
	}
	for _, filled := range []string{`"users":1200,"groups":"40"`, `"users":"1200","groups":40`} {
		text := `{"formatVersion":1,"document":"runbook","orders":[{"kind":"Job","name":"group sync","action":"run","result":{"done":true,` +
			`"status":"Completed","finished":"2026-11-27 02:14",` + filled + `}}]}`
		if have, err := Read([]byte(text)); err != nil || have[0].Run != want {
			t.Errorf("%+v, %v", have, err)
		}
	}
}

// FuzzRead holds that whatever is handed back is read or refused, and that what
// is read can be reported again.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"formatVersion": 1, "document": "runbook", "orders": [{"kind": "Job", "name": "x", "result": {"done": true}}]}`))
	f.Add([]byte("## 1. create Job/x\n- [x] Done\n- Id: ____\n"))
	f.Add([]byte("apiVersion: reconcile/v1\nkind: Report\nintegration: a\nreports: [{object: Job/x, at: 2026-11-23T13:00:00Z}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		reports, err := Read(data)
		if err != nil {
			if !errors.Is(err, ErrReport) {
				t.Fatalf("another error: %v", err)
			}
			return
		}
		for _, r := range reports {
			_, _ = Identifier(r.ID)
			_, _ = resource.ParseRef(r.Object)
		}
	})
}
