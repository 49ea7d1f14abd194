package view

import (
	"fmt"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

// refusedCode is the exit code of what was refused.
const refusedCode = 5

// summary is the one line that says it all.
func summary(r Result) string {
	t := count(r)
	var parts []string
	switch {
	case r.ExitCode == refusedCode:
		head := "Refused, nothing was written"
		if n := brakes(r); n > 0 {
			head = "Refused by " + number(n, "brake", "brakes") + ", nothing was written"
		}
		parts = append(parts, head, t.plans())
	case r.Plan == nil:
		return strings.Join(filled(withoutPlan(r), calls(t, r.Took)), " · ")
	case t.ended(r):
		parts = append(parts, t.outcomes())
	case t.writes > 0:
		parts = append(parts, t.plans())
	case calm(r):
		return strings.Join(filled("In sync, as far as can be seen: "+number(t.objects, "object", "objects")+" compared, nothing to do",
			some([]entry{{t.Kept, "kept"}}), t.surely(), complaints(r), calls(t, r.Took)), " · ")
	case r.Complete && r.Plan.Differs():
		parts = append(parts, "Nothing to write, but not all is as wanted")
	case r.Complete && r.Plan.Broken():
		parts = append(parts, "Nothing to write, but not all works")
	case r.Complete && r.Plan.Doubtful():
		parts = append(parts, "Nothing to write, but nobody can tell whether all is in sync")
	case r.Complete:
		parts = append(parts, "Nothing to do")
	}
	parts = append(parts, t.stays())
	if !r.Complete {
		parts = append(parts, "Not every object was decided")
	}
	return strings.Join(filled(append(parts, t.rest(), complaints(r), calls(t, r.Took))...), " · ")
}

// next says what to do now, where there is something.
func next(r Result) string {
	t := count(r)
	switch {
	case len(r.errors()) > 0:
		return ""
	case r.Plan != nil && r.Plan.Stopped:
		return "Next: run the same command again; it goes on where this one was stopped"
	case t.Failed > 0:
		return "Next: mend the cause and run the same command again; it goes on where it stopped"
	case t.ended(r) && t.Waiting > 0:
		return "Next: do what waits, and run the same command again"
	case t.writes == 0 && t.prunable > 0:
		return "To delete what left the manifest: the same command with --prune; to keep it managed, take it back into the manifest"
	case t.ended(r) || t.writes == 0:
		return ""
	case r.OfSnapshot:
		return "To apply: leave --live out; then it is compared with what is live"
	case t.Waiting+t.Blocked >= t.writes:
		return "Nothing can be applied before people have done what waits; --workorders DIR writes down what that is"
	case r.Command == "plan" && r.Saved != "":
		return "To apply: reconcile apply " + resource.ShellWord(r.Saved)
	case r.Command == "plan":
		return "To apply: the same command without the word plan"
	case r.Command == "drift":
		return "To undo the drift: reconcile with the same manifest; to keep it, take it into the manifest"
	case r.DryRun:
		return "To apply: run the same command without --dry-run"
	default:
		return ""
	}
}

// calm reports whether there is nothing to say but that all is well.
func calm(r Result) bool {
	return r.Complete && !r.Plan.Differs() && !r.Plan.Doubtful() && len(r.errors())+len(r.Findings) == 0
}

func withoutPlan(r Result) string {
	text := complaints(r)
	switch {
	case len(r.Verified) > 0:
		return strings.Join(filled(proofsMade(r.Verified), text), " · ")
	case r.Calls > 0:
		return text
	case len(r.Errors) > 0:
		return text + "; nothing was called"
	case r.Command == "validate":
		return strings.Join(filled("Valid", text), ", ") + "; nothing was called"
	default:
		return text
	}
}

// proofsMade counts proofs: "8 proofs made, 1 not checked".
func proofsMade(checks []Check) string {
	failed, open := failures(checks), unsure(checks)
	proofs := number(len(checks)-open, "proof", "proofs")
	made := proofs + " made"
	if failed > 0 {
		made = fmt.Sprintf("%d of %s failed", failed, proofs)
	}
	return strings.Join(filled(made, some([]entry{{open, "not checked"}})), ", ")
}

// failures counts the calls that did not do what the consumer needs.
func failures(checks []Check) int {
	return tallied(checks, func(c Check) bool { return !c.OK && !c.Unsure })
}

// unsure counts what was not checked.
func unsure(checks []Check) int { return tallied(checks, func(c Check) bool { return c.Unsure }) }

func tallied(checks []Check, match func(Check) bool) int {
	n := 0
	for _, c := range checks {
		if match(c) {
			n++
		}
	}
	return n
}

// plans says what would be done: "2 to create, 1 to update (1 waiting)".
func (t tally) plans() string {
	todo := some([]entry{
		{t.Create, "to create"},
		{t.Update, "to update"},
		{t.Delete, "to delete"},
		{t.Adopt, "to adopt"},
		{t.Run, "to run"},
		{t.Forget, "to forget"},
	})
	if held := some([]entry{{t.Waiting, "waiting"}, {t.Blocked, "blocked"}}); held != "" {
		todo += " (" + held + ")"
	}
	return todo
}

// outcomes says what was done.
func (t tally) outcomes() string {
	more := some([]entry{{t.Waiting, "waiting"}, {t.Blocked, "blocked"}, {t.Skipped, "skipped"}})
	return strings.Join(filled(fmt.Sprintf("%d applied, %d failed", t.Applied, t.Failed), more), ", ")
}

// stays says what exists although the manifest does not hold it any more.
func (t tally) stays() string {
	switch t.left {
	case 0:
		return ""
	case 1:
		return "1 object left the manifest and is kept"
	default:
		return fmt.Sprintf("%d objects left the manifest and are kept", t.left)
	}
}

// rest counts what is left alone.
func (t tally) rest() string {
	parts := []string{some([]entry{{t.words["kept"] - t.left, "kept"}})}
	for _, word := range []string{"differs", "broken", "unknown", unchanged} {
		parts = append(parts, some([]entry{{t.words[word], word}}))
	}
	text := strings.Join(filled(parts...), ", ")
	if doubts := t.surely(); doubts != "" {
		text += " (" + doubts + ")"
	}
	return text
}

// surely counts the unchanged objects that were not fully read, by how they are
// known.
func (t tally) surely() string {
	var doubts []entry
	for _, known := range []string{
		"partly unseen", "unseen", "only reported", "known from the audit log", "known by a probe", "known from an export",
	} {
		doubts = append(doubts, entry{t.words[known], known}, entry{t.words[known+", stale"], known + " and stale"})
	}
	return some(append(doubts, entry{t.words["stale"], "stale"}))
}

// complaints counts findings, errors and warnings. Brakes are counted elsewhere.
func complaints(r Result) string {
	var parts []string
	for _, c := range []struct {
		n         int
		one, many string
	}{
		{len(r.Findings), "finding", "findings"},
		{len(r.Errors), "error", "errors"},
		{len(r.warnings()), "warning", "warnings"},
	} {
		if c.n > 0 {
			parts = append(parts, number(c.n, c.one, c.many))
		}
	}
	return strings.Join(parts, ", ")
}

// calls says what it cost: "12 calls (2 retried) in 0.4s".
func calls(t tally, took time.Duration) string {
	if t.Calls == 0 {
		return ""
	}
	text := number(t.Calls, "call", "calls")
	if slow := some([]entry{{t.Retries, "retried"}, {t.Throttled, "throttled"}}); slow != "" {
		text += " (" + slow + ")"
	}
	return text + " in " + seconds(took)
}

type entry struct {
	n    int
	word string
}

// some lists the entries that are not zero: "2 to create, 1 to update".
func some(entries []entry) string {
	var parts []string
	for _, e := range entries {
		if e.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", e.n, e.word))
		}
	}
	return strings.Join(parts, ", ")
}

func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// filled drops what is empty.
func filled(texts ...string) []string {
	var kept []string
	for _, text := range texts {
		if text != "" {
			kept = append(kept, text)
		}
	}
	return kept
}

// seconds writes a duration for people: 0.4s, 1m12s.
func seconds(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}
