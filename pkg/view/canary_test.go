package view

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

const canary = "CANARY-7f3a"

// A secret on either side of a change of any kind shows up nowhere, and neither
// does its length.
func TestNoSecretIsShown(t *testing.T) {
	for name, text := range map[string]string{
		"short": canary, "long": strings.Repeat(canary, 30), "lines": canary + "\n" + canary, "JSON": `{"a": "` + canary + `"}`,
	} {
		hidden := resource.Hidden(secret.New(text), secret.Ref{})
		known := resource.Hidden(secret.New(text), secret.Ref{Env: "NAME"}).WithLabel("2026-11")
		for _, action := range []reconcile.Action{"create", "update", "delete", "adopt", "forget", "run", "kept", "unchanged"} {
			for _, outcome := range []reconcile.Outcome{"", "applied", "failed", "skipped", "waiting", "blocked"} {
				s := reconcile.Step{Ref: proxyDestination, Action: action, Outcome: outcome, Changes: secretChanges(hidden, known)}
				leaks(t, name, s)
			}
		}
	}
}

func secretChanges(values ...resource.Value) []resource.Change {
	others := append([]resource.Value{
		{},
		resource.Nothing(), resource.Text("x"), resource.Text(strings.Repeat("x\n", 80)), resource.Seal(),
		resource.Outside(secret.Ref{File: "keys/x"}), resource.Output(caller, "secret"),
	}, values...)
	var changes []resource.Change
	for _, v := range values {
		for _, other := range others {
			for _, origin := range []resource.Origin{resource.OriginNew, resource.OriginUnknown} {
				changes = append(changes,
					resource.Change{Path: "/properties/Password", Have: v, Want: other, Origin: origin},
					resource.Change{Path: "/properties/Password", Have: other, Want: v, Origin: origin})
			}
		}
	}
	return changes
}

func leaks(t *testing.T, name string, s reconcile.Step) {
	t.Helper()
	results := []Result{applied(1, plan(s))}
	for suffix, style := range styles() {
		var story bytes.Buffer
		p := NewProgress(&story, style, true, 1, time.Now)
		p.Step(reconcile.Event{Step: s})
		p.Step(reconcile.Event{Step: s, Ended: true})
		p.Close()
		if strings.Contains(render(t, results, style)+story.String(), canary) {
			t.Errorf("%s: text%s of %s %s shows a secret", name, suffix, s.Action, s.Outcome)
		}
	}
	if strings.Contains(encoded(t, results), canary) {
		t.Errorf("%s: JSON of %s %s shows a secret", name, s.Action, s.Outcome)
	}
}

func TestSecretWords(t *testing.T) {
	hidden, outside := password("2026-11"), resource.Outside(secret.Ref{Env: "NAME"})
	for _, test := range []struct {
		c        resource.Change
		creating bool
		want     string
	}{
		{resource.Change{Have: password(""), Want: hidden}, false, "changes"},
		{resource.Change{Have: resource.Text("x"), Want: password("")}, false, "changes"},
		{resource.Change{Want: hidden}, true, "secret from env:IAG_CALLER_SECRET"},
		{resource.Change{Want: outside}, true, "secret from env:NAME"},
		{resource.Change{Want: resource.Hidden(secret.New("x"), secret.Ref{})}, true, "secret"},
		{resource.Change{Have: hidden}, false, "secret → removed"},
		{resource.Change{Have: hidden, Want: resource.Nothing()}, false, "secret → removed"},
		{resource.Change{Have: resource.Seal(), Want: hidden, Origin: resource.OriginUnknown}, false, "changes, cannot be compared"},
		{resource.Change{Have: resource.Seal(), Want: hidden, Origin: resource.OriginManifest}, false, "changes"},
		{resource.Change{Have: resource.Seal(), Want: resource.Output(caller, "secret")}, false, "changes to the secret of SystemUser/IAG caller"},
	} {
		if got := secretWords(test.c, test.creating); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
