package reconcile

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"reconcile/pkg/resource"
)

// orderID identifies a work order: what is to be done to which object where. It
// is made of references, not of what they lead to, so that filling in a blank
// does not make another order; and of what was reported before, so that the same
// change asked for twice makes two.
func (m *maker) orderID(s Step, o Desired, e Entry) string {
	type field struct {
		Path, Before, Label string
		Want                json.RawMessage
	}
	said := map[string]resource.Value{}
	if o.Spec != nil {
		said = resource.Paths(o.Spec)
	}
	action, paths, shown := s.Action, make([]string, 0, len(s.Changes)), ""
	if export, there := m.newer(s.Ref, e); there && slices.ContainsFunc(s.Changes, func(c resource.Change) bool { return c.Origin == resource.OriginLive }) {
		// Moved twice and put back twice is two orders.
		shown = moment(export.At)
	}
	for _, c := range s.Changes {
		paths = append(paths, c.Path)
	}
	if o.Spec != nil && !e.Owned && s.Action != RunJob {
		// Also once its secret is at hand, which counts as made: it is the same order.
		action, paths = Create, slices.Sorted(maps.Keys(said))
	}
	var fields []field
	for _, path := range paths {
		if fieldIs(o.Kind, path, resource.ServerSet) {
			continue
		}
		f := field{Path: path, Before: e.Wrote[path], Label: said[path].Label()}
		f.Want, _ = json.Marshal(said[path])
		fields = append(fields, f)
	}
	return digest(struct {
		Ref    string
		Action Action
		Tenant string
		ID     string
		Fields []field
		// Moved tells apart the same order after two changes by hand, Shown after two
		// exports that show one. One field for both would give open orders other ids.
		Moved string `json:",omitempty"`
		Shown string `json:",omitempty"`
	}{s.String(), action, m.Tenant, e.ID, fields, s.work.movedAt(), shown})
}

// OrderID identifies the work order of a step, "" where no person has to do it.
func (s Step) OrderID() string {
	if !s.manual() {
		return ""
	}
	return s.work.order
}

// manual reports whether a person has to do the step, now or once something else
// is done. One that was held before it was ordered is nobody's work.
func (s Step) manual() bool {
	if s.Outcome == Applied || s.Outcome == Failed {
		return false
	}
	return s.Via == resource.WayPerson && s.Waiting() && (!s.work.withheld || s.Outcome == Waits)
}

// Withhold keeps the order of a step out of every runbook until Apply's Before let it
// pass, which is asked once all that it needs is done, directly or not. Reports of it
// count all the same.
func (p Plan) Withhold(ref resource.Ref, action Action, reason string) {
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Ref == ref && s.Action == action {
			s.work.withheld, s.Reason = true, reason
			s.After = slices.SortedFunc(maps.Keys(closure(ref, p.maker.needs)), resource.Ref.Compare)
		}
	}
}

// Caution adds a note to the order that changes an object, where there is one.
func (p Plan) Caution(ref resource.Ref, note string) {
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Ref == ref && s.Action == Update {
			s.work.cautions = append(s.work.cautions, note)
		}
	}
}

// Orders lists the work orders of all steps that a person has to do, those that
// are blocked among them, in the order in which they can be done.
func (p Plan) Orders() []resource.Order {
	var orders []resource.Order
	for _, s := range p.Steps {
		if s.manual() {
			orders = append(orders, p.order(s))
		}
	}
	return orders
}

func (p Plan) order(s Step) resource.Order {
	changes := slices.Clone(s.Changes)
	for i, c := range changes {
		if c.Have.Form() == resource.Unseen && !c.Sensitive() {
			changes[i].Have = p.maker.former(s.Ref, c.Path)
		}
	}
	o := s.work.kind.Order(s.Name, string(s.Action), s.work.want, changes, p.maker.Scope)
	o.ID, o.Reason = s.work.order, s.Reason
	if s.Action == Create && s.Reason == "" {
		o.Reason = "it is in the manifest, and nobody reported it as made"
	}
	for _, ref := range s.After {
		if slices.ContainsFunc(p.Steps, func(n Step) bool { return n.Ref == ref && n.manual() }) {
			o.After = append(o.After, ref.String())
		}
	}
	o.Notes = append(o.Notes, s.work.cautions...)
	for i := range o.Do {
		p.place(&o.Do[i])
	}
	if s.Action == RunJob {
		o.Notes = append(o.Notes, p.firstByTool(s)...)
	}
	return o
}

// firstByTool names what the tool itself has to do before a person starts a run.
func (p Plan) firstByTool(s Step) []string {
	var names []string
	for _, n := range p.Steps {
		if slices.Contains(s.After, n.Ref) && n.Via != resource.WayPerson && n.Action.Writes() && n.Outcome != Applied {
			names = append(names, n.String())
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{"not before reconcile ran again: it does " + strings.Join(names, ", ") + " itself, once the orders above are reported"}
}

// place says where the secret lies that another order brings.
func (p Plan) place(i *resource.Instruction) {
	from, output, _ := strings.Cut(i.From, "#")
	ref, err := resource.ParseRef(from)
	if err != nil || i.Do != resource.Credential {
		return
	}
	if v := p.maker.output(ref, output); !v.Source().IsZero() && v.Sensitive() {
		i.Secret = v.Source().String()
	}
}

// Between lists what the tool itself does once people have reported: the steps
// that are blocked only by work orders.
func (p Plan) Between() []resource.Ref {
	var refs []resource.Ref
	for _, s := range p.Steps {
		if s.Via != resource.WayPerson && len(s.BlockedBy) > 0 {
			refs = append(refs, s.Ref)
		}
	}
	return refs
}
