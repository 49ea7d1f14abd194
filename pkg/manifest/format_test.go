package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/resource"
)

func newTestFormatter(t testing.TB) *Formatter {
	t.Helper()
	f, err := NewFormatter(testKinds())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFormat(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"order and indentation", "kind: Integration\napiVersion: reconcile/v1\nspec:\n    users:\n    -   rights: [a,  b]\n        name: x\nmetadata: {stage: s, name: n}\n", "apiVersion: reconcile/v1\nkind: Integration\nmetadata: {name: n, stage: s}\nspec:\n  users:\n    - name: x\n      rights: [a, b]\n"},
		{"the head stays on top", "# yaml-language-server: $schema=x\nkind: Integration # the kind\n# about the version\napiVersion: reconcile/v1\n", "# yaml-language-server: $schema=x\n# about the version\napiVersion: reconcile/v1\nkind: Integration # the kind\n"},
		{"blank lines become one", "apiVersion: reconcile/v1\n\n\nkind: Integration\n\n# about spec\nspec: {}\n", "apiVersion: reconcile/v1\n\nkind: Integration\n\n# about spec\nspec: {}\n"},
		{"comments travel with their field", "spec:\n  users:\n    # first\n    - rights: [a] # what\n      # who\n      name: x\n\n    # second\n    - name: y\n", "spec:\n  users:\n    # first\n    - # who\n      name: x\n      rights: [a] # what\n\n    # second\n    - name: y\n"},
		{"unknown fields last", "spec:\n  users:\n    - zoo: 1\n      name: x\n      abc: 2\n", "spec:\n  users:\n    - name: x\n      zoo: 1\n      abc: 2\n"},
		{"scalars as they are", "spec:\n  users:\n    - name: 'it''s'\n      id: \"012\"\n      boss: 0x10\n", "spec:\n  users:\n    - name: 'it''s'\n      id: \"012\"\n      boss: 0x10\n"},
		{"several documents", "kind: a\n---\n# two\nkind: b\n", "kind: a\n---\n# two\nkind: b\n"},
		{"carriage returns and a mark", "\ufeffkind: a\r\nspec: {}\r\n", "kind: a\nspec: {}\n"},
		{"texts over lines", "spec:\n  targets:\n    - address: |\n        a\n\n        # no comment\n      name: x\n", "spec:\n  targets:\n    - name: x\n      address: |\n        a\n\n        # no comment\n"},
		{"properties keep their order", "spec:\n  targets:\n    - name: x\n      properties: {b: 1, a: 2}\n", "spec:\n  targets:\n    - name: x\n      properties: {b: 1, a: 2}\n"},
		{"nothing", "", ""},
	}
	f := newTestFormatter(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			have, err := f.Format([]byte(test.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(have)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFormatRefuses(t *testing.T) {
	f := newTestFormatter(t)
	if _, err := f.Format([]byte("a: [")); err == nil || errors.Is(err, ErrUnformattable) {
		t.Errorf("broken YAML: %v", err)
	}
	// A comment that the YAML library loses.
	if out, err := f.Format([]byte("a: # one\n  # two\n  [b]\n")); err == nil && strings.Count(string(out), "#") != 2 {
		t.Errorf("a comment is lost: %s", out)
	}
}

// remarked are lines that may stand between others.
var remarked = []string{"", "", "# a remark", "# a remark: with {signs}", "#", "\n# two paragraphs\n\n# of one remark"}

// TestFormattingChangesNothing writes random manifests in random layout and
// demands that what is loaded is the same, that no comment is lost, and that a
// second run changes nothing.
func TestFormattingChangesNothing(t *testing.T) {
	f := newTestFormatter(t)
	known := language(t)
	digest := func(rt *rapid.T, data []byte) string {
		m, faults := known.Load(Options{Paths: []string{"m.yaml"}, Memory: map[string][]byte{"m.yaml": data}})
		for _, fault := range faults {
			if fault.Severity == resource.Error {
				rt.Fatalf("%s\n%s", lines(faults), data)
			}
		}
		return m.Integrations[0].Digest
	}
	refused, all := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		var text strings.Builder
		text.WriteString("# head\nkind: Integration\nmetadata: {stage: s, name: iag} # who\napiVersion: reconcile/v1\nspec:\n  users:\n")
		for _, u := range drawUsers(rt) {
			layUser(rt, &text, u)
		}
		before := []byte(text.String())
		after, err := f.Format(before)
		all++
		if errors.Is(err, ErrUnformattable) {
			refused++
			return
		}
		if err != nil {
			rt.Fatalf("%v\n%s", err, before)
		}
		again, err := f.Format(after)
		if err != nil || string(again) != string(after) {
			rt.Fatalf("a second run changes it (%v):\n%s", err, cmp.Diff(string(after), string(again)))
		}
		if was, is := digest(rt, before), digest(rt, after); was != is {
			rt.Fatalf("%s means something else than\n%s", after, before)
		}
		if a, b := strings.Count(string(before), "remark"), strings.Count(string(after), "remark"); a != b {
			rt.Fatalf("%d remarks became %d:\n%s\n%s", a, b, before, after)
		}
	})
	if refused > all/2 {
		t.Errorf("%d of %d manifests were refused", refused, all)
	}
}

// layUser writes an element in block style, its fields in any order.
func layUser(rt *rapid.T, text *strings.Builder, u element) {
	fields := rapid.Permutation(slices.Sorted(maps.Keys(u))).Draw(rt, "fields")
	for i, name := range fields {
		lead := "      "
		remark := rapid.SampledFrom(remarked).Draw(rt, "remark")
		for line := range strings.SplitSeq(remark, "\n") {
			if remark != "" {
				text.WriteString(strings.TrimRight("      "+line, " ") + "\n")
			}
		}
		if i == 0 {
			lead = "    - "
		}
		tail := rapid.SampledFrom([]string{"", "", " # a remark behind"}).Draw(rt, "tail")
		value, err := json.Marshal(u[name])
		if err != nil {
			rt.Fatal(err)
		}
		fmt.Fprintf(text, "%s%s: %s%s\n", lead, name, value, tail)
	}
}

// FuzzFormat holds for any text: formatting refuses, or it keeps the meaning and
// is stable.
func FuzzFormat(f *testing.F) {
	for _, seed := range []string{
		"a: 1\n", "# x\nkind: Integration\nspec:\n  users:\n  - name: a\n", "a: |\n  b\n\n\nc: d\n", "a: |+\n  b\n\nc: d\n", "- a\n-\n  b: c\n", "a: &x 1\nb: *x\n",
		"{a: 1, b: [c,\n d] # e\n}", "---\na\n...\n---\nb\n", "? a\n: b\n", "!!str 1", "a: >-\n  b\n  c\n# d\n", "\"a\\nb\": 'c'\n", "a: # b\n  c\n", "<<: *a\n", "\r-\r-", "a: b\u2028c: d\n",
	} {
		f.Add(seed)
	}
	formatter := newTestFormatter(f)
	f.Fuzz(func(t *testing.T, text string) {
		after, err := formatter.Format([]byte(text))
		if err != nil {
			return
		}
		again, err := formatter.Format(after)
		if err != nil || string(again) != string(after) {
			t.Fatalf("not stable (%v):\n%q\n%q", err, after, again)
		}
		before, err := read(unified(text))
		if err != nil {
			t.Fatalf("unreadable text was formatted: %v", err)
		}
		written, err := read(string(after))
		if err != nil || len(written) != len(before) {
			t.Fatalf("%d documents became %d (%v)", len(before), len(written), err)
		}
		for i := range before {
			if !alike(before[i], written[i]) {
				t.Fatalf("%q became %q", text, after)
			}
		}
	})
}
