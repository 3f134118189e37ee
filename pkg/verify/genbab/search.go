package genbab

import (
	"container/heap"
	"context"

	"tightrope/pkg/verify/cert"
)

// search grows the tree of one row: a margin, or a unit's input.
type search struct {
	*ascent
	options Options
	root    *place
	open    open
	nodes   int
	depth   int
	lost    []*node   // that could be neither split nor proved
	point   []float64 // misclassified, proved
	// check confirms a counter-example near an input, and returns it; nil where it is none.
	check func(x []float64) []float64
}

// The bounds, as fractions of the size of the row's terms, at which a node's ascent ends and from which a proof is
// tried: two roundings of the multipliers to float32, and of the arithmetic.
const (
	goal     = 0x1p-20
	provable = 0x1p-40
)

// run proves the row positive (true), finds a counter-example or gives up.
func (s *search) run(ctx context.Context, n *node) bool {
	s.root = n.place
	s.visit(n, s.options.RootSteps, rootRate)
	if len(s.open) > 0 && s.point == nil {
		s.descend(s.star)
		s.confirm()
	}
	for len(s.open) > 0 && s.point == nil && !s.spent(ctx) {
		n := heap.Pop(&s.open).(*node)
		s.depth = max(s.depth, n.depth)
		unit, at := s.branch(n)
		if unit < 0 {
			s.lost = append(s.lost, n)
			break
		}
		for side := range n.place.children {
			s.visit(s.child(n, unit, at, side), s.options.Steps, rate)
		}
	}
	return s.point == nil && len(s.open) == 0 && len(s.lost) == 0
}

// nodeBytes is about what an open node takes for each unit.
const nodeBytes = 64

func (s *search) spent(ctx context.Context) bool {
	return ctx.Err() != nil || s.options.Nodes > 0 && s.nodes >= s.options.Nodes ||
		len(s.open)*len(s.Units)*nodeBytes > largest
}

// visit bounds a node: it is proved, gives a counter-example, or stays open.
func (s *search) visit(n *node, steps int, rate float64) {
	s.nodes++
	if n.empty {
		return
	}
	s.ascent.run(n, steps, rate, goal*s.row.size)
	if s.see(s.star) < 0 {
		s.confirm()
	}
	if n.bound > provable*s.row.size && s.prove(n) {
		return
	}
	heap.Push(&s.open, n)
}

// prove closes a node if its multipliers prove the row positive.
func (s *search) prove(n *node) bool {
	nu := short(s.bestNu[:s.row.used], len(s.Units))
	if !(s.proved(nu, n) > 0) {
		n.bound = min(n.bound, provable*s.row.size)
		return false
	}
	n.place.nu = nu
	return true
}

// confirm looks at the input of the least real value; a false alarm of rounding is forgotten.
func (s *search) confirm() {
	if s.check == nil || !(s.least < 0) {
		return
	}
	if s.point = s.check(s.leastAt); s.point == nil {
		s.least = 0
	}
}

// tree is the proof that run found.
func (s *search) tree() *cert.Tree {
	t := &cert.Tree{}
	s.root.write(t, len(s.Units))
	return t
}
