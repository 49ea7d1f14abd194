package view

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/reconcile"
)

// told plays an apply: two steps at the same time, then one that fails and one
// that is blocked and never starts.
func told(t *testing.T, style Style, tty bool) string {
	var b bytes.Buffer
	synctest.Test(t, func(*testing.T) {
		p := NewProgress(&b, style, tty, 4, time.Now)
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
			p.Step(e)
			time.Sleep(3 * time.Second)
		}
		p.Close()
	})
	return b.String()
}

func TestProgressInCI(t *testing.T) {
	want := strings.TrimPrefix(`
applied  create  IAGSystem/IAS  (1m30s)  id 12
applied  create  Destination/IPS_PROXY  (0.1s)
failed   update  Destination/IPS_PROXY  (1.0s)  PUT: 503\nagain
blocked  run     Job/IAS repository sync  by Destination/IPS_PROXY
`, "\n")
	if diff := cmp.Diff(want, told(t, Style{}, false)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, withoutColour(told(t, Style{Color: true}, false))); diff != "" {
		t.Error(diff)
	}
}

// screen plays back what a terminal shows in the end, and how wide and how high a
// list ever was.
func screen(text string) (final string, widest, most int) {
	lines, at := []string{""}, 0
	for rest := text; rest != ""; {
		switch {
		case strings.HasPrefix(rest, "\x1b[2K"):
			lines[at], rest = "", rest[4:]
			continue
		case strings.HasPrefix(rest, "\x1b[1A"):
			lines, at, rest = lines[:at], at-1, rest[4:]
			continue
		}
		r, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
		switch r {
		case '\n':
			lines, at = append(lines, ""), at+1
		case '\r':
		default:
			lines[at] += string(r)
		}
		widest = max(widest, utf8.RuneCountInString(lines[at]))
		most = max(most, strings.Count(strings.Join(lines, "\n"), "…"))
	}
	return strings.Join(lines, "\n"), widest, most
}

func TestProgressOnTerminal(t *testing.T) {
	got := told(t, Style{}, true)
	for _, want := range []string{
		"… create Destination/IPS_PROXY  2s", "… create Destination/IPS_PROXY  5s\n… create IAGSystem/IAS  2s", "… update Destination/IPS_PROXY  1s",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
	final, _, _ := screen(got)
	if diff := cmp.Diff(told(t, Style{}, false), final); diff != "" {
		t.Errorf("something of the list is left: %s", diff)
	}
}

// Names never melt into one, and the time is seen, however narrow it is.
func TestProgressLinesFitTheTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		p := NewProgress(&b, Style{Width: 30}, true, 20, time.Now)
		for i := range 20 {
			s := createDestination()
			s.Name = fmt.Sprintf("A_DESTINATION_WITH_A_LONG_NAME_%02d", i)
			p.Step(reconcile.Event{Step: s})
		}
		time.Sleep(4 * time.Second)
		synctest.Wait() // what the ticker wrote is read
		_, widest, most := screen(b.String())
		if widest >= 30 || most > 2*runningLines+1 || !strings.Contains(b.String(), "E_00  3s") || !strings.Contains(b.String(), "… and 12 more") {
			t.Errorf("%d columns of 30, %d lines: %s", widest, most, b.String())
		}
		p.Close()
		if final, _, _ := screen(b.String()); final != "" {
			t.Errorf("left: %q", final)
		}
	})
}

// A thousand steps are counted, drawn a few times a second, and failures are named.
func TestProgressOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		w := &counting{to: &b}
		p := NewProgress(w, Style{}, true, 1000, time.Now)
		for i := range 1000 {
			s := createDestination()
			s.Name = fmt.Sprintf("D_%04d", i)
			p.Step(reconcile.Event{Step: s})
			time.Sleep(10 * time.Millisecond)
			s.Outcome = reconcile.Applied
			if i == 7 {
				s.Outcome, s.Error = reconcile.Failed, "503"
			}
			p.Step(reconcile.Event{Step: s, Ended: true})
		}
		p.Close()
		final, _, _ := screen(b.String())
		if want := "failed   create  Destination/D_0007  503\napplied  999 steps  (10.0s)\n"; final != want {
			t.Errorf("got %q", final)
		}
		if w.n > 60 || !strings.Contains(b.String(), " of 1000 steps  5s, 1 failed") {
			t.Errorf("%d writes in 10 s: %.600s", w.n, b.String())
		}
	})
}

type counting struct {
	to *bytes.Buffer
	n  int
}

func (c *counting) Write(text []byte) (int, error) {
	c.n++
	return c.to.Write(text)
}

// Reading is told: on a terminal at once and without a trace, in a log when it
// takes long.
func TestProgressOfPhases(t *testing.T) {
	read := func(tty bool, took time.Duration) string {
		var b bytes.Buffer
		synctest.Test(t, func(*testing.T) {
			p := NewProgress(&b, Style{}, tty, 0, time.Now)
			p.Phase("reading", func() string { return "12 calls, 2 retries" })
			time.Sleep(took)
			p.Close()
		})
		return b.String()
	}
	live := read(true, 9*time.Second)
	if final, _, _ := screen(live); final != "" || !strings.Contains(live, "… reading  8s, 12 calls, 2 retries") {
		t.Errorf("got %q", live)
	}
	if got := read(false, time.Second); got != "" {
		t.Errorf("a short one is told: %q", got)
	}
	if got, want := read(false, 9*time.Second), "reading for 5.0s: 12 calls, 2 retries\nreading ended after 9.0s: 12 calls, 2 retries\n"; got != want {
		t.Errorf("got %q", got)
	}
	if got := read(false, 2*time.Minute); strings.Count(got, "\n") != 5 {
		t.Errorf("got %q", got)
	}
}
