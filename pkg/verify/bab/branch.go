package bab

import (
	"cmp"
	"slices"
)

// candidate is a unit that could be split.
type candidate struct {
	unit  int
	score float32
}

// interceptWeight is what the intercept counts beside the violation: a tenth, so that it decides where nothing is
// violated.
const interceptWeight = 0.1

// branch chooses the unit to split, -1 if none is left: the best candidates by score are tried (filtered smart
// branching), and the one whose children have the best bounds, with the parent's multipliers, wins.
func (s *search) branch(n *node) int {
	s.backward(n)
	s.forward(n)
	all := s.candidates(n)
	if len(all) == 0 {
		return -1
	}
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	best, at := float32(0), -1
	for _, c := range all[:min(s.options.Candidates, len(all))] {
		if gain := s.try(n, c.unit); at < 0 || gain > best {
			best, at = gain, c.unit
		}
	}
	return at
}

// candidates scores the unfixed unstable units: by how far the optimum of the relaxation violates the relu, h (relu(z)
// - out), with z and out of the relaxed network (on the first relus that is their share of the indicator d), and as in
// BaBSR by the intercept that the split removes.
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

// try is the sum of the children's bounds, none counted above 0: a proven child needs no more.
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
