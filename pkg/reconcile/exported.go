package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

// Exported is an object as a file shows it that the console exported.
type Exported struct {
	resource.Object
	// File is where it lies, At when it was written.
	File string
	At   time.Time
}

// unlike lists where an export shows something else than what is wanted. Secrets are
// in no export, only that they are there.
func (m *maker) unlike(o Desired, have resource.Object, want resource.Spec, own resource.Ownership) []resource.Change {
	return slices.DeleteFunc(resource.Diff(have.Spec, o.Kind.Keep(have, want, own)), func(c resource.Change) bool {
		open := c.Want.Form() == resource.Pending || c.Want.Form() == resource.External && c.Have.IsSet()
		return open || c.Have.Form() == resource.Sealed || fieldIs(o.Kind, c.Path, resource.ServerSet) || m.ignored(o, c.Path)
	})
}

// Difference is one way in which an export is not what is wanted.
type Difference struct {
	// Path is that of the property, "" for what is none.
	Path string
	// Text says what the export holds and what the manifest.
	Text string
}

// spelled words what an export shows otherwise.
func spelled(changes []resource.Change) []Difference {
	var differs []Difference
	for _, c := range changes {
		switch {
		case c.Want.Sensitive():
			differs = append(differs, Difference{c.Path, c.Path + ": the export does not hold it as a credential"})
			continue
		case c.Sensitive():
			differs = append(differs, Difference{c.Path, c.Path + ": the export still holds a secret"})
			continue
		}
		differs = append(differs, Difference{c.Path, fmt.Sprintf("%s: export %q, manifest %q", c.Path, c.Have.String(), c.Want.String())})
	}
	return differs
}

// named says in what the name and the identifier of an export are others.
func named(name, id string, export resource.Object) []Difference {
	var differs []Difference
	if export.Name != name {
		differs = append(differs, Difference{Text: fmt.Sprintf("name: export %q, manifest %q", export.Name, name)})
	}
	if id != "" && export.ID != "" && export.ID != id {
		differs = append(differs, Difference{Text: fmt.Sprintf("id: export %q, known %q (an import makes a new system; edit the old one)", export.ID, id)})
	}
	return differs
}

// Unlike compares an export with what a manifest wants, as far as that needs neither
// secrets nor what others bring. It makes no call.
func Unlike(o Desired, export resource.Object, id string, now func() time.Time) []Difference {
	m := &maker{Request: Request{Now: now}}
	own := resource.Ownership{Wrote: func(string) bool { return false }}
	return append(named(o.Name, id, export), spelled(m.unlike(o, export, o.Kind.Normalize(o.Name, o.Spec), own))...)
}

// contradicts compares an export with the order, property by property.
func (m *maker) contradicts(s Step, said Said, want resource.Spec) []resource.Fault {
	o, wanted := m.desired[s.Ref]
	if said.Export == nil || !wanted {
		return nil
	}
	id := said.ID
	if id == "" {
		id = m.Ledger.Entry(s.Ref).ID
	}
	export := m.veil(s.Ref, *said.Export)
	differs := append(named(s.Name, id, export), spelled(m.unlike(o, export, want, s.work.own))...)
	return Contradictions(o, differs, m.told[s.Ref] != nil)
}

// Contradictions are the faults of a report whose export shows something else: one for
// each property, at its place in the manifest. Of an object that was reported before,
// the file itself can be kept, to be compared by every run.
func Contradictions(o Desired, differs []Difference, reported bool) []resource.Fault {
	remedy := "mend it in the console, export again and report again"
	if reported {
		remedy += "; to keep what the export shows, put it into the folder exports beside the manifest (--exports): plan and drift then show each difference, old and new, until it is undone or the manifest says the same"
	}
	var faults []resource.Fault
	for _, d := range differs {
		f := resource.Fault{
			Severity: resource.Error, Code: "E244", Ref: &o.Ref, Path: d.Path,
			Message: o.String() + ": the export is not what was ordered: " + d.Text, Remedy: remedy,
		}
		if o.At != nil {
			f.Position = o.At(d.Path)
		}
		faults = append(faults, f)
	}
	return faults
}

// newer returns the export of an object that shows it after it was last reported.
func (m *maker) newer(ref resource.Ref, e Entry) (Exported, bool) {
	export, there := m.Exports[ref]
	return export, there && export.At.After(reportedAt(e))
}

// compareExport sets a reported object against a newer export of it: what differs is
// to be changed back, and what stands there is known.
func (m *maker) compareExport(s *Step, o Desired, e Entry) {
	export, there := m.newer(s.Ref, e)
	if !there {
		return
	}
	says := "the export " + export.File + " of " + moment(export.At)
	if differs := named(o.Name, e.ID, export.Object); len(differs) > 0 {
		s.State, s.Reason = Drifted, says+" shows another one: "+texted(differs)
		return
	}
	var moved []string
	for _, c := range m.unlike(o, export.Object, s.work.want, s.work.own) {
		if c.Sensitive() || c.Want.Form() == resource.External {
			continue // an order about a secret says so itself
		}
		if at := slices.IndexFunc(s.Changes, func(k resource.Change) bool { return k.Path == c.Path }); at >= 0 {
			s.Changes[at].Have = c.Have
			continue
		}
		c.Origin = resource.OriginLive
		s.Changes, moved = append(s.Changes, c), append(moved, c.Path)
	}
	slices.SortFunc(s.Changes, func(a, b resource.Change) int { return strings.Compare(a.Path, b.Path) })
	if len(moved) > 0 {
		s.Action, s.State = Update, Drifted
		s.Reason = join(s.Reason, says+" shows something else at "+strings.Join(moved, ", "))
	}
}

// know notes what a newer export shows of an object.
func (m *maker) know(s *Step, e Entry) {
	export, there := m.newer(s.Ref, e)
	if !there || len(named(s.Name, e.ID, export.Object)) > 0 {
		return
	}
	shows := resource.Paths(export.Spec)
	for k := range s.Facts {
		f := &s.Facts[k]
		if shows[f.Path].Form() == resource.Literal && weaker(f.Evidence, EvidenceExport) == f.Evidence {
			f.Evidence, f.At = EvidenceExport, export.At
		}
	}
}

// texted puts differences into a sentence.
func texted(differs []Difference) string {
	texts := make([]string, len(differs))
	for i, d := range differs {
		texts[i] = d.Text
	}
	return join(texts...)
}

// join puts sentences together.
func join(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(t string) bool { return t == "" }), "; ")
}

// former finds what stood in a field by its fingerprint, among texts that are known
// from elsewhere: reports, exports and identifiers. The ledger itself keeps none.
func (m *maker) former(ref resource.Ref, path string) resource.Value {
	wrote := m.Ledger.Entry(ref).Wrote[path]
	if wrote == "" || m.Ledger.Secrets(ref)(path, m.wanted(ref)[path]) {
		return resource.Unknown()
	}
	for text := range m.texts() {
		if v := resource.Text(text); m.Ledger.Fingerprint(v) == wrote {
			return v
		}
	}
	return resource.Unknown()
}

// texts are all that a field may have held.
func (m *maker) texts() map[string]bool {
	if m.heard != nil {
		return m.heard
	}
	m.heard = map[string]bool{}
	for _, text := range m.Texts {
		m.heard[text] = true
	}
	for _, ref := range m.Ledger.Refs() {
		e := m.Ledger.Entry(ref)
		m.heard[e.ID], m.heard[e.FormerID] = true, true
	}
	for _, export := range m.Exports {
		for _, v := range resource.Paths(export.Spec) {
			if v.Form() == resource.Literal {
				m.heard[v.Text()] = true
			}
		}
	}
	return m.heard
}

// OpenBlank returns which of some objects brings an output that an object refers to
// and that nobody knows; nil when none does.
func (p Plan) OpenBlank(ref resource.Ref, of map[resource.Ref]bool) *resource.Ref {
	for _, v := range p.Wanted(ref) {
		if from, _ := v.From(); v.Form() == resource.Pending && of[from] {
			return &from
		}
	}
	return nil
}
