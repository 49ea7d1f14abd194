package manifest

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The YAML library forgets blank lines. They part a manifest into paragraphs, so
// those before a field or a list element are noted and opened again.

// noteGaps marks the fields and elements of block style that have a blank line
// above them, or above their comment.
func noteGaps(n *yaml.Node, lines []string, gaps map[*yaml.Node]bool) {
	for i, child := range n.Content {
		if begins(n, i) && i > 0 {
			above := child.Line - 2
			for above >= 0 && isRemark(lines[above]) {
				above--
			}
			gaps[child] = above >= 0 && above < child.Line-1 && strings.TrimSpace(lines[above]) == ""
		}
		noteGaps(child, lines, gaps)
	}
}

// begins reports whether a child of n begins a line of its own.
func begins(n *yaml.Node, i int) bool {
	switch {
	case n.Style&yaml.FlowStyle != 0:
		return false
	case n.Kind == yaml.MappingNode:
		return i%2 == 0
	default:
		return n.Kind == yaml.SequenceNode
	}
}

func isRemark(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "#") }

// openGaps writes the blank lines back. documents are what text was made of; the
// same nodes stand in text in the same order.
func openGaps(text string, documents []*yaml.Node, gaps map[*yaml.Node]bool) (string, error) {
	written, err := read(text)
	if err != nil || len(written) != len(documents) {
		return "", ErrUnformattable
	}
	lines := strings.Split(text, "\n")
	var at []int
	for i := range documents {
		at = append(at, gapLines(documents[i], written[i], lines, gaps)...)
	}
	slices.Sort(at)
	for _, line := range slices.Backward(slices.Compact(at)) {
		lines = slices.Insert(lines, line, "")
	}
	return strings.Join(lines, "\n"), nil
}

// gapLines lists the lines, counted from 0, above which a blank one belongs.
func gapLines(from, to *yaml.Node, lines []string, gaps map[*yaml.Node]bool) []int {
	if len(from.Content) != len(to.Content) {
		return nil
	}
	var at []int
	for i, child := range from.Content {
		line := to.Content[i].Line - 1
		for line > 0 && isRemark(lines[line-1]) {
			line--
		}
		// A text that keeps its last blank lines would grow.
		if gaps[child] && i > 0 && line > 0 && strings.TrimSpace(lines[line-1]) != "" && !keeps(from.Content[i-1]) {
			at = append(at, line)
		}
		at = append(at, gapLines(child, to.Content[i], lines, gaps)...)
	}
	return at
}

// keeps reports whether n ends with a text to which a blank line would belong.
func keeps(n *yaml.Node) bool {
	if len(n.Content) > 0 {
		return keeps(n.Content[len(n.Content)-1])
	}
	return n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 && (strings.HasSuffix(n.Value, "\n\n") || n.Value == "\n")
}
