package bab

import "math"

// confirm checks the input of the least real value with the exact network; a false alarm of float32 is forgotten.
func (s *search) confirm() {
	point := s.inputs.point(s.leastAt)
	if s.check(point, s.class) {
		s.point = point
		return
	}
	s.least = float32(math.Inf(1))
}

// descentSteps is how long a descent goes on.
const descentSteps = 30

// descend walks from the optimum of the root's relaxation down the real network by conditional gradients (Frank and
// Wolfe 1956): the gradient's minimum over the ball is known in closed form for every norm, and steps towards it stay
// inside.
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

// evaluate computes the real network's row at an input.
func (s *search) evaluate(at []float32) float32 {
	width := padded(s.used)
	copy(s.real[:width], s.c)
	addProducts(s.real[:s.used], s.a, s.span, at)
	for k := range s.row.depth {
		from, to := s.blocks[k][0], s.blocks[k][1]
		for i := from; i < to; i++ {
			s.act[i] = max(s.real[i], 0)
		}
		if k+1 < s.row.depth {
			later := to / lanes * lanes
			addRows(s.real[later:width], s.bt[from*s.width+later:], s.width, s.act[from:to])
		}
	}
	return s.row.c + product(s.row.a, at) + product(s.row.b[:s.used], s.act)
}

// slope makes v the gradient of the real network's row at the input that was evaluated last.
func (s *search) slope() {
	copy(s.h, s.row.b)
	copy(s.v, s.row.a)
	for k := s.row.depth - 1; k >= 0; k-- {
		from, to := s.blocks[k][0], s.blocks[k][1]
		for i := from; i < to; i++ {
			s.nu[i] = 0
			if s.real[i] > 0 {
				s.nu[i] = s.h[i]
			}
		}
		addRows(s.h[:padded(from)], s.b[from*s.width:], s.width, s.nu[from:to])
	}
	addRows(s.v, s.a, s.span, s.nu[:s.used])
}
