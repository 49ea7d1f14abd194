package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/destination"
	"reconcile/pkg/iag"
	"reconcile/pkg/ias"
	"reconcile/pkg/ips"
	"reconcile/pkg/manifest"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// Found are the objects of one kind, normalised.
type Found struct {
	Kind    resource.Kind
	Objects []resource.Object
	// Declared is what a manifest says of some of them, by name. What only steers,
	// such as protect or runAfterChange, is taken over from it; that an object may be
	// taken over, or is to go, is not: the result describes what is there.
	Declared map[string]Declared
	// Secrets tells which fields of an object are known to hold a secret, whatever their
	// names and looks tell; nil knows of none.
	Secrets func(object string) func(path string) bool
}

// Declared is one element of a manifest.
type Declared struct {
	Meta resource.Meta
	Spec resource.Spec
}

// Secret is a value that the manifest refers to and does not hold.
type Secret struct {
	Ref resource.Ref
	// Path is the JSON pointer of the field inside the object.
	Path string
	// Env is the environment variable that the manifest names.
	Env string
}

// Result is what is written, and what the reader has to know beside it.
type Result struct {
	Objects []manifest.Drafted
	// Secrets are in the order of Objects, then by path.
	Secrets []Secret
	// Notes say what was left out, and why.
	Notes []string
}

// Convert turns objects into elements of a manifest, ordered by kind as given and
// by name. source may know values that references lead to, which tells whose
// client id is meant; nothing of it is written.
func Convert(found []Found, source secret.Source) Result {
	c := converter{links: newLinks(found, source), source: source, envs: declaredEnvs(found)}
	for _, f := range found {
		c.kind(f)
	}
	return c.result
}

type converter struct {
	links  links
	source secret.Source
	envs   map[string]bool
	result Result
}

// kind converts all objects of one kind. A manifest tells objects apart by name,
// so that of two with one name the second is left out.
func (c *converter) kind(f Found) {
	objects := slices.Clone(f.Objects)
	slices.SortStableFunc(objects, func(a, b resource.Object) int { return cmp.Compare(a.Name, b.Name) })
	for i, o := range objects {
		if i > 0 && objects[i-1].Name == o.Name {
			c.result.Notes = append(c.result.Notes, fmt.Sprintf("%s/%s is there twice; the one with id %q is left out", f.Kind.Name(), o.Name, o.ID))
			continue
		}
		c.object(f, o)
	}
}

func (c *converter) object(f Found, o resource.Object) {
	k, declared, ref := f.Kind, f.Declared[o.Name], resource.Ref{Kind: f.Kind.Name(), Name: o.Name}
	said, known := declared.Values(), func(string) bool { return false }
	if f.Secrets != nil {
		known = f.Secrets(o.Name)
	}
	o = resource.Veil(k, o, func(path string) bool { return isReference(said[path]) || known(path) })
	spec := k.Map(c.unmasked(k, ref, o.Spec), c.links.of(ref, o.Spec))
	spec = steered(compact(spec), declared.Spec)
	var secrets []Secret
	spec = k.Map(spec, func(path string, v resource.Value) resource.Value {
		switch {
		case v.Form() == resource.External || !v.Sensitive() && !confidential(path, v):
			return v
		case !v.Source().IsZero():
			return resource.Outside(v.Source())
		case c.leadsTo(said[path], v):
			return said[path]
		}
		env := c.env(ref, o.Spec, path)
		secrets = append(secrets, Secret{ref, path, env})
		return resource.Outside(secret.Ref{Env: env})
	})
	meta := declared.Meta
	meta.Adopt, meta.State, meta.Previously = false, "", ""
	slices.SortFunc(secrets, func(a, b Secret) int { return cmp.Compare(a.Path, b.Path) })
	c.result.Secrets = append(c.result.Secrets, secrets...)
	c.result.Objects = append(c.result.Objects, manifest.Drafted{Kind: k, Name: o.Name, Meta: meta, Spec: spec})
}

// confidential reports whether a value in clear is or may be a secret all the
// same: under a name that may hold one, by its look, or behind a mask.
func confidential(path string, v resource.Value) bool {
	if v.Form() != resource.Literal || v.Text() == "" {
		return false
	}
	name, isProperty := strings.CutPrefix(path, "/properties/")
	return isProperty && catalogue.SecretProperty(resource.UnescapePointer(name)) ||
		secret.Look(v.Text()) != "" || secret.Masked(v.Text())
}

// compact leaves out what a manifest need not say.
func compact(s resource.Spec) resource.Spec {
	switch typed := s.(type) {
	case destination.Spec:
		return destination.Compact(typed)
	case ips.Spec:
		return ips.Compact(typed)
	default:
		return s
	}
}

// steered takes over from a manifest what no service knows.
func steered(s, declared resource.Spec) resource.Spec {
	switch typed := s.(type) {
	case destination.Spec:
		if d, ok := declared.(destination.Spec); ok {
			typed.Unlisted = d.Unlisted
		}
		return typed
	case ips.Spec:
		if d, ok := declared.(ips.Spec); ok {
			typed.Unlisted, typed.Baseline = d.Unlisted, d.Baseline
		}
		return typed
	case iag.Job:
		if d, ok := declared.(iag.Job); ok {
			typed.RunAfterChange = d.RunAfterChange
		}
		return typed
	default:
		return s
	}
}

// The kinds that references lead to, by the packages that own them.
const (
	kindUser   = ias.Kind
	kindProxy  = ips.Kind
	kindSystem = iag.KindSystem
)
