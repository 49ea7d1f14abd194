package reconcile

import (
	"slices"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

// Known returns what is live of an object now, after an apply what was read
// back, by JSON pointer; of an object that nothing shows, what was reported and
// has not changed since. It is empty for an object that does not exist.
func (p Plan) Known(ref resource.Ref) map[string]resource.Value {
	switch {
	case p.maker == nil:
		return nil
	case p.maker.live[ref] != nil:
		return resource.Paths(p.maker.live[ref].Spec)
	case p.maker.told[ref] != nil:
		return p.unchanged(ref)
	default:
		return nil
	}
}

// Output returns an output of an object as it is known now.
func (p Plan) Output(ref resource.Ref, name string) resource.Value {
	if p.maker == nil {
		return resource.Value{}
	}
	return p.maker.output(ref, name)
}

// Counted returns what was counted before a step of an object was last done, nil
// when nothing was.
func (p Plan) Counted(ref resource.Ref) map[string]Counted {
	if p.maker == nil {
		return nil
	}
	return p.maker.Ledger.Entry(ref).Counted
}

// Confirmed returns when an object was last known as a whole by more than a click or
// a call that worked: read, exported, or reported. Zero when it never was.
func (p Plan) Confirmed(ref resource.Ref) time.Time {
	if p.maker == nil {
		return time.Time{}
	}
	return confirmed(p.maker.Ledger.Entry(ref))
}

func confirmed(e Entry) (last time.Time) {
	for _, seen := range e.Seen {
		whole := seen.Evidence == EvidenceRead || seen.Evidence == EvidenceExport || seen.Evidence == EvidenceReported
		if whole && seen.At.After(last) {
			last = seen.At
		}
	}
	return last
}

// covered reports whether a path is, or lies below, one of paths.
func covered(path string, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}

// shown reports whether calls that need paths show a fact: its own path or one above
// it, or, of a set, every single element.
func (p Plan) shown(ref resource.Ref, fact string, paths []string) bool {
	if covered(fact, paths) {
		return true
	}
	set := p.maker.sets(ref)[fact]
	return len(set) > 0 && !slices.ContainsFunc(set, func(element string) bool {
		return !slices.Contains(paths, fact+"/"+resource.EscapePointer(element))
	})
}

func (m *maker) sets(ref resource.Ref) map[string]resource.Set {
	if m.want[ref] == nil {
		return nil
	}
	return resource.Sets(m.want[ref])
}

// Prove notes that calls succeeded which need the fields at, or below, paths of an
// object: what could not be read is then known by them. All calls of one look are
// told at once, because only together they may show a field.
func (p Plan) Prove(ref resource.Ref, paths []string) {
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Ref != ref || len(s.Facts) == 0 {
			continue
		}
		for k := range s.Facts {
			f := &s.Facts[k]
			if weaker(f.Evidence, EvidenceProbe) == f.Evidence && p.shown(ref, f.Path, paths) {
				f.Evidence, f.At = EvidenceProbe, p.maker.Now().UTC().Truncate(time.Second)
			}
		}
		p.maker.weigh(s)
	}
}

// strength orders evidence, strongest first.
var strength = []Evidence{EvidenceRead, EvidenceExport, EvidenceProbe, EvidenceAuditLog, EvidenceReported, EvidenceUnseen}

func weaker(a, b Evidence) Evidence {
	return strength[max(slices.Index(strength, a), slices.Index(strength, b))]
}

// Wanted returns what is wanted of an object with every output that is known
// filled in, by JSON pointer.
func (p Plan) Wanted(ref resource.Ref) map[string]resource.Value {
	if p.maker == nil || p.maker.want[ref] == nil {
		return nil
	}
	return resource.Paths(p.maker.want[ref])
}

// Identifier returns the identifier under which an object was reported, "" when
// it was not.
func (p Plan) Identifier(ref resource.Ref) string {
	if p.maker == nil || p.maker.told[ref] == nil {
		return ""
	}
	return p.maker.told[ref].ID
}
