package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// approvedStep is what somebody saw of a step when the plan was approved.
type approvedStep struct {
	Kind, Name, Action string
	Position           string
	Positions          map[string]string
	Changes            []approvedChange
}

// approvedChange is one property, as -o json shows it.
type approvedChange struct {
	Path       string
	Have, Want *string
	WantFrom   string
	Secret     bool
	Label      string
}

// shownSteps reads the steps of a result as -o json writes it, by object. A run of
// a job is not among them: it has no property.
func shownSteps(text []byte) map[string]approvedStep {
	var shown struct{ Steps []approvedStep }
	_ = json.Unmarshal(text, &shown)
	steps := map[string]approvedStep{}
	for _, s := range shown.Steps {
		if s.Action != string(reconcile.RunJob) {
			steps[s.Kind+"/"+s.Name] = s
		}
	}
	return steps
}

// stepsOf are the steps of a plan as somebody sees them.
func stepsOf(plan *reconcile.Plan) map[string]approvedStep {
	var shown bytes.Buffer
	_ = view.JSON(&shown, []view.Result{{Plan: plan}})
	return shownSteps(shown.Bytes())
}

// unapproved refuses what goes beyond what was approved: the steps of a saved
// plan, or the digest of --expect-digest.
func (j *job) unapproved(plan *reconcile.Plan) {
	j.placed(plan)
	if j.approved != nil {
		j.moved(plan, plan.Beyond(j.approved), "that is not in the approved plan", j.shown)
		return
	}
	if j.expectDigest == "" || j.expectDigest == plan.Digest || len(plan.Beyond(nil)) == 0 {
		return
	}
	j.moved(plan, plan.Beyond(nil), fmt.Sprintf("the plan has digest %s, not the expected %s", plan.Digest, j.expectDigest), nil)
}

// placed puts the places of the user's files into a plan whose manifest was read
// from a saved plan, where every line is another.
func (j *job) placed(plan *reconcile.Plan) {
	if j.shown == nil {
		return
	}
	for i := range plan.Steps {
		s := &plan.Steps[i]
		was := j.shown[s.String()]
		s.Position = place(was.Position)
		for path := range s.Positions {
			s.Positions[path] = place(cmp.Or(was.Positions[path], was.Position))
		}
	}
	for _, faults := range [][]resource.Fault{plan.Refused, plan.Warnings} {
		for i := range faults {
			if ref := faults[i].Ref; ref != nil {
				faults[i].Position = place(j.shown[ref.String()].Position)
			}
		}
	}
}

// place reads FILE:LINE:COL; what is none is no place.
func place(text string) resource.Position {
	rest, col, _ := cutLast(text)
	file, line, ok := cutLast(rest)
	if !ok {
		return resource.Position{}
	}
	return resource.Position{File: file, Line: line, Col: col}
}

// cutLast parts the number behind the last colon.
func cutLast(text string) (before string, number int, ok bool) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return text, 0, false
	}
	number, err := strconv.Atoi(text[i+1:])
	return text[:i], number, err == nil
}

// moved refuses steps that nobody approved, if there are any, and says what of them
// is otherwise than in shown; nil shows what they would do.
func (j *job) moved(plan *reconcile.Plan, steps []reconcile.Step, why string, shown map[string]approvedStep) {
	now := stepsOf(plan)
	for _, s := range steps {
		message := fmt.Sprintf("%s: the plan would %s it, and %s", s.Ref, s.Action, why)
		if told := differences(shown, now[s.String()], s); told != "" {
			message += ": " + told
		}
		j.verdict.refused = true
		j.verdict.result.Errors = append(j.verdict.result.Errors, resource.Fault{
			Severity: resource.Error, Code: "E208", Ref: &s.Ref, Position: s.Position, Message: message,
			Remedy: "nothing was written; look at the plan as it is now, and approve that" + prefixed(": ", j.again),
		})
	}
}

// differences words what of a step is otherwise than it was shown.
func differences(shown map[string]approvedStep, now approvedStep, s reconcile.Step) string {
	if s.Action == reconcile.RunJob {
		return ""
	}
	was, known := shown[s.String()]
	switch {
	case shown == nil:
		return strings.Join(wordings(now), ", ")
	case !known:
		return "the object was not in it"
	case was.Action != now.Action && !reconcile.Action(was.Action).Writes():
		return strings.Join(slices.Concat([]string{"it was " + was.Action + " there"}, wordings(now)), ", ")
	case was.Action != now.Action:
		return fmt.Sprintf("there it was to %s", was.Action)
	}
	before, after := byPath(was), byPath(now)
	var parts []string
	for _, path := range slices.Sorted(maps.Keys(merged(before, after))) {
		a, approved := before[path]
		b, wanted := after[path]
		switch {
		case approved && wanted && a.String() != b.String():
			parts = append(parts, fmt.Sprintf("%s was approved as %s, and is %s now", path, a, b))
		case approved && !wanted:
			parts = append(parts, fmt.Sprintf("%s was approved as %s, and needs no change now", path, a))
		case !approved:
			parts = append(parts, fmt.Sprintf("%s was not to change, and is %s now", path, b))
		}
	}
	if len(parts) == 0 {
		return "somebody changed the object since, in what the plan does not show"
	}
	return strings.Join(parts, ", ")
}

func merged[V any](a, b map[string]V) map[string]V {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func byPath(s approvedStep) map[string]approvedChange {
	all := map[string]approvedChange{}
	for _, c := range s.Changes {
		all[c.Path] = c
	}
	return all
}

// wordings are all changes of a step.
func wordings(s approvedStep) []string {
	var parts []string
	for _, c := range s.Changes {
		parts = append(parts, c.Path+" "+c.String())
	}
	return parts
}

// String words a change: what is there and what is wanted.
func (c approvedChange) String() string {
	if c.Secret {
		return strings.TrimSpace("a secret that changes " + c.Label)
	}
	want := quotedOr(c.Want, "absent")
	if c.WantFrom != "" {
		want = c.WantFrom
	}
	return quotedOr(c.Have, "absent") + " → " + want
}

func quotedOr(text *string, without string) string {
	if text == nil {
		return without
	}
	return strconv.Quote(*text)
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// planCommandLine is the command that makes the plan anew.
func (a *app) planCommandLine(out string) string {
	line := []string{"reconcile", "plan"}
	for _, flag := range []struct {
		name   string
		values []string
	}{{"-f", a.files}, {"--values", a.values}, {"--set", a.set}, {"--only", a.only}, {"--overwrite-live", a.overwriteLive}} {
		for _, v := range flag.values {
			line = append(line, flag.name, argument(v))
		}
	}
	for _, flag := range []struct {
		name  string
		given bool
	}{{"--prune", a.prune}, {"--adopt", a.adopt}} {
		if flag.given {
			line = append(line, flag.name)
		}
	}
	if a.integration != "" {
		line = append(line, "--integration", argument(a.integration))
	}
	if a.ledger != "" {
		line = append(line, "--ledger", argument(a.ledger))
	}
	return strings.Join(append(line, "--out", argument(out)), " ")
}

// argument quotes what a shell would take apart.
func argument(text string) string {
	plain := func(r rune) bool {
		return r > 127 || strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
