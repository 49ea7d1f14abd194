package explain

import (
	"strings"
	"testing"

	"reconcile/pkg/kinds"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// TestReportWords holds that every word that a report can hold is explained.
func TestReportWords(t *testing.T) {
	words := []string{"waiting", "differs", "stale", "proved", "unsure", "work order"}
	for _, a := range []reconcile.Action{
		reconcile.Unchanged, reconcile.Create, reconcile.Update, reconcile.Delete, reconcile.Adopt, reconcile.Forget, reconcile.RunJob, reconcile.Kept,
	} {
		words = append(words, string(a))
	}
	for _, o := range []reconcile.Outcome{reconcile.Applied, reconcile.Failed, reconcile.Skipped, reconcile.Waits, reconcile.Blocked} {
		words = append(words, string(o))
	}
	for _, s := range []reconcile.State{reconcile.InSync, reconcile.Drifted, reconcile.Broken, reconcile.Unknown} {
		words = append(words, string(s))
	}
	for _, e := range []reconcile.Evidence{
		reconcile.EvidenceRead, reconcile.EvidenceExport, reconcile.EvidenceProbe, reconcile.EvidenceAuditLog, reconcile.EvidenceReported, reconcile.EvidenceUnseen,
	} {
		words = append(words, string(e))
	}
	for _, o := range []resource.Origin{resource.OriginNew, resource.OriginManifest, resource.OriginLive, resource.OriginBoth, resource.OriginUnknown} {
		words = append(words, string(o))
	}
	for _, w := range []resource.Way{resource.WayAPI, resource.WayAdapter, resource.WayPerson} {
		words = append(words, string(w))
	}
	for _, word := range words {
		if len(wordTopics(word)) == 0 {
			t.Errorf("%q is not explained", word)
		}
	}
}

// TestExplainable holds that every word that completion offers is explained, and
// every path of the schema too.
func TestExplainable(t *testing.T) {
	e := explainer(t)
	for _, word := range e.Words() {
		topics, err := e.Topics(word)
		if err != nil || len(topics) == 0 || topics[0].Kind == "" {
			t.Errorf("%s: %v, %v", word, topics, err)
		}
	}
	var walk func(path string, depth int)
	seen := 0
	walk = func(path string, depth int) {
		d, err := e.schema.Describe(kinds.All(), path)
		if err != nil || d.Text == "" {
			t.Errorf("%s: %q, %v", path, d.Text, err)
		}
		seen++
		for _, f := range d.Fields {
			if depth < 6 {
				walk(d.Path+"."+f.Name, depth+1)
			}
		}
	}
	for _, top := range []string{"metadata", "spec"} {
		walk(top, 0)
	}
	if seen < 60 {
		t.Errorf("only %d places were seen", seen)
	}
}

// FuzzExplain: a word has a meaning or an advice, whatever it is.
func FuzzExplain(f *testing.F) {
	for _, word := range []string{"F-5", "E137", "f5", "E999", "unlisted", "destinations[].properties.URL", "Destination/IPS_PROXY", "spec.", "a[", "]", "", "/", "\x00", "\xff", strings.Repeat("a.", 200)} {
		f.Add(word)
	}
	e := explainer(f)
	f.Fuzz(func(t *testing.T, word string) {
		topics, err := e.Topics(word)
		if (err == nil) != (len(topics) > 0) {
			t.Errorf("%q: %d meanings and %v", word, len(topics), err)
		}
		if err != nil && e.Nearest(word) == "" {
			t.Errorf("%q has no advice", word)
		}
	})
}

// explainer knows all kinds there are.
func explainer(t testing.TB) *Explainer {
	t.Helper()
	e, err := New(kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	return e
}
