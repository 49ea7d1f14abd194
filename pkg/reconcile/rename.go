package reconcile

import (
	"reconcile/pkg/resource"
)

// rename lets objects whose manifest says previously: take the place of what has
// their old name, live and in the ledger. Both names live is a contradiction that
// nobody but the user can resolve.
func (m *maker) rename() {
	for _, o := range m.Objects {
		old := resource.Ref{Kind: o.Kind.Name(), Name: o.Meta.Previously}
		if o.Meta.Previously == "" || old == o.Ref || m.desired[old].Kind != nil {
			continue
		}
		switch {
		case m.live[old] == nil:
		case m.live[o.Ref] != nil:
			m.refuse("E214", Step{Ref: o.Ref, Position: o.At("/previously")}, "an object of this name exists, and so does "+old.String()+", which it is said to have been",
				"delete one of the two by hand, or take previously: out of the manifest")
			continue
		default:
			m.live[o.Ref] = m.live[old]
			delete(m.live, old)
		}
		m.Ledger.rename(old, o.Ref)
	}
}

// rename moves an entry to a new name. Nothing is stored before Save.
func (l *Ledger) rename(old, ref resource.Ref) {
	entry, known := l.entries[old]
	if _, taken := l.entries[ref]; !known || taken {
		return
	}
	moved := *entry
	moved.Ref = ref
	delete(l.entries, old)
	l.entries[ref] = &moved
}

// renamed is the change of the name itself.
func renamed(o Desired, have *resource.Object) []resource.Change {
	if o.Meta.Previously == "" || have.Name != o.Meta.Previously || have.Name == o.Name {
		return nil
	}
	return []resource.Change{{
		Path: resource.NamePath, Have: resource.Text(have.Name), Want: resource.Text(o.Name), Origin: resource.OriginManifest,
	}}
}
