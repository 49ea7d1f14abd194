package view

import (
	"fmt"
	"html"
	"strings"
)

// svgHead holds the colours: they follow the reader's dark or light setting, and
// each text stands out from its ground by more than 4.5 to 1.
const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-labelledby="t d">
<title id="t">%s</title>
<desc id="d">%s</desc>
<style>
  .ground { fill: #ffffff } .node { fill: #f3f6fa; stroke: #4a6785; stroke-width: 1.2 }
  .edge { fill: none; stroke: #5a6b7b; stroke-width: 1.4 } .implied { stroke-dasharray: 5 4 } .tip { fill: #5a6b7b }
  text { font-family: system-ui, sans-serif; fill: #16202b } .name { font-size: 14px; font-weight: 600 }
  .below, .label { font-size: 11px; fill: #41505f } .title { font-size: 16px; font-weight: 600 }
  .label { paint-order: stroke; stroke: #ffffff; stroke-width: 4px }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #12181f } .node { fill: #1d2733; stroke: #8fb0d2 } .edge { stroke: #a5b4c4 } .tip { fill: #a5b4c4 }
    text { fill: #eef3f8 } .below, .label { fill: #c3cfdb } .label { stroke: #12181f }
  }
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="tip" d="M0,0 L8,4 L0,8 z"/></marker></defs>
<rect class="ground" width="100%%" height="100%%"/>
`

// svg draws the diagram by itself: no script, no font and no address from outside.
func (d Diagram) svg(page *strings.Builder) {
	l := newLayout(d, textWidth)
	width, height := l.size()
	width = max(width, 2*margin+len([]rune(d.Title))*9)
	fmt.Fprintf(page, svgHead, width, height, width, height, xmlText(d.Title), xmlText(d.words()))
	fmt.Fprintf(page, "<text class=\"title\" x=\"%d\" y=\"%d\">%s</text>\n", margin, margin+10, xmlText(d.Title))
	for i, e := range d.Edges {
		l.drawEdge(page, e, l.ways[i])
	}
	for i, e := range d.Edges {
		l.drawLabel(page, e, l.ways[i])
	}
	for i, n := range d.Nodes {
		s := l.spots[i]
		fmt.Fprintf(page, "<g><title>%s</title><rect class=\"node\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"7\"/>", xmlText(n.Ref.String()), s.x, s.y, s.w, s.h)
		fmt.Fprintf(page, "<text class=\"name\" x=\"%d\" y=\"%d\">%s</text>", s.x+12, s.y+20, xmlText(n.Ref.Name))
		fmt.Fprintf(page, "<text class=\"below\" x=\"%d\" y=\"%d\">%s</text></g>\n", s.x+12, s.y+36, xmlText(n.below()))
	}
	page.WriteString("</svg>\n")
}

// words tell what the picture shows to whoever cannot see it.
func (d Diagram) words() string {
	var parts []string
	for _, e := range d.Edges {
		parts = append(parts, fmt.Sprintf("%s needs %s", e.From, e.To))
	}
	return fmt.Sprintf("%d objects. %s", len(d.Nodes), strings.Join(parts, "; "))
}

// textWidth is the width of a node, from the width of its letters.
func textWidth(n DiagramNode) int {
	const letter, smallLetter, least = 9, 7, 110
	name, below := columns([]span{{n.Ref.Name, plain}}), columns([]span{{n.below(), plain}})
	return max(name*letter, below*smallLetter, least) + 24
}

// drawEdge draws a soft line through all places that an edge passes.
func (l *layout) drawEdge(page *strings.Builder, e DiagramEdge, way []int) {
	class := "edge"
	if e.Implied {
		class += " implied"
	}
	var path strings.Builder
	for i := 1; i < len(way); i++ {
		a, b := l.spots[way[i-1]], l.spots[way[i]]
		x1, y1, x2, y2 := a.x+a.w, a.y+a.h/2, b.x, b.y+b.h/2
		if i == 1 {
			fmt.Fprintf(&path, "M%d,%d", x1, y1)
		} else {
			fmt.Fprintf(&path, " L%d,%d", x1, y1)
		}
		fmt.Fprintf(&path, " C%d,%d %d,%d %d,%d", x1+columnGap/2, y1, x2-columnGap/2, y2, x2, y2)
	}
	fmt.Fprintf(page, "<path class=\"%s\" marker-end=\"url(#tip)\" d=\"%s\"><title>%s</title></path>\n", class, path.String(), xmlText(e.String()))
}

// String says in words what an edge means.
func (e DiagramEdge) String() string {
	text := fmt.Sprintf("%s needs %s", e.From, e.To)
	if e.Label != "" {
		text += " for " + e.Label
	}
	return text
}

// drawLabel writes an edge's label on its first stretch.
func (l *layout) drawLabel(page *strings.Builder, e DiagramEdge, way []int) {
	if e.Label == "" {
		return
	}
	a, b := l.spots[way[0]], l.spots[way[1]]
	x, y := (a.x+a.w+b.x)/2, (a.y+a.h/2+b.y+b.h/2)/2-4
	fmt.Fprintf(page, "<text class=\"label\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", x, y, xmlText(e.Label))
}

// xmlText escapes a text for XML; what XML cannot hold is shown as an escape.
func xmlText(text string) string { return html.EscapeString(clean(text)) }
