package e2e

import (
	"strings"
	"testing"
	"testing/synctest"

	"reconcile/pkg/cli"
)

// TestAsked lets a person at a terminal answer: what is shown for the question is no
// dry run, and who said no is not shown the same plan a second time.
func TestAsked(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		const step, question = "create  Destination/IPS_PROXY", "Apply this plan? [y/N] "
		answered := func(code int, answer string, outTTY bool, args ...string) ended {
			e := l.runAt(cli.IO{In: strings.NewReader(answer), InTTY: true, ErrTTY: true, OutTTY: outTTY}, append(args, "--color", "never")...)
			if e.code != code || !strings.Contains(e.err, step) || !strings.Contains(e.err, question) {
				t.Fatalf("want exit %d and the question: %s", code, e)
			}
			for _, wrong := range []string{"dry run", "To apply", "the word plan"} {
				if strings.Contains(e.err, wrong) {
					t.Errorf("the question comes with %q: %s", wrong, e)
				}
			}
			return e
		}
		e := answered(5, "n\n", true, args...)
		if len(e.writes()) > 0 || !strings.HasPrefix(e.out, "Refused, nothing was written · ") || strings.Count(e.out, "\n") != 1 {
			t.Errorf("after no at a terminal: %s", e)
		}
		if e := answered(5, "n\n", false, args...); !strings.Contains(e.out, step) {
			t.Errorf("a file lacks the plan that was refused: %s", e)
		}
		if e := answered(5, "n\n", true, append(args, "-o", "json")...); !strings.Contains(e.out, `"IPS_PROXY"`) {
			t.Errorf("JSON lacks the plan that was refused: %s", e)
		}
		if e := answered(0, "y\n", true, args...); !strings.Contains(e.err, "no ledger yet") || !strings.Contains(e.out, "was begun in") || !strings.Contains(e.out, step) {
			t.Errorf("after yes: %s", e)
		}
	})
}
