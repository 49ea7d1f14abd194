package manifest

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestRemarksStayWithTheirPart writes the parts of a manifest in any order, with
// remarks after their last lines, and demands that each stays in its part.
func TestRemarksStayWithTheirPart(t *testing.T) {
	f := newTestFormatter(t)
	refused, all := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		var text strings.Builder
		text.WriteString("apiVersion: reconcile/v1\nkind: Integration\nmetadata: {name: a, stage: dev}\nspec:\n")
		want := map[string]string{}
		for _, part := range rapid.Permutation([]string{"connections", "users", "targets", "policy"}).Draw(rt, "parts") {
			layPart(rt, &text, part, want)
		}
		out, err := f.Format([]byte(text.String()))
		if all++; err != nil {
			refused++
			return
		}
		part := ""
		for line := range strings.Lines(string(out)) {
			line = strings.TrimRight(line, "\n")
			if strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "   ") && !strings.HasPrefix(line, "  #") {
				part, _, _ = strings.Cut(strings.TrimSpace(line), ":")
			}
			if remark := strings.TrimSpace(line); strings.HasPrefix(remark, "#") && want[remark] != part {
				rt.Fatalf("%s is in %s, was in %s:\n%s\nbefore:\n%s", remark, part, want[remark], out, text.String())
			}
		}
	})
	if refused > all/10 {
		t.Errorf("%d of %d were refused", refused, all)
	}
}

func layPart(rt *rapid.T, text *strings.Builder, part string, want map[string]string) {
	fmt.Fprintf(text, "  %s:\n", part)
	body := "    x: {a: b}\n"
	if part == "users" || part == "targets" {
		body = rapid.SampledFrom([]string{"    - {name: n}\n", "    - name: n\n", "    - name: n\n      properties:\n        A: b\n"}).Draw(rt, "element")
	}
	text.WriteString(body)
	gap := rapid.SampledFrom([]string{"", "", "\n"})
	text.WriteString(gap.Draw(rt, "gap before"))
	for range rapid.IntRange(0, 2).Draw(rt, "remarks") {
		remark := fmt.Sprintf("# remark %d", len(want))
		want[remark] = part
		text.WriteString(rapid.SampledFrom([]string{"    ", "      "}).Draw(rt, "indent") + remark + "\n")
	}
	text.WriteString(gap.Draw(rt, "gap after"))
}

// What would move to another part is refused.
func TestOwned(t *testing.T) {
	text := "# head\nspec:\n  users:\n  - name: a\n  # of targets\n  targets:\n    - name: b\n    # of targets, too\n\n  policy:\n    # of policy\n    x: y\n# foot\n"
	want := "spec/policy # of policy; spec/targets # of targets; spec/targets # of targets, too"
	if have := strings.Join(owned(text), "; "); have != want {
		t.Error(have)
	}
}
