package reconcile

import (
	"slices"
	"time"

	"reconcile/pkg/resource"
)

// runs adds a step for each job that has to run: because something it needs
// changes, because an earlier run of this tool left one owed, or because one was
// announced and nobody knows whether it started.
func (m *maker) runs() {
	for _, o := range order(m.Objects, m.needs) {
		entry := m.Ledger.Entry(o.Ref)
		if o.goes() || !o.Meta.Managed() || !o.Kind.RunsAfterChange(m.want[o.Ref]) {
			continue
		}
		needs := closure(o.Ref, m.needs)
		reason := m.runReason(o.Ref, needs, entry)
		if m.comesRound(o, needs, reason) {
			continue
		}
		m.jobs[o.Ref] = needs
		if reason == "" {
			continue
		}
		// What changes now was not seen by a run that was announced before: it takes
		// another one, under another key.
		announced := ""
		if reason == reasonAnnounced {
			announced = runKey(entry)
		}
		after := []resource.Ref{o.Ref}
		for ref := range needs {
			after = append(after, ref)
		}
		slices.SortFunc(after, resource.Ref.Compare)
		step := Step{
			Ref: o.Ref, Action: RunJob, Via: o.Kind.Way(), State: Drifted, Evidence: EvidenceRead, Reason: reason,
			Position: o.At(""), After: after,
			work: work{kind: o.Kind, have: m.live[o.Ref], want: m.want[o.Ref], key: announced, announced: announced != ""},
		}
		step.work.order = m.orderID(step, o, entry)
		m.add(step)
	}
}

// reasonAnnounced marks a run whose start nobody saw.
const reasonAnnounced = "a run was announced and may have started already"

func runKey(e Entry) string {
	if e.Intent != nil && e.Intent.Action == RunJob {
		return e.Intent.Key
	}
	return ""
}

func (m *maker) runReason(job resource.Ref, needs map[resource.Ref]bool, e Entry) string {
	for _, s := range m.plan.Steps {
		if due(job, needs, s) {
			return s.String() + " changes"
		}
	}
	switch {
	case runKey(e) != "":
		return reasonAnnounced
	case e.Owed:
		return "something it needs changed earlier and it has not run since"
	default:
		return ""
	}
}

// due reports whether a step makes a job run: something that the job needs
// changes, or the job itself is new.
func due(job resource.Ref, needs map[resource.Ref]bool, s Step) bool {
	if s.Action == Create {
		return needs[s.Ref] || s.Ref == job
	}
	return needs[s.Ref] && s.Action.Writes() && len(s.Changes) > 0
}

// limit keeps only the steps that the user asked for, and what they need.
func (m *maker) limit() {
	if len(m.Only) == 0 {
		return
	}
	wanted := map[resource.Ref]bool{}
	for _, ref := range m.Only {
		wanted[ref] = true
		for need := range closure(ref, m.needs) {
			wanted[need] = true
		}
	}
	m.plan.Steps = slices.DeleteFunc(m.plan.Steps, func(s Step) bool { return !wanted[s.Ref] })
	m.plan.Refused = slices.DeleteFunc(m.plan.Refused, func(f resource.Fault) bool { return f.Ref != nil && !wanted[*f.Ref] })
}

// Waiting reports whether the step cannot be done by the tool now: a person has
// to do it, or it needs a secret that appears only once the object exists.
func (s Step) Waiting() bool {
	if !s.Action.Writes() || s.Action == Forget || s.Action == Adopt && len(s.Changes) == 0 {
		return false
	}
	return s.Via == resource.WayPerson || s.holds(resource.External) && !s.work.recalled
}

// holds reports whether a value of a form is among what is wanted.
func (s Step) holds(form resource.Form) bool {
	if s.work.want == nil {
		return false
	}
	for _, v := range resource.Paths(s.work.want) {
		if v.Form() == form {
			return true
		}
	}
	return false
}

// block marks the steps that cannot be done because something they need waits,
// is blocked itself, or must exist and does not.
func (m *maker) block() {
	stuck := map[resource.Ref]bool{}
	for i := range m.plan.Steps {
		s := &m.plan.Steps[i]
		if s.Action.Writes() {
			for _, ref := range s.After {
				if stuck[ref] {
					s.BlockedBy = append(s.BlockedBy, ref.String())
				}
			}
		}
		if len(s.BlockedBy) > 0 || s.Waiting() || s.State == Broken && s.work.have == nil && !s.work.failed {
			stuck[s.Ref] = true
		}
	}
}

// owe notes the job runs that a step makes due, also those that --only leaves
// out of the plan. at is when the step was done; zero when only a person knows.
func (m *maker) owe(s *Step, at time.Time) {
	for job, needs := range m.jobs {
		if due(job, needs, *s) {
			entry := m.Ledger.Entry(job)
			entry.Owed, entry.Due = true, at
			m.Ledger.Put(entry)
		}
	}
}

// late notes since when jobs are due that come round by themselves.
func (m *maker) late(s *Step, at time.Time) {
	for job, needs := range m.rounds {
		if entry := m.Ledger.Entry(job); entry.Owned && due(job, needs, *s) {
			entry.Due = at
			m.Ledger.Put(entry)
		}
	}
}
