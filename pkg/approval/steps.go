package approval

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

// Step is what somebody saw of a step when the plan was approved.
type Step struct {
	Kind, Name, Action string
	Position           string
	Positions          map[string]string
	Changes            []Change
}

// Change is one property, as -o json shows it.
type Change struct {
	Path       string
	Have, Want *string
	WantFrom   string
	Secret     bool
	Label      string
}

// Steps are steps as somebody saw them, by object.
type Steps map[string]Step

// ReadSteps reads the steps of a result as -o json writes it. A run of a job is
// not among them: it has no property.
func ReadSteps(text []byte) Steps {
	var shown struct{ Steps []Step }
	_ = json.Unmarshal(text, &shown)
	steps := Steps{}
	for _, s := range shown.Steps {
		if s.Action != string(reconcile.RunJob) {
			steps[s.Kind+"/"+s.Name] = s
		}
	}
	return steps
}

// StepsOf are the steps of a plan as somebody sees them.
func StepsOf(plan *reconcile.Plan) Steps {
	var shown bytes.Buffer
	_ = view.JSON(&shown, []view.Result{{Plan: plan}})
	return ReadSteps(shown.Bytes())
}

// Place puts the places of the user's files into a plan whose manifest was read from a
// saved plan, where every line is another. Without steps it leaves the plan alone.
func (shown Steps) Place(plan *reconcile.Plan) {
	if shown == nil {
		return
	}
	for i := range plan.Steps {
		s := &plan.Steps[i]
		was := shown[s.String()]
		s.Position = place(was.Position)
		for path := range s.Positions {
			s.Positions[path] = place(cmp.Or(was.Positions[path], was.Position))
		}
	}
	for _, faults := range [][]resource.Fault{plan.Refused, plan.Warnings} {
		for i := range faults {
			if ref := faults[i].Ref; ref != nil {
				faults[i].Position = place(shown[ref.String()].Position)
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

// Differences words what of a step is otherwise than it was shown; of a step of which
// nothing was shown, all that it would change.
func (shown Steps) Differences(now Step, s reconcile.Step) string {
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

func byPath(s Step) map[string]Change {
	all := map[string]Change{}
	for _, c := range s.Changes {
		all[c.Path] = c
	}
	return all
}

// wordings are all changes of a step.
func wordings(s Step) []string {
	var parts []string
	for _, c := range s.Changes {
		parts = append(parts, c.Path+" "+c.String())
	}
	return parts
}

// String words a change: what is there and what is wanted.
func (c Change) String() string {
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
