package view

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

func sarifCheck(t testing.TB) func(t fataler, text string) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("testdata/schemas/sarif-2.1.0-rtm.5.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(t fataler, text string) {
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err == nil {
			err = schema.Validate(document)
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	}
}

type fataler interface{ Fatalf(string, ...any) }

// The schema of others finds nothing wrong, whatever happened.
func TestSARIFIsValid(t *testing.T) {
	check := sarifCheck(t)
	for name, results := range situations() {
		t.Run(name, func(t *testing.T) { check(t, rendered(t, "sarif.json", results)) })
	}
	check(t, rendered(t, "sarif.json", nil))
}

// junitParents says where an element may stand, and junitAttributes what it may
// say, as junit-10.xsd of the Jenkins xUnit plugin does: there is no schema in a
// form that Go can check. make lint holds the golden files against an older one.
var (
	junitParents = map[string]string{
		"testsuites": "", "testsuite": "testsuites", "properties": "testsuite", "property": "properties", "testcase": "testsuite",
		"error": "testcase", "failure": "testcase", "skipped": "testcase", "system-out": "testsuite testcase",
	}
	junitAttributes = map[string]string{
		"testsuites": "name tests failures errors time", "testsuite": "name tests failures errors skipped time",
		"property": "name value", "testcase": "classname name time", "error": "message type", "failure": "message type", "skipped": "message type",
	}
	junitSeconds = regexp.MustCompile(`^\d+\.\d{3}$`)
)

func junitWhole(t fataler, text string) {
	d := xml.NewDecoder(strings.NewReader(text))
	path := []string{""}
	counts := map[string]int{}
	var suites junitSuites
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		switch x := token.(type) {
		case xml.StartElement:
			name := x.Name.Local
			counts[name]++
			if parents, ok := junitParents[name]; !ok || !slices.Contains(strings.Split(parents, " "), path[len(path)-1]) {
				t.Fatalf("<%s> in <%s>", name, path[len(path)-1])
			}
			for _, a := range x.Attr {
				if !slices.Contains(strings.Fields(junitAttributes[name]), a.Name.Local) || strings.HasPrefix(name, "testsuite") && a.Name.Local == "time" && !junitSeconds.MatchString(a.Value) {
					t.Fatalf("<%s %s=%q>", name, a.Name.Local, a.Value)
				}
			}
			path = append(path, name)
		case xml.EndElement:
			path = path[:len(path)-1]
		}
	}
	if err := xml.Unmarshal([]byte(text), &suites); err != nil {
		t.Fatalf("%v", err)
	}
	if suites.Tests != counts["testcase"] || suites.Failures != counts["failure"] || suites.Errors != counts["error"] {
		t.Fatalf("%d tests, %d failures, %d errors, but %v", suites.Tests, suites.Failures, suites.Errors, counts)
	}
}

func TestJUnitIsWhole(t *testing.T) {
	for name, results := range situations() {
		t.Run(name, func(t *testing.T) { junitWhole(t, rendered(t, "junit.xml", results)) })
	}
}

// What the manifest asks for passes; what somebody changed by hand does not.
func TestJUnitVerdicts(t *testing.T) {
	asked := updateDestination()
	asked.Changes = asked.Changes[2:3]
	for name, test := range map[string]struct {
		r    Result
		want string
	}{
		"create":   {dryRun(plan(createDestination())), `failures="0" errors="0" skipped="0"`},
		"asked":    {dryRun(plan(asked)), `failures="0" errors="0" skipped="0"`},
		"by hand":  {dryRun(plan(updateDestination())), `failures="1" errors="0" skipped="0"`},
		"failed":   {failedApply(), `failures="1" errors="0" skipped="3"`},
		"invalid":  {situations()["invalid"][0], `failures="0" errors="3" skipped="0"`},
		"findings": {situations()["verify"][0], `failures="2" errors="0" skipped="1"`},
	} {
		if got := rendered(t, "junit.xml", []Result{test.r}); !strings.Contains(got, test.want) {
			t.Errorf("%s: want %s in\n%s", name, test.want, got)
		}
	}
}

// Jenkins and GitLab list failures by their message alone, so it holds the cause.
func TestJUnitMessageHoldsTheCause(t *testing.T) {
	got := rendered(t, "junit.xml", []Result{failedApply()})
	want := `<failure message="failed Destination/IPS_PROXY · update: destination service: PUT /subaccountDestinations: 503 Service Unavailable" type="failed">`
	if !strings.Contains(got, want) {
		t.Errorf("want %s in\n%s", want, got)
	}
}

// workflowLine is a whole command: nothing in it ends it early.
var workflowLine = regexp.MustCompile(`^::(error|warning|notice) [a-z]+=[^,:\n]*(,[a-z]+=[^,:\n]*)*::[^\n\r]*$`)

func githubCheck(t fataler, text string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); !workflowLine.MatchString(line) {
			t.Fatalf("no command: %q", line)
		}
	}
}

func gitlabCheck(t fataler, text string) {
	var all []violation
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	seen := map[string]bool{}
	for _, v := range all {
		if seen[v.Fingerprint] || len(v.Fingerprint) != 32 || v.Location.Path == "" || v.Location.Lines.Begin < 1 || v.Severity == "" {
			t.Fatalf("not whole: %+v", v)
		}
		seen[v.Fingerprint] = true
	}
}

func TestGitLabFingerprints(t *testing.T) {
	before := many(3, change("/properties/URL", "/a", "/b", resource.OriginLive))
	after := many(3, change("/properties/URL", "/a", "/c", resource.OriginLive))
	for i := range after.Plan.Steps {
		after.Plan.Steps[i].Position.Line += 7
	}
	prints := func(r Result) []string { return fingerprints(r, notices(r, true)) }
	if !slices.Equal(prints(before), prints(after)) {
		t.Error("a moved line or another value makes another fingerprint")
	}
	if after.Stage = "dev"; slices.Equal(prints(before), prints(after)) {
		t.Error("two stages share fingerprints")
	}
}

var (
	tag        = regexp.MustCompile(`<(!?/?[a-zA-Z0-9]*)`)
	tags       = strings.Fields("!DOCTYPE html head meta title style body a header p nav ul li span main article h1 b section h2 div code details summary table thead tbody tr th td footer pre mark svg g path rect text tspan")
	attribute  = regexp.MustCompile(`\s(on[a-z]+|style|src|srcdoc)\s*=`)
	reference  = regexp.MustCompile(`(href|action)="([^"]*)"`)
	htmlID     = regexp.MustCompile(` id="([^"]*)"`)
	htmlStyles = regexp.MustCompile(`(?s)<style>.*?</style>`)
)

// htmlCheck holds that a page has only our elements, asks for nothing, and that
// every link ends on the page.
func htmlCheck(t fataler, text string) {
	text = htmlStyles.ReplaceAllString(text, "")
	for _, m := range tag.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(tags, strings.TrimPrefix(m[1], "/")) {
			t.Fatalf("foreign element %q", m[0])
		}
	}
	for element := range strings.SplitSeq(text, "<") {
		if inside, _, _ := strings.Cut(element, ">"); attribute.MatchString(quotedText.ReplaceAllString(inside, `""`)) {
			t.Fatalf("foreign attribute in %q", inside)
		}
	}
	if strings.Contains(text, "<table>") || strings.Contains(text, "<td>") {
		t.Fatalf("a table that a phone cannot stack, or a cell without its word, in\n%s", text)
	}
	ids := map[string]bool{}
	for _, m := range htmlID.FindAllStringSubmatch(text, -1) {
		if ids["#"+m[1]] {
			t.Fatalf("the id %q twice", m[1])
		}
		ids["#"+m[1]] = true
	}
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		if !ids[m[2]] {
			t.Fatalf("%q leads nowhere", m[0])
		}
	}
}

var quotedText = regexp.MustCompile(`"[^"]*"`)

func TestHTMLIsSelfContained(t *testing.T) {
	if strings.Contains(htmlStyle, "url(") || strings.Contains(htmlStyle, "@import") || strings.Contains(htmlPage, "<script") {
		t.Error("the page asks for something")
	}
	for name, results := range situations() {
		t.Run(name, func(t *testing.T) { htmlCheck(t, rendered(t, "html", results)) })
	}
}

// Whatever a value holds, every format stays whole, and none starts a command of a
// pipeline.
func TestFormatsHostile(t *testing.T) {
	sarif := sarifCheck(t)
	checks := map[string]func(fataler, string){"html": htmlCheck, "junit.xml": junitWhole, "github.txt": githubCheck, "sarif.json": sarif}
	check := func(t fataler, r Result) {
		both := []Result{r, r}
		for format, check := range checks {
			var b bytes.Buffer
			if err := written[format](&b, both); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			check(t, b.String())
			if format != "html" && strings.Contains(b.String(), "##") || strings.Contains(b.String(), "##vso[") {
				t.Fatalf("%s holds a command", format)
			}
		}
		var b bytes.Buffer
		_ = GitLab(&b, []Result{r})
		gitlabCheck(t, b.String())
		for _, style := range styles() {
			b.Reset()
			_ = Text(&b, []Result{r}, style)
			for line := range strings.Lines(b.String()) {
				if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##") {
					t.Fatalf("text holds a command: %q", line)
				}
			}
		}
	}
	commands := []string{"##vso[task.setvariable]x", "###[error]", "::error::x", "a\n::error::x", "a%0A::error::", "<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "]]>", "javascript:x", "\x00\x1b[31m", "</style><script>"}
	for _, h := range slices.Concat(hostile, commands) {
		check(t, hostileResult(h))
	}
	// The schema takes its time, and texts are all that it looks at here.
	delete(checks, "sarif.json")
	rapid.Check(t, func(t *rapid.T) { check(t, arbitrary(t)) })
}

// hostileResult holds a text everywhere.
func hostileResult(h string) Result {
	at := resource.Position{File: h, Line: 1, Col: 1}
	s := reconcile.Step{
		Ref: ref(h, h), Action: reconcile.Update, Via: resource.Way(h), Reason: h, Position: at, BlockedBy: []string{h},
		Positions: map[string]resource.Position{"/" + h: {File: h}}, Facts: []reconcile.Fact{{Path: h, Evidence: reconcile.Evidence(h)}},
		Changes: []resource.Change{
			change("/"+h, h, h+"x", resource.OriginLive),
			change("/"+h, strings.Repeat(h, 101), "x", resource.OriginLive),
			{Path: h, Have: resource.Text(h), Want: resource.Hidden(secret.New("x"), secret.Ref{File: h}).WithLabel(h)},
			{Path: h, Have: resource.Seal(), Want: resource.Output(ref(h, h), h)},
		},
	}
	free := s
	free.BlockedBy, free.Name = nil, h+"2"
	p := plan(s, free, ended(s, reconcile.Failed, h), ended(s, reconcile.Applied, h))
	p.Digest = h
	f := resource.Fault{Code: h, Message: h, Position: at, Remedy: h, Source: h}
	return Result{
		Command: h, Integration: h, Stage: h, Landscape: h, Notes: []string{h}, Plan: p, Errors: []resource.Fault{f}, Warnings: []resource.Fault{f},
		Findings: []resource.Finding{{Code: h, Ref: ref(h, h), Leg: h, Message: h, Cause: h, Remedy: h, Source: h}},
		Verified: []Check{{Ref: ref(h, h), Leg: h, What: h, Detail: h}, {Ref: ref(h, h), Leg: h, What: h, OK: true}},
	}
}

func TestFormatsShowNoSecret(t *testing.T) {
	for _, text := range []string{canary, strings.Repeat(canary, 30), canary + "\n" + canary} {
		changes := secretChanges(resource.Hidden(secret.New(text), secret.Ref{}), resource.Hidden(secret.New(text), secret.Ref{Env: "NAME"}).WithLabel("2026-11"))
		for _, action := range []reconcile.Action{"create", "update", "delete", "adopt", "run", "kept", "unchanged"} {
			for _, outcome := range []reconcile.Outcome{"", "applied", "failed", "waiting"} {
				r := dryRun(plan(reconcile.Step{Ref: proxyDestination, Action: action, Outcome: outcome, Changes: changes}))
				for format := range written {
					if strings.Contains(rendered(t, format, []Result{r}), canary) {
						t.Errorf("%s of %s %s shows a secret", format, action, outcome)
					}
				}
			}
		}
	}
}

func TestFormatsReportWriteErrors(t *testing.T) {
	for format, write := range written {
		if write(failing{io.ErrClosedPipe}, situations()["create"]) == nil {
			t.Errorf("%s: no error", format)
		}
	}
}
