package view

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/resource"
)

func shownLines(lines []diffLine) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(string(l.op) + l.text + "\n")
	}
	return b.String()
}

func TestCompare(t *testing.T) {
	for name, test := range map[string]struct{ have, want, hunk string }{
		"one line changes":    {"a b c d e f g", "a b c X e f g", "…1 equal line\n b\n c\n-d\n+X\n e\n f\n…1 equal line\n"},
		"added at the end":    {"a b", "a b c", " a\n b\n+c\n"},
		"removed at the top":  {"a b", "b", "-a\n b\n"},
		"moved":               {"a b c", "c a b", "+c\n a\n b\n-c\n"},
		"two places":          {"1 2 3 4 5 6 7 8", "X 2 3 4 5 6 7 Y", "-1\n+X\n 2\n 3\n…2 equal lines\n 6\n 7\n-8\n+Y\n"},
		"repeated lines":      {"a a a", "a a", " a\n a\n-a\n"},
		"nothing was there":   {"", "a b", "+a\n+b\n"},
		"nothing will remain": {"a b", "", "-a\n-b\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.hunk, shownLines(compare(strings.Fields(test.have), strings.Fields(test.want)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The lines without '+' are what was there, those without '-' what is wanted.
func TestMiddleProperty(t *testing.T) {
	line := rapid.SampledFrom([]string{"a", "b", "c", "", "d e"})
	rapid.Check(t, func(t *rapid.T) {
		have, want := rapid.SliceOfN(line, 0, 12).Draw(t, "have"), rapid.SliceOfN(line, 0, 12).Draw(t, "want")
		sides := map[rune][]string{'-': {}, '+': {}}
		for _, l := range middle(have, want) {
			if l.op != '+' {
				sides['-'] = append(sides['-'], l.text)
			}
			if l.op != '-' {
				sides['+'] = append(sides['+'], l.text)
			}
		}
		if !cmp.Equal(sides['-'], append([]string{}, have...)) || !cmp.Equal(sides['+'], append([]string{}, want...)) {
			t.Fatalf("%v is not between %q and %q", sides, have, want)
		}
		for _, l := range compare(have, want) {
			if !strings.ContainsRune("+- …", l.op) {
				t.Fatalf("unknown %q", l.op)
			}
		}
	})
}

func TestHugeTextsAreReplacedWhole(t *testing.T) {
	have, want := make([]string, 3000), make([]string, 3000)
	for i := range have {
		have[i], want[i] = "have "+strconv.Itoa(i), "want "+strconv.Itoa(i)
	}
	if got := len(middle(have, want)); got != 6000 {
		t.Errorf("got %d lines", got)
	}
}

func TestLinesOf(t *testing.T) {
	for name, test := range map[string]struct {
		have, want resource.Value
		a, b       []string
	}{
		"JSON is laid out":            {resource.Text(`{"a":1}`), resource.Text(`{"a":2}`), []string{"{", `  "a": 1`, "}"}, []string{"{", `  "a": 2`, "}"}},
		"only the layout differs":     {resource.Text(`{"a":1}`), resource.Text(`{"a": 1}`), []string{`{"a":1}`}, []string{`{"a": 1}`}},
		"numbers stay as written":     {resource.Text(`[1.0]`), resource.Value{}, []string{"[", "  1.0", "]"}, nil},
		"almost JSON":                 {resource.Nothing(), resource.Text(`{"a":`), nil, []string{`{"a":`}},
		"a line end more is a change": {resource.Text("a\n"), resource.Text("a"), []string{"a", ""}, []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := linesOf(resource.Change{Have: test.have, Want: test.want})
			if diff := cmp.Diff([][]string{test.a, test.b}, [][]string{a, b}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestIsLong(t *testing.T) {
	long := strings.Repeat("ä", longFrom)
	for name, test := range map[string]struct {
		c    resource.Change
		want bool
	}{
		"short":            {change("/a", "x", "y", ""), false},
		"just short":       {change("/a", "x", strings.Repeat("ä", longFrom-1), ""), false},
		"long":             {change("/a", "x", long, ""), true},
		"long and gone":    {change("/a", long, "", ""), true},
		"several lines":    {change("/a", "x\ny", "x", ""), true},
		"a secret":         {resource.Change{Have: resource.Text(long), Want: password("")}, false},
		"not known so far": {resource.Change{Have: resource.Text(long), Want: resource.Output(proxySystem, "id")}, false},
	} {
		if got := isLong(test.c); got != test.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestHunkIsCutUnlessFull(t *testing.T) {
	s := updateTransformation()
	s.Changes = []resource.Change{change("/transformations/read", "", strings.Repeat("line\n", 50), resource.OriginNew)}
	results := []Result{dryRun(plan(s))}
	if got := render(t, results, Style{}); strings.Count(got, "│ + line") != 30 || !strings.Contains(got, "│ … 21 more lines") {
		t.Errorf("got\n%s", got)
	}
	if got := render(t, results, Style{Full: true}); strings.Count(got, "│ + line") != 50 || strings.Contains(got, "more lines") {
		t.Errorf("got\n%s", got)
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{"a  ": "a··", "a b": "a b", "": "", "\tx\r": `\tx\r`} {
		if got := visible(in); got != want {
			t.Errorf("visible(%q) = %q", in, got)
		}
	}
}

func TestWrap(t *testing.T) {
	lines := wrap([]span{{"abc", plain}, {"defgh", mark}}, 4)
	want := [][]span{{{"abc", plain}, {"d", mark}}, {{"efgh", mark}}}
	if diff := cmp.Diff(want, lines, cmp.AllowUnexported(span{})); diff != "" {
		t.Error(diff)
	}
	if got := wrap([]span{{"abc", plain}}, 0); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}
