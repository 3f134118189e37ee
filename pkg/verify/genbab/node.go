package genbab

import (
	"math"
	"slices"

	"tightrope/pkg/verify/cert"
)

// node is a part of the ball: the inputs that satisfy the splits so far.
type node struct {
	l, u         []float64 // of the units' inputs, [units]
	below, above []float64 // slopes of the lines that a positive and a negative entry take
	least, most  []float64 // slopes that the activations have
	beta         []float64 // multipliers of the split units
	split        []bool    // units that were split
	bound        float64   // of the row on this part
	depth        int
	place        *place
	empty        bool // no input satisfies the splits
}

// place is a node's place in the tree.
type place struct {
	unit     int // that is split; -1: a leaf
	at       float64
	nu       cert.Floats // multipliers of a proven leaf, [units]
	children [2]*place   // where z >= at, and where z <= at
}

func newPlace() *place { return &place{unit: -1} }

// root starts from CROWN's slopes on the proven bounds.
func (p *problem) root() *node {
	w := func() []float64 { return make([]float64, len(p.Units)) }
	n := &node{l: slices.Clone(p.lower), u: slices.Clone(p.upper), below: w(), above: w(), least: w(), most: w(),
		beta: w(), split: make([]bool, len(p.Units)), bound: math.Inf(-1), place: newPlace()}
	for i := range p.Units {
		p.begin(n, i)
	}
	return n
}

// begin takes CROWN's slopes for a unit's interval.
func (p *problem) begin(n *node, i int) {
	n.below[i], n.above[i] = p.curves[i].lines(n.l[i], n.u[i])
	n.least[i], n.most[i] = p.curves[i].slopes(n.l[i], n.u[i])
}

// child is the part where z of unit i is at least s (side 0), or at most.
func (p *problem) child(n *node, i int, s float64, side int) *node {
	c := &node{l: slices.Clone(n.l), u: slices.Clone(n.u), below: slices.Clone(n.below), above: slices.Clone(n.above),
		least: slices.Clone(n.least), most: slices.Clone(n.most), beta: slices.Clone(n.beta),
		split: slices.Clone(n.split), bound: n.bound, depth: n.depth + 1, place: newPlace()}
	n.place.unit, n.place.at, n.place.children[side] = i, s, c.place
	if side == 0 {
		c.l[i] = max(n.l[i], s)
	} else {
		c.u[i] = min(n.u[i], s)
	}
	c.empty, c.split[i] = c.l[i] > c.u[i], true
	if !c.empty {
		p.begin(c, i)
	}
	return c
}

// write appends the nodes of a place and all below it.
func (p *place) write(t *cert.Tree, units int) {
	if p.unit < 0 {
		nu := p.nu
		if nu == nil { // no input: nothing is to be proved
			nu = make(cert.Floats, units)
		}
		t.Splits, t.Multipliers = append(t.Splits, cert.Leaf), append(t.Multipliers, nu...)
		return
	}
	t.Splits, t.At = append(t.Splits, p.unit), append(t.At, p.at)
	p.children[0].write(t, units)
	p.children[1].write(t, units)
}

// open is a heap of nodes, the lowest bound first: that is where a counter-example would be.
type open []*node

func (o open) Len() int           { return len(o) }
func (o open) Less(i, j int) bool { return o[i].bound < o[j].bound }
func (o open) Swap(i, j int)      { o[i], o[j] = o[j], o[i] }
func (o *open) Push(x any)        { *o = append(*o, x.(*node)) }
func (o *open) Pop() any {
	last := len(*o) - 1
	n := (*o)[last]
	(*o)[last] = nil
	*o = (*o)[:last]
	return n
}
