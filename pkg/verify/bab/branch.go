package bab

import (
	"cmp"
	"slices"

	"tightrope/pkg/ball"
)

// candidate is a unit that could be split.
type candidate struct {
	unit  int
	score float32
}

// interceptWeight is the weight of the intercept compared with the violation. It is small, so that the intercept
// decides only where nothing is violated.
const interceptWeight = 0.1

// branch chooses the unit to split, -1 if none is left. The candidates with the best scores are tried (filtered smart
// branching), and the one whose children have the best bounds with the parent's multipliers is chosen. Units of the
// first relus are cheap to try, so all of them are tried.
func (s *search) branch(n *node) int {
	bound := s.backward(n)
	s.forward(n)
	all := s.candidates(n)
	best, at := candidate{unit: -1}, 0
	for _, c := range all {
		if !s.first(c.unit) {
			all[at], at = c, at+1
			continue
		}
		c.score = s.tryFirst(n, c.unit, bound)
		best = better(best, c)
	}
	all = all[:at]
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	for _, c := range all[:min(s.options.Candidates, len(all))] {
		c.score = s.try(n, c.unit)
		best = better(best, c)
	}
	return best.unit
}

// better returns the candidate with the larger gain.
func better(a, b candidate) candidate {
	if a.unit < 0 || b.score > a.score {
		return b
	}
	return a
}

// first reports whether splitting a unit changes only its own multiplier, and the minimum over the inputs is a sum of
// absolute values.
func (s *search) first(i int) bool { return i < s.blocks[0][1] && s.inputs.ball.Norm == ball.Linf }

// tryFirst is [search.try] for a unit of the first relus, computed from the results of backward: only the unit's
// multiplier changes, and with it the row over the inputs.
func (s *search) tryFirst(n *node, i int, bound float32) float32 {
	old, active := s.nu[i], s.h[i]
	rest := bound - s.relax(n, i)
	s.nu[i] = old
	g := &s.groups[i/lanes]
	span := g.inputs.to - g.inputs.from
	row := g.inputs.rows[(i-g.from)*span : (i-g.from+1)*span]
	now, on, off := sums(g.inputs.part(s.v), row, active-old, -old)
	return min(rest+active*s.c[i]+now-on, 0) + min(rest+now-off, 0)
}

// candidates scores the unstable units whose phases are not fixed. The score is the amount by which the optimum of the
// relaxation violates the relu, h (relu(z) - out) with z and out of the relaxed network (for the first relus, this is
// the unit's part of the indicator d), plus, as in BaBSR, a multiple of the intercept that the split removes.
func (s *search) candidates(n *node) []candidate {
	s.found = s.found[:0]
	for i := range s.used {
		l, u := s.l[i], s.u[i]
		if n.phase[i] != 0 || l >= 0 || u <= 0 {
			continue
		}
		violation := abs(s.h[i] * (max(s.z[i], 0) - s.out[i]))
		intercept := abs(s.h[i]) * -l * u / (u - l)
		s.found = append(s.found, candidate{i, violation + interceptWeight*intercept})
	}
	return s.found
}

// try returns the sum of the children's bounds. Bounds above 0 count as 0, because a proved child needs no more.
func (s *search) try(n *node, i int) float32 {
	sum, beta := float32(0), n.beta[i]
	n.beta[i] = 0
	for _, phase := range []int8{1, -1} {
		n.phase[i] = phase
		sum += min(s.backward(n), 0)
	}
	n.phase[i], n.beta[i] = 0, beta
	return sum
}
