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
	// mostNodes is the number of objects above which the picture folds those that do not
	// stand out into their kinds, mostApart how many are then drawn by themselves.
	mostNodes, mostApart = 40, 24
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
	if len(nodes) == 0 {
		return nil
	}
	p := &picture{Nodes: nodes, Title: number(len(nodes), "object", "objects") + ": what is needed stands left of what needs it"}
	if len(nodes) > mostNodes {
		p.Nodes = folded(nodes)
	}
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

// folded keeps the objects that stand out, the worst first, and folds all others into
// their kinds.
func folded(objects []node) []node {
	apart := slices.DeleteFunc(slices.Clone(objects), func(o node) bool { return o.Tone != "bad" && o.Tone != "warn" })
	slices.SortStableFunc(apart, func(a, b node) int { return cmp.Compare(rank(a.Tone), rank(b.Tone)) })
	apart = apart[:min(len(apart), mostApart)]
	home := map[string]string{}
	for _, o := range objects {
		home[o.key] = o.Kind
	}
	for _, o := range apart {
		home[o.key] = o.key
	}
	var kinds []node
	for _, o := range objects {
		if home[o.key] == o.Kind && !slices.ContainsFunc(kinds, func(k node) bool { return k.key == o.Kind }) {
			kinds = append(kinds, kindNode(o.Kind, objects, home))
		}
	}
	for i := range apart {
		apart[i].needs = moved(apart[i].needs, home, apart[i].key)
	}
	return append(apart, kinds...)
}

// kindNode is the node of those objects of a kind that are at home in it; the worst
// gives the colour, and its place tells more.
func kindNode(kind string, objects []node, home map[string]string) node {
	n := node{Kind: kind, key: kind, Tone: toneOrder[len(toneOrder)-1]}
	total, worst, words, ranks := 0, len(toneOrder), map[string]int{}, map[string]int{}
	for _, o := range objects {
		if home[o.key] != kind {
			continue
		}
		total++
		words[o.Word]++
		ranks[o.Word] = rank(o.Tone)
		if at := rank(o.Tone); at < worst {
			worst, n.Tone, n.Symbol, n.Anchor = at, o.Tone, o.Symbol, o.Anchor
		}
		n.needs = append(n.needs, moved(o.needs, home, kind)...)
	}
	slices.Sort(n.needs)
	n.needs = slices.Compact(n.needs)
	var counts []entry
	for word, count := range words {
		counts = append(counts, entry{count, word})
	}
	slices.SortFunc(counts, func(a, b entry) int {
		return cmp.Or(cmp.Compare(ranks[a.word], ranks[b.word]), cmp.Compare(b.n, a.n), cmp.Compare(a.word, b.word))
	})
	n.Name, n.Word = number(total, "object", "objects"), some(counts[:min(len(counts), 2)])
	return n
}

// moved are the nodes that hold what is needed now, without the own one.
func moved(needs []string, home map[string]string, own string) []string {
	var all []string
	for _, need := range needs {
		if to := home[need]; to != "" && to != own && !slices.Contains(all, to) {
			all = append(all, to)
		}
	}
	return all
}

// rank is how bad a tone is, the worst first.
func rank(tone string) int { return slices.Index(toneOrder, tone) }

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
