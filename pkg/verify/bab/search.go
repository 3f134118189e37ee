package bab

import (
	"container/heap"
	"context"
	"math"
	"time"

	"tightrope/pkg/verify/cert"
)

// search grows the tree of one margin.
type search struct {
	*ascent
	options Options
	class   int
	place   *place // of the root
	open    open
	found   []candidate
	nodes   int
	depth   int
	lost    []*node   // nodes that could be neither split nor proved
	point   []float64 // a point that is proved to be misclassified
	start   time.Time
	inLP    time.Duration // time spent in linear programs
	// Numbers of linear programs: all, those at nodes that could still be split, and those of the latter that settled
	// their nodes.
	programs, asked, settled int
	// check confirms a counter-example; nil if only a bound is wanted.
	check  func(point []float64, class int) bool
	proven float64 // the least bound of the nodes that are proved
}

// run returns true if it proves the margin; otherwise it has found a counter-example or given up.
func (s *search) run(ctx context.Context, root *node) bool {
	s.begin(root)
	return s.loop(ctx)
}

// begin bounds the root and looks for a counter-example near its optimum.
func (s *search) begin(root *node) {
	s.lost, s.place, s.start = nil, root.place, time.Now()
	s.visit(root, s.options.RootSteps, rootRate)
	if len(s.open) > 0 && s.point == nil {
		s.descend()
	}
}

// loop splits the lowest node until none is left, a counter-example is found, or the time is over. It can be called
// again after a counter-example, because no node is lost.
func (s *search) loop(ctx context.Context) bool {
	for len(s.open) > 0 && s.point == nil && !s.spent(ctx) {
		n := heap.Pop(&s.open).(*node)
		s.depth = max(s.depth, n.depth)
		if s.program(ctx, n) {
			s.again(n)
			continue
		}
		i := s.branch(n)
		if i < 0 {
			s.last(ctx, n)
			s.again(n)
			continue
		}
		s.split(n, i)
	}
	return s.point == nil && len(s.open) == 0 && len(s.lost) == 0
}

// split visits both phases of a unit.
func (s *search) split(n *node, i int) {
	n.place.split = i
	for side, phase := range []int8{1, -1} {
		n.place.children[side] = &place{split: -1}
		s.visit(n.child(i, phase, n.place.children[side]), s.options.Steps, rate)
	}
}

// again puts back a node that gave a counter-example and is therefore not proved.
func (s *search) again(n *node) {
	if s.point != nil {
		heap.Push(&s.open, n)
	}
}

func (s *search) spent(ctx context.Context) bool {
	return ctx.Err() != nil || s.options.Nodes > 0 && s.nodes >= s.options.Nodes
}

// bound returns the least proved bound of all open nodes, in the network's scale, +Inf if there are none. The open
// nodes keep the multipliers that prove it, so that the tree is complete.
func (s *search) bound() float64 {
	least := math.Inf(1)
	for _, nodes := range [][]*node{s.open, s.lost} {
		for _, n := range nodes {
			s.backward(n)
			lower, upper := s.phases(n)
			least = min(least, s.proved(s.nu, lower, upper))
			n.place.nu = s.multipliers(s.row, s.nu)
		}
	}
	return least
}

// visit bounds a node. The node is then proved, gives a counter-example, or stays open.
func (s *search) visit(n *node, steps int, rate float32) {
	s.nodes++
	s.ascent.run(n, steps, rate, goal, s.check != nil)
	if s.check != nil && s.least < 0 {
		s.confirm()
	}
	if n.bound > goal && s.prove(n, s.bestNu) {
		return
	}
	heap.Push(&s.open, n)
}

// prove closes a node if its multipliers prove the row positive in float64.
func (s *search) prove(n *node, nu []float32) bool {
	lower, upper := s.phases(n)
	proved := s.proved(nu, lower, upper)
	if !(proved > 0) {
		n.bound = min(n.bound, goal)
		return false
	}
	s.proven = min(s.proven, proved)
	n.place.nu = s.multipliers(s.row, nu)
	return true
}

// phases returns the bounds of the condensed units on a node.
func (s *search) phases(n *node) (lower, upper []float64) {
	lower, upper = append([]float64(nil), s.lower...), append([]float64(nil), s.upper...)
	for i, phase := range n.phase {
		switch at := s.live[i]; {
		case phase > 0:
			lower[at] = max(lower[at], 0)
		case phase < 0:
			upper[at] = min(upper[at], 0)
		}
	}
	return lower, upper
}

// write appends the nodes of a place and everything below it; units translates the units that are split.
func (p *place) write(t *cert.Tree, units []int) {
	if p.split < 0 {
		t.Splits, t.Multipliers = append(t.Splits, cert.Leaf), append(t.Multipliers, p.nu...)
		return
	}
	t.Splits = append(t.Splits, units[p.split])
	p.children[0].write(t, units)
	p.children[1].write(t, units)
}
