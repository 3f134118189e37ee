package bab

import (
	"math"

	"tightrope/pkg/verify/cert"
)

// node is a part of the ball: the inputs that satisfy the phases fixed so far.
type node struct {
	phase []int8    // [N]: 1 active, -1 inactive, 0 not fixed
	alpha []float32 // [width], slopes of the lower lines of unstable units
	beta  []float32 // [width], multipliers of the fixed phases
	bound float32   // of the row on this part
	depth int
	place *place
}

// place is the position of a node in the tree.
type place struct {
	split    int         // the unit that the children fix; -1 for a leaf
	nu       cert.Floats // multipliers of a proved leaf, [N]
	children [2]*place   // active, inactive
}

// root returns a node with CROWN's slopes.
func (p *problem) root() *node {
	n := &node{phase: make([]int8, p.units), alpha: make([]float32, p.width), beta: make([]float32, p.width),
		bound: float32(math.Inf(-1)), place: &place{split: -1}}
	for i := range p.units {
		if p.u[i] > -p.l[i] {
			n.alpha[i] = 1
		}
	}
	return n
}

// child returns a child in which the phase of unit i is fixed.
func (n *node) child(i int, phase int8, at *place) *node {
	c := &node{phase: append([]int8(nil), n.phase...), alpha: append([]float32(nil), n.alpha...),
		beta: append([]float32(nil), n.beta...), bound: n.bound, depth: n.depth + 1, place: at}
	c.phase[i], c.beta[i] = phase, 0
	return c
}

// open is a heap of nodes with the lowest bound first, where a counter-example is most likely.
type open []*node

func (q open) Len() int           { return len(q) }
func (q open) Less(i, j int) bool { return q[i].bound < q[j].bound }
func (q open) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *open) Push(x any)        { *q = append(*q, x.(*node)) }
func (q *open) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return last
}
