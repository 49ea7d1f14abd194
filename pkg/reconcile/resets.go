package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"reconcile/pkg/resource"
)

// wentBack returns the row of a field that holds its resting value although
// exactly what is wanted was written there last: it went back by itself.
func (m *maker) wentBack(kind resource.Kind, e Entry, path string, have, want resource.Value) (resource.Field, bool) {
	for _, f := range kind.Fields() {
		if f.Class == resource.SelfResetting && f.Covers(path) {
			last := e.Wrote[path]
			return f, have.Form() == resource.Literal && have.Text() == f.Resets && !have.Equal(want) && last != "" && m.Ledger.Fingerprint(want) == last
		}
	}
	return resource.Field{}, false
}

// noteResets says of a step which fields count as equal because they went back by
// themselves.
func (m *maker) noteResets(s *Step, kind resource.Kind, e Entry) {
	live, want := resource.Paths(s.work.have.Spec), resource.Paths(s.work.want)
	for _, path := range slices.Sorted(maps.Keys(want)) {
		if f, ok := m.wentBack(kind, e, path, live[path], want[path]); ok {
			note := fmt.Sprintf("%s was set to %s and is %s again: %s", path, told(want[path]), told(live[path]), f.Reason)
			s.Reason = strings.TrimPrefix(s.Reason+"; "+note, "; ")
		}
	}
}
