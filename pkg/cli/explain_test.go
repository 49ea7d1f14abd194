package cli

import (
	"testing"

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
