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
	// ID is the identifier that the object got.
	ID string
	// By is who did it, as claimed; Approver who vouches for the report, as the
	// pipeline knows it.
	By, Approver, Ticket string
	At                   time.Time
	// Export is the console's file of the object, read; nil without one.
	Export *resource.Object
}

// Take puts reports into the ledger, in the order in which the work had to be
// done, so that the identifier that one brings is known to the next. A report
// that does not fit is refused by a fault and leaves no trace. Nothing is stored
// before the ledger's next Save.
func (p Plan) Take(all []Said, fourEyes bool) (taken []Said, refused []resource.Fault) {
	left := slices.Clone(all)
	for _, s := range p.Steps {
		for i, said := range left {
			if !said.about(s) {
				continue
			}
			if said.Export != nil && said.ID == "" && p.maker.told[s.Ref] == nil {
				said.ID = said.Export.ID
			}
			if fault := p.maker.refuses(s, said, fourEyes); fault != nil {
				refused = append(refused, *fault)
			} else {
				p.maker.take(s, said)
				taken = append(taken, said)
			}
			left = slices.Delete(left, i, i+1)
			break
		}
	}
	for _, said := range left {
		refused = append(refused, refusal("E241", said, "there is no such object, or nothing of it is left to a person",
			"write KIND/NAME as the runbook does"))
	}
	return taken, refused
}

// about reports whether a step is the one that a report speaks of: of an object
// and its run, the one that waits.
func (said Said) about(s Step) bool {
	if s.Ref != said.Ref || s.Via != resource.WayPerson {
		return false
	}
	return (s.Action == RunJob) == (said.Action == string(RunJob))
}

// Counted reports whether the very report of an order was taken before.
func (l *Ledger) Counted(said Said) bool {
	return slices.ContainsFunc(l.Entry(said.Ref).Seen, func(o Observation) bool {
		return o.Evidence == EvidenceReported && said.Order != "" && said.means(o.Hash)
	})
}

// Old reports whether the ledger holds a report of the object that is as new.
func (l *Ledger) Old(said Said) bool {
	return l.Counted(said) || slices.ContainsFunc(l.Entry(said.Ref).Seen, func(o Observation) bool {
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

// refuses says why a report cannot be taken, nil when it can.
func (m *maker) refuses(s Step, said Said, fourEyes bool) *resource.Fault {
	if s.Action == Unchanged && m.told[s.Ref] == nil {
		// It counts as made because its secret is at hand; what is reported is that.
		s.Action = Create
	}
	order := Plan{Steps: m.plan.Steps, maker: m}.order(s)
	no := func(code, message, remedy string) *resource.Fault {
		fault := refusal(code, said, message, remedy)
		fault.Position = s.Position
		return &fault
	}
	switch {
	case fourEyes && (said.By == "" || said.Approver == ""):
		return no("E245", "policy.fourEyes wants two people, and only one is named",
			"name who did it with --by, and report in a pipeline that knows who started it, or set RECONCILE_APPROVER")
	case fourEyes && strings.EqualFold(said.By, said.Approver):
		return no("E245", fmt.Sprintf("policy.fourEyes wants two people, and %q did it and reports it", said.By), "let somebody else report it")
	case !said.means(s.work.order):
		return no("E240", "this report is of an order that was superseded: "+Superseded(said, order), "do what the order says now, and report that")
	case s.Action == Kept || s.Action == Forget || s.Action == RunJob && len(s.BlockedBy) > 0:
		return no("E241", "no work order of it is open", "see reconcile plan for what is open")
	case s.Action == Create && order.Identified && said.ID == "":
		return no("E242", "the report lacks the identifier that the console made", "add it: --id with the id, or with the address of its page")
	}
	return m.misfits(s, said, order, no)
}

// misfits compares what a report brings with what is known.
func (m *maker) misfits(s Step, said Said, order resource.Order, no func(code, message, remedy string) *resource.Fault) *resource.Fault {
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
	return m.contradicts(s, said, want, no)
}

// contradicts compares an export with the order, property by property.
func (m *maker) contradicts(s Step, said Said, want resource.Spec, no func(code, message, remedy string) *resource.Fault) *resource.Fault {
	if said.Export == nil {
		return nil
	}
	var differs []string
	if said.Export.Name != s.Name {
		differs = append(differs, fmt.Sprintf("name: export %q, manifest %q", said.Export.Name, s.Name))
	}
	known := m.Ledger.Entry(s.Ref).ID
	switch {
	case known != "" && said.ID == "" && said.Export.ID != "" && said.Export.ID != known:
		differs = append(differs, fmt.Sprintf("id: export %q, known %q (an import makes a new system; edit the old one)", said.Export.ID, known))
	case said.ID != "" && said.Export.ID != "" && said.Export.ID != said.ID:
		differs = append(differs, fmt.Sprintf("id: export %q, report %q", said.Export.ID, said.ID))
	}
	o := m.desired[s.Ref]
	merged := s.work.kind.Keep(*said.Export, want, s.work.own)
	for _, c := range resource.Diff(said.Export.Spec, merged) {
		if c.Have.Form() == resource.Sealed || c.Want.Form() == resource.Pending || fieldIs(o.Kind, c.Path, resource.ServerSet) || m.ignored(o, c.Path) {
			continue
		}
		if c.Sensitive() {
			differs = append(differs, c.Path+": the export does not hold it as a credential")
			continue
		}
		differs = append(differs, fmt.Sprintf("%s: export %q, manifest %q", c.Path, c.Have.String(), c.Want.String()))
	}
	if len(differs) == 0 {
		return nil
	}
	return no("E244", "the export is not what was ordered: "+strings.Join(differs, "; "), "mend it in the console, export again and report again")
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
	entry := m.Ledger.Entry(s.Ref)
	seen := Observation{Evidence: EvidenceReported, At: said.At, By: said.By, Hash: s.work.order}
	if s.Action == Delete {
		m.Ledger.Drop(s.Ref)
		return
	}
	if s.Action == RunJob {
		entry.Owed, entry.Intent = false, nil
		m.Ledger.Put(entry)
		return
	}
	if said.ID != "" {
		entry.ID = said.ID
	}
	o, want := m.desired[s.Ref], m.filled(s, said)
	m.want[s.Ref], m.told[s.Ref] = want, &resource.Object{Name: s.Name, ID: entry.ID, Spec: want}
	entry.Owned, entry.Via, entry.Intent = true, resource.WayPerson, nil
	left := entry.Wrote
	entry.Wrote, entry.Labels = m.memory(o, want)
	for path, hash := range left {
		// What is still to be removed is not forgotten.
		if entry.Wrote[path] == "" && listed(want, path) && !slices.ContainsFunc(s.Changes, func(c resource.Change) bool { return c.Path == path }) {
			entry.Wrote[path] = hash
		}
	}
	entry.Seen = []Observation{seen}
	if said.Export != nil {
		entry.Seen = append(entry.Seen, Observation{Evidence: EvidenceExport, At: said.At, By: said.By})
	}
	if s.Action == Create && o.Kind.RunsAfterChange(want) && !o.Kind.RunsItself(want) {
		entry.Owed = true
	}
	m.Ledger.Put(entry)
	m.owe(&s)
}

// Superseded says how an order that was reported differs from the open one.
func Superseded(said Said, open resource.Order) string {
	if len(said.Do) == 0 {
		return fmt.Sprintf("it was %s, now it is %s", beginning(said.Order), beginning(open.ID))
	}
	var differs []string
	for _, i := range said.Do {
		if !slices.ContainsFunc(open.Do, i.Same) {
			differs = append(differs, "no more: "+i.String())
		}
	}
	for _, i := range open.Do {
		if !slices.ContainsFunc(said.Do, i.Same) {
			differs = append(differs, "now: "+i.String())
		}
	}
	if len(differs) == 0 {
		return "nothing in it differs but what it was based on"
	}
	return strings.Join(differs, "; ")
}

// shortest is how many characters of an order's id nobody mistakes.
const shortest = len("sha256:") + 12

func beginning(digest string) string { return digest[:min(len(digest), shortest)] }
