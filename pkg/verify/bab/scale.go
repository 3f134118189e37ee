package bab

import (
	"math"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/powers"
	"tightrope/pkg/verify/cert"
)

// A search uses no absolute scale. Every unit is measured in a power of two near the larger of |l| and |u|, every row
// that is bounded in a power of two near the size of its terms, and inputs in units of the radius. Tolerances are
// therefore fractions of a margin's size, whatever the scales of the network's layers and of the ball, and float32
// neither overflows nor loses small numbers. Powers of two cause no rounding.

// unitScales chooses the powers of two in which the units are measured.
func (p *problem) unitScales() {
	p.scales = make([]float64, p.units)
	for i := range p.scales {
		p.scales[i] = powers.OfTwo(max(-p.lower[p.live[i]], p.upper[p.live[i]]))
	}
}

// reach returns the size of a row's terms: its value at the ball's centre, plus the largest contributions of the inputs
// and of the units.
func (p *problem) reach(r *cert.Row) float64 {
	size := math.Abs(p.inputs.constant(r)) + p.inputs.most(r)
	for j, f := range r.Units {
		size += math.Abs(f) * max(p.upper[p.live[j]], 0)
	}
	return size
}

// most returns the largest change of a row by the inputs, ignoring the box in l_2 and l_1 balls.
func (in *inputs) most(r *cert.Row) float64 {
	sum, square, largest := 0.0, 0.0, 0.0
	for _, k := range in.columns {
		f := math.Abs(r.Input[k] * in.radius[k])
		sum, square, largest = sum+f, math.Hypot(square, f), max(largest, f)
	}
	switch in.ball.Norm {
	case ball.Linf:
		return sum
	case ball.L2:
		return square
	}
	return largest
}

// multiplier converts the multiplier of unit i from the scales of row and unit to the network's, which proofs use.
func (p *problem) multiplier(r *row, i int, nu float32) float64 {
	return float64(nu) * (r.scale / p.scales[i])
}

// multipliers converts the multipliers of the units that a row may read.
func (p *problem) multipliers(r *row, nu []float32) cert.Floats {
	out := make(cert.Floats, len(r.live.Units))
	for i := range out {
		out[i] = p.multiplier(r, i, nu[i])
	}
	return out
}
