package reconcile

import (
	"slices"
	"time"

	"reconcile/pkg/resource"
)

// recall fills in what earlier looks proved of a step's object, and judges.
func (m *maker) recall(s *Step, e Entry) {
	prints := m.prints(s.Ref)
	before := m.Seen.Objects[s.String()]
	told := reportedAt(e)
	for k := range s.Facts {
		f := &s.Facts[k]
		for _, seen := range before.Seen {
			if seen.Path == f.Path && f.Evidence != EvidenceProbe && weaker(f.Evidence, seen.Evidence) == f.Evidence &&
				!s.changes(f.Path) && !seen.At.Before(told) && seen.Hash != "" && seen.Hash == prints[f.Path] {
				f.Evidence, f.At = seen.Evidence, seen.At
			}
		}
	}
	m.weigh(s)
	m.recallMove(s, e)
	// What was broken stays so until a call shows otherwise or somebody mends it. Of a
	// job whose runs are reported the ledger itself tells.
	if before.State == Broken && e.lastRun() == nil && !before.At.Before(told) && s.Action == Unchanged && len(s.Changes) == 0 && s.State != Broken {
		s.work.unbroken, s.work.failed, s.State = s.State, true, Broken
		s.Code = before.Code
		s.Reason = "a proof failed on " + moment(before.At) + ", first on " + moment(before.Since)
	}
}

// prints are the fingerprints of what is wanted of an object, by path; none while
// the ledger was never written, because the next run could not compare them.
func (m *maker) prints(ref resource.Ref) map[string]string {
	prints := map[string]string{}
	if !m.Ledger.Stored() || m.want[ref] == nil {
		return prints
	}
	for path, v := range resource.Paths(m.want[ref]) {
		prints[path] = m.Ledger.Fingerprint(v)
	}
	return prints
}

// changes reports whether the plan changes a path.
func (s Step) changes(path string) bool {
	return slices.ContainsFunc(s.Changes, func(c resource.Change) bool { return c.Path == path })
}

// reportedAt is when somebody last reported an object.
func reportedAt(e Entry) (last time.Time) {
	for _, seen := range e.Seen {
		if seen.Evidence == EvidenceReported && seen.At.After(last) {
			last = seen.At
		}
	}
	for _, run := range e.Ran {
		if run.At.After(last) {
			last = run.At
		}
	}
	return last
}

// weigh finds the weakest evidence of a step, and what it can carry: nothing is in
// sync that was seen too long ago, or that nothing but a person's word shows.
func (m *maker) weigh(s *Step) {
	if len(s.Facts) == 0 {
		return
	}
	s.Evidence = EvidenceRead
	var oldest time.Time
	for k := range s.Facts {
		f := &s.Facts[k]
		f.Stale = m.Policy.StaleAfter > 0 && !f.At.IsZero() && m.Now().Sub(f.At) > m.Policy.StaleAfter
		if f.Stale && (oldest.IsZero() || f.At.Before(oldest)) {
			oldest = f.At
		}
		s.Evidence = weaker(s.Evidence, f.Evidence)
	}
	if s.work.moved != nil {
		s.Evidence = EvidenceAuditLog
	}
	carried := weaker(s.Evidence, EvidenceProbe) == EvidenceProbe
	switch {
	case s.Action != Unchanged || s.State == Drifted || s.State == Broken:
	case !oldest.IsZero():
		s.State, s.Reason = Unknown, "cannot tell since "+moment(oldest)+": what was known by then is stale"
		s.work.stale = true
	case s.work.stale && carried, s.State == Unknown && m.told[s.Ref] != nil && carried:
		// What only a person changes is in sync once calls or files show all of it.
		s.State, s.work.stale = InSync, false
		s.Reason = ""
	case s.work.stale:
		s.work.stale, s.Reason = false, ""
	}
}

// moment writes a time for people.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// Judge settles the states after the proofs: broken are the objects that a failed
// proof says are to be mended, proven those of which a call went well.
func (p Plan) Judge(broken, proven []resource.Ref) {
	for i := range p.Steps {
		s := &p.Steps[i]
		switch {
		case s.Action == RunJob:
		case slices.Contains(broken, s.Ref):
			if !s.work.failed {
				s.work.unbroken = s.State
			}
			s.State, s.work.failed = Broken, true
		case s.work.failed && slices.Contains(proven, s.Ref):
			s.State, s.Code, s.Reason, s.work.failed = s.work.unbroken, "", "", false
			p.maker.weigh(s)
		}
	}
}

// Blame notes by which failure of the catalogue a broken object is broken; the last
// one that is told of an object stays.
func (p Plan) Blame(ref resource.Ref, code string) {
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Ref == ref && s.Action != RunJob && s.State == Broken {
			s.Code = code
		}
	}
}

// Stale lists the objects of which something was seen too long ago.
func (p Plan) Stale() []Step {
	var stale []Step
	for _, s := range p.Steps {
		if s.Action != RunJob && slices.ContainsFunc(s.Facts, func(f Fact) bool { return f.Stale }) {
			stale = append(stale, s)
		}
	}
	return stale
}

// Doubtful reports whether something is stale, or was last seen broken.
func (p Plan) Doubtful() bool {
	return len(p.Stale()) > 0 || p.Broken()
}

// Broken reports whether an object is broken, as far as was seen.
func (p Plan) Broken() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.State == Broken })
}

// Levels are the words for evidence, strongest first.
func Levels() []string {
	words := make([]string, len(strength))
	for i, e := range strength {
		words[i] = string(e)
	}
	return words
}

// Below lists the objects that are known by less than a level, or by what is stale.
func (p Plan) Below(level Evidence) []Step {
	stale := p.Stale()
	var below []Step
	for _, s := range p.Steps {
		if s.Action == RunJob || s.gone() || s.Evidence == "" {
			continue
		}
		old := slices.ContainsFunc(stale, func(o Step) bool { return o.Ref == s.Ref })
		if old || weaker(s.Evidence, level) != level {
			below = append(below, s)
		}
	}
	return below
}
