package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

// Said is one report of a finished work order.
type Said struct {
	resource.Ref
	// Action is that of the order, "" for the one that is open.
	Action string
	// Order is the order's id; "" means whatever is open now.
	Order string
	// Do is what the order said, where the report came with it.
	Do []resource.Instruction
	// Filed is true for a report that comes from a file; Wants and Asked are then what
	// the manifest asked for when it was written: [Plan.Wants] and [Plan.Asks].
	Filed bool
	Wants string
	Asked []resource.Instruction
	// ID is the identifier that the object got.
	ID string
	// By is who did it, as claimed. Reporter is who reported it, as git or the
	// surroundings know it, and Doubt why nobody can tell that somebody else vouches
	// for it; "" when somebody does.
	By, Reporter, Doubt, Ticket string
	At                          time.Time
	// Run is a run of the job, nil for everything else.
	Run *Ran
	// Export is the console's file of the object, read, and Exported when it was
	// written; nil without one.
	Export   *resource.Object
	Exported time.Time
}

// Who names who reported, and who did it where that is claimed to be another.
func (said Said) Who() string {
	switch {
	case said.Reporter == "" || strings.EqualFold(said.By, said.Reporter):
		return said.By
	case said.By == "":
		return said.Reporter
	default:
		return said.By + " (known as " + said.Reporter + ")"
	}
}

// Names is the object of a report, and the identifier that it brings.
func (said Said) Names() string {
	if said.ID == "" {
		return said.String()
	}
	return said.String() + ", id " + said.ID
}

// Brings reports whether a report is about something that the ledger did not know: an
// object that nobody made yet, or one with another identifier.
func (l *Ledger) Brings(said Said) bool {
	e := l.Entry(said.Ref)
	return !e.Owned || said.ID != "" && said.ID != e.ID
}

// Take puts reports into the ledger, in the order in which the work had to be
// done, so that the identifier that one brings is known to the next. A report
// that does not fit is refused by a fault and leaves no trace. Nothing is stored
// before the ledger's next Save.
func (p Plan) Take(all []Said, fourEyes bool) (taken []Said, refused []resource.Fault) {
	left := slices.Clone(all)
	for _, s := range p.Steps {
		for i := 0; i < len(left); i++ {
			said := left[i]
			if !p.about(s, said) {
				continue
			}
			if said.Export != nil && said.ID == "" && p.maker.told[s.Ref] == nil {
				said.ID = said.Export.ID
			}
			if faults := p.maker.refuses(s, said, fourEyes); len(faults) > 0 {
				refused = append(refused, faults...)
			} else {
				p.maker.take(s, said)
				taken = append(taken, said)
			}
			left = slices.Delete(left, i, i+1)
			i--
		}
	}
	for _, said := range left {
		refused = append(refused, refusal("E241", said, "there is no such object, or nothing of it is left to a person",
			"write KIND/NAME as the runbook does"))
	}
	return taken, refused
}

// about reports whether a step is the one that a report speaks of: of an object
// and its run, the one that waits. A run may be reported while no order asks for it.
func (p Plan) about(s Step, said Said) bool {
	if s.Ref != said.Ref || s.Via != resource.WayPerson {
		return false
	}
	ofRun := said.Run != nil || said.Action == string(RunJob) || said.Order != "" && said.Action == "" && p.runOrdered(said)
	if !ofRun {
		return s.Action != RunJob
	}
	return s.Action == RunJob || said.Run != nil && !slices.ContainsFunc(p.Steps, func(o Step) bool { return o.Ref == s.Ref && o.Action == RunJob })
}

// runOrdered reports whether the order that a report names is one to run a job.
func (p Plan) runOrdered(said Said) bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Ref == said.Ref && s.Action == RunJob && said.means(s.work.order) })
}

// Counted reports whether the very report of an order was taken before.
func (l *Ledger) Counted(said Said) bool {
	e := l.Entry(said.Ref)
	if said.Run != nil || said.Action == string(RunJob) {
		return e.repeats(said)
	}
	return slices.ContainsFunc(e.Seen, func(o Observation) bool {
		return o.Evidence == EvidenceReported && said.Order != "" && said.means(o.Hash)
	})
}

// Old reports whether the ledger holds a report of the object that is as new.
func (l *Ledger) Old(said Said) bool {
	if l.Counted(said) || said.Run != nil || said.Action == string(RunJob) {
		return l.Counted(said)
	}
	return slices.ContainsFunc(l.Entry(said.Ref).Seen, func(o Observation) bool {
		return o.Evidence == EvidenceReported && !o.At.Before(said.At)
	})
}

// means reports whether the report is of an order: of its id, of a beginning of it
// that is long enough, or of whatever is open.
func (said Said) means(order string) bool {
	return said.Order == "" || said.Order == order || len(said.Order) >= shortest && strings.HasPrefix(order, said.Order)
}

func refusal(code string, said Said, message, remedy string) resource.Fault {
	return resource.Fault{
		Severity: resource.Error, Code: code, Ref: &said.Ref,
		Message: fmt.Sprintf("%s: %s", said.Ref, message), Remedy: remedy,
	}
}

// refuses says why a report cannot be taken, nothing when it can.
func (m *maker) refuses(s Step, said Said, fourEyes bool) []resource.Fault {
	if s.Action == Unchanged && m.told[s.Ref] == nil {
		// It counts as made because its secret is at hand; what is reported is that.
		s.Action = Create
	}
	plan := Plan{Steps: m.plan.Steps, maker: m}
	no := func(code, message, remedy string) []resource.Fault {
		fault := refusal(code, said, message, remedy)
		fault.Position = s.Position
		return []resource.Fault{fault}
	}
	if fourEyes && said.Doubt != "" {
		return no("E245", "policy.fourEyes wants two people: "+said.Doubt, "let somebody else vouch for it: a pipeline that another person started, or RECONCILE_APPROVER with the git name or e-mail address of who approves")
	}
	if said.Run != nil {
		return nil // what the history shows is a fact, whatever is ordered
	}
	order := plan.order(s)
	switch {
	case !said.means(s.work.order):
		return no("E240", "this report is of an order that was superseded: "+m.superseded(s, said, order), "do what the order says now, and report that")
	case m.moved(s, said):
		return no("E240", "this report is of what the manifest does not say any more: "+m.superseded(s, said, order), "do what the order says now, and report that")
	case s.Action == RunJob && len(m.unmade(s)) > 0:
		early := no("W246", "the report of its run does not count: the run came before "+strings.Join(m.unmade(s), ", "), "start it again once that is there, and report that run")
		early[0].Severity = resource.Warning
		return early
	case s.Action == Kept || s.Action == Forget:
		return no("E241", "no work order of it is open", "see reconcile plan for what is open")
	case s.Action == Create && order.Identified && said.ID == "":
		return no("E242", "the report lacks the identifier that the console made", "add it: --id with the id, or with the address of its page")
	}
	return m.misfits(s, said, order, no)
}

// unmade lists what blocked the step and was not reported with it.
func (m *maker) unmade(s Step) []string {
	return slices.DeleteFunc(slices.Clone(s.BlockedBy), func(name string) bool {
		ref, _ := resource.ParseRef(name)
		return m.fresh[ref]
	})
}

// misfits compares what a report brings with what is known.
func (m *maker) misfits(s Step, said Said, order resource.Order, no func(code, message, remedy string) []resource.Fault) []resource.Fault {
	want := m.filled(s, said)
	if outputs := s.work.kind.Outputs(); said.ID != "" && order.Identified && len(outputs) > 0 {
		known := s.work.kind.Output(outputs[0], &resource.Object{Name: s.Name, ID: said.ID, Spec: want}, want).Text()
		if known != said.ID {
			return no("E243", fmt.Sprintf("the report says %q, the manifest %q", said.ID, known), "report the one that the console shows, and give the manifest the same")
		}
	}
	for _, ref := range m.Ledger.Refs() {
		if e := m.Ledger.Entry(ref); said.ID != "" && e.ID == said.ID && ref != s.Ref && ref.Kind == s.Kind {
			return no("E243", fmt.Sprintf("%q is the identifier of %s already", said.ID, ref), "report the one of this object")
		}
	}
	return m.contradicts(s, said, want)
}

// filled is what is wanted with all that is known now, the report included.
func (m *maker) filled(s Step, said Said) resource.Spec {
	o, ok := m.desired[s.Ref]
	if !ok {
		return s.work.kind.Zero()
	}
	return o.Kind.Identify(resolve(o, m.output), said.ID)
}

// take puts one report into the ledger.
func (m *maker) take(s Step, said Said) {
	if s.Action == RunJob || said.Run != nil {
		m.takeRun(s, said)
		return
	}
	if s.Action == Delete {
		m.Ledger.Drop(s.Ref)
		return
	}
	entry := m.Ledger.Entry(s.Ref)
	seen := Observation{Evidence: EvidenceReported, At: said.At, By: said.Who(), Hash: s.work.order}
	if said.ID != "" {
		if entry.ID != said.ID {
			entry.FormerID = entry.ID
		}
		entry.ID = said.ID
	}
	o, want := m.desired[s.Ref], m.filled(s, said)
	m.want[s.Ref], m.told[s.Ref] = want, &resource.Object{Name: s.Name, ID: entry.ID, Spec: want}
	entry.Owned, entry.Via, entry.Intent, entry.Untouched = true, resource.WayPerson, nil, ""
	left := entry.Wrote
	entry.Secrets = m.secrets(entry, want, nil)
	entry.Wrote, entry.Labels = m.memory(o, want)
	for path, hash := range left {
		// What is still to be removed is not forgotten.
		if entry.Wrote[path] == "" && listed(want, path) && !slices.ContainsFunc(s.Changes, func(c resource.Change) bool { return c.Path == path }) {
			entry.Wrote[path] = hash
		}
	}
	entry.Seen = []Observation{seen}
	if said.Export != nil {
		entry.Seen = append(entry.Seen, Observation{Evidence: EvidenceExport, At: said.exported(), By: said.Who()})
	}
	if s.Action == Create && o.Kind.RunsAfterChange(want) && o.Kind.NextRun(want, said.At).IsZero() {
		entry.Owed = true
	}
	m.Ledger.Put(entry)
	m.fresh[s.Ref] = true
	m.owe(&s, time.Time{})
	m.late(&s, said.At)
}

// shortest is how many characters of an order's id nobody mistakes.
const shortest = len("sha256:") + 12

func beginning(digest string) string { return digest[:min(len(digest), shortest)] }
