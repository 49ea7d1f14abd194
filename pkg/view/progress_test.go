package view

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/reconcile"
)

// told plays an apply: two steps at the same time, then one that fails and one
// that is blocked and never starts.
func told(style Style, tty bool) string {
	var b bytes.Buffer
	tell := Progress(&b, style, tty)
	run := runSync()
	run.BlockedBy = []string{proxyDestination.String()}
	failed := ended(updateDestination(), reconcile.Failed, "")
	failed.Error = "PUT: 503\nagain"
	for _, e := range []reconcile.Event{
		{Step: createDestination()},
		{Step: createSystem()},
		{Step: ended(createSystem(), reconcile.Applied, "id 12"), Ended: true, Took: 90 * time.Second},
		{Step: ended(createDestination(), reconcile.Applied, ""), Ended: true, Took: 100 * time.Millisecond},
		{Step: updateDestination()},
		{Step: failed, Ended: true, Took: time.Second},
		{Step: ended(run, reconcile.Blocked, ""), Ended: true},
	} {
		tell(e)
	}
	return b.String()
}

func TestProgressInCI(t *testing.T) {
	want := strings.TrimPrefix(`
applied  create  IAGSystem/IAS  (1m30s)  id 12
applied  create  Destination/IPS_PROXY  (0.1s)
failed   update  Destination/IPS_PROXY  (1.0s)  PUT: 503\nagain
blocked  run     Job/IAS repository sync  by Destination/IPS_PROXY
`, "\n")
	if diff := cmp.Diff(want, told(Style{}, false)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, withoutColour(told(Style{Color: true}, false))); diff != "" {
		t.Error(diff)
	}
}

// screen plays back what a terminal shows in the end.
func screen(text string) (final string, widest int) {
	lines := []string{""}
	for _, r := range text {
		last := &lines[len(lines)-1]
		switch r {
		case '\n':
			lines = append(lines, "")
		case '\r':
			*last = ""
		default:
			*last += string(r)
		}
		widest = max(widest, utf8.RuneCountInString(*last))
	}
	return strings.Join(lines, "\n"), widest
}

func TestProgressOnTerminal(t *testing.T) {
	got := told(Style{}, true)
	for _, want := range []string{"… create Destination/IPS_PROXY", "… create Destination/IPS_PROXY, create IAGSystem/IAS"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
	final, _ := screen(strings.ReplaceAll(got, "\x1b[2K", ""))
	if diff := cmp.Diff(told(Style{}, false), final); diff != "" {
		t.Errorf("something of the running line is left: %s", diff)
	}
}

func TestProgressLineFitsTheTerminal(t *testing.T) {
	var b bytes.Buffer
	tell := Progress(&b, Style{Width: 30}, true)
	for range 20 {
		tell(reconcile.Event{Step: createDestination()})
	}
	if _, widest := screen(strings.ReplaceAll(b.String(), "\x1b[2K", "")); widest >= 30 {
		t.Errorf("%d columns of 30", widest)
	}
}
