package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// Draft is an integration to be written as a manifest.
type Draft struct {
	// Head are comment lines for the top, without their sign.
	Head []string
	// Name and Stage are the identity.
	Name, Stage string
	// Connections may be empty. Their paths are relative to the working directory.
	Connections Connections
	// Objects are written by section, in the order given.
	Objects []Drafted
	// Dir is the folder that the manifest will lie in: paths are written relative
	// to it.
	Dir string
}

// Drafted is one element of a manifest list.
type Drafted struct {
	Kind resource.Kind
	// Name is the object's identity.
	Name string
	Meta resource.Meta
	// Spec holds literals, references and null only: everything else is written as
	// null.
	Spec resource.Spec
	// Remarks are comment lines above the element, without their sign.
	Remarks []string
}

// Write returns the manifest of a draft in canonical form.
func (f *Formatter) Write(d Draft) ([]byte, error) {
	root, err := d.tree()
	if err != nil {
		return nil, err
	}
	f.outline.arrange(f.outline.root, root)
	gaps := map[*yaml.Node]bool{}
	if spec := member(root, "spec"); spec != nil {
		for i := 2; i < len(spec.Content); i += 2 {
			gaps[spec.Content[i]] = true
		}
	}
	documents := []*yaml.Node{{Kind: yaml.DocumentNode, Content: []*yaml.Node{root}}}
	text, err := encode(documents)
	if err == nil {
		text, err = openGaps(text, documents, gaps)
	}
	var head strings.Builder
	for _, line := range d.Head {
		head.WriteString(strings.TrimRight("# "+line, " ") + "\n")
	}
	return []byte(head.String() + text), err
}

// tree is the draft as YAML nodes, the fields of each part in any order.
func (d Draft) tree() (*yaml.Node, error) {
	spec := &yaml.Node{Kind: yaml.MappingNode}
	connections, err := treeOf(d.Connections.relative(d.Dir))
	if err != nil {
		return nil, err
	}
	if len(connections.Content) > 0 {
		spec.Content = append(spec.Content, scalarNode("connections"), connections)
	}
	for _, o := range d.Objects {
		element, err := o.tree()
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", o.Kind.Name(), o.Name, err)
		}
		list := member(spec, o.Kind.Section())
		if list == nil {
			list = &yaml.Node{Kind: yaml.SequenceNode}
			spec.Content = append(spec.Content, scalarNode(o.Kind.Section()), list)
		}
		list.Content = append(list.Content, element)
	}
	head, err := treeOf(map[string]any{
		"apiVersion": "reconcile/v1", "kind": "Integration", "metadata": map[string]string{"name": d.Name, "stage": d.Stage},
	})
	if err != nil {
		return nil, err
	}
	member(head, "metadata").Style = yaml.FlowStyle
	head.Content = append(head.Content, scalarNode("spec"), spec)
	return head, nil
}

// tree is one element: what every element may say, and the kind's own fields.
func (o Drafted) tree() (*yaml.Node, error) {
	meta := o.Meta
	meta.Name = shortName(o.Kind, o.Name, o.Spec)
	element, err := treeOf(meta)
	if err != nil {
		return nil, err
	}
	own, err := treeOf(o.Spec)
	if err != nil {
		return nil, err
	}
	layOut(member(own, "transformations"))
	element.Content = append(element.Content, own.Content...)
	element.Style = 0
	if len(o.Remarks) > 0 {
		element.HeadComment = "# " + strings.Join(o.Remarks, "\n# ")
	}
	return element, nil
}

// layOut writes documents of JSON over several lines, so that a change of one is
// a change of few lines.
func layOut(n *yaml.Node) {
	if n == nil {
		return
	}
	n.Style = 0
	for i := 1; i < len(n.Content); i += 2 {
		var out bytes.Buffer
		if text := n.Content[i].Value; strings.HasPrefix(text, "{") && json.Indent(&out, []byte(text), "", "  ") == nil {
			n.Content[i].Value, n.Content[i].Style = out.String()+"\n", yaml.LiteralStyle
		}
	}
}

// shortName is the name that an element says, from which its kind derives the
// whole identity.
func shortName(k resource.Kind, identity string, s resource.Spec) string {
	for i, c := range identity {
		if rest := identity[i+1:]; c == '/' && k.Identity(rest, s) == identity {
			return rest
		}
	}
	return identity
}

// treeOf turns a value into YAML nodes by way of its JSON form, whose order of
// fields it keeps.
func treeOf(v any) (*yaml.Node, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return nextNode(decoder)
}

func nextNode(decoder *json.Decoder) (*yaml.Node, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		return container(decoder, t)
	case string:
		return scalarNode(t), nil
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(t)}, nil
	default:
		// A number that is a field's own type; numbers of services are texts.
		return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(t)}, nil
	}
}

func container(decoder *json.Decoder, open json.Delim) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	if open == '{' {
		n.Kind = yaml.MappingNode
	}
	for decoder.More() {
		child, err := nextNode(decoder)
		if err != nil {
			return nil, err
		}
		if n.Kind == yaml.MappingNode && len(n.Content)%2 == 0 {
			// ${…} is expanded in values, never in names.
			child.Value = strings.ReplaceAll(child.Value, "$${", "${")
		}
		n.Content = append(n.Content, child)
	}
	if fitsOneLine(n) {
		n.Style = yaml.FlowStyle
	}
	_, err := decoder.Token()
	return n, err
}

// fitsOneLine reports whether n reads best in one line: a list of a few words, or
// a reference.
func fitsOneLine(n *yaml.Node) bool {
	const most = 60
	length := 0
	for i, child := range n.Content {
		if child.Kind != yaml.ScalarNode {
			return false
		}
		if n.Kind == yaml.MappingNode && i%2 == 0 && !slices.Contains(shortFields, child.Value) {
			return false
		}
		length += len(child.Value) + 2
	}
	return length <= most
}

// shortFields are those of parts that are written in one line.
var shortFields = []string{
	"env", "file", "vcap", "binding", "key", "output", "systemUser", "destination", "proxySystem", "iagSystem", "parameter", "job",
	"stage", "every", "start", "timeZone",
	"systemUsers", "proxySystems", "iagSystems", "parameters", "jobs",
}

// plainText matches what every reader takes for the same text without quotes.
var plainText = regexp.MustCompile(`^[A-Za-z0-9_/.][A-Za-z0-9_/.@+=,~%()& -]*(:[A-Za-z0-9_/.@+=,~%()&-]+)*$`)

// scalarNode is a text, quoted where a reader could take it for something else,
// as lines of its own where it has several.
func scalarNode(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: strings.ReplaceAll(text, "${", "$${")}
	word := strings.ToLower(text)
	switch {
	case strings.Contains(text, "\n"):
		n.Style = yaml.DoubleQuotedStyle
	case !plainText.MatchString(text), strings.HasSuffix(text, " "), trapWord.MatchString(text),
		numberLike.MatchString(text), slices.Contains(spelled, word):
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// relative returns the connections with paths relative to a folder.
func (c Connections) relative(dir string) Connections {
	var keys []*secret.Ref
	if s := c.DestinationService; s != nil {
		copied := *s
		c.DestinationService, keys = &copied, append(keys, &copied.ServiceKey)
	}
	if s := c.AccessGovernance; s != nil {
		copied := *s
		c.AccessGovernance, keys = &copied, append(keys, &copied.ServiceKey)
	}
	if s := c.Adapter; s != nil {
		copied := *s
		c.Adapter, keys = &copied, append(keys, &copied.ServiceKey)
	}
	if s := c.AuditLog; s != nil {
		copied := *s
		c.AuditLog, keys = &copied, append(keys, &copied.ServiceKey)
	}
	for _, key := range keys {
		*key = Relative(*key, dir)
	}
	return c
}

// Relative returns a reference whose path is relative to a folder instead of the
// working directory.
func Relative(r secret.Ref, dir string) secret.Ref {
	if r.File == "" || filepath.IsAbs(r.File) {
		return r
	}
	from, err := filepath.Abs(dir)
	to, err2 := filepath.Abs(r.File)
	if err != nil || err2 != nil {
		return r
	}
	if path, err := filepath.Rel(from, to); err == nil {
		r.File = filepath.ToSlash(path)
	}
	return r
}
