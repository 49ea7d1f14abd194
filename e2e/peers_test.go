package e2e

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// peersFaults lists what was seen to go wrong in programs of this kind when they
// were run, and where it is shown that it does not go wrong here: a heading of
// peers.txtar, or a test of this package.
//
// Fact: these faults, of the versions named. Source: runs of them, read 2026-11-23.
// [observed]
var peersFaults = []struct{ peer, fault, shown string }{
	{"decK 1.65", "diff as JSON with an exit code for changes prints no JSON", "A difference, asked for as JSON and as exit code, gives both."},
	{"decK 1.65", "sync as JSON exits 0 although every write was rejected", "Every write is rejected: the exit code fails as JSON and as text."},
	{"decK 1.65", "an unknown key is named without line and suggestion", "An unknown key is named with file, line and suggestion."},
	{"dnscontrol 4.40", "one exit code for pending changes and syntax errors, 0 without credentials", "Pending changes, a syntax error and a missing file of credentials have codes of their own."},
	{"dnscontrol 4.40", "colour sequences in a pipe", "No colour in a pipe, nor where NO_COLOR says so."},
	{"Terraform 1.11.4 with restapi", "what is live is not read, and planned as new", "What is live already is read, not created again."},
	{"Terraform 1.11.4 with restapi", "a masked secret is updated on every run, shown in the plan and kept in clear", "A secret that cannot be read back is neither written on every run nor shown or stored."},
	{"Terraform 1.11.4 with restapi", "a saved plan overwrites what was edited since", "Somebody edits between a saved plan and its apply: nothing is written, and it is told."},
	{"Terraform 1.11.4 with restapi", "an interrupt ends in a block of errors for each object, without a summary", "TestInterruptIsToldInOneSummary"},
	{"Terraform 1.11.4", "colour in a pipe, NO_COLOR not honoured", "No colour in a pipe, nor where NO_COLOR says so."},
	{"helm-diff 3.15", "a token is shown where its kind is not secret, and lengths of secrets are", "A token is hidden by its name wherever it stands, and nothing tells its length."},
	{"helm-diff 3.15", "one exit code for mistakes in the command line and failures", "A mistake in the command line has another code than a failure."},
}

// TestPeersFaults holds that each of them is shown not to be ours.
func TestPeersFaults(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("testdata/peers.txtar")
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(string(script), -1) {
		headings[match[1]] = false
	}
	for _, f := range peersFaults {
		if strings.HasPrefix(f.shown, "Test") {
			if problem := missingTest(fmt.Sprintf("`%s` in `e2e`", f.shown)); problem != "" {
				t.Errorf("%s: %s: %s", f.peer, f.fault, problem)
			}
			continue
		}
		if _, there := headings[f.shown]; !there {
			t.Errorf("%s: %s: the script has no part %q", f.peer, f.fault, f.shown)
		}
		headings[f.shown] = true
	}
	for heading, listed := range headings {
		if !listed {
			t.Errorf("the script shows %q, which no peer got wrong", heading)
		}
	}
}

// TestInterruptIsToldInOneSummary interrupts a run in the middle of a hundred new
// objects: what was done and what was not is one line, and no error for each.
func TestInterruptIsToldInOneSummary(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		signals := make(chan os.Signal)
		l.signals = signals
		var posts atomic.Int64
		l.wire.before = func(c call, _ int) trouble {
			if c.method == http.MethodPost && strings.HasSuffix(c.path, "/parameters") {
				if posts.Add(1) == 30 {
					signals <- os.Interrupt
				}
			}
			return none
		}
		w := wish{}
		for i := range 100 {
			w["parameters"] = append(w["parameters"], object{"group": "G", "name": fmt.Sprintf("P%d", i), "value": "x"})
		}
		args := []string{"-f", k.write(t, "parameters.yaml", w.manifest("many", "dev", "overwrite"))}
		e := l.must(t, 130, append(args, "--parallelism=1")...)
		l.wire.before, l.signals = nil, nil
		made := len(l.state(t).Collections["parameters"])
		if made == 0 || made == 100 {
			t.Fatalf("%d of 100 were made: the interrupt was not in the middle", made)
		}
		if want := fmt.Sprintf("%d applied", made); !strings.Contains(e.out, want) || strings.Count(strings.ToLower(e.out+e.err), "error") > 1 {
			t.Errorf("want one summary with %q: %s", want, e)
		}
		l.must(t, 0, args...)
		l.settled(t, args...)
	})
}
