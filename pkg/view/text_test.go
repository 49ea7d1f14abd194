package view

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file. Escape characters are written as ␛.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	got = strings.ReplaceAll(got, "\x1b", "␛")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func render(t testing.TB, results []Result, style Style) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, results, style); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// styles are all ways of laying text out.
func styles() map[string]Style {
	return map[string]Style{
		"": {}, ".phone": {Width: 40}, ".narrow": {Width: 48}, ".color": {Color: true}, ".full": {Full: true},
		".all": {Color: true, Width: 72, Full: true},
	}
}

func TestTextGolden(t *testing.T) {
	for name, results := range situations() {
		t.Run(name, func(t *testing.T) { golden(t, name+".txt", render(t, results, Style{})) })
	}
	some := map[string][]string{
		".narrow": {"create", "update", "failure", "verify", "invalid"},
		".phone":  {"create", "update"},
		".color":  {"update", "failure", "verify"},
		".full":   {"update", "watched"},
	}
	for suffix, names := range some {
		for _, name := range names {
			t.Run(name+suffix, func(t *testing.T) {
				golden(t, name+suffix+".txt", render(t, situations()[name], styles()[suffix]))
			})
		}
	}
}

// Whatever the style, lines are clean.
func TestTextLines(t *testing.T) {
	for name, results := range situations() {
		for suffix, style := range styles() {
			got := render(t, results, style)
			if strings.Contains(got, "\n\n\n") || strings.HasPrefix(got, "\n") || !strings.HasSuffix(got, "\n") || strings.HasSuffix(got, "\n\n") {
				t.Errorf("%s%s: empty lines in\n%q", name, suffix, got)
			}
			if strings.Contains(got, "\x1b") && !style.Color {
				t.Errorf("%s%s: colour without being asked", name, suffix)
			}
			for line := range strings.Lines(got) {
				if line = strings.TrimSuffix(line, "\n"); strings.TrimRight(line, " ") != line {
					t.Errorf("%s%s: %q ends with a space", name, suffix, line)
				}
			}
		}
	}
}

// carets are lines below what differs, where no colour marks it.
var carets = regexp.MustCompile(`(?m)^[ │^]*\^\n`)

// Colour adds escapes and takes the place of carets, and nothing else.
func TestColourIsOnlyColour(t *testing.T) {
	for name, results := range situations() {
		plain, coloured := render(t, results, Style{}), render(t, results, Style{Color: true})
		if strings.Contains(coloured, "^") {
			t.Errorf("%s: carets and colour in\n%s", name, coloured)
		}
		plain = carets.ReplaceAllString(plain, "")
		if diff := cmp.Diff(plain, withoutColour(coloured)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func withoutColour(text string) string {
	for _, code := range append(ansi[1:], "0") {
		text = strings.ReplaceAll(text, "\x1b["+code+"m", "")
	}
	return text
}

// No line of a fixture is wider than the screen, but for a host or a time in the head,
// which a narrow one cannot hold.
func TestWidth(t *testing.T) {
	unbroken := func(line string) bool {
		return strings.Contains(line, "hana.ondemand.com") || strings.Contains(line, "snapshot of")
	}
	for _, width := range []int{40, 48, 60, 80, 120} {
		for name, results := range situations() {
			for line := range strings.Lines(render(t, results, Style{Width: width})) {
				line = strings.TrimSuffix(line, "\n")
				if utf8.RuneCountInString(line) > width && (width >= 60 || !unbroken(line)) {
					t.Errorf("%s at %d: %q", name, width, line)
				}
			}
		}
	}
}

// A cut never hides what differs.
func TestCutKeepsDifference(t *testing.T) {
	long := strings.Repeat("a", 40)
	c := change("/properties/URL", long+"/groups"+long, long+"/Groups"+long, resource.OriginLive)
	s := updateDestination()
	s.Changes = []resource.Change{c}
	got := render(t, []Result{dryRun(plan(s))}, Style{Width: 60})
	for _, want := range []string{"/groups", "/Groups", "…"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

// However narrow the screen is, each part of a value that differs or is new is on it.
func TestNoDifferenceIsCut(t *testing.T) {
	old := "https://one.example.com/" + strings.Repeat("abcdefghij", 7)
	fresh := "https://two.example.org/" + strings.Repeat("klmnopqrst", 7)
	for _, width := range []int{20, 30, 40, 50, 80} {
		for _, c := range []resource.Change{
			change("/properties/URL", old, fresh, resource.OriginLive),
			{Path: "/properties/URL", Want: resource.Text(fresh)},
			{Path: "/properties/URL", Have: resource.Text(old), Want: resource.Nothing()},
		} {
			for _, action := range []reconcile.Action{reconcile.Create, reconcile.Update} {
				s := updateDestination()
				s.Action, s.Changes = action, []resource.Change{c}
				got := strings.Join(strings.Fields(carets.ReplaceAllString(render(t, []Result{dryRun(plan(s))}, Style{Width: width}), "")), "")
				for _, v := range []resource.Value{c.Have, c.Want} {
					whole := action == reconcile.Update || v.Equal(c.Want)
					if v.Form() == resource.Literal && whole && !strings.Contains(got, v.Text()[len("https://"):len(v.Text())-1]) {
						t.Errorf("%s at %d: %s is cut in %s", action, width, v.Text(), got)
					}
				}
			}
		}
	}
}

func TestForeignTextCannotMoveTheCursor(t *testing.T) {
	evil := "a\x1b[2J\r\nb\u202e\xff::error::x"
	s := updateDestination()
	s.Name, s.Reason, s.Error, s.Detail, s.Outcome = evil, evil, evil, evil, reconcile.Failed
	s.Changes = append(s.Changes, change("/properties/"+evil, evil, evil+evil, "new"))
	r := applied(1, plan(s))
	r.Integration, r.Landscape = evil, evil
	r.Errors = []resource.Fault{{Code: evil, Message: evil, Remedy: evil, Source: evil, Position: resource.Position{File: evil}}}
	r.Findings = []resource.Finding{{Code: evil, Ref: ref(evil, evil), Leg: evil, Message: evil, Cause: evil}}
	r.Verified = []Check{{Ref: ref(evil, evil), Leg: evil, What: evil, Detail: evil}}
	for _, width := range []int{0, 30} {
		got := render(t, []Result{r}, Style{Width: width})
		if strings.ContainsAny(got, "\x1b\r\u202e") || !utf8.ValidString(got) {
			t.Errorf("control characters in %q", got)
		}
		for line := range strings.Lines(got) {
			if strings.HasPrefix(strings.TrimSpace(line), "::") {
				t.Errorf("a CI system would obey %q", line)
			}
		}
	}
}

// Any text anywhere, any width: it prints, and lines stay clean.
func TestTextProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := arbitrary(t)
		style := Style{Color: rapid.Bool().Draw(t, "color"), Width: rapid.IntRange(0, 100).Draw(t, "width"), Full: rapid.Bool().Draw(t, "full")}
		var b bytes.Buffer
		if err := Text(&b, []Result{r, r}, style); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(withoutColour(line), "\n")
			if strings.TrimRight(line, " ") != line || clean(line) != line {
				t.Fatalf("unclean line %q", line)
			}
		}
	})
}

func TestTextPassesErrorsOn(t *testing.T) {
	broken := errors.New("disk full")
	if err := Text(failing{broken}, situations()["create"], Style{}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if err := JSON(failing{broken}, nil); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestExcerpt(t *testing.T) {
	for _, test := range []struct {
		a, b       string
		room       int
		wantA      string
		head, tail int
	}{
		{`"/groups"`, `"/Groups"`, 0, `"/[g]roups"`, 2, 6},
		{`"aaa"`, `"aa"`, 0, `"aa[a]"`, 3, 1},
		{`"a"`, `"a"`, 0, `"a"`, 3, 0},
		{`"` + strings.Repeat("x", 30) + `1"`, `"` + strings.Repeat("x", 30) + `2"`, 15, `"xxxxx…xxxxxx[1]"`, 31, 1},
		{`"é"`, `"è"`, 0, `"[é]"`, 1, 1},
	} {
		head, tail := shared(test.a, test.b)
		if head != test.head || tail != test.tail {
			t.Errorf("shared(%s, %s) = %d, %d", test.a, test.b, head, tail)
		}
		spans := excerpt(test.a, head, tail, test.room)
		got := spans[0].text + "[" + spans[1].text + "]" + spans[2].text
		if got = strings.ReplaceAll(got, "[]", ""); got != test.wantA {
			t.Errorf("excerpt(%s) = %s, want %s", test.a, got, test.wantA)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain ä → …": "plain ä → …", "a\tb\n": `a\tb\n`, "\x1b[1m": `\x1b[1m`,
		"\xff": `\xff`, "\uFFFD": "\uFFFD", "\u202e": `\u202e`, "a\u00a0b": `a\u00a0b`, `"`: `"`,
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestField(t *testing.T) {
	for path, want := range map[string]string{
		"/properties/GROUPSURL": "GROUPSURL", "/externalSystemID": "externalSystemID", "/recurrence/every": "recurrence/every",
		"/properties/a~1b~0c": "a/b~c", "/propertiesX": "propertiesX", "": "",
	} {
		if got := field(path); got != want {
			t.Errorf("field(%q) = %q, want %q", path, got, want)
		}
	}
}

// Two values that look alike or differ far behind are told apart without colour.
func TestDifferenceIsSeenWithoutColour(t *testing.T) {
	long := "https://tenant.accounts.ondemand.com/" + strings.Repeat("path/", 30)
	for name, test := range map[string]struct {
		have, want string
		text, md   []string
	}{
		"another script": {
			"B\u0430sicAuthentication", "BasicAuthentication",
			[]string{`"B\u0430sicAuthentication" → "BasicAuthentication"`, "\n                      ^^^^^^                       ^\n"},
			[]string{`<code>"B<b>&#92;u0430</b>sicAuthentication"</code>`, `<code>"B<b>a</b>sicAuthentication"</code>`},
		},
		"an accent alone": {"Grüsse e\u0301", "Grüsse é", []string{`"Grüsse e\u0301" → "Grüsse é"`}, nil},
		"the last letter": {
			long + "a", long + "b",
			[]string{"path/a\n", "path/b\n", "^\n"},
			[]string{"path/a\n", "path/b\n", "^\n"},
		},
	} {
		s := updateDestination()
		s.Changes = []resource.Change{change("/properties/Authentication", test.have, test.want, resource.OriginLive)}
		results := []Result{dryRun(plan(s))}
		got := render(t, results, Style{})
		for _, want := range test.text {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is missing in\n%s", name, want, got)
			}
		}
		comment := marked(t, results)
		for _, want := range test.md {
			if !strings.Contains(comment, want) {
				t.Errorf("%s: %q is missing in\n%s", name, want, comment)
			}
		}
		for line := range strings.Lines(got + comment) {
			if utf8.RuneCountInString(line) > 140 && !strings.HasPrefix(line, "|") {
				t.Errorf("%s: the difference is out of sight in %q", name, line)
			}
		}
	}
}

func TestSpelled(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "Müller → Größe": "Müller → Größe", "Система": "Система", "SAP-система": "SAP-система",
		"https://ten\u0430nt.x.com/ Система": `https://ten\u0430nt.x.com/ Система`, "\uff21PI": `\uff21PI`, "\U0001d400PI": `\U0001d400PI`,
	} {
		if got := spelled(in); got != want {
			t.Errorf("spelled(%q) = %s, want %s", in, got, want)
		}
	}
}

// What failed far above is named again at the end, and only there.
func TestFailuresAreNamedAgain(t *testing.T) {
	const line = "✗ failed  Destination/IPS_PROXY: destination service: PUT /subaccountDestinations: 503 Service Unavailable\n"
	grown := func(failures, others int) Result {
		r := failedApply()
		steps := slices.Repeat(r.Plan.Steps[2:3], failures)
		return applied(6, plan(append(steps, slices.Repeat(r.Plan.Steps[:1], others)...)...))
	}
	for _, test := range []struct{ failures, others, again int }{
		{1, 9, 0}, {1, 10, 1}, {0, 20, 0}, {10, 1, 10}, {12, 0, 10},
	} {
		got := render(t, []Result{grown(test.failures, test.others)}, Style{})
		if n := strings.Count(got, line); n != test.again {
			t.Errorf("%d of %d failed: %d named again, want %d in\n%s", test.failures, test.failures+test.others, n, test.again, got)
		}
		if more := strings.Contains(got, "and 2 more failed\n"); more != (test.failures == 12) {
			t.Errorf("%d failed: and more is %v", test.failures, more)
		}
	}
}

// A brief text has the end of the whole one, and errors.
func TestBriefIsTheEnd(t *testing.T) {
	for name, results := range situations() {
		brief := render(t, results[:1], Style{Brief: true})
		whole := render(t, results[:1], Style{})
		if tail := brief[strings.LastIndex(brief, "\n\n")+1:]; !strings.HasSuffix(whole, strings.TrimPrefix(tail, "\n")) {
			t.Errorf("%s: %q does not end\n%s", name, brief, whole)
		}
	}
}
