package manifest

import (
	"encoding/json"

	"reconcile/pkg/resource"
)

// Manifest is everything that was loaded.
type Manifest struct {
	// Integrations are in the order in which they first appear.
	Integrations []Integration
}

// Integration is one set of objects of one stage.
type Integration struct {
	Name, Stage string
	// Position is where its first document begins.
	Position    resource.Position
	Connections Connections
	Policy      Policy
	// Objects are in the order of the kinds, then of the manifest.
	Objects []Object
	// Digest is "sha256:" and the hash of what the manifest says after values and
	// merging. Layout over files, comments, order of fields and the working
	// directory do not matter.
	Digest string

	node *node
}

// ID returns "<name>-<stage>", which names the integration everywhere.
func (i Integration) ID() string { return i.Name + "-" + i.Stage }

// Document returns the integration as one JSON document, with values expanded and
// documents merged; secrets are the references that the manifest has, and paths
// are relative to the working directory. Read from standard input there, it loads
// to the same integration.
func (i Integration) Document() ([]byte, error) {
	return json.MarshalIndent(i.node.escaped().plain(), "", "  ")
}

// At returns where the value at a JSON pointer stands, for example
// "/spec/connections/adapter/url". Where the manifest says nothing, it is the
// nearest parent; the zero Integration has no positions.
func (i Integration) At(pointer string) resource.Position {
	return valueAt(i.node, pointer)
}

// Object is one element of a manifest list.
type Object struct {
	// Ref is the kind and the identity, which may be more than the name.
	Ref  resource.Ref
	Meta resource.Meta
	// Spec is normalised, and its references name kinds and outputs.
	Spec resource.Spec

	kind resource.Kind
	node *node
}

// At returns where the value at a JSON pointer inside the object stands, for
// example "/properties/URL". Where the manifest does not say it (a template
// may), it is the nearest parent and at last the object.
func (o Object) At(pointer string) resource.Position {
	return valueAt(o.node, pointer)
}

// KeyAt returns where the name of the field at a JSON pointer stands; otherwise
// like At.
func (o Object) KeyAt(pointer string) resource.Position {
	if o.node == nil {
		return resource.Position{}
	}
	_, name := o.node.find(split(pointer))
	return name
}

func valueAt(n *node, pointer string) resource.Position {
	if n == nil {
		return resource.Position{}
	}
	value, _ := n.find(split(pointer))
	return value
}

// absent reports whether the object is to be deleted.
func (o Object) absent() bool { return o.Meta.State == "absent" }
