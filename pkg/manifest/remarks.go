package manifest

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The YAML library knows comments by the node above or below, and loses that where
// fields change places: what stood at the end of one list would head the next.

// textLine is one line of a manifest as it counts for the place of a comment.
type textLine struct {
	// indent is where its text begins; an element of a list lies one deeper.
	indent int
	text   string
}

func (l textLine) blank() bool  { return l.text == "" }
func (l textLine) remark() bool { return strings.HasPrefix(l.text, "#") }

func linesOf(text string) []textLine {
	var all []textLine
	for line := range strings.SplitSeq(text, "\n") {
		trimmed := strings.TrimSpace(line)
		l := textLine{len(line) - len(strings.TrimLeft(line, " ")), trimmed}
		switch {
		case strings.HasPrefix(trimmed, "- #"):
			// The comment of an element's first field, written beside its hyphen.
			l.indent, l.text = l.indent+2, trimmed[2:]
		case trimmed == "-", strings.HasPrefix(trimmed, "- "):
			l.indent++
		}
		all = append(all, l)
	}
	return all
}

// owned lists, sorted, the comments with lines of their own, each with the part of
// the manifest that it belongs to, such as spec/destinations: the part that follows
// without a blank line and lies no less deep, else the part before. What stands on
// top level is left out.
func owned(text string) []string {
	lines := linesOf(text)
	var all []string
	for i, l := range lines {
		if !l.remark() || l.indent == 0 {
			continue
		}
		next := i
		for next < len(lines) && lines[next].remark() {
			next++
		}
		owner := next
		if next == len(lines) || lines[next].blank() || l.indent > lines[next].indent {
			for owner = i; owner >= 0 && (lines[owner].remark() || lines[owner].blank()); {
				owner--
			}
		}
		if part := partOf(lines, owner); part != "" {
			all = append(all, part+" "+strings.Join(strings.Fields(l.text), " "))
		}
	}
	slices.Sort(all)
	return all
}

// partOf names the two outermost fields around a line, "" on top level.
func partOf(lines []textLine, at int) string {
	if at < 0 || at >= len(lines) {
		return ""
	}
	var names []string
	depth := lines[at].indent + 1
	for ; at >= 0 && depth > 0; at-- {
		l := lines[at]
		if strings.HasPrefix(l.text, "---") {
			break
		}
		if l.blank() || l.remark() || l.indent >= depth {
			continue
		}
		depth = l.indent
		name, _, _ := strings.Cut(l.text, ":")
		names = append(names, name)
	}
	if len(names) < 2 {
		return ""
	}
	return names[len(names)-1] + "/" + names[len(names)-2]
}

// anchorFoot hands an indented comment at the end of a document to the part that it
// ends, before the parts change places.
func anchorFoot(document *yaml.Node, lines []string) {
	root := document.Content[0]
	for _, n := range []*yaml.Node{document, root} {
		first, _, _ := strings.Cut(n.FootComment, "\n")
		indented := slices.ContainsFunc(lines, func(line string) bool {
			return strings.TrimSpace(line) == first && strings.HasPrefix(line, " ")
		})
		if first == "" || !indented || len(root.Content) < 2 {
			continue
		}
		last := root.Content[len(root.Content)-2:]
		if inner := last[1]; inner.Kind == yaml.MappingNode && inner.Style&yaml.FlowStyle == 0 && len(inner.Content) > 1 {
			last = inner.Content[len(inner.Content)-2:]
		}
		last[0].FootComment = strings.TrimPrefix(last[0].FootComment+"\n"+n.FootComment, "\n")
		n.FootComment = ""
	}
}
