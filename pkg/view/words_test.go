package view

import (
	"testing"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

func TestLabelOf(t *testing.T) {
	blocked := runSync()
	blocked.BlockedBy = []string{caller.String()}
	differs := updateDestination()
	differs.Action = reconcile.Unchanged
	for name, test := range map[string]struct {
		s    reconcile.Step
		want string
	}{
		"create":                   {createDestination(), "+ create"},
		"update":                   {updateDestination(), "~ update"},
		"run":                      {runSync(), "→ run"},
		"applied keeps its action": {ended(updateDestination(), reconcile.Applied, ""), "~ update"},
		"failed":                   {ended(updateDestination(), reconcile.Failed, ""), "✗ failed"},
		"skipped":                  {ended(updateDestination(), reconcile.Skipped, ""), "! skipped"},
		"waits for a person":       {waitingUser(), "… waiting"},
		"blocked":                  {blocked, "✗ blocked"},
		"blocked before waiting":   {reconcile.Step{Action: reconcile.Create, Via: resource.WayPerson, BlockedBy: []string{"x"}}, "✗ blocked"},
		"in sync":                  {unchangedSteps("a")[0], "= unchanged"},
		"watched and different":    {differs, "≠ differs"},
		"watched and missing":      {reconcile.Step{Action: reconcile.Unchanged, State: reconcile.Broken}, "✗ broken"},
		"nobody looked":            {reconcile.Step{Action: reconcile.Unchanged, State: reconcile.Unknown}, "? unknown"},
		"by hand but unchanged":    {reconcile.Step{Action: reconcile.Unchanged, State: reconcile.InSync, Via: resource.WayPerson}, "= unchanged"},
	} {
		l := labelOf(test.s)
		if got := l.symbol + " " + l.word; got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// Every action, outcome and origin has words; a new one needs some.
func TestEverythingHasWords(t *testing.T) {
	for _, a := range []reconcile.Action{
		reconcile.Create, reconcile.Update, reconcile.Delete, reconcile.Adopt, reconcile.Forget, reconcile.RunJob, reconcile.Kept,
	} {
		if l := actionLabels[a]; l.symbol == "" || l.word != string(a) {
			t.Errorf("%s has the label %v", a, l)
		}
	}
	for _, o := range []resource.Origin{
		resource.OriginNew, resource.OriginManifest, resource.OriginLive, resource.OriginBoth, resource.OriginUnknown,
	} {
		if originWords[o] == "" {
			t.Errorf("%s has no words", o)
		}
	}
}

func TestTodo(t *testing.T) {
	for name, test := range map[string]struct {
		s    reconcile.Step
		want string
	}{
		"documented interface": {createDestination(), ""},
		"adapter":              {createProxy(), "via adapter"},
		"waiting":              {waitingUser(), "create via person"},
		"failed":               {ended(updateDestination(), reconcile.Failed, ""), "update"},
		"unchanged":            {unchangedSteps("a")[0], "via adapter"},
		"no way is known":      {reconcile.Step{Action: reconcile.Delete}, ""},
	} {
		if got := todo(test.s); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestEvidence(t *testing.T) {
	read := reconcile.Fact{Evidence: reconcile.EvidenceRead}
	unseen := reconcile.Fact{Evidence: reconcile.EvidenceUnseen}
	stale := reconcile.Fact{Evidence: reconcile.EvidenceExport, Stale: true}
	for name, test := range map[string]struct {
		evidence reconcile.Evidence
		facts    []reconcile.Fact
		want     string
	}{
		"read":          {reconcile.EvidenceRead, []reconcile.Fact{read}, ""},
		"not said":      {"", nil, ""},
		"unseen":        {reconcile.EvidenceUnseen, []reconcile.Fact{unseen}, "unseen"},
		"no facts":      {reconcile.EvidenceUnseen, nil, "unseen"},
		"partly unseen": {reconcile.EvidenceUnseen, []reconcile.Fact{read, unseen}, "partly unseen"},
		"reported":      {reconcile.EvidenceReported, nil, "only reported"},
		"old export":    {reconcile.EvidenceExport, []reconcile.Fact{stale}, "known from an export, stale"},
		"read long ago": {reconcile.EvidenceRead, []reconcile.Fact{stale}, "stale"},
	} {
		if got := evidence(reconcile.Step{Evidence: test.evidence, Facts: test.facts}); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
