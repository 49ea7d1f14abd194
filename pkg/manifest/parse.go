package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"reconcile/pkg/resource"
)

// errEncoding refuses what the parser would accept with other positions than
// editors show.
var errEncoding = errors.New("yaml: the file is not UTF-8")

// parse returns every document of a file. Empty documents are skipped. After a
// syntax error the documents before it are returned.
func (l *loader) parse(s *source) []*node {
	if !utf8.Valid(s.data) {
		l.incomplete = true
		l.faults.add(syntaxFault(s, errEncoding))
		return nil
	}
	p := parser{source: s, faults: &l.faults}
	decoder := yaml.NewDecoder(bytes.NewReader(s.data))
	var documents []*node
	for {
		var document yaml.Node
		err := decode(decoder, &document)
		switch {
		case errors.Is(err, io.EOF):
			return documents
		case err != nil:
			l.incomplete = true
			l.faults.add(syntaxFault(s, err))
			return documents
		}
		if root := document.Content[0]; root.Kind != yaml.ScalarNode || root.Tag != "!!null" {
			documents = append(documents, p.node(root))
		}
	}
}

// decode reads the next document. The parser panics on some malformed input; to
// a user that is a syntax error like any other.
func decode(decoder *yaml.Decoder, document *yaml.Node) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: %v", p)
		}
	}()
	return decoder.Decode(document)
}

// parser turns nodes of the YAML library into ours and complains about what
// YAML readers understand differently.
type parser struct {
	source *source
	faults *faults
}

func (p parser) at(y *yaml.Node) resource.Position {
	return resource.Position{File: p.source.name, Line: y.Line, Col: y.Column}
}

func (p parser) node(y *yaml.Node) *node {
	p.plainYAML(y)
	n := &node{at: p.at(y), from: p.source}
	switch y.Kind {
	case yaml.MappingNode:
		n.form = isObject
		for i := 0; i+1 < len(y.Content); i += 2 {
			p.field(n, y.Content[i], y.Content[i+1])
		}
	case yaml.SequenceNode:
		n.form = isList
		for _, item := range y.Content {
			n.items = append(n.items, p.node(item))
		}
	case yaml.ScalarNode:
		n.form, n.text = p.scalar(y)
	default: // plainYAML has refused it
	}
	return n
}

// plainYAML refuses what makes a manifest hard to read and to position.
func (p parser) plainYAML(y *yaml.Node) {
	const remedy = "write the value out; anchors, aliases and merge keys are not supported"
	if y.Anchor != "" {
		p.faults.report(codeAnchor, p.at(y), quote("&"+y.Anchor)+" is an anchor", remedy)
	}
	if y.Kind == yaml.AliasNode {
		p.faults.spoil(codeAnchor, p.at(y), quote("*"+y.Value)+" is an alias", remedy)
	}
	if y.Style&yaml.TaggedStyle != 0 {
		p.faults.report(codeTag, p.at(y), quote(y.Tag)+" is a tag", "remove the tag; put the value into quotes if text is meant")
	}
}

// field adds one entry to an object. A repeated name is a fault and its value
// is dropped.
func (p parser) field(n *node, key, value *yaml.Node) {
	at := p.at(key)
	switch {
	case key.Kind != yaml.ScalarNode:
		p.plainYAML(key)
		p.faults.report(codeKey, at, "a field name must be plain text", `write name: value; begin a text that starts with { or [ with a quote`)
		return
	case key.Tag == "!!merge":
		p.faults.report(codeAnchor, at, `"<<" is a merge key`, "write the fields out; anchors, aliases and merge keys are not supported")
		return
	}
	p.plainYAML(key)
	p.trap(key, p.faults.report)
	if i := n.index(key.Value); i >= 0 {
		p.faults.report(codeTwice, at, fmt.Sprintf("field %s is given twice, first at %s", quote(key.Value), n.fields[i].at), "keep one of the two")
		p.node(value)
		return
	}
	n.fields = append(n.fields, field{key.Value, at, p.node(value)})
}

// scalar returns the JSON form of a scalar. Dates and what was complained about
// stay text.
func (p parser) scalar(y *yaml.Node) (form, string) {
	trapped := p.trap(y, p.faults.spoil)
	switch {
	case quoted(y) || trapped:
		return isText, y.Value
	case y.Tag == "!!null":
		return isNull, ""
	case y.Tag == "!!bool":
		return isBoolean, y.Value
	case jsonNumber.MatchString(y.Value):
		return isNumber, y.Value
	default:
		return isText, y.Value
	}
}

func quoted(y *yaml.Node) bool {
	const styles = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	return y.Style&styles != 0
}
