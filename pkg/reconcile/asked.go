package reconcile

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

// A report without a ledger at hand says what the manifest asked for when it was
// written: then a later manifest cannot make it a report of something else.

// wants identifies what the manifest asks of an object, whatever is known of it: like
// an order's id it is made of references, not of what they lead to.
func (d Desired) wants() string {
	type field struct {
		Path, Label string
		Want        json.RawMessage
	}
	var fields []field
	said := map[string]resource.Value{}
	if d.Spec != nil {
		said = resource.Paths(d.Spec)
	}
	for _, path := range slices.Sorted(maps.Keys(said)) {
		if !fieldIs(d.Kind, path, resource.ServerSet) {
			text, _ := json.Marshal(said[path])
			fields = append(fields, field{path, said[path].Label(), text})
		}
	}
	return digest(struct {
		Ref, State string
		Fields     []field
	}{d.String(), d.Meta.State, fields})
}

// Asks returns what the manifest asks of an object: its digest, and the work order
// that makes the object, which needs no ledger. It makes no call.
func Asks(d Desired, scope resource.Scope) (wants string, order resource.Order) {
	action := Create
	if d.goes() {
		action = Delete
	}
	var changes []resource.Change
	paths := resource.Paths(d.Spec)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		changes = append(changes, resource.Change{Path: path, Want: paths[path], Origin: resource.OriginNew})
	}
	return d.wants(), d.Kind.Order(d.Name, string(action), d.Spec, changes, scope)
}

// moved reports whether a report from a file speaks of what the manifest does not
// say any more. One that says neither order nor manifest could mean anything.
func (m *maker) moved(s Step, said Said) bool {
	if !said.Filed || said.Order != "" || s.Action == RunJob {
		return false
	}
	return said.Wants == "" || said.Wants != m.desired[s.Ref].wants()
}

// superseded says how what was reported differs from what is asked now.
func (m *maker) superseded(s Step, said Said, open resource.Order) string {
	switch {
	case len(said.Do) > 0:
		return differences(said.Do, open.Do)
	case said.Wants != "" && said.Wants == m.desired[s.Ref].wants():
		return "the manifest is the same, but what was reported before is not: " + beginning(said.Order) + " then, now " + beginning(open.ID)
	case len(said.Asked) > 0:
		_, now := Asks(m.desired[s.Ref], m.Scope)
		return differences(said.Asked, now.Do)
	case said.Order == "":
		return "it does not say which order was done"
	default:
		return fmt.Sprintf("it was %s, now it is %s", beginning(said.Order), beginning(open.ID))
	}
}

// differences says in words what one list of instructions asks for and the other
// does not.
func differences(before, now []resource.Instruction) string {
	var differs []string
	for _, i := range before {
		if !slices.ContainsFunc(now, i.Same) {
			differs = append(differs, "no more: "+i.String())
		}
	}
	for _, i := range now {
		if !slices.ContainsFunc(before, i.Same) {
			differs = append(differs, "now: "+i.String())
		}
	}
	if len(differs) == 0 {
		return "nothing in it differs but what it was based on"
	}
	return strings.Join(differs, "; ")
}

// exported is when the console wrote what a report shows: never after the report.
func (said Said) exported() time.Time {
	if said.Exported.IsZero() || said.Exported.After(said.At) {
		return said.At
	}
	return said.Exported
}
