package proof

import (
	"fmt"
	"slices"
	"strings"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// Trials are the calls of the proofs that were made. One that disproves a report tells
// nothing of what was there before.
func (l Look) Trials() []reconcile.Trial {
	var all []reconcile.Trial
	for _, c := range l.Result.Verified {
		of := func(f resource.Finding) bool { return f.Report != "" && f.Ref == c.Ref }
		if c.Leg != "" && !c.Unsure && (c.OK || !slices.ContainsFunc(l.Result.Findings, of)) {
			all = append(all, reconcile.Trial{Ref: c.Ref, Of: called(c), OK: c.OK})
		}
	}
	return all
}

// called names a call, whatever its address was.
func called(c view.Check) string { return strings.TrimSpace(c.Leg + " " + c.Of) }

// Judge settles the states by what the proofs showed of what is known to be there.
func (l Look) Judge() {
	var broken, proven []resource.Ref
	findings := slices.DeleteFunc(slices.Clone(l.Result.Findings), func(f resource.Finding) bool { return f.Report != "" })
	for _, f := range findings {
		broken = append(broken, f.Ref)
	}
	for _, c := range l.Result.Verified {
		if c.OK {
			proven = append(proven, c.Ref)
		}
	}
	l.Result.Plan.Judge(broken, proven)
	for _, f := range slices.Backward(findings) {
		l.Result.Plan.Blame(f.Ref, f.Code) // the worst comes first, and stays
	}
}

// Require makes an error of each object that is known by less than a level; "" asks for none.
func (l Look) Require(level string) {
	r := l.Result
	if r.Plan == nil || level == "" {
		return
	}
	for _, s := range r.Plan.Below(reconcile.Evidence(level)) {
		r.Errors = append(r.Errors, resource.Fault{
			Severity: resource.Error, Code: "E250", Ref: &s.Ref, Position: s.Position,
			Message: fmt.Sprintf("%s: %s, and --require-evidence wants %s", s.Ref, weakest(s), level),
			Remedy:  "let reconcile verify or drift look, hand in an export or report again with reconcile done; or ask for less",
		})
	}
}

// weakest words the weakest fact of an object.
func weakest(s reconcile.Step) string {
	text := "its weakest evidence is " + string(s.Evidence)
	weak := func(f reconcile.Fact) bool { return f.Evidence == s.Evidence && f.Path != "" }
	if at := slices.IndexFunc(s.Facts, weak); at >= 0 {
		text += " (" + s.Facts[at].Path + ")"
	}
	for _, f := range s.Facts {
		if f.Stale {
			return text + ", stale since it was seen on " + f.At.UTC().Format("2006-01-02 15:04 UTC")
		}
	}
	return text
}

// Aged warns of what was seen too long ago.
func (l Look) Aged() {
	r := l.Result
	if r.Plan == nil {
		return
	}
	for _, s := range r.Plan.Stale() {
		r.Warnings = append(r.Warnings, resource.Fault{
			Severity: resource.Warning, Code: "W251", Ref: &s.Ref, Position: s.Position,
			Message: fmt.Sprintf("%s: cannot tell whether it is in sync: %s", s.Ref, weakest(s)),
			Remedy:  "look at it, then say so: reconcile done " + fmt.Sprintf("%q", s.String()) + ", with --export FILE where the console has one; verify and drift refresh what calls can show",
		})
	}
}
