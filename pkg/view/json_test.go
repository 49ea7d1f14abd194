package view

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

func encoded(t testing.TB, results []Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := JSON(&b, results); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// decoded reads exactly one document that ends with a line end.
func decoded(t interface{ Fatalf(string, ...any) }, text string) map[string]any {
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if !strings.HasSuffix(text, "}\n") {
		t.Fatalf("no line end after the document: %q", text)
	}
	return document
}

// theRun reads a document of one run, also where it is a list.
func theRun(t interface{ Fatalf(string, ...any) }, text string) map[string]any {
	document := decoded(t, text)
	if runs, ok := document["runs"].([]any); ok && len(runs) == 1 {
		return runs[0].(map[string]any)
	}
	return document
}

func TestJSONGolden(t *testing.T) {
	for name, results := range situations() {
		t.Run(name, func(t *testing.T) { golden(t, name+".json", encoded(t, results)) })
	}
}

// shape are the fields that every result has, whatever happened.
var shape = []string{
	"command", "complete", "digest", "dryRun", "errors", "exitCode", "findings", "formatVersion",
	"integration", "stage", "steps", "summary", "verified", "warnings",
}

func checkShape(t interface{ Fatalf(string, ...any) }, run map[string]any) {
	fields := slices.DeleteFunc(slices.Sorted(maps.Keys(run)), func(f string) bool { return f == "landscape" || f == "target" || f == "notes" || f == "orders" })
	if !slices.Equal(fields, shape) || run["formatVersion"] != 1.0 {
		t.Fatalf("got the fields %v", fields)
	}
	for _, list := range []string{"steps", "findings", "verified", "warnings", "errors"} {
		if _, ok := run[list].([]any); !ok {
			t.Fatalf("%s is %v, no list", list, run[list])
		}
	}
	for _, s := range run["steps"].([]any) {
		if _, ok := s.(map[string]any)["changes"].([]any); !ok {
			t.Fatalf("no list of changes in %v", s)
		}
	}
	for _, f := range slices.Concat(run["errors"].([]any), run["warnings"].([]any)) {
		for _, field := range []string{"code", "message", "position", "remedy"} {
			if _, ok := f.(map[string]any)[field].(string); !ok {
				t.Fatalf("no %s in %v", field, f)
			}
		}
	}
}

func TestJSONShape(t *testing.T) {
	for name, results := range situations() {
		for _, r := range results {
			t.Run(name, func(t *testing.T) { checkShape(t, theRun(t, encoded(t, []Result{r}))) })
		}
	}
	checkShape(t, decoded(t, encoded(t, []Result{{}})))
}

func TestJSONSeveral(t *testing.T) {
	one := situations()["create"]
	for name, test := range map[string]struct {
		results []Result
		runs    int
	}{
		"none": {nil, 0}, "two": {append(one, one...), 2},
		// Also where nothing could be read: whoever reads drift reads runs.
		"drift": {[]Result{{Command: "drift", ExitCode: 3}}, 1}, "validate": {[]Result{{Command: "validate"}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			document := decoded(t, encoded(t, test.results))
			runs, ok := document["runs"].([]any)
			if !ok || len(runs) != test.runs || len(document) != 2 || document["formatVersion"] != 1.0 {
				t.Fatalf("got %v", document)
			}
			for _, run := range runs {
				checkShape(t, run.(map[string]any))
			}
		})
	}
}

func TestJSONSummary(t *testing.T) {
	summary := func(name string) map[string]any {
		return decoded(t, encoded(t, situations()[name][:1]))["summary"].(map[string]any)
	}
	for name, want := range map[string]map[string]float64{
		"create":  {"create": 2, "run": 1, "unchanged": 3, "calls": 12, "tookMs": 400},
		"update":  {"update": 2, "unchanged": 1, "calls": 12, "tookMs": 400},
		"delete":  {"delete": 1, "kept": 1, "forget": 1, "calls": 12, "tookMs": 400},
		"adopt":   {"adopt": 1, "calls": 12, "tookMs": 400},
		"waiting": {"create": 2, "waiting": 1, "blocked": 1, "calls": 12, "tookMs": 400},
		"failure": {"create": 3, "update": 1, "run": 1, "applied": 1, "failed": 1, "skipped": 1, "waiting": 1, "blocked": 1, "calls": 17, "retries": 2, "tookMs": 72000},
	} {
		for field, got := range summary(name) {
			if got != want[field] {
				t.Errorf("%s: %s is %v, want %v", name, field, got, want[field])
			}
		}
	}
}

func TestJSONDetails(t *testing.T) {
	run := decoded(t, encoded(t, situations()["waiting"][:1]))
	steps := run["steps"].([]any)
	if user := steps[0].(map[string]any); user["waits"] != true || user["kind"] != "SystemUser" || user["position"] != "integration.yaml:20:7" {
		t.Errorf("got %v", user)
	}
	if _, ok := steps[1].(map[string]any)["waits"]; ok {
		t.Error("a blocked step does not wait")
	}
	refused := decoded(t, encoded(t, situations()["refused"]))["errors"].([]any)
	if brake := refused[0].(map[string]any); brake["code"] != "E201" || brake["ref"] != "Destination/IPS_PROXY" {
		t.Errorf("got %v", brake)
	}
	found := decoded(t, encoded(t, situations()["verify"]))["findings"].([]any)
	if f := found[0].(map[string]any); f["ref"] != "Destination/IPS_PROXY" || f["leg"] != "IAG→IPS" {
		t.Errorf("got %v", f)
	}
}

// Writing a report changes nothing in the plan.
func TestJSONLeavesThePlanAlone(t *testing.T) {
	p := plan(runSync())
	encoded(t, []Result{dryRun(p)})
	render(t, []Result{dryRun(p)}, Style{})
	if p.Steps[0].Changes != nil {
		t.Error("the plan was changed")
	}
}

// A time that JSON cannot hold is an error, and nothing is half written.
func TestJSONWritesAllOrNothing(t *testing.T) {
	s := runSync()
	s.Facts = []reconcile.Fact{{At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}}
	var b bytes.Buffer
	if err := JSON(&b, []Result{dryRun(plan(s))}); err == nil || b.Len() > 0 {
		t.Errorf("got %v and %q", err, b.String())
	}
}

// arbitrary draws a result with any text anywhere.
func arbitrary(t *rapid.T) Result {
	text := rapid.Custom(func(t *rapid.T) string {
		return rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z\n"{} ]{0,150}`),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
	})
	draw := func(name string) string { return text.Draw(t, name) }
	value := func() resource.Value {
		return rapid.SampledFrom([]resource.Value{
			{},
			resource.Nothing(), resource.Text(draw("value")), resource.Seal(), password(draw("label")),
			resource.Output(ref(draw("kind"), draw("name")), draw("output")),
		}).Draw(t, "form")
	}
	s := reconcile.Step{
		Ref:      ref(draw("kind"), draw("name")),
		Action:   rapid.SampledFrom([]reconcile.Action{"", "create", "update", "delete", "adopt", "forget", "run", "kept", "unchanged", "x"}).Draw(t, "action"),
		Outcome:  rapid.SampledFrom([]reconcile.Outcome{"", "applied", "failed", "skipped", "waiting", "blocked"}).Draw(t, "outcome"),
		Via:      rapid.SampledFrom([]resource.Way{"", "api", "person"}).Draw(t, "via"),
		Evidence: rapid.SampledFrom([]reconcile.Evidence{"", "read", "unseen", "reported"}).Draw(t, "evidence"),
		Reason:   draw("reason"), Error: draw("error"), Detail: draw("detail"), BlockedBy: rapid.SliceOfN(text, 0, 2).Draw(t, "blockers"),
		Position: resource.Position{File: draw("file"), Line: 1},
	}
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		s.Changes = append(s.Changes, resource.Change{Path: draw("path"), Have: value(), Want: value(), Origin: resource.Origin(draw("origin"))})
	}
	fault := resource.Fault{Code: draw("code"), Message: draw("message"), Remedy: draw("remedy"), Source: draw("source"), Path: draw("path")}
	r := Result{
		Command: draw("command"), Integration: draw("integration"), Stage: draw("stage"), Landscape: draw("landscape"),
		Plan: plan(s, s), Errors: []resource.Fault{fault}, Warnings: []resource.Fault{fault},
		Findings: []resource.Finding{{Code: draw("code"), Ref: s.Ref, Leg: draw("leg"), Message: draw("message"), Cause: draw("cause")}},
		Verified: []Check{{Ref: s.Ref, Leg: draw("leg"), What: draw("what"), Detail: draw("detail")}},
		Calls:    rapid.IntRange(0, 3).Draw(t, "calls"),
	}
	r.Plan.Refused = []resource.Fault{fault}
	if rapid.Bool().Draw(t, "no plan") {
		r.Plan = nil
	}
	return r
}

func TestJSONProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := arbitrary(t)
		var b bytes.Buffer
		if err := JSON(&b, []Result{r}); err != nil {
			t.Fatal(err)
		}
		run := theRun(t, b.String())
		checkShape(t, run)
		if want := strings.ToValidUTF8(r.Command, "\uFFFD"); strings.ToValidUTF8(run["command"].(string), "") == "" && want != "" {
			t.Fatalf("the command %q became %q", want, run["command"])
		}
	})
}

func TestEach(t *testing.T) {
	if diff := cmp.Diff([]int{}, each[int](nil, func(i int) int { return i })); diff != "" {
		t.Error(diff)
	}
}
