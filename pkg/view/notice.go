package view

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// level says how much a notice matters.
type level int

const (
	levelError level = iota
	levelWarning
	levelNote
)

// notice is one thing that a pipeline shows at a place of a manifest.
type notice struct {
	level level
	// rule is a fault's or finding's code, or the word for how a step stands.
	rule string
	// ref names the object and path the property, where there is one.
	ref, path string
	at        resource.Position
	// message is plain text of one or more lines, remedy a sentence.
	message, remedy, source string
}

// ruleWords say what a rule means that is no code of a catalogue.
var ruleWords = map[string]string{
	"adopt":   "An object that this integration did not make would be taken over",
	"blocked": "Something the object needs failed or waits",
	"broken":  "A real call or interface says that the object does not work",
	"create":  "An object of the manifest does not exist",
	"delete":  "An object would be deleted",
	"differs": "An object differs and is not written",
	"failed":  "A write failed",
	"forget":  "An object that is gone would be forgotten",
	"kept":    "An object left the manifest and is kept",
	"run":     "A job would be started",
	"skipped": "The run was stopped before this step",
	"unknown": "Nothing is known of an object",
	"update":  "An object differs from the manifest",
	"waiting": "A person has to do something",
}

// stepLevels are the levels of steps; what is not here is a note.
var stepLevels = map[string]level{
	"failed": levelError, "broken": levelError,
	"blocked": levelWarning, "skipped": levelWarning, "waiting": levelWarning, "differs": levelWarning,
	"kept": levelWarning, "delete": levelWarning,
}

// notices lists what a result has to tell a pipeline, worst first. each makes one
// notice of every property that differs, where the object is there already.
func notices(r Result, each bool) []notice {
	var all []notice
	for _, f := range r.errors() {
		all = append(all, faultNotice(f, levelError))
	}
	for _, f := range r.Findings {
		all = append(all, notice{
			level: levelError, rule: f.Code, ref: f.Ref.String(), at: r.position(f.Ref),
			message: strings.Join(filled(strings.Join(filled(f.Leg, f.Message), ": "), prefixed("cause: ", f.Cause)), "\n"),
			remedy:  f.Remedy, source: f.Source,
		})
	}
	for _, s := range worstFirst(r.steps()) {
		if s.Outcome != reconcile.Applied {
			all = append(all, stepNotices(r, s, each)...)
		}
	}
	for _, f := range r.warnings() {
		all = append(all, faultNotice(f, levelWarning))
	}
	slices.SortStableFunc(all, func(a, b notice) int { return cmp.Compare(a.level, b.level) })
	return all
}

func prefixed(name, text string) string {
	if text == "" {
		return ""
	}
	return name + text
}

func faultNotice(f resource.Fault, l level) notice {
	n := notice{level: l, rule: f.Code, path: f.Path, at: f.Position, message: f.Message, remedy: f.Remedy, source: f.Source}
	if f.Ref != nil {
		n.ref = f.Ref.String()
	}
	return n
}

// stepNotices tells of one step, or of each of its properties that differs.
func stepNotices(r Result, s reconcile.Step, each bool) []notice {
	word := labelOf(s).word
	n := notice{level: levelOf(r, s), rule: word, ref: s.String(), at: s.Position}
	if !each || s.Action == reconcile.Create || standing(s) != "" || len(s.Changes) == 0 {
		n.message = stepText(s, r.steps())
		return []notice{n}
	}
	out := make([]notice, len(s.Changes))
	for i, c := range s.Changes {
		one := s
		one.Changes = s.Changes[i : i+1]
		out[i] = n
		out[i].level, out[i].path, out[i].message = levelOf(r, one), c.Path, stepText(one, r.steps())
		if at := s.Positions[c.Path]; at.File != "" {
			out[i].at = at
		}
	}
	return out
}

func levelOf(r Result, s reconcile.Step) level {
	l, ok := stepLevels[labelOf(s).word]
	switch {
	case ok:
		return l
	case drifted(r, s):
		return levelWarning
	default:
		return levelNote
	}
}

// drifted reports whether a difference is not the manifest's doing: what a look
// for drift finds, or what somebody changed by hand.
func drifted(r Result, s reconcile.Step) bool {
	byHand := func(c resource.Change) bool {
		return c.Origin == resource.OriginLive || c.Origin == resource.OriginBoth
	}
	return r.Command == "drift" && s.Action.Writes() || slices.ContainsFunc(s.Changes, byHand)
}

// stepText says in plain lines what is to be done with a step and what keeps it
// from being done.
func stepText(s reconcile.Step, all []reconcile.Step) string {
	p := &page{}
	l := labelOf(s)
	p.flow(0, 0, piece(0, l.word+" "+s.String(), plain), piece(1, prefixed("· ", strings.Join(filled(todo(s), evidence(s), done(s)), ", ")), plain))
	p.prose(0, 0, s.Reason, plain)
	p.obstacle(s, all)
	p.changes(s)
	return strings.TrimRight(p.out.String(), "\n")
}

// position is where the manifest says an object, the zero Position when unknown.
func (r Result) position(ref resource.Ref) resource.Position {
	for _, s := range slices.Concat(r.steps(), r.Objects) {
		if s.Ref == ref && s.Position.File != "" {
			return s.Position
		}
	}
	return resource.Position{}
}

// text is all that a notice says, in clean lines.
func (n notice) text() string {
	lines := strings.Split(strings.TrimSpace(n.message), "\n")
	if n.remedy != "" {
		lines = append(lines, "remedy: "+n.remedy)
	}
	if n.source != "" {
		lines = append(lines, "source: "+n.source)
	}
	for i, line := range lines {
		lines[i] = strings.TrimRight(clean(line), " ")
	}
	return strings.Join(lines, "\n")
}

// fingerprints identify notices between runs: without lines, times and values, so
// that a report can tell what is new. Equal ones are numbered.
func fingerprints(r Result, all []notice) []string {
	seen := map[string]int{}
	out := make([]string, len(all))
	for i, n := range all {
		parts := []string{r.Integration, r.Stage, n.rule, n.ref, n.path}
		if n.ref == "" {
			parts = append(parts, n.at.File, n.message)
		}
		key := fmt.Sprintf("%q", parts)
		seen[key]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", key, seen[key]))
		out[i] = hex.EncodeToString(sum[:16])
	}
	return out
}
