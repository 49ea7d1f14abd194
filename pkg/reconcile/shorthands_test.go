package reconcile

import (
	"fmt"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// Shorthands to write down what a test wants.

func text(s string) resource.Value { return resource.Text(s) }

// hidden is a secret as Lookup leaves it.
func hidden(text, env string) resource.Value {
	return resource.Hidden(secret.New(text), secret.Ref{Env: env})
}

func output(kind, name, output string) resource.Value {
	return resource.Output(resource.Ref{Kind: kind, Name: name}, output)
}

func props(pairs ...string) resource.Properties {
	p := resource.Properties{}
	for i := 0; i < len(pairs); i += 2 {
		p[pairs[i]] = resource.Text(pairs[i+1])
	}
	return p
}

func ref(kind, name string) resource.Ref { return resource.Ref{Kind: kind, Name: name} }

func at(string) resource.Position { return resource.Position{File: "m.yaml", Line: 3, Col: 5} }

func want(w *world, kind, name string, spec resource.Spec, meta ...func(*resource.Meta)) Desired {
	d := Desired{Ref: ref(kind, name), Meta: resource.Meta{Name: name}, At: at}
	for _, k := range w.kinds() {
		if k.Name() == kind {
			d.Kind = k
		}
	}
	for _, change := range meta {
		change(&d.Meta)
	}
	d.Spec = d.Kind.Normalize(name, spec)
	return d
}

func (w *world) box(name string, s boxSpec, meta ...func(*resource.Meta)) Desired {
	return want(w, "Box", name, s, meta...)
}

func (w *world) account(name string, s accountSpec, meta ...func(*resource.Meta)) Desired {
	return want(w, "Account", name, s, meta...)
}

func (w *world) task(name string, s taskSpec, meta ...func(*resource.Meta)) Desired {
	return want(w, "Task", name, s, meta...)
}

func absent(m *resource.Meta)    { m.State = "absent" }
func adopt(m *resource.Meta)     { m.Adopt = true }
func unmanaged(m *resource.Meta) { no := false; m.Manage = &no }

func protect(yes bool) func(*resource.Meta) { return func(m *resource.Meta) { m.Protect = &yes } }

func ignore(path, until string) func(*resource.Meta) {
	return func(m *resource.Meta) {
		m.Ignore = append(m.Ignore, resource.Ignore{Path: path, Reason: "known", Until: until})
	}
}

// foreignBox puts a box that somebody else made.
func (w *world) foreignBox(name string, s boxSpec) {
	_ = w.boxes.put(name, s)
}

func (w *world) foreignAccount(name string, s accountSpec) {
	w.accounts.ids++
	stored := &storedAccount{name: name, id: fmt.Sprint("id-", w.accounts.ids), key: "their key"}
	w.accounts.put(stored, s)
	w.accounts.stored = append(w.accounts.stored, stored)
}

// editBox changes a live box by hand.
func (w *world) editBox(name string, change func(*boxSpec)) {
	s := w.boxes.stored[name]
	change(&s.spec)
	s.version++
}
