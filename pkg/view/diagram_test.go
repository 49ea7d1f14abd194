package view

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/resource"
)

func objectRef(kind, name string) resource.Ref { return resource.Ref{Kind: kind, Name: name} }

// drawing is the integration with IAS.
func drawing() Diagram {
	user, dest, proxy, sys, job := objectRef("SystemUser", "IAG caller"), objectRef("Destination", "IPS_PROXY"), objectRef("ProxySystem", "IAS for IAG"), objectRef("IAGSystem", "IAS"), objectRef("Job", "sync")
	return Diagram{
		Title: "iag-ias · demo",
		Nodes: []DiagramNode{{user, "via person"}, {dest, "via api"}, {proxy, ""}, {sys, ""}, {job, ""}},
		Edges: []DiagramEdge{{dest, user, "Password, User", false}, {sys, proxy, "externalSystemID", false}, {sys, dest, "", true}, {job, sys, "iagSystem", false}, {job, user, "far", false}},
	}
}

func TestDiagramGolden(t *testing.T) {
	for _, format := range DiagramFormats {
		var out strings.Builder
		if err := DrawDiagram(&out, format, drawing()); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", "diagram."+format)
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), out.String()); diff != "" {
			t.Errorf("%s (UPDATE=1 writes it): %s", path, diff)
		}
	}
}

// TestDiagramEscapes holds that no name becomes markup or ends a label.
func TestDiagramEscapes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bad := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{`"]; click n0 "javascript:x"`, `</text><script>x</script>`, `\" ]; n9 [`, "a\nb", "`x`", "#quot;", "%%{init}%%", "]]>", "--"})).Draw(t, "name")
		d := Diagram{Title: bad, Nodes: []DiagramNode{{objectRef("Job", bad), bad}, {objectRef("Job", bad+"2"), ""}}}
		d.Edges = []DiagramEdge{{d.Nodes[0].Ref, d.Nodes[1].Ref, bad, false}}
		var mermaid, dot, svg strings.Builder
		for format, out := range map[string]*strings.Builder{"mermaid": &mermaid, "dot": &dot, "svg": &svg} {
			if err := DrawDiagram(out, format, d); err != nil {
				t.Fatal(err)
			}
		}
		if n := strings.Count(mermaid.String(), "\n"); n != 7 {
			t.Fatalf("%d lines of Mermaid:\n%s", n, mermaid.String())
		}
		for i, line := range strings.Split(mermaid.String(), "\n") {
			if quotes := strings.Count(line, `"`); i > 3 && quotes != 0 && quotes != 2 || strings.Contains(line, "<script") {
				t.Fatalf("line %d: %s", i, line)
			}
		}
		if n := strings.Count(dot.String(), "\n"); n != 10 {
			t.Fatalf("%d lines of DOT:\n%s", n, dot.String())
		}
		if elements := wellFormed(t, svg.String()); elements["script"] > 0 || elements["svg"] != 1 {
			t.Fatalf("%v", elements)
		}
	})
}

// wellFormed parses XML and counts its elements.
func wellFormed(t interface{ Fatalf(string, ...any) }, text string) map[string]int {
	elements := map[string]int{}
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return elements
		}
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if start, ok := token.(xml.StartElement); ok {
			elements[start.Name.Local]++
		}
	}
}

// TestLayout holds that every arrow leads to a later layer, that no two boxes
// touch, and that all lie inside the picture.
func TestLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(t, "nodes")
		d := Diagram{}
		for i := range n {
			d.Nodes = append(d.Nodes, DiagramNode{Ref: objectRef("K", fmt.Sprint(i))})
			for j := range i {
				if rapid.IntRange(0, 3).Draw(t, "edge") == 0 {
					d.Edges = append(d.Edges, DiagramEdge{From: d.Nodes[i].Ref, To: d.Nodes[j].Ref})
				}
			}
		}
		l := newLayout(d, textWidth)
		width, height := l.size()
		for i, end := range d.ends() {
			if l.spots[end[0]].layer >= l.spots[end[1]].layer || l.ways[i][0] != end[0] || l.ways[i][len(l.ways[i])-1] != end[1] {
				t.Fatalf("edge %v: way %v", end, l.ways[i])
			}
		}
		for i, a := range l.spots {
			if a.x < 0 || a.y < 0 || a.x+a.w > width || a.y+a.h > height {
				t.Fatalf("%+v lies outside %dx%d", a, width, height)
			}
			for _, b := range l.spots[:i] {
				if a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h {
					t.Fatalf("%+v and %+v touch", a, b)
				}
			}
		}
	})
}

// A circle is refused when a manifest is loaded; drawing one must still end.
func TestLayoutOfACircle(t *testing.T) {
	a, b := objectRef("K", "a"), objectRef("K", "b")
	d := Diagram{Nodes: []DiagramNode{{a, ""}, {b, ""}}, Edges: []DiagramEdge{{From: a, To: b}, {From: b, To: a}}}
	var out strings.Builder
	if err := DrawDiagram(&out, "svg", d); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, out.String())
}

func TestTopics(t *testing.T) {
	topics := []Topic{
		{Subject: "F-5", Kind: "failure", Title: "it fails", Text: "why it does", Remedy: "mend it", Source: "a page", Confidence: "documented", Facts: []TopicFact{{"leg", "A→B"}}},
		{Subject: "x", Kind: "place", Members: []TopicFact{{"name", "what it is called"}, {"n", "m"}}},
	}
	var out strings.Builder
	if err := Topics(&out, topics, Style{}); err != nil {
		t.Fatal(err)
	}
	want := "F-5 · it fails  (failure)\n\n  why it does.\n\n  leg         A→B\n  remedy      mend it\n  source      a page\n  confidence  documented\n\nx  (place)\n\n  name  what it is called\n  n     m\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
