package view

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// The measures of the picture, in the units of its view box.
const (
	nodeWidth, nodeHeight = 224, 60
	nodeGap, nodeRowGap   = 56, 18
	// mostNodes is the number of objects above which the picture shows kinds.
	mostNodes = 40
	// nodeRunes is how much of a name fits into a node.
	nodeRunes = 24
	// wideFrom is the width from which a phone shows a part and scrolls.
	wideFrom = 700
)

// picture is an integration as a graph: what is needed stands left of what needs it.
type picture struct {
	Width, Height int
	Nodes         []node
	Edges         []edge
	// Title says in words what the picture shows.
	Title string
	// Wide says that the picture is not to be shrunk to any width.
	Wide bool
}

// node is an object, or all objects of a kind.
type node struct {
	X, Y                     int
	Kind, Name, Symbol, Word string
	// Tone is the class of its colour, Anchor the place that tells more.
	Tone, Anchor string
	key          string
	needs        []string
}

// edge is a curve from what is needed to what needs it.
type edge struct{ Path string }

// tones are the classes of colours by the look of a label.
var tones = map[look]string{red: "bad", yellow: "warn", green: "good", cyan: "info", magenta: "info", dim: "calm"}

// newPicture draws the objects of a result; nil when none is known.
func newPicture(r Result, anchors map[string]string) *picture {
	nodes := objectNodes(r, anchors)
	what := "objects"
	if len(nodes) > mostNodes {
		nodes, what = kindNodes(nodes), "kinds of objects"
	}
	if len(nodes) == 0 {
		return nil
	}
	p := &picture{Nodes: nodes, Title: strconv.Itoa(len(nodes)) + " " + what + " and what they need, from left to right"}
	p.layOut()
	return p
}

// objectNodes makes one node of each object. A job and its run are one, and the
// worse of the two is shown.
func objectNodes(r Result, anchors map[string]string) []node {
	var nodes []node
	for _, s := range slices.Concat(r.steps(), r.Objects) {
		n := newNode(r, s, anchors)
		at := slices.IndexFunc(nodes, func(o node) bool { return o.key == n.key })
		switch {
		case at < 0:
			nodes = append(nodes, n)
		case s.Action.Writes():
			nodes[at].join(n)
		}
	}
	return nodes
}

// join adds what another step does with the same object.
func (n *node) join(o node) {
	if slices.Contains([]string{"bad", "warn"}, n.Tone) || n.Word == o.Word {
		return
	}
	if n.Tone != "calm" && slices.Index(toneOrder, o.Tone) > 1 {
		o.Word = n.Word + ", " + o.Word
	}
	o.needs = n.needs
	*n = o
}

func newNode(r Result, s reconcile.Step, anchors map[string]string) node {
	l := labelOf(s)
	switch {
	case s.Outcome == reconcile.Applied:
		l = label{"✓", "applied", green}
	case l.word == unchanged:
		l.word = orElse(evidence(s), "in sync")
	}
	if r.Plan == nil {
		l = label{"·", "not proved", dim}
	}
	if proof, ok := proofOf(r, s.Ref); ok {
		if !proof || l.look == dim {
			l = map[bool]label{true: {"✓", "proved", green}, false: {"✗", "proof failed", red}}[proof]
		}
	}
	name, _ := cut(s.Name, len([]rune(s.Name))-nodeRunes)
	n := node{
		Kind: clean(s.Kind), Name: clean(name), Symbol: l.symbol, Word: l.word, Tone: tones[l.look],
		Anchor: anchors[s.String()], key: s.String(),
	}
	for _, c := range s.Changes {
		if to, _ := c.Want.From(); to.Kind != "" {
			n.needs = append(n.needs, to.String())
		}
	}
	for _, to := range s.After {
		n.needs = append(n.needs, to.String())
	}
	slices.Sort(n.needs)
	n.needs = slices.Compact(n.needs)
	return n
}

// proofOf says whether the proofs of an object went well, if any was made.
func proofOf(r Result, ref resource.Ref) (good, made bool) {
	good = true
	for _, c := range r.Verified {
		if c.Ref == ref && !c.Unsure {
			made, good = true, good && c.OK
		}
	}
	for _, f := range r.Findings {
		if f.Ref == ref {
			made, good = true, false
		}
	}
	return good, made
}

// kindNodes folds objects into their kinds and counts how they stand.
func kindNodes(objects []node) []node {
	var kinds []node
	kindOf := map[string]string{}
	for _, o := range objects {
		kindOf[o.key] = o.Kind
		if !slices.ContainsFunc(kinds, func(k node) bool { return k.key == o.Kind }) {
			kinds = append(kinds, node{Kind: o.Kind, key: o.Kind})
		}
	}
	for i := range kinds {
		kinds[i].fold(objects, kindOf)
	}
	return kinds
}

// fold takes the objects of the node's kind into it; the worst gives the colour.
func (n *node) fold(objects []node, kindOf map[string]string) {
	total, worst, words := 0, len(toneOrder), map[string]int{}
	for _, o := range objects {
		if o.Kind != n.key {
			continue
		}
		total++
		words[o.Word]++
		if at := slices.Index(toneOrder, o.Tone); at < worst {
			worst, n.Tone, n.Symbol = at, o.Tone, o.Symbol
		}
		for _, need := range o.needs {
			if kind := kindOf[need]; kind != "" && kind != n.key {
				n.needs = append(n.needs, kind)
			}
		}
	}
	slices.Sort(n.needs)
	n.needs = slices.Compact(n.needs)
	var counts []entry
	for word, count := range words {
		counts = append(counts, entry{count, word})
	}
	slices.SortFunc(counts, func(a, b entry) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.word, b.word)) })
	n.Name, n.Word = number(total, "object", "objects"), some(counts[:min(len(counts), 2)])
}

// toneOrder lists the tones, worst first.
var toneOrder = []string{"bad", "warn", "good", "info", "calm"}

// layOut puts every node one column right of the last that it needs.
func (p *picture) layOut() {
	columns := map[string]int{}
	// A circle cannot be drawn; as many rounds as nodes end it.
	for range p.Nodes {
		for _, n := range p.Nodes {
			for _, need := range n.needs {
				if at, ok := columns[need]; ok || p.has(need) {
					columns[n.key] = min(max(columns[n.key], at+1), len(p.Nodes)-1)
				}
			}
		}
	}
	rows := map[int]int{}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		column := columns[n.key]
		n.X, n.Y = 4+column*(nodeWidth+nodeGap), 4+rows[column]*(nodeHeight+nodeRowGap)
		rows[column]++
		p.Width, p.Height = max(p.Width, n.X+nodeWidth+4), max(p.Height, n.Y+nodeHeight+4)
	}
	p.Wide = p.Width > wideFrom
	for _, n := range p.Nodes {
		for _, need := range n.needs {
			if at := slices.IndexFunc(p.Nodes, func(o node) bool { return o.key == need }); at >= 0 {
				p.Edges = append(p.Edges, newEdge(p.Nodes[at], n))
			}
		}
	}
}

func (p *picture) has(key string) bool {
	return slices.ContainsFunc(p.Nodes, func(n node) bool { return n.key == key })
}

func newEdge(from, to node) edge {
	x1, y1, x2, y2 := from.X+nodeWidth, from.Y+nodeHeight/2, to.X-3, to.Y+nodeHeight/2
	bend := nodeGap * 2 / 3
	points := []int{x1, y1, x1 + bend, y1, x2 - bend, y2, x2, y2}
	texts := each(points, strconv.Itoa)
	return edge{"M" + strings.Join(texts[:2], " ") + "C" + strings.Join(texts[2:], " ")}
}
