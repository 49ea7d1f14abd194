package manifest

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"reconcile/pkg/resource"
)

// outline is the schema as the YAML library reads it. Unlike plain data it keeps
// the order of fields, which is the order in which manifests are written.
type outline struct{ root *yaml.Node }

func newOutline(kinds []resource.Kind) (outline, error) {
	data, err := Schema(kinds)
	if err != nil {
		return outline{}, err
	}
	// JSON is YAML.
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return outline{}, err
	}
	return outline{document.Content[0]}, nil
}

// member returns a field of a mapping, nil when there is none.
func member(of *yaml.Node, name string) *yaml.Node {
	if of == nil || of.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(of.Content); i += 2 {
		if of.Content[i].Value == name {
			return of.Content[i+1]
		}
	}
	return nil
}

// resolve follows a reference to a shared definition.
func (o outline) resolve(at *yaml.Node) *yaml.Node {
	ref := member(at, "$ref")
	if ref == nil {
		return at
	}
	return member(member(o.root, "$defs"), strings.TrimPrefix(ref.Value, definitions))
}

// below returns the part of the schema that describes a field.
func (o outline) below(at *yaml.Node, field string) *yaml.Node {
	if described := member(member(at, "properties"), field); described != nil {
		return o.resolve(described)
	}
	return o.resolve(member(at, "additionalProperties"))
}

// arrange sorts the fields of every mapping as the schema lists them. What the
// schema does not know stays behind, in the order of the file.
func (o outline) arrange(at, n *yaml.Node) {
	switch n.Kind {
	case yaml.SequenceNode:
		items := o.resolve(member(at, "items"))
		for _, item := range n.Content {
			o.arrange(items, item)
		}
	case yaml.MappingNode:
		o.sort(member(at, "properties"), n)
		for i := 0; i+1 < len(n.Content); i += 2 {
			o.arrange(o.below(at, n.Content[i].Value), n.Content[i+1])
		}
	default: // scalars and aliases have nothing to sort
	}
}

func (outline) sort(known, n *yaml.Node) {
	if known == nil {
		return
	}
	pairs := slices.Collect(slices.Chunk(n.Content, 2))
	rank := func(pair []*yaml.Node) int {
		for i := 0; i+1 < len(known.Content); i += 2 {
			if known.Content[i].Value == pair[0].Value {
				return i
			}
		}
		return len(known.Content)
	}
	slices.SortStableFunc(pairs, func(a, b []*yaml.Node) int { return rank(a) - rank(b) })
	n.Content = slices.Concat(pairs...)
}
