package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"reconcile/pkg/resource"
)

// ErrUnformattable is what Format answers where it could not keep every comment
// or the meaning.
var ErrUnformattable = errors.New("a comment or the meaning would get lost")

// Formatter writes manifests in their canonical form.
type Formatter struct{ outline outline }

// NewFormatter makes a formatter for manifests with the given kinds. They need no
// driver.
func NewFormatter(kinds []resource.Kind) (*Formatter, error) {
	o, err := newOutline(kinds)
	return &Formatter{o}, err
}

// mostPasses is how often a text is formatted until it stays the same. The YAML
// library may hand a comment to another field the first time.
const mostPasses = 4

// Format returns the canonical form of a YAML file: two blanks of indentation,
// the fields in the order of the schema, comments and single blank lines kept,
// scalars as they are written. Formatting it again changes nothing. Where the
// meaning or a comment could get lost, it is an error and nothing is returned.
func (f *Formatter) Format(data []byte) ([]byte, error) {
	text := unified(string(data))
	before, err := read(text)
	switch {
	case err != nil || len(before) == 0:
		return data, err
	case strings.ContainsAny(text, rareBreaks):
		return nil, ErrUnformattable
	}
	for range mostPasses {
		next, err := f.pass(text)
		if err != nil {
			return nil, err
		}
		if next == text {
			return f.safe(string(data), before, text)
		}
		text = next
	}
	return nil, ErrUnformattable
}

// unified writes all line breaks that editors make in one way.
func unified(text string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(text, "\ufeff"))
}

// rareBreaks are line breaks to YAML and to hardly anybody else: lines would be
// counted in two ways.
const rareBreaks = "\u0085\u2028\u2029"

// safe returns the formatted text if it means the same and holds every comment.
func (f *Formatter) safe(from string, before []*yaml.Node, text string) ([]byte, error) {
	after, err := read(text)
	if err != nil || len(after) != len(before) || !slices.EqualFunc(before, after, alike) || !slices.Equal(remarks(unified(from)), remarks(text)) ||
		!slices.Equal(owned(unified(from)), owned(text)) {
		return nil, ErrUnformattable
	}
	return []byte(text), nil
}

// read returns the documents of a file. An empty one is left out.
func read(text string) ([]*yaml.Node, error) {
	decoder := yaml.NewDecoder(strings.NewReader(text))
	var documents []*yaml.Node
	for {
		var document yaml.Node
		err := decode(decoder, &document)
		switch {
		case errors.Is(err, io.EOF):
			return documents, nil
		case err != nil:
			return documents, err
		}
		documents = append(documents, &document)
	}
}

// pass formats once.
func (f *Formatter) pass(text string) (string, error) {
	documents, err := read(text)
	if err != nil {
		return "", err
	}
	lines := strings.Split(text, "\n")
	gaps := map[*yaml.Node]bool{}
	for _, document := range documents {
		noteGaps(document, lines, gaps)
		anchorFoot(document, lines)
		f.document(document)
	}
	out, err := encode(documents)
	if err != nil {
		return "", err
	}
	return openGaps(out, documents, gaps)
}

// document brings one document's fields into order. What stands above the first
// field is about the whole document and stays on top.
func (f *Formatter) document(document *yaml.Node) {
	root := document.Content[0]
	if root.Kind != yaml.MappingNode || len(root.Content) == 0 {
		return
	}
	head := root.Content[0].HeadComment
	root.Content[0].HeadComment = ""
	f.outline.arrange(f.outline.root, root)
	root.Content[0].HeadComment = strings.TrimSpace(head + "\n" + root.Content[0].HeadComment)
}

// encode writes documents with two blanks of indentation. The library panics on
// some trees; to a user that is an error like any other.
func encode(documents []*yaml.Node) (text string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: %v", p)
		}
	}()
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	for _, document := range documents {
		if err := encoder.Encode(document); err != nil {
			return "", err
		}
	}
	if err := encoder.Close(); err != nil {
		return "", err
	}
	return out.String(), nil
}

// alike compares what two nodes mean: order of fields, layout and comments do not
// count.
func alike(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || len(a.Content) != len(b.Content) || a.Anchor != b.Anchor || a.ShortTag() != b.ShortTag() {
		return false
	}
	switch a.Kind {
	case yaml.ScalarNode, yaml.AliasNode:
		return a.Value == b.Value && quoted(a) == quoted(b)
	case yaml.MappingNode:
		return slices.EqualFunc(byKey(a), byKey(b), func(x, y []*yaml.Node) bool { return alike(x[0], y[0]) && alike(x[1], y[1]) })
	default:
		return slices.EqualFunc(a.Content, b.Content, alike)
	}
}

// byKey returns the entries of a mapping sorted by name; one given twice keeps its
// place among its likes.
func byKey(n *yaml.Node) [][]*yaml.Node {
	pairs := slices.Collect(slices.Chunk(n.Content, 2))
	slices.SortStableFunc(pairs, func(a, b []*yaml.Node) int { return strings.Compare(a[0].Value, b[0].Value) })
	return pairs
}

// remarks lists, sorted, everything in a text that may be a comment.
func remarks(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		if _, after, ok := strings.Cut(" "+trimmed, " #"); ok {
			all = append(all, strings.Join(strings.Fields(after), " "))
		}
	}
	slices.Sort(all)
	return all
}
