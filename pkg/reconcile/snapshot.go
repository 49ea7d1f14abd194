package reconcile

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"reconcile/pkg/resource"
)

// SnapshotFormat is the version of snapshots that this version writes.
const SnapshotFormat = 1

// Snapshot is what was live of one integration at a time, and what the ledger knew
// of it, for whoever has no connection. It holds no secret, no version of an object
// (a service may make it from all that the object holds) and no fingerprint that
// was taken with the ledger's key.
type Snapshot struct {
	FormatVersion int    `json:"formatVersion"`
	Kind          string `json:"kind"`
	Integration   string `json:"integration"`
	Stage         string `json:"stage"`
	Tenant        string `json:"tenant,omitempty"`
	// Taken is when the services were read, Version what read them.
	Taken   time.Time `json:"taken"`
	Version string    `json:"version"`
	// Nonce makes fingerprints of two snapshots differ, and Check tells the right
	// key from a wrong one. Both are empty without fingerprints.
	Nonce string `json:"nonce,omitempty"`
	Check string `json:"check,omitempty"`
	// Ways maps the section of each kind that was looked at to how it was reached.
	Ways    map[string]resource.Way `json:"ways"`
	Objects []Pictured              `json:"objects"`
	Ledger  []Remembered            `json:"ledger"`
	// Present are objects that no interface shows and that are there, because
	// their secret was set.
	Present []resource.Ref `json:"present,omitempty"`
}

// Pictured is one live object.
type Pictured struct {
	resource.Ref
	ID string `json:"id,omitempty"`
	// Spec has null where a value is hidden, Hidden the paths of those with a
	// keyed fingerprint, "" without one.
	Spec   json.RawMessage   `json:"spec"`
	Hidden map[string]string `json:"hidden,omitempty"`
}

// Remembered is what the ledger knew of one object.
type Remembered struct {
	resource.Ref
	Owned   bool              `json:"owned,omitempty"`
	Adopted bool              `json:"adopted,omitempty"`
	ID      string            `json:"id,omitempty"`
	Via     resource.Way      `json:"via,omitempty"`
	Lost    string            `json:"lost,omitempty"`
	Labels  map[string]string `json:"labels,omitempty"`
	// Protected is true when the manifest last said protect: true.
	Protected bool `json:"protected,omitempty"`
	Owed      bool `json:"owed,omitempty"`
	// Unmoved are the paths that hold what was last written there, Moved those that
	// do not; Wanted has what was last written where the manifest still said it.
	Unmoved []string          `json:"unmoved,omitempty"`
	Moved   []string          `json:"moved,omitempty"`
	Wanted  map[string]string `json:"wanted,omitempty"`
	// From says of which object each path held an output, where the manifest still
	// said the same, and else that it was another one.
	From map[string]string `json:"from,omitempty"`
	// Seen is how it is known, without who said so.
	Seen []Observation `json:"seen,omitempty"`
	// Accepted is what was changed by hand and shall be left alone until a day.
	Accepted AcceptedPaths `json:"accepted,omitempty"`
	// ClaimedBy is another integration that owns the object, too.
	ClaimedBy string `json:"claimedBy,omitempty"`
}

// AcceptedPaths are acceptances without the one who gave them, by path.
type AcceptedPaths map[string]AcceptedPath

// AcceptedPath is one of them. Wanted is what was wanted then, where plans show it.
type AcceptedPath struct {
	Until  string  `json:"until"`
	Ticket string  `json:"ticket"`
	Wanted *string `json:"wanted,omitempty"`
}

const (
	snapshotKind = "Snapshot"
	checkText    = "reconcile snapshot"
)

// SnapshotKey derives the key of one snapshot's fingerprints. Each snapshot has a
// nonce of its own, so that two do not tell whether a secret changed between them.
func SnapshotKey(key []byte, nonce string) []byte {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(checkText + "\x00" + nonce))
	return mac.Sum(nil)
}

// Snapshot tells what the plan was made on: the objects that the manifest or the
// ledger holds, and of them what a plan shows. key takes the fingerprints of
// secrets; without one there are none. The caller fills in who, where and what.
func (p Plan) Snapshot(key []byte) Snapshot {
	m := p.maker
	s := Snapshot{FormatVersion: SnapshotFormat, Kind: snapshotKind, Tenant: m.Tenant, Taken: m.Now().UTC().Truncate(time.Second), Ways: map[string]resource.Way{}}
	if key != nil {
		s.Check = resource.Text(checkText).Hash(key)
	}
	for _, k := range m.Kinds {
		s.Ways[k.Section()] = k.Way()
	}
	refs := slices.AppendSeq(m.Ledger.Refs(), maps.Keys(m.desired))
	slices.SortFunc(refs, resource.Ref.Compare)
	for _, ref := range slices.Compact(refs) {
		if kind := m.kind(ref.Kind); kind != nil && m.live[ref] != nil {
			s.Objects = append(s.Objects, m.picture(kind, ref, key))
		}
		if known := m.remembered(ref); known != nil {
			s.Ledger = append(s.Ledger, *known)
		}
	}
	for _, step := range p.Steps {
		if step.Via == resource.WayPerson && m.live[step.Ref] == nil && m.told[step.Ref] == nil && step.Action == Unchanged && step.State == Unknown {
			s.Present = append(s.Present, step.Ref)
		}
	}
	return s
}

// picture shows one object: in clear what a plan shows in clear.
func (m *maker) picture(kind resource.Kind, ref resource.Ref, key []byte) Pictured {
	have, shown := m.live[ref], m.shown(kind, ref)
	one := Pictured{Ref: ref, ID: have.ID, Hidden: map[string]string{}}
	spec := kind.Map(have.Spec, func(path string, v resource.Value) resource.Value {
		if !v.IsSet() || v.Form() == resource.Absent || shown[path] && !v.Sensitive() {
			return v
		}
		one.Hidden[path] = ""
		if v.Sensitive() {
			one.Hidden[path] = m.fingerprint(ref, path, v, key)
		}
		return resource.Nothing()
	})
	one.Spec, _ = json.Marshal(spec)
	return one
}

// fingerprint is that of a live secret. Of one that no interface shows it is that
// of the wanted one, where the ledger says that this was the last one written.
func (m *maker) fingerprint(ref resource.Ref, path string, live resource.Value, key []byte) string {
	if key == nil {
		return ""
	}
	if live.Form() != resource.Sealed {
		return live.Hash(key)
	}
	if want := m.wanted(ref)[path]; m.unmoved(m.Ledger.Entry(ref), path, live, want) {
		return want.Hash(key)
	}
	return ""
}

// shown are the paths of an object whose plain values plans show: what the manifest
// says, what differs, what this integration wrote, and what others refer to.
func (m *maker) shown(kind resource.Kind, ref resource.Ref) map[string]bool {
	paths := map[string]bool{}
	for path := range m.wanted(ref) {
		paths[path] = true
	}
	for path := range m.Ledger.Entry(ref).Wrote {
		paths[path] = true
	}
	maps.Copy(paths, m.changed(ref))
	for _, name := range kind.Outputs() {
		output := kind.Output(name, m.live[ref], nil)
		for path, v := range resource.Paths(m.live[ref].Spec) {
			if v.Form() == resource.Literal && v.Equal(output) {
				paths[path] = true
			}
		}
	}
	return paths
}

// changed are the paths of an object that the plan changes.
func (m *maker) changed(ref resource.Ref) map[string]bool {
	paths := map[string]bool{}
	for _, s := range m.plan.Steps {
		for _, c := range s.Changes {
			if s.Ref == ref {
				paths[c.Path] = true
			}
		}
	}
	return paths
}

func (m *maker) wanted(ref resource.Ref) map[string]resource.Value {
	if want, ok := m.want[ref]; ok {
		return resource.Paths(want)
	}
	return nil
}

// unmoved reports whether a path holds what was last written there.
func (m *maker) unmoved(e Entry, path string, live, want resource.Value) bool {
	if live.Form() == resource.Sealed {
		live = want
	}
	return e.Wrote[path] != "" && m.Ledger.Fingerprint(live) == e.Wrote[path]
}

// remembered words an entry without its fingerprints; nil when nothing counts.
func (m *maker) remembered(ref resource.Ref) *Remembered {
	e, claimed := m.Ledger.Entry(ref), m.Ledger.ClaimedBy(ref)
	if !e.Owned && !e.Owed && claimed == "" && e.lost() == "" {
		return nil
	}
	r := &Remembered{Ref: ref, Owned: e.Owned, Adopted: e.Adopted, ID: e.ID, Lost: e.lost(), Protected: e.Protected, Via: e.Via, Labels: e.Labels, Owed: e.Owed, Wanted: map[string]string{}, ClaimedBy: claimed}
	for _, seen := range e.Seen {
		r.Seen = append(r.Seen, Observation{Path: seen.Path, Evidence: seen.Evidence, At: seen.At})
	}
	var live map[string]resource.Value
	if m.live[ref] != nil {
		live = resource.Paths(m.live[ref].Spec)
	}
	wanted, changed := m.wanted(ref), m.changed(ref)
	for _, path := range slices.Sorted(maps.Keys(e.Wrote)) {
		want := wanted[path]
		switch {
		case m.told[ref] != nil && !changed[path] && want.Form() == resource.Literal:
			r.Wanted[path] = want.Text()
		case m.told[ref] != nil && !changed[path], live[path].Form() == resource.Sealed, m.unmoved(e, path, live[path], want):
			r.Unmoved = append(r.Unmoved, path)
		case want.Form() == resource.Literal && m.Ledger.Fingerprint(want) == e.Wrote[path]:
			r.Wanted[path] = want.Text()
		default:
			r.Moved = append(r.Moved, path)
		}
	}
	r.From = m.rememberedFrom(e)
	for _, step := range m.plan.Steps {
		if step.Ref == ref {
			r.accept(step.Accepted, wanted)
		}
	}
	return r
}

// rememberedFrom words where an entry's outputs came from.
func (m *maker) rememberedFrom(e Entry) map[string]string {
	if len(e.From) == 0 {
		return nil
	}
	from, said := map[string]string{}, map[string]resource.Value{}
	if o, ok := m.desired[e.Ref]; ok {
		said = resource.Paths(o.Spec)
	}
	for path, print := range e.From {
		if from[path] = moved; m.reference(said[path]) == print {
			from[path] = source(said[path])
		}
	}
	return from
}

// accept notes what is accepted.
func (r *Remembered) accept(all []Accepted, wanted map[string]resource.Value) {
	for _, a := range all {
		for _, path := range a.Paths {
			one := AcceptedPath{Until: a.Until, Ticket: a.Ticket}
			if want := wanted[path]; want.Form() == resource.Literal {
				text := want.Text()
				one.Wanted = &text
			}
			if r.Accepted == nil {
				r.Accepted = AcceptedPaths{}
			}
			r.Accepted[path] = one
		}
	}
}

// ReadSnapshot reads a snapshot. It is untrusted: what it says is only compared.
func ReadSnapshot(data []byte) (Snapshot, error) {
	var s Snapshot
	switch err := json.Unmarshal(data, &s); {
	case err != nil || s.Kind != snapshotKind:
		return s, fmt.Errorf("it is not a snapshot")
	case s.FormatVersion != SnapshotFormat:
		return s, fmt.Errorf("it has format %d, and this version knows %d", s.FormatVersion, SnapshotFormat)
	case s.Taken.IsZero():
		return s, fmt.Errorf("it does not say when it was taken")
	}
	return s, nil
}
