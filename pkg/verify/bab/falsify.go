package bab

import "math"

// confirm checks the input of the least real value with the exact network, and forgets it if it was an error of
// float32.
func (s *search) confirm() {
	point := s.inputs.point(s.leastAt)
	if s.check(point, s.class) {
		s.point = point
		return
	}
	s.least = float32(math.Inf(1))
}

// descentSteps limits the length of a descent.
const descentSteps = 30

// descend starts at the optimum of the root's relaxation and reduces the row of the real network by conditional
// gradients (Frank and Wolfe 1956). The minimum of the gradient over the ball is known in closed form for every norm,
// and steps towards it stay inside.
func (s *search) descend() {
	at := append([]float32(nil), s.leastAt...)
	for t := range descentSteps {
		value := s.evaluate(at)
		if value < s.least {
			s.least = value
			copy(s.leastAt, at)
		}
		if s.least < 0 {
			s.confirm()
			return
		}
		s.slope()
		s.inputs.minimum(s.v, s.star)
		share := 2 / float32(t+2)
		for k, f := range s.star {
			at[k] += share * (f - at[k])
		}
	}
}

// evaluate computes the row of the real network at an input.
func (s *search) evaluate(at []float32) float32 {
	for k := range s.row.depth {
		for _, g := range s.of(k) {
			z := s.linear(&g, at)
			g.units.pull(&z, s.act[:s.blocks[k][0]])
			copy(s.real[g.from:g.to], z[:])
			for i := g.from; i < g.to; i++ {
				s.act[i] = max(s.real[i], 0)
			}
		}
	}
	return s.row.c + product(s.row.a, at) + product(s.row.b[:s.used], s.act)
}

// slope sets v to the gradient of the real network's row at the input that was evaluated last.
func (s *search) slope() {
	copy(s.h[:s.used], s.row.b)
	copy(s.v, s.row.a)
	for k := s.row.depth - 1; k >= 0; k-- {
		for _, g := range s.of(k) {
			for i := g.from; i < g.to; i++ {
				s.nu[i] = 0
				if s.real[i] > 0 {
					s.nu[i] = s.h[i]
				}
			}
			g.units.push(s.h, s.nu[g.from:g.to])
			g.inputs.push(s.v, s.nu[g.from:g.to])
		}
	}
}
