package bab

import (
	"container/heap"
	"context"
	"math"

	"tightrope/pkg/internal/parallel"
	"tightrope/pkg/verify/cert"
)

// effort says how much work is spent on one bound of a unit.
type effort struct {
	steps int // steps of gradient ascent at the root
	nodes int // nodes of a tree for this bound; 1 for no tree
}

// tighten bounds the units after the first layer, layer by layer, several at the same time: by slopes of their own
// (alpha-CROWN), and by trees if the effort allows them. Bounds of deep layers are much tighter if those before them
// are tight, and later splits cannot make up for that. If the context is cancelled, it ends with what is proved so far.
func (s *Search) tighten(ctx context.Context, e effort) {
	if len(s.sides) == 0 {
		s.sides = make([][2]*cert.UnitProof, len(s.problem.Condensed.Units))
	}
	for relu := range s.Bounds.Lower {
		p := s.problem
		from, to := p.block(relu)
		if ctx.Err() != nil || from == to || len(p.Rows[p.live[from]].Units) == 0 {
			continue // intervals are exact for units that read only the input
		}
		found := make([][2]*side, to-from)
		parallel.Do(s.options.Workers, to-from, func(i int) { found[i] = p.improve(ctx, from+i, e, s.options) })
		for i, both := range found { // no unit of the layer reads another, so all can be changed now
			s.take(from+i, both)
		}
		if e.nodes > 1 {
			s.problem = p.compact()
		}
	}
	s.proof.Tighten(s.unitProofs())
}

// block returns the live units [from, to) of a relu.
func (p *problem) block(relu int) (from, to int) {
	for _, b := range p.blocks {
		if p.Units[p.live[b[0]]].Relu == relu {
			return b[0], b[1]
		}
	}
	return 0, 0
}

// take replaces the bounds of a live unit.
func (s *Search) take(i int, both [2]*side) {
	p := s.problem
	at := p.live[i]
	for k, found := range both {
		switch {
		case found == nil:
			continue
		case k == 0:
			p.lower[at] = found.bound
		default:
			p.upper[at] = -found.bound
		}
		s.sides[at][k] = found.proof
		p.round(i)
	}
}

// unitProofs returns the proofs of all bounds in the order of the units. Each relies on those of earlier layers, which
// are at least as tight as when it was found.
func (s *Search) unitProofs() (proofs []cert.UnitProof) {
	for _, both := range s.sides {
		for _, p := range both {
			if p != nil {
				proofs = append(proofs, *p)
			}
		}
	}
	return proofs
}

// side is a lower bound of a unit's input, or of its negative.
type side struct {
	bound float64
	proof *cert.UnitProof
}

// sideSigns are the signs of a unit's two sides: the lower bound, and the upper one.
var sideSigns = [2]float64{1, -1}

// improve bounds live unit i on both sides; a side is nil if it is not better than before.
func (p *problem) improve(ctx context.Context, i int, e effort, o Options) (both [2]*side) {
	old := [2]float64{p.lower[p.live[i]], -p.upper[p.live[i]]}
	for k, sign := range sideSigns {
		if ctx.Err() != nil || old[0] >= 0 || old[1] >= 0 {
			break // the time is over, or the unit is stable
		}
		found := p.grow(ctx, i, sign, e, o)
		if found.bound > old[k]+leastGain*math.Abs(old[k]) {
			both[k], old[k] = found, found.bound
		}
	}
	return both
}

// leastGain is the relative gain above which a tighter bound of a unit is worth the bytes of its proof.
const leastGain = 1e-3

// near says how close a bound must be to the least value that was seen at a point, as a fraction of this value, to be
// good enough.
const near = 1e-3

// grow bounds sign times unit i by a tree. It splits the lowest leaf until the unit is stable, the bound is close to
// the value at a point, or the effort is used up.
func (p *problem) grow(ctx context.Context, i int, sign float64, e effort, o Options) *side {
	at := p.live[i]
	s := &search{ascent: p.newAscent(p.row(&p.Rows[at], sign)), options: o, proven: math.Inf(1)}
	s.seeks = e.nodes > 1
	root := p.root()
	s.place = root.place
	s.visit(root, e.steps, rootRate)
	for len(s.open) > 0 && s.nodes+2 <= e.nodes && ctx.Err() == nil {
		if s.open[0].bound >= s.least-near*abs(s.least) || !s.divide() {
			break
		}
	}
	bound := min(s.bound(), s.proven)
	proof := &cert.UnitProof{Unit: p.Units[at], Upper: sign < 0, Tree: p.tree(root.place, s.used)}
	if root.place.split < 0 && len(proof.Tree.Of) == 0 {
		proof.Multipliers, proof.Tree = proof.Tree.Multipliers, nil
	}
	return &side{bound, proof}
}

// divide splits the lowest open node, and reports whether there was a unit to split.
func (s *search) divide() bool {
	n := heap.Pop(&s.open).(*node)
	i := s.branch(n)
	if i < 0 {
		heap.Push(&s.open, n)
		return false
	}
	s.split(n, i)
	return true
}
