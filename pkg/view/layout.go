package view

import (
	"cmp"
	"slices"

	"reconcile/pkg/resource"
)

// layout places a diagram in layers from left to right, so that every arrow leads
// to the right: first layers by the longest way, then places for arrows that
// cross layers, then an order within each layer that lets few arrows cross.
type layout struct {
	// layers hold indexes into spots.
	layers [][]int
	spots  []spot
	// ways are the spots that each edge passes, from its first node to its last.
	ways [][]int
}

// spot is the place of a node, or of an arrow that passes a layer.
type spot struct {
	// node is an index into the diagram's nodes, -1 for a passing arrow.
	node, layer int
	// x and y are the left upper corner, w and h the size, in pixels.
	x, y, w, h int
	near       []int
}

// The sizes of the picture, in pixels.
const (
	margin    = 24
	nodeSize  = 46
	passSize  = 18
	rowGap    = 18
	columnGap = 130
	headRoom  = 40
)

func newLayout(d Diagram, width func(DiagramNode) int) *layout {
	l := &layout{}
	ends := d.ends()
	depth := depths(len(d.Nodes), ends)
	for i, n := range d.Nodes {
		l.spots = append(l.spots, spot{node: i, layer: depth[i], w: width(n), h: nodeSize})
	}
	for _, e := range ends {
		l.ways = append(l.ways, l.way(e[0], e[1]))
	}
	for i, s := range l.spots {
		for len(l.layers) <= s.layer {
			l.layers = append(l.layers, nil)
		}
		l.layers[s.layer] = append(l.layers[s.layer], i)
	}
	l.untangle()
	l.place()
	return l
}

// ends are the edges as indexes of nodes.
func (d Diagram) ends() [][2]int {
	at := map[resource.Ref]int{}
	for i, n := range d.Nodes {
		at[n.Ref] = i
	}
	ends := make([][2]int, len(d.Edges))
	for i, e := range d.Edges {
		ends[i] = [2]int{at[e.From], at[e.To]}
	}
	return ends
}

// depths returns the layer of each node: the longest way that leads to it. A
// circle, which validation refuses, ends after as many steps as there are nodes.
func depths(nodes int, ends [][2]int) []int {
	depth := make([]int, nodes)
	for range nodes {
		moved := false
		for _, e := range ends {
			if next := depth[e[0]] + 1; next > depth[e[1]] && next < nodes {
				depth[e[1]], moved = next, true
			}
		}
		if !moved {
			break
		}
	}
	return depth
}

// way makes the spots that an arrow passes.
func (l *layout) way(from, to int) []int {
	way := []int{from}
	for layer := l.spots[from].layer + 1; layer < l.spots[to].layer; layer++ {
		l.spots = append(l.spots, spot{node: -1, layer: layer, h: passSize})
		way = append(way, len(l.spots)-1)
	}
	way = append(way, to)
	for i := 1; i < len(way); i++ {
		a, b := way[i-1], way[i]
		l.spots[a].near, l.spots[b].near = append(l.spots[a].near, b), append(l.spots[b].near, a)
	}
	return way
}

// untangle orders each layer by the middle of its neighbours, back and forth.
func (l *layout) untangle() {
	const sweeps = 8
	rank := make([]float64, len(l.spots))
	note := func(layer []int) {
		for i, s := range layer {
			rank[s] = float64(i) / float64(len(layer))
		}
	}
	for _, layer := range l.layers {
		note(layer)
	}
	for sweep := range sweeps {
		for i := range l.layers {
			if sweep%2 == 1 {
				i = len(l.layers) - 1 - i
			}
			slices.SortStableFunc(l.layers[i], func(a, b int) int { return cmp.Compare(l.middle(a, rank), l.middle(b, rank)) })
			note(l.layers[i])
		}
	}
}

func (l *layout) middle(s int, rank []float64) float64 {
	if len(l.spots[s].near) == 0 {
		return rank[s]
	}
	sum := 0.0
	for _, n := range l.spots[s].near {
		sum += rank[n]
	}
	return sum / float64(len(l.spots[s].near))
}

// place gives every spot its coordinates; layers stand centred to each other.
func (l *layout) place() {
	tallest := 0
	for _, layer := range l.layers {
		tallest = max(tallest, l.height(layer))
	}
	x := margin
	for _, layer := range l.layers {
		y, widest := margin+headRoom+(tallest-l.height(layer))/2, 0
		for _, s := range layer {
			widest = max(widest, l.spots[s].w)
		}
		for _, s := range layer {
			l.spots[s].x, l.spots[s].y, l.spots[s].w = x, y, widest
			y += l.spots[s].h + rowGap
		}
		x += widest + columnGap
	}
}

func (l *layout) height(layer []int) int {
	sum := -rowGap
	for _, s := range layer {
		sum += l.spots[s].h + rowGap
	}
	return max(sum, 0)
}

// size returns width and height of the picture.
func (l *layout) size() (width, height int) {
	for _, s := range l.spots {
		width, height = max(width, s.x+s.w+margin), max(height, s.y+s.h+margin)
	}
	return max(width, 2*margin), max(height, 2*margin+headRoom)
}
