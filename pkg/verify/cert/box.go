package cert

import (
	"fmt"
	"math"

	"tightrope/pkg/ball"
)

// NewBox prepares the bounds of a network on a box of inputs, lower[k] <= x_k <= upper[k], of any widths, 0 among them.
// It returns an error for bounds of a wrong number, or that are not finite or leave no input, and for values so large
// that the analysis of rounding errors does not hold.
func NewBox(n *Network, lower, upper []float64) (*Region, error) {
	if len(lower) != n.Inputs() || len(upper) != n.Inputs() {
		return nil, fmt.Errorf("a box of %d and %d bounds for a network of %d inputs", len(lower), len(upper),
			n.Inputs())
	}
	r := &Region{net: n, ball: ball.Ball{Norm: ball.Linf}, x: lower, lower: lower, upper: upper,
		size: make([]float64, len(lower))}
	for k, l := range lower {
		if !(l <= upper[k]) || !allowed(l) || !allowed(upper[k]) {
			return nil, fmt.Errorf("input %d between %v and %v: the box must hold an input, of at most %g in size", k,
				l,
				upper[k], largest)
		}
		r.size[k] = max(math.Abs(l), math.Abs(upper[k]))
	}
	return r, nil
}

// Combination is a row over the network's outputs y: sum_i Lambda_i (Rows_i . y - Bounds_i).
type Combination struct {
	Lambda []float64   // [rows]
	Rows   [][]float64 // [rows][outputs]
	Bounds []float64   // [rows]
}

// Combine bounds a combination over the region from below, on bounds of the relus' inputs, by a rule. It is -Inf where
// a number is beyond the range of the error analysis.
func (r *Region) Combine(b *Bounds, rule Rule, c Combination) float64 {
	defer r.rest()
	return r.newPass(b, rule).combine(c)
}

// Adapted is [Region.Combine] by CROWN's rule, repeated with the lower lines that are exact at the input where the
// first bound is attained: z if a unit is active there, otherwise 0. It is often far tighter.
func (r *Region) Adapted(b *Bounds, c Combination) float64 {
	defer r.rest()
	p := r.newPass(b, CROWN)
	first := p.combine(c)
	if p.lost[0] || len(p.held[input].units) == 0 {
		return first
	}
	p.active, p.lines = r.valuesAt(r.corner(p.lane(input, 0, make([]float64, len(r.x))))), nil
	return max(first, p.combine(c))
}

// combine puts a combination on the outputs, and carries it back. Its coefficients and its constant are rounded sums.
func (p *pass) combine(c Combination) float64 {
	last := p.net.output
	p.begin()
	size, constant, shifts := 0.0, 0.0, 0.0
	for i, f := range c.Lambda {
		if !allowed(f) || !allowed(c.Bounds[i]) || !allAllowed(c.Rows[i]) {
			return math.Inf(-1)
		}
		for j, a := range c.Rows[i] {
			p.put(last, j, 0, f*a)
			size += math.Abs(f*a) * p.sizes[last][j]
		}
		constant -= f * c.Bounds[i]
		shifts += math.Abs(f * c.Bounds[i])
	}
	p.low[0].add(constant, gamma(len(c.Lambda)+2)*inflate(inflate(size)+shifts))
	p.run(last)
	return p.lower(0)
}
