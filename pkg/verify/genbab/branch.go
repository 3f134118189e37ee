package genbab

import (
	"cmp"
	"math"
	"slices"
)

// candidate is a unit that could be split.
type candidate struct {
	unit  int
	score float64
}

// widthWeight is what the difference of a unit's slopes, times its width, counts beside the violation, so that it
// decides where nothing is violated.
const widthWeight = 0.02

// narrow is the width, as a fraction of the size of its ends, below which an interval is not split.
const narrow = 1e-9

// branch chooses a unit and the place where it is split; the unit is -1 if none is left. The best candidates by score
// are tried, each at several places, and the split whose children have the best bounds, with the parent's multipliers,
// wins (filtered smart branching, De Palma et al. 2021).
func (s *search) branch(n *node) (unit int, at float64) {
	s.backward(n)
	s.forward()
	all := s.candidates(n)
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	all = all[:min(s.options.Candidates, len(all))]
	places := make([][]float64, len(all))
	for k, c := range all {
		places[k] = s.places(n, c.unit) // before trials change what forward left
	}
	unit, best := -1, math.Inf(-1)
	for k, c := range all {
		for _, p := range places[k] {
			if sum := s.try(n, c.unit, p); sum > best || unit < 0 {
				unit, at, best = c.unit, p, sum
			}
		}
	}
	return unit, at
}

// candidates scores the units that are not linear by their share of the relaxation's gap: how far the relaxed output is
// from the activation, times the entry over it.
func (s *search) candidates(n *node) (all []candidate) {
	for i := range s.row.used {
		l, u := n.l[i], n.u[i]
		bend := n.most[i] - n.least[i]
		if !(u-l > narrow*(math.Abs(l)+math.Abs(u))) || bend <= 0 || s.h[i] == 0 {
			continue
		}
		z := min(max(s.z[i], l), u)
		gap := math.Abs(s.curves[i].value(z)-s.out[i]) + widthWeight*bend*(u-l)
		all = append(all, candidate{i, math.Abs(s.h[i]) * gap})
	}
	return all
}

// places are where a unit may be split: a relu at 0, others in the middle, where the relaxed network's value is, and at
// 0 where an S-shaped curve turns, unless that leaves one side narrow.
func (s *search) places(n *node, i int) []float64 {
	l, u := n.l[i], n.u[i]
	if !s.curves[i].smooth {
		return []float64{0}
	}
	middle := l + (u-l)/2
	all := []float64{middle}
	for _, z := range []float64{0, s.z[i]} {
		if share := (z - l) / (u - l); share > 0.1 && share < 0.9 && math.Abs(share-0.5) > 0.05 {
			all = append(all, z)
		}
	}
	return all
}

// try is the sum of the children's bounds, none counted above 0: a proven child needs no more.
func (s *search) try(n *node, i int, at float64) (sum float64) {
	l, u, below, above := n.l[i], n.u[i], n.below[i], n.above[i]
	for side := range 2 {
		if side == 0 {
			n.l[i] = max(l, at)
		} else {
			n.u[i] = min(u, at)
		}
		if n.l[i] <= n.u[i] {
			n.below[i], n.above[i] = s.curves[i].lines(n.l[i], n.u[i])
			sum += min(s.backward(n), 0)
		}
		n.l[i], n.u[i], n.below[i], n.above[i] = l, u, below, above
	}
	return sum
}
