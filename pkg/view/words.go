package view

import (
	"slices"
	"strings"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// label stands for a step: a symbol and a word, so that colour is never the
// only sign.
type label struct {
	symbol, word string
	look         look
}

var actionLabels = map[reconcile.Action]label{
	reconcile.Create: {"+", "create", green},
	reconcile.Update: {"~", "update", yellow},
	reconcile.Delete: {"-", "delete", red},
	reconcile.RunJob: {"→", "run", cyan},
	reconcile.Adopt:  {"⇄", "adopt", magenta},
	reconcile.Kept:   {"!", "kept", yellow},
	reconcile.Forget: {"·", "forget", dim},
}

var standingLabels = map[reconcile.Outcome]label{
	reconcile.Failed:  {"✗", "failed", red},
	reconcile.Blocked: {"✗", "blocked", red},
	reconcile.Waits:   {"…", "waiting", yellow},
	reconcile.Skipped: {"!", "skipped", yellow},
}

// standing says how a step stands: its outcome, or before an apply whether it is
// known to be blocked or to wait.
func standing(s reconcile.Step) reconcile.Outcome {
	switch {
	case s.Outcome != "":
		return s.Outcome
	case len(s.BlockedBy) > 0:
		return reconcile.Blocked
	case s.Waiting():
		return reconcile.Waits
	default:
		return ""
	}
}

// labelOf picks the label of a step. What keeps it from being done goes before
// what would be done.
func labelOf(s reconcile.Step) label {
	if l, ok := standingLabels[standing(s)]; ok {
		return l
	}
	if l, ok := actionLabels[s.Action]; ok {
		return l
	}
	switch {
	case s.State == reconcile.Broken:
		return label{"✗", "broken", red}
	case len(s.Changes) > 0 || s.State == reconcile.Drifted:
		return label{"≠", "differs", yellow}
	case s.State == reconcile.Unknown:
		return label{"?", "unknown", yellow}
	default:
		return label{"=", unchanged, dim}
	}
}

// unchanged is the word of steps that are counted and not shown.
const unchanged = "unchanged"

// todo says what is to be done with a step, and by which way when it is not the
// documented interface: "create via person".
func todo(s reconcile.Step) string {
	var words []string
	if s.Action.Writes() && actionLabels[s.Action] != labelOf(s) {
		words = append(words, string(s.Action))
	}
	if s.Via != "" && s.Via != resource.WayAPI {
		words = append(words, "via "+string(s.Via))
	}
	return strings.Join(words, " ")
}

var originWords = map[resource.Origin]string{
	resource.OriginNew:      "new",
	resource.OriginManifest: "changed in the manifest",
	resource.OriginLive:     "changed by hand",
	resource.OriginBoth:     "changed on both sides",
	resource.OriginUnknown:  "nobody can tell who",
}

var evidenceWords = map[reconcile.Evidence]string{
	reconcile.EvidenceExport:   "known from an export",
	reconcile.EvidenceProbe:    "known by a probe",
	reconcile.EvidenceAuditLog: "known from the audit log",
	reconcile.EvidenceReported: "only reported",
	reconcile.EvidenceUnseen:   "unseen",
}

// evidence says how an object is known, "" when it was read.
func evidence(s reconcile.Step) string {
	seen := func(f reconcile.Fact) bool { return f.Evidence != reconcile.EvidenceUnseen }
	words := evidenceWords[s.Evidence]
	if s.Evidence == reconcile.EvidenceUnseen && slices.ContainsFunc(s.Facts, seen) {
		words = "partly unseen"
	}
	if slices.ContainsFunc(s.Facts, func(f reconcile.Fact) bool { return f.Stale }) {
		words = strings.TrimPrefix(words+", stale", ", ")
	}
	return words
}

// field names a property as people do: without the pointer's syntax.
func field(path string) string {
	name := strings.TrimPrefix(path, "/properties/")
	return spelled(resource.UnescapePointer(strings.TrimPrefix(name, "/")))
}

// output names what another object will tell.
func output(v resource.Value) string {
	to, name := v.From()
	return name + " of " + to.String()
}

// secretWords say that a secret changes and where it comes from; never what it
// is or how long.
func secretWords(c resource.Change, creating bool) string {
	switch {
	case gone(c.Want):
		return "secret → removed"
	case creating && c.Path == clientID && !c.Want.Source().IsZero():
		return "from " + c.Want.Source().String()
	case creating && c.Want.Sensitive() && !c.Want.Source().IsZero():
		return "secret from " + c.Want.Source().String()
	case creating:
		return "secret"
	case c.Want.Form() == resource.Pending:
		return "changes to the " + output(c.Want)
	case c.Have.Form() == resource.Sealed && c.Origin == resource.OriginUnknown:
		return "changes, cannot be compared"
	default:
		return "changes"
	}
}

// remark says what else is known of a wanted value: a secret's label, or that an
// output is not known yet.
func remark(s reconcile.Step, v resource.Value) string {
	switch {
	case v.Label() != "":
		return "(label " + v.Label() + ")"
	case v.Form() == resource.Pending && s.Outcome != reconcile.Applied:
		return "(known after it exists)"
	default:
		return ""
	}
}

// gone reports whether a value says that nothing is there.
func gone(v resource.Value) bool {
	return v.Form() == resource.Unset || v.Form() == resource.Absent
}
