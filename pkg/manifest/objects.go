package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// integration turns a merged document into typed objects, checked in itself and
// against each other.
func (l *loader) integration(document *node) Integration {
	before := len(l.faults.list)
	damaged := l.check(document)
	sound := len(l.faults.list) == before
	metadata, spec := document.get("metadata"), document.get("spec")
	i := Integration{
		Name: metadata.scalar("name"), Stage: metadata.scalar("stage"),
		Position: document.at, Digest: digest(document), node: document,
	}
	// What does not fit the schema has been reported; here it stays empty.
	_ = spec.get("connections").decode(&i.Connections)
	_ = spec.get("policy").decode(&i.Policy)
	if i.Policy.LiveChanges == "" {
		i.Policy.LiveChanges = resource.OverwriteChanges
	}
	elements := 0
	for _, k := range l.kinds {
		elements += len(spec.elements(k))
		i.Objects = append(i.Objects, l.objects(k, spec.elements(k), damaged)...)
	}
	if elements == 0 && sound && !l.incomplete && !l.opts.Bare {
		l.faults.report(codeEmpty, document.at, "empty manifest: the integration has no objects", "list at least one object under spec")
	}
	l.checkPolicy(i)
	l.addresses(i)
	l.link(i.Objects, spec)
	l.validate(i)
	return i
}

// decode reads a checked node into a typed value; a missing node changes nothing.
func (n *node) decode(into any) error {
	if n == nil {
		return nil
	}
	data, err := json.Marshal(n.plain())
	if err != nil {
		return err
	}
	return yaml.UnmarshalStrict(data, into)
}

// elements returns the list of a kind's objects.
func (n *node) elements(k resource.Kind) []*node {
	if section := n.get(k.Section()); section != nil {
		return section.items
	}
	return nil
}

// digest hashes what a document says.
func digest(document *node) string {
	base := filepath.Dir(document.at.File)
	// Marshalling sorts fields and cannot fail on the plain types of JSON.
	data, _ := json.Marshal(document.canonical(base).plain())
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// objects decodes the elements of one list. Of a damaged one the sound part is
// decoded, so that everything else that is wrong with it is found in the same run.
func (l *loader) objects(k resource.Kind, elements []*node, damaged map[*node]bool) []Object {
	var objects []Object
	first := map[string]Object{}
	for _, element := range elements {
		if element.form != isObject || element.scalar("name") == "" {
			continue
		}
		o, err := l.object(k, element)
		switch {
		case err != nil && (damaged[element] || element.holdsBroken()):
			continue
		case err != nil:
			l.faults.report(codeDecode, element.at, fmt.Sprintf("%s %s cannot be read: %s", k.Name(), quote(element.scalar("name")), err), "compare it with the output of reconcile schema")
			continue
		}
		if other, ok := first[o.Ref.Name]; ok {
			l.faults.report(codeDuplicate, o.At("/name"), fmt.Sprintf("%s is used twice, first at %s", o.Ref, other.At("/name")), "rename or remove one of the two")
			continue
		}
		first[o.Ref.Name] = o
		objects = append(objects, o)
	}
	return objects
}

// sound returns n without what was complained about.
func (n *node) sound() *node {
	if !n.holdsBroken() {
		return n
	}
	c := *n
	c.fields = slices.DeleteFunc(slices.Clone(n.fields), func(f field) bool { return f.value.broken })
	for i := range c.fields {
		c.fields[i].value = c.fields[i].value.sound()
	}
	c.items = nil
	for _, item := range n.items {
		if !item.broken {
			c.items = append(c.items, item.sound())
		}
	}
	return &c
}

// holdsBroken reports whether something in n was complained about.
func (n *node) holdsBroken() bool {
	broken := false
	n.each(func(m *node) { broken = broken || m.broken })
	return broken
}

func (l *loader) object(k resource.Kind, element *node) (Object, error) {
	raw, err := json.Marshal(element.sound().plain())
	if err != nil {
		return Object{}, err
	}
	meta, spec, err := k.Decode(raw)
	if err != nil {
		return Object{}, err
	}
	name := k.Identity(meta.Name, spec)
	// Kinds see references with the names of kinds, never with manifest words.
	spec = k.Normalize(name, k.Map(spec, l.spell))
	return Object{Ref: resource.Ref{Kind: k.Name(), Name: name}, Meta: meta, Spec: spec, kind: k, node: element}, nil
}

// validate asks each kind what is wrong with its objects and adds positions.
// What is to be deleted need not be right.
func (l *loader) validate(i Integration) {
	var scope resource.Scope
	if c := i.Connections.IdentityServices; c != nil {
		if u, err := url.Parse(c.URL); err == nil {
			scope.IdentityHost = u.Host
		}
	}
	for _, o := range i.Objects {
		if o.Meta.Previously != "" && !o.kind.Renames() {
			l.faults.report(codeRename, o.At("/previously"), fmt.Sprintf("previously: %s has no interface that changes a name", o.kind.Section()),
				"list the old one with state: absent, and the new one beside it")
		}
		if o.absent() {
			continue
		}
		l.misplaced(o)
		for _, fault := range o.kind.Validate(o.Ref.Name, o.Spec, scope) {
			if !o.Meta.Managed() {
				fault = catalogue.Watched(fault)
			}
			l.faults.add(o.located(fault))
		}
	}
}

// misplaced complains about references to the outside in fields that take none:
// neither does the kind keep them secret, nor does it show what they lead to. Free
// maps take them under any name: nobody knows what that is for.
func (l *loader) misplaced(o Object) {
	const probe = "x"
	as := func(put resource.Value) map[string]resource.Value {
		return resource.Paths(o.kind.Normalize(o.Ref.Name, o.kind.Map(o.Spec, func(_ string, v resource.Value) resource.Value {
			if v.Form() != resource.External {
				return v
			}
			return put
		})))
	}
	hidden, plain := as(resource.Hidden(secret.New(probe), secret.Ref{})), as(resource.Text(probe))
	given, lists := resource.Paths(o.Spec), resource.Lists(o.Spec)
	free := func(path string) bool {
		return slices.ContainsFunc(lists, func(m string) bool { return strings.HasPrefix(path, m+"/") })
	}
	for _, path := range slices.Sorted(maps.Keys(given)) {
		if !free(path) && given[path].Form() == resource.External && hidden[path].Form() == resource.Secret && plain[path].Form() == resource.Literal {
			l.faults.add(o.located(resource.Fault{
				Code: codeMisplaced, Path: path, Message: fmt.Sprintf("%s takes no reference: it is no secret", strings.TrimPrefix(path, "/")),
				Remedy: "write the value itself, or ${name} with --values or --set",
			}))
		}
	}
}

// located fills in what a kind cannot know about its fault.
func (o Object) located(fault resource.Fault) resource.Fault {
	if fault.Severity == "" {
		fault.Severity = severityOf(fault.Code)
	}
	if fault.Ref == nil {
		fault.Ref = &o.Ref
	}
	switch {
	case fault.Position != (resource.Position{}):
	case fault.OnKey:
		fault.Position = o.KeyAt(fault.Path)
	default:
		fault.Position = o.At(fault.Path)
	}
	return fault
}
