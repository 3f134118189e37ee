package cert

import (
	"fmt"
	"math"

	"tightrope/pkg/ball"
)

// NewBox prepares the bounds of a network on a box of inputs, lower[k] <= x_k <= upper[k], of any widths, 0 among them. It
// returns an error for bounds of a wrong number, that are not finite or leave no input, and values so large that the
// analysis of rounding errors does not hold.
func NewBox(n *Network, lower, upper []float64) (*Region, error) {
	if len(lower) != n.Inputs() || len(upper) != n.Inputs() {
		return nil, fmt.Errorf("a box of %d and %d bounds for a network of %d inputs", len(lower), len(upper), n.Inputs())
	}
	r := &Region{net: n, ball: ball.Ball{Norm: ball.Linf}, x: lower, lower: lower, upper: upper,
		size: make([]float64, len(lower))}
	for k, l := range lower {
		if !(l <= upper[k]) || !allowed(l) || !allowed(upper[k]) {
			return nil, fmt.Errorf("input %d between %v and %v: the box must hold an input, of at most %g in size", k, l,
				upper[k], largest)
		}
		r.size[k] = max(math.Abs(l), math.Abs(upper[k]))
	}
	return r, nil
}

// Combine bounds sum_i lambda_i (row_i . y - bound_i) over the region from below, for the network's outputs y, on bounds
// of the relus' inputs, by a rule. Rows are [rows][outputs]. It is -Inf where a number is beyond the range of the
// error analysis.
func (r *Region) Combine(b *Bounds, rule Rule, lambda []float64, rows [][]float64, bounds []float64) float64 {
	p := r.newPass()
	p.bounds, p.rule = b, rule
	last := r.net.output
	row := p.start(last)
	size, constant, shifts := 0.0, 0.0, 0.0
	for i, f := range lambda {
		if !allowed(f) || !allowed(bounds[i]) || !allAllowed(rows[i]) {
			return math.Inf(-1)
		}
		for j, a := range rows[i] {
			row[j] += f * a
			size += math.Abs(f*a) * r.sizes[last][j]
		}
		constant -= f * bounds[i]
		shifts += math.Abs(f * bounds[i])
	}
	error := gamma(len(lambda)+2) * inflate(inflate(size)+shifts)
	p.low.add(constant, error)
	p.run(last)
	return p.lower()
}
