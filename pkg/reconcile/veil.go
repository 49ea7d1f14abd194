package reconcile

import (
	"slices"

	"reconcile/pkg/resource"
)

// A secret may stand under a name that tells nothing. That the manifest refers to it
// makes it one, and it stays one after the reference is gone: the ledger keeps the
// paths at which secrets were written. What is live there is hidden where it is read,
// so that everything behind that has only hidden values to show.

// Secrets tells which paths of an object hold a secret, as far as this ledger knows or
// that of another integration in the same place. want is what the manifest says there.
func (l *Ledger) Secrets(ref resource.Ref) func(path string, want resource.Value) bool {
	e, others := l.Entry(ref), l.foreign.secrets[ref]
	return func(path string, want resource.Value) bool { return others[path] || l.wroteSecret(e, path, want) }
}

// wroteSecret reports whether a secret was written at a path, or announced.
func (l *Ledger) wroteSecret(e Entry, path string, want resource.Value) bool {
	if e.Labels[path] != "" || l.secretIn(e.Secrets, e.Wrote, path, want) {
		return true
	}
	return e.Intent != nil && l.secretIn(e.Intent.Secrets, e.Intent.Wrote, path, want)
}

// secretIn looks for a path among those of secrets. Memory of an older version lists
// none: then a path is free of secrets only where the manifest still shows the very
// text that was written.
func (l *Ledger) secretIn(secrets []string, wrote map[string]string, path string, want resource.Value) bool {
	if secrets != nil {
		return slices.Contains(secrets, path)
	}
	return wrote[path] != "" && (want.Form() != resource.Literal || l.Fingerprint(want) != wrote[path])
}

// wantsSecret reports whether the manifest has a secret in mind, also one that nobody
// can look up yet.
func (m *maker) wantsSecret(want resource.Value) bool {
	return want.Sensitive() || want.Form() == resource.Pending && m.output(want.From()).Sensitive()
}

// veil returns an object in which every secret is hidden, whatever the interface
// takes it for.
func (m *maker) veil(ref resource.Ref, object resource.Object) resource.Object {
	kind, wanted, wrote := m.kind(ref.Kind), m.wanted(ref), m.Ledger.Secrets(ref)
	if kind == nil {
		return object
	}
	return resource.Veil(kind, object, func(path string) bool {
		return m.wantsSecret(wanted[path]) || wrote(path, wanted[path])
	})
}

// veilLive hides what is live of an object, and what an export shows of it.
func (m *maker) veilLive(ref resource.Ref) {
	if have := m.live[ref]; have != nil {
		veiled := m.veil(ref, *have)
		m.live[ref] = &veiled
	}
	if export, there := m.Exports[ref]; there {
		export.Object = m.veil(ref, export.Object)
		m.Exports[ref] = export
	}
}

// veilUnwanted does so for what the manifest does not hold; all else waits until it is
// known what is wanted.
func (m *maker) veilUnwanted() {
	for ref := range m.live {
		if _, wanted := m.desired[ref]; !wanted {
			m.veilLive(ref)
		}
	}
}

// specOf is what is live of an object, nil where nothing shows it.
func specOf(have *resource.Object) resource.Spec {
	if have == nil {
		return nil
	}
	return have.Spec
}

// secrets are the paths of an object that hold a secret once what is wanted was
// written: those of the manifest, and those of before that still hold something else
// than a text of the manifest. live is nil where no interface shows the object.
func (m *maker) secrets(before Entry, want, live resource.Spec) []string {
	wanted, now := resource.Paths(want), map[string]resource.Value{}
	paths := []string{}
	for path, v := range wanted {
		if m.wantsSecret(v) {
			paths = append(paths, path)
		}
	}
	if live != nil {
		now = resource.Paths(live)
	} else {
		for path := range before.Wrote {
			now[path] = resource.Unknown()
		}
	}
	for path, v := range now {
		replaced := wanted[path].Form() == resource.Literal && (live == nil || wanted[path].Equal(v))
		if !replaced && !slices.Contains(paths, path) && m.Ledger.wroteSecret(before, path, wanted[path]) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}
