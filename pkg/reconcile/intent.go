package reconcile

import (
	"path"
	"slices"
	"time"

	"reconcile/pkg/resource"
)

// Intent is one action that was announced before it was sent.
type Intent struct {
	Action Action `json:"action"`
	// Key is the idempotency key sent with the action.
	Key string    `json:"key"`
	At  time.Time `json:"at"`
	// Wrote, Secrets and Labels are what the object was to hold, as in Entry. An intent
	// of an older version has none.
	Wrote   map[string]string `json:"wrote,omitempty"`
	Secrets []string          `json:"secrets,omitzero"`
	Labels  map[string]string `json:"labels,omitempty"`
}

func intentKey(e Entry) string {
	if e.Intent == nil || e.Intent.Action == RunJob {
		return ""
	}
	return e.Intent.Key
}

// interrupted reports whether the last change of an owned object was announced,
// and nobody saw what became of it.
func interrupted(e Entry) bool { return e.Owned && intentKey(e) != "" }

// announced reports whether a live value is one that an intent may have written. An
// intent of an older version does not tell.
func (m *maker) announced(c resource.Change, sent Intent) bool {
	return sent.Wrote == nil || m.Ledger.Fingerprint(c.Have) == sent.Wrote[c.Path]
}

// made recognises what an interrupted create left behind: the service echoes the
// idempotency key, or else the content is exactly what was wanted then. The
// manifest may have been edited since.
func (m *maker) made(o Desired, e Entry, s *Step) bool {
	if s.work.have.Key != "" {
		return s.work.have.Key == e.Intent.Key
	}
	ours := *s
	ours.work.own.Owned = true
	changes := m.compare(o, &ours, e, true)
	if e.Intent.Wrote == nil {
		return len(changes) == 0
	}
	moved := slices.ContainsFunc(changes, func(c resource.Change) bool {
		return m.Ledger.Fingerprint(c.Have) != e.Intent.Wrote[c.Path]
	})
	return !moved && m.holds(o.Kind, s.work.have, e.Intent.Wrote)
}

// ours reports whether this integration made or adopted an object that the
// manifest does not want any more; also one that an interrupted run made, as far
// as key or content tell.
func (m *maker) ours(kind resource.Kind, e Entry, have *resource.Object) bool {
	switch {
	case e.Owned:
		return true
	case have == nil || intentKey(e) == "":
		return false
	case have.Key != "":
		return have.Key == intentKey(e)
	case e.Intent.Action != Create || e.Intent.Wrote == nil:
		return false
	}
	for pointer, v := range resource.Paths(have.Spec) {
		if v.IsSet() && !fieldIs(kind, pointer, resource.ServerSet) && m.Ledger.Fingerprint(v) != e.Intent.Wrote[pointer] {
			return false
		}
	}
	return m.holds(kind, have, e.Intent.Wrote)
}

// holds reports whether an object holds every value that was written, as far as
// the service leaves values alone.
func (m *maker) holds(kind resource.Kind, have *resource.Object, wrote map[string]string) bool {
	live := resource.Paths(have.Spec)
	for pointer, hash := range wrote {
		if !fieldIs(kind, pointer, resource.ServerSet) && m.Ledger.Fingerprint(live[pointer]) != hash {
			return false
		}
	}
	return true
}

// fieldIs reports whether a kind puts a field into a class.
func fieldIs(kind resource.Kind, pointer string, class resource.Class) bool {
	return slices.ContainsFunc(kind.Fields(), func(f resource.Field) bool {
		return f.Class == class && f.Covers(pointer)
	})
}

func glob(pattern, pointer string) bool {
	ok, err := path.Match(pattern, pointer)
	return ok && err == nil
}

// intend notes in an entry what a step is about to do.
func (a *applier) intend(entry *Entry, s *Step) {
	if s.work.made {
		// It is known to be ours, whatever becomes of the change that follows.
		entry.Owned, entry.ID, entry.Via = true, s.work.have.ID, s.Via
		entry.Wrote, entry.Labels = s.work.entry.Intent.Wrote, s.work.entry.Intent.Labels
		entry.Secrets = s.work.entry.Intent.Secrets
	}
	entry.Intent = &Intent{Action: s.Action, Key: s.work.key, At: a.Now().UTC()}
	if s.Action == Create || s.Action == Update || s.Action == Adopt {
		want := resolve(a.desired[s.Ref], a.output)
		entry.Intent.Wrote, entry.Intent.Labels = a.fingerprints(want)
		entry.Intent.Secrets = a.secrets(Entry{}, want, nil)
	}
}
