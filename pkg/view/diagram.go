package view

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"reconcile/pkg/resource"
)

// Diagram is a picture of objects and of what needs what.
type Diagram struct {
	// Title says what is shown.
	Title string
	Nodes []DiagramNode
	Edges []DiagramEdge
}

// DiagramNode is one object.
type DiagramNode struct {
	Ref resource.Ref `json:"ref"`
	// Note stands below the name, such as the way in which it is reached.
	Note string `json:"note,omitempty"`
}

// DiagramEdge leads from an object to one that it needs. There is at most one
// between two objects; both are among the nodes.
type DiagramEdge struct {
	From resource.Ref `json:"from"`
	To   resource.Ref `json:"to"`
	// Label says for what.
	Label string `json:"label,omitempty"`
	// Implied is true where no field refers to it.
	Implied bool `json:"implied,omitempty"`
}

// DiagramFormats are the formats that DrawDiagram knows, the default first.
var DiagramFormats = []string{"mermaid", "dot", "svg"}

// DrawDiagram writes a diagram in one of the formats. The same diagram always
// makes the same bytes.
func DrawDiagram(w io.Writer, format string, d Diagram) error {
	var page strings.Builder
	switch format {
	case "dot":
		d.dot(&page)
	case "svg":
		d.svg(&page)
	default:
		d.mermaid(&page)
	}
	_, err := io.WriteString(w, page.String())
	return err
}

// below is the second line of a node.
func (n DiagramNode) below() string {
	if n.Note == "" {
		return n.Ref.Kind
	}
	return n.Ref.Kind + " · " + n.Note
}

func (d Diagram) mermaid(page *strings.Builder) {
	fmt.Fprintf(page, "---\ntitle: \"%s\"\n---\nflowchart LR\n", mermaidText(d.Title))
	for i, n := range d.Nodes {
		fmt.Fprintf(page, "  n%d[\"%s<br/><small>%s</small>\"]\n", i, mermaidText(n.Ref.Name), mermaidText(n.below()))
	}
	// Nodes are called by number: names of objects could be words of the format.
	for i, end := range d.ends() {
		e, arrow := d.Edges[i], "-->"
		if e.Implied {
			arrow = "-.->"
		}
		if e.Label != "" {
			arrow += fmt.Sprintf("|\"%s\"|", mermaidText(e.Label))
		}
		fmt.Fprintf(page, "  n%d %s n%d\n", end[0], arrow, end[1])
	}
}

// mermaidText writes everything but letters, digits and harmless signs as the
// numbers that Mermaid turns back, so that no name ends a label or becomes markup.
func mermaidText(text string) string {
	var b strings.Builder
	for _, r := range clean(text) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" .,_-·", r) {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "#%d;", r)
	}
	return b.String()
}

func (d Diagram) dot(page *strings.Builder) {
	fmt.Fprintf(page, "digraph integration {\n  label=%s;\n  labelloc=t;\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n", dotText(d.Title))
	for i, n := range d.Nodes {
		fmt.Fprintf(page, "  n%d [label=%s];\n", i, dotText(n.Ref.Name, n.below()))
	}
	for i, end := range d.ends() {
		e, style := d.Edges[i], ""
		if e.Implied {
			style = ", style=dashed"
		}
		fmt.Fprintf(page, "  n%d -> n%d [label=%s%s];\n", end[0], end[1], dotText(e.Label), style)
	}
	page.WriteString("}\n")
}

// dotText quotes lines for DOT.
func dotText(lines ...string) string {
	safe := make([]string, len(lines))
	for i, line := range lines {
		safe[i] = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(clean(line))
	}
	return `"` + strings.Join(safe, `\n`) + `"`
}
