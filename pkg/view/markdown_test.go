package view

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

func marked(t testing.TB, results []Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := Markdown(&b, results); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMarkdownGolden(t *testing.T) {
	for name, results := range situations() {
		t.Run(name, func(t *testing.T) {
			got := marked(t, results)
			golden(t, name+".md", got)
			checkMarkdown(t, got)
			if again := marked(t, results); again != got {
				t.Error("not the same twice")
			}
		})
	}
}

var (
	fenceLine = regexp.MustCompile("^(`{3,})(diff|text)?$")
	pipe      = regexp.MustCompile(`(^|[^\\])\|`)
	codeSpan  = regexp.MustCompile("`+")
)

// withoutFences returns the lines outside of fenced blocks.
func withoutFences(t testing.TB, text string) []string {
	t.Helper()
	var lines []string
	fence := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		m := fenceLine.FindStringSubmatch(line)
		switch {
		case fence == "" && m != nil:
			fence = m[1]
		case fence != "" && m != nil && m[2] == "" && len(m[1]) >= len(fence):
			fence = ""
		case fence == "":
			lines = append(lines, line)
		}
	}
	if fence != "" {
		t.Errorf("a fence stays open in\n%s", text)
	}
	return lines
}

// withoutCode drops the code spans of a line as CommonMark finds them.
func withoutCode(line string) string {
	var b strings.Builder
	for {
		at := codeSpan.FindStringIndex(line)
		if at == nil {
			return b.String() + line
		}
		fence, rest, end := line[at[0]:at[1]], line[at[1]:], -1
		for _, m := range codeSpan.FindAllStringIndex(rest, -1) {
			if m[1]-m[0] == len(fence) {
				end = m[1]
				break
			}
		}
		b.WriteString(line[:at[0]])
		if end < 0 {
			b.WriteString(fence)
			line = rest
			continue
		}
		line = rest[end:]
	}
}

// markedCode is a code span whose marked part is bold: letters and references only.
var markedCode = regexp.MustCompile(`<code>([^<>&|` + "`" + `*_@\[\]]|&#[0-9]+;|</?b>)*</code>`)

// checkMarkdown says whether tables, details and lines are whole, and whether
// anything outside of code could have a meaning of its own.
func checkMarkdown(t testing.TB, text string) {
	t.Helper()
	if len(text) >= commentLimit {
		t.Errorf("%d bytes", len(text))
	}
	open := 0
	for _, line := range withoutFences(t, text) {
		if n := len(pipe.FindAllString(line, -1)); strings.HasPrefix(line, "|") && line != "|---|---|---|---|" && n != 5 {
			t.Errorf("%d pipes in %q", n, line)
		}
		line = strings.TrimPrefix(line, "| # ") // the head of the table of work orders
		bare := markedCode.ReplaceAllString(withoutCode(line), "")
		open += strings.Count(bare, "<details>") - strings.Count(bare, "</details>")
		if open < 0 || open > 1 {
			t.Errorf("details are not balanced at %q", line)
		}
		for _, tag := range []string{"<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>"} {
			bare = strings.ReplaceAll(bare, tag, "")
		}
		if strings.HasPrefix(line, "<!--") || strings.HasPrefix(line, "<details>") {
			continue // escaped for HTML
		}
		if strings.ContainsAny(strings.TrimPrefix(bare, "### "), "<>&@#`*_[]") {
			t.Errorf("outside of code: %q", bare)
		}
	}
	if open != 0 {
		t.Errorf("details stay open in\n%s", text)
	}
}

func TestMarkdownOrder(t *testing.T) {
	result := failedApply()
	result.Plan.Steps = append(result.Plan.Steps, orphans().Steps...)
	at := -1
	got := marked(t, []Result{result})
	for _, word := range []string{"- delete", "✗ failed", "✗ blocked", "… waiting", "+ create", "! kept", "· forget"} {
		i := strings.Index(got, "| "+word)
		if i <= at {
			t.Errorf("%q is not in its place in\n%s", word, got)
		}
		at = i
	}
}

const digest = "Digest: `sha256:4711`\n"

// many returns an update of n objects, each with the given change.
func many(n int, c resource.Change) Result {
	var steps []reconcile.Step
	for i := range n {
		s := updateDestination()
		s.Name, s.Changes = fmt.Sprintf("D_%04d", i), []resource.Change{c}
		steps = append(steps, s)
	}
	return dryRun(plan(steps...))
}

func TestMarkdownLimit(t *testing.T) {
	short := change("/properties/URL", "/groups", "/Groups", resource.OriginLive)
	long := change("/read", strings.Repeat("é\n", 60), strings.Repeat("x", 200_000), resource.OriginLive)
	for name, results := range map[string][]Result{
		"2,000 objects":    {many(2000, short)},
		"details only":     {many(300, short)},
		"huge values":      {many(900, long)},
		"two integrations": {many(2000, short), many(2000, long)},
	} {
		t.Run(name, func(t *testing.T) {
			got := marked(t, results)
			checkMarkdown(t, got)
			if len(got) < commentLimit*8/10 {
				t.Errorf("only %d bytes are used", len(got))
			}
			if !strings.HasPrefix(got, "<!-- reconcile: iag-ias/prod -->\n### reconcile · iag-ias · prod\n\n") || !strings.HasSuffix(got, digest) {
				t.Errorf("head or digest is missing in\n%.300s", got)
			}
			for _, want := range []string{digest, summary(results[0]), " more objects, see the job's log\n"} {
				if strings.Count(got, want) < len(results) {
					t.Errorf("%q is missing", want)
				}
			}
		})
	}
}

// What is shown and what is said to be left out are all objects.
func TestMarkdownCountsWhatIsLeftOut(t *testing.T) {
	got := marked(t, []Result{many(2000, change("/a", "x", "y", resource.OriginLive))})
	m := regexp.MustCompile(`(?m)^… (\d+) more objects, see the job's log$`).FindAllStringSubmatch(got, -1)
	if rows := strings.Count(got, "\n| ~ update"); len(m) != 1 || m[0][1] != fmt.Sprint(2000-rows) {
		t.Errorf("%d rows and %v", rows, m)
	}
}

// Errors beyond the limit are counted as well, and so are integrations.
func TestMarkdownLimitOfOthers(t *testing.T) {
	errors := make([]resource.Fault, 5000)
	for i := range errors {
		errors[i] = resource.Fault{Code: "E104", Message: "unknown property"}
	}
	r := dryRun(orphans())
	r.Errors = errors
	got := marked(t, []Result{r})
	checkMarkdown(t, got)
	for _, want := range []string{" more errors, see", "… 3 more objects, see", digest} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
	r.Errors = nil
	got = marked(t, append(make([]Result, 200), r))
	checkMarkdown(t, got)
	if !strings.HasSuffix(got, " more integrations, see the job's log\n") {
		t.Error("integrations are not counted")
	}
}

var hostile = []string{
	"|", `\|`, `a\`, "`", "``` x ``", " ` ", "</details>", "<img src=x>", "&lt;", "@all", "#12 GH-12", "a\n| b |\n```\n</details>\n@all",
	"--> x", "*a* _b_ [c](d)", "https://example.com", "\u202e\u200b\x1b[31m", "\xff", ":smile:", "-", "1. x", "# x", "", strings.Repeat("`|@x\n", 60),
}

func TestMarkdownHostile(t *testing.T) {
	for _, h := range hostile {
		at := resource.Position{File: h, Line: 1}
		s := reconcile.Step{
			Ref: ref(h, h), Action: reconcile.Update, Via: resource.Way(h), Reason: h, Position: at, BlockedBy: []string{h},
			Positions: map[string]resource.Position{"/" + h: {File: h}},
			Changes: []resource.Change{
				change("/"+h, h, h+"x", resource.OriginLive),
				change("/"+h, strings.Repeat(h, 101), "x", resource.OriginLive),
				{Path: h, Have: resource.Seal(), Want: resource.Output(ref(h, h), h)},
				{Path: h, Have: resource.Text(h), Want: resource.Hidden(secret.New("x"), secret.Ref{File: h}).WithLabel(h)},
			},
		}
		failed, waits := s, s
		failed.Outcome, failed.Error, failed.Detail = reconcile.Failed, h, h
		waits.Outcome, waits.Action = reconcile.Waits, reconcile.Create
		p := plan(s, failed, waits, ended(s, reconcile.Applied, h))
		p.Digest = "sha256:" + h
		f := resource.Fault{Code: h, Message: h, Position: at, Remedy: h, Source: h}
		r := Result{
			Integration: h, Stage: h, Landscape: h, Plan: p, Errors: []resource.Fault{f}, Warnings: []resource.Fault{f},
			Findings: []resource.Finding{{Code: h, Ref: ref(h, h), Leg: h, Message: h, Cause: h, Remedy: h, Source: h}},
			Verified: []Check{{Ref: ref(h, h), Leg: h, What: h, Detail: h}},
		}
		got := marked(t, []Result{r})
		checkMarkdown(t, got)
		if first, _, _ := strings.Cut(got, "\n"); strings.Count(first, "-->") != 1 || !strings.HasSuffix(first, " -->") {
			t.Errorf("marker %q", first)
		}
	}
}

func TestMarkdownCode(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a": "`a`", "a`b": "``a`b``", "`": "`` ` ``", " a ": "`  a  `", "a\nb": "`a\\nb`", "```": "```` ``` ````",
	} {
		if got := code(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"it left the manifest; --prune would delete it": "it left the manifest; `--prune` would delete it",
		"ask @all about #12 and 404":                    "ask `@all` about `#12` and 404",
		"Job/x y_z\nchanges":                            "`Job/x y_z` changes",
		"PUT /a/b: 503, :":                              "PUT `/a/b`: 503, :",
		"1. x":                                          "`1.` x",
		"GH-12 http://x":                                "`GH-12 http://x`",
	} {
		if got := mdProse(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestMarkdownNames: a name with a blank is one name, wherever it stands.
func TestMarkdownNames(t *testing.T) {
	names := []string{"Job/a", "Job/a b", "SystemUser/IAG caller"}
	for in, want := range map[string]string{
		"SystemUser/IAG caller changes":                 "`SystemUser/IAG caller` changes",
		"blocked by Job/a b (waiting), Job/a (blocked)": "blocked by `Job/a b` (waiting), `Job/a` (blocked)",
		"blocked by Job/a, SystemUser/IAG caller":       "blocked by `Job/a`, `SystemUser/IAG caller`",
		"Job/abc changes":                               "`Job/abc` changes",
		"it left the manifest; --prune would delete it": "it left the manifest; `--prune` would delete it",
		"": "",
	} {
		if got := mdAbout(in, names); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestMarkdownShowsNoSecret(t *testing.T) {
	for _, text := range []string{canary, strings.Repeat(canary, 30), canary + "\n" + canary} {
		hidden := resource.Hidden(secret.New(text), secret.Ref{})
		known := resource.Hidden(secret.New(text), secret.Ref{Env: "NAME"}).WithLabel("2026-11")
		for _, action := range []reconcile.Action{"create", "update", "delete", "adopt", "run", "kept", "unchanged"} {
			for _, outcome := range []reconcile.Outcome{"", "applied", "failed", "waiting"} {
				s := reconcile.Step{Ref: proxyDestination, Action: action, Outcome: outcome, Changes: secretChanges(hidden, known)}
				if strings.Contains(marked(t, []Result{dryRun(plan(s))}), canary) {
					t.Errorf("%s %s shows a secret", action, outcome)
				}
			}
		}
	}
}

func TestMarkdownReportsWriteErrors(t *testing.T) {
	if err := Markdown(failing{io.ErrClosedPipe}, situations()["create"]); err == nil {
		t.Error("no error")
	}
}
