package view

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// thousand is a grown landscape: most objects are as they should be, a hundred were
// changed by hand, ten are new.
func thousand() Result {
	var steps []reconcile.Step
	for i := range 1000 {
		s := unchangedSteps("")[0]
		s.Ref = ref("Destination", fmt.Sprintf("D_%04d", i))
		switch {
		case i%10 == 3:
			s.Action, s.State = reconcile.Update, reconcile.Drifted
			s.Changes = []resource.Change{change("/properties/URL", "/groups", "/Groups", resource.OriginLive)}
		case i%100 == 7:
			s.Action, s.State = reconcile.Create, reconcile.Drifted
			s.Changes = []resource.Change{change("/properties/URL", "", "/Groups", resource.OriginNew)}
		}
		steps = append(steps, s)
	}
	return dryRun(plan(steps...))
}

// everyFormat are all that take results.
func everyFormat() map[string]func(io.Writer, []Result) error {
	all := map[string]func(io.Writer, []Result) error{
		"text": func(w io.Writer, r []Result) error { return Text(w, r, Style{}) },
		"json": JSON, "markdown": Markdown,
	}
	maps.Copy(all, written)
	return all
}

var (
	objectNames = regexp.MustCompile(`D_\d{4}`)
	moreCount   = regexp.MustCompile(`… (\d+) more objects`)
	calmCount   = regexp.MustCompile(`(\d+) unchanged`)
)

// Of a thousand objects each is named or counted, whatever the format.
func TestThousandObjects(t *testing.T) {
	for name, results := range map[string][]Result{
		"mixed": {thousand()}, "all change": {many(1000, change("/properties/URL", "/groups", "/Groups", resource.OriginLive))},
	} {
		for format, write := range everyFormat() {
			var b bytes.Buffer
			if err := write(&b, results); err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, found := range objectNames.FindAllString(b.String(), -1) {
				seen[found] = true
			}
			counted := 0
			for _, count := range []*regexp.Regexp{moreCount, calmCount} {
				if m := count.FindStringSubmatch(b.String()); m != nil {
					n, _ := strconv.Atoi(m[1])
					counted += n
				}
			}
			want := 1000
			if format == "gitlab.json" && name == "mixed" {
				want = 110 // a report of violations has no place for what is as it should be
			}
			if n := len(seen); n != want && n+counted != want {
				t.Errorf("%s, %s: %d objects are named, %d are counted", name, format, n, counted)
			}
		}
	}
}

// The report of a thousand is golden as a comment, which has the least room, and as
// text.
func TestThousandGolden(t *testing.T) {
	results := []Result{thousand()}
	golden(t, "thousand.md", marked(t, results))
	golden(t, "thousand.txt", render(t, results, Style{Width: 80}))
	if text := render(t, results, Style{}); strings.Count(text, "\n") > 1000 {
		t.Errorf("%d lines", strings.Count(text, "\n"))
	}
}
