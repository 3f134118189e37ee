// Package vector does float64 arithmetic on many numbers at once, with the processor's vectors where Go's simd
// experiment is on. Sums are in an order of their own, with fused multiply-adds or without.
//
// Every function works on whole matrices: a scalar operation after each vector would cost far more than the vectors
// save.
package vector

import "math"

// Lanes is what the length of rows is padded to: the longest vector of any machine.
const Lanes = 8

// Padded is n, rounded up to whole vectors.
func Padded(n int) int { return (n + Lanes - 1) / Lanes * Lanes }

// Sums is scratch memory of the functions that make one number of a row.
type Sums struct{ parts [3][]float64 }

// room makes parts for n rows.
func (s *Sums) room(n int) {
	for k := range s.parts {
		if len(s.parts[k]) < n*Lanes {
			s.parts[k] = make([]float64, n*Lanes)
		}
	}
}

// added is the sum of the parts of row i.
func (s *Sums) added(k, i int) float64 {
	x := s.parts[k][i*Lanes:][:Lanes]
	return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]))
}

// Sizes makes out[i] the sum of the sizes of row i, whose length, the stride, is a multiple of [Lanes].
func (s *Sums) Sizes(out, rows []float64, stride int) {
	s.room(len(out))
	sizes(s.parts[0], len(out), rows, stride)
	for i := range out {
		out[i] = s.added(0, i)
	}
}

// Products makes middle[i] = w_i . a, width[i] = |w_i| . b and total[i] = |w_i| . c for the rows w_i of a matrix, as
// long as a, b and c.
func (s *Sums) Products(middle, width, total, w, a, b, c []float64) {
	s.room(len(middle))
	n := len(a)
	done := products(&s.parts, len(middle), w, a, b, c)
	for i := range middle {
		m, r, t := s.added(0, i), s.added(1, i), s.added(2, i)
		row := w[i*n : (i+1)*n]
		for j := done; j < n; j++ {
			size := math.Abs(row[j])
			m += row[j] * a[j]
			r += size * b[j]
			t += size * c[j]
		}
		middle[i], width[i], total[i] = m, r, t
	}
}
