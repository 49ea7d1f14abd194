package resource

import (
	"cmp"
	"encoding/json"
	"slices"

	gocmp "github.com/google/go-cmp/cmp"
)

// Origin says which side moved since this integration last wrote the field.
type Origin string

// The origins of a change.
const (
	OriginNew      Origin = "new"
	OriginManifest Origin = "manifest-changed"
	OriginLive     Origin = "live-changed"
	OriginBoth     Origin = "both-changed"
	OriginUnknown  Origin = "unknown"
)

// Change is one field that differs. Have or Want is unset when the field is
// absent on that side.
type Change struct {
	Path       string
	Have, Want Value
	Origin     Origin
}

// Sensitive reports whether neither side may be shown.
func (c Change) Sensitive() bool { return c.Have.Sensitive() || c.Want.Sensitive() }

// MarshalJSON writes the stable form of reports and saved plans. Secrets show
// that they change, never what they are.
func (c Change) MarshalJSON() ([]byte, error) {
	out := struct {
		Path     string  `json:"path"`
		Have     *string `json:"have,omitempty"`
		Want     *string `json:"want,omitempty"`
		WantFrom string  `json:"wantFrom,omitempty"`
		Secret   bool    `json:"secret,omitempty"`
		State    string  `json:"state,omitempty"`
		Label    string  `json:"label,omitempty"`
		Origin   Origin  `json:"origin,omitempty"`
	}{Path: c.Path, Origin: c.Origin}
	if c.Want.form == Pending {
		out.WantFrom = c.Want.from.String() + "#" + c.Want.output
	}
	if c.Sensitive() {
		out.Secret, out.State, out.Label = true, "changes", c.Want.label
	} else {
		out.Have, out.Want = shown(c.Have), shown(c.Want)
	}
	return json.Marshal(out)
}

// shown returns the text of a literal, nil when there is none to show.
func shown(v Value) *string {
	if v.form != Literal {
		return nil
	}
	return &v.text
}

// Diff lists what differs between two normalised specifications, sorted by path.
func Diff(have, want any) []Change {
	r := &reporter{}
	gocmp.Equal(Paths(have), Paths(want), gocmp.Reporter(r))
	slices.SortFunc(r.changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return r.changes
}

// reporter collects differences between two flat maps. go-cmp's own text is
// unstable by design and would undo redaction, so it is never used.
type reporter struct {
	path    gocmp.Path
	changes []Change
}

// PushStep enters an element.
func (r *reporter) PushStep(step gocmp.PathStep) { r.path = append(r.path, step) }

// PopStep leaves it.
func (r *reporter) PopStep() { r.path = r.path[:len(r.path)-1] }

// Report notes a leaf that differs.
func (r *reporter) Report(result gocmp.Result) {
	index, ok := r.path.Last().(gocmp.MapIndex)
	if result.Equal() || !ok {
		return
	}
	change := Change{Path: index.Key().String()}
	have, want := index.Values()
	if have.IsValid() {
		change.Have = have.Interface().(Value)
	}
	if want.IsValid() {
		change.Want = want.Interface().(Value)
	}
	r.changes = append(r.changes, change)
}
