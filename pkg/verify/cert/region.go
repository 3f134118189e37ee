package cert

import (
	"fmt"
	"math"
	"slices"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/vector"
)

// Region is one network on one ball of inputs, with everything that bounds with outward rounding need. It is not safe
// for concurrent use.
type Region struct {
	net          *Network
	ball         ball.Ball
	x            []float64
	lower, upper []float64   // hull of the ball, [inputs], rounded outwards
	size         []float64   // largest |x'_k| over the hull, [inputs]
	reach        [][]float64 // of each affine vertex: at least sum_j |W_ij| |a_j| + |b_i| over the ball
	sizes        [][]float64 // of each vertex: at least |value_i| over the ball
	values       []interval  // of each vertex
	linear       int         // vertices before the first relu, where their values are known; else 0
	sums         vector.Sums
	scratch      *scratch // of passes; nil while none runs
}

// interval is lower <= value <= upper, [units].
type interval struct{ lower, upper []float64 }

// NewRegion prepares the bounds of a network on a ball around x. It returns an error for an x outside the box or of a
// wrong size, an invalid ball, or values so large that the analysis of rounding errors does not hold.
func NewRegion(n *Network, b ball.Ball, x []float64) (*Region, error) {
	if err := b.Validate(); err != nil {
		return nil, err
	}
	if len(x) != n.Inputs() {
		return nil, fmt.Errorf("an input of %d values for a network of %d inputs", len(x), n.Inputs())
	}
	if err := ball.CheckInput(b, x); err != nil {
		return nil, err
	}
	r := &Region{net: n, ball: b, x: x}
	r.hull()
	return r, nil
}

// hull bounds every input, rounded outwards.
func (r *Region) hull() {
	n := len(r.x)
	r.lower, r.upper, r.size = make([]float64, n), make([]float64, n), make([]float64, n)
	for k, v := range r.x {
		eps := r.ball.Eps
		if r.ball.Radii != nil {
			eps = up(eps * r.ball.Radii[k])
		}
		r.lower[k], r.upper[k] = down(v-eps), up(v+eps)
		if b := r.ball.Box; b != nil {
			r.lower[k], r.upper[k] = max(r.lower[k], b.Lower), min(r.upper[k], b.Upper)
		}
		r.size[k] = max(math.Abs(r.lower[k]), math.Abs(r.upper[k]))
	}
}

// fork is a region in the same state: what is computed on one changes nothing that the other knows. The lists of
// values are shared, for bounds replace them and never change them.
func (r *Region) fork() *Region {
	f := *r
	f.sums, f.scratch = vector.Sums{}, nil
	f.values, f.sizes, f.reach = slices.Clone(r.values), slices.Clone(r.sizes), slices.Clone(r.reach)
	return &f
}

// minimum is at most v . x' for every x' of the ball. Errors of v itself are the caller's.
func (r *Region) minimum(v []float64) float64 {
	switch {
	case r.ball.Norm == ball.Linf:
		return r.minimumLinf(v)
	case r.ball.Norm == ball.L2:
		return r.minimumL2(v)
	}
	return r.minimumL1(v)
}

func (r *Region) minimumLinf(v []float64) float64 {
	s, size := 0.0, 0.0
	lower, upper, sizes := r.lower[:len(v)], r.upper[:len(v)], r.size[:len(v)]
	for k, f := range v {
		if f >= 0 {
			s += f * lower[k]
		} else {
			s += f * upper[k] // NaN goes on from here
		}
		size += math.Abs(f) * sizes[k]
	}
	return down(s - gamma(len(v))*inflate(size) - underflow)
}

// rangeL2 limits tau, by which squares are divided: what a square loses by underflow, at most 2^-1074, stays below
// underflow after it.
const rangeL2 = 1e150

// minimumL2 is v . x - eps ||v|| without a box, and the best of three bounds with one.
func (r *Region) minimumL2(v []float64) float64 {
	dot, size := r.atCentre(v)
	norm := math.Sqrt(squares(v)*(1+gamma(len(v)+4)) + underflow)
	plain := down(down(dot-up(r.ball.Eps*up(norm))) - size)
	if r.ball.Box == nil {
		return plain
	}
	return max(plain, r.dualL2(v, r.stepL2(v)), r.minimumLinf(v))
}

// dualL2 is the Lagrangian dual of an l_2 ball with a box, a bound for every tau > 0: v . x plus the minimum over
// lower <= x+d <= upper of v . d + ||d||^2/(2 tau), minus eps^2/(2 tau), where each term is convex and so at least its
// tangent at any point of its interval.
func (r *Region) dualL2(v []float64, tau float64) float64 {
	if !(tau >= 1/rangeL2 && tau <= rangeL2) {
		return math.Inf(-1)
	}
	dot, size := r.atCentre(v)
	var s sum
	s.add(dot, size)
	for k, f := range v {
		s.add(r.tangent(k, f, tau))
	}
	penalty := r.ball.Eps * r.ball.Eps / (2 * tau)
	s.add(-penalty, 4*unit*penalty)
	return s.lower()
}

// tangent bounds min of f d + d^2/(2 tau) over the room of input k, with the error of the bound.
func (r *Region) tangent(k int, f, tau float64) (value, penalty float64) {
	lo, hi := r.lower[k]-r.x[k], r.upper[k]-r.x[k]
	d := min(max(-tau*f, lo), hi)
	slope := f + d/tau
	step := min(slope*(lo-d), slope*(hi-d))
	value = f*d + d*d/(2*tau) + step
	width := up(hi-lo) * (1 + 4*unit)
	return value, 16*unit*(math.Abs(f*d)+d*d/tau+(math.Abs(f)+math.Abs(d)/tau)*width) + math.Abs(slope)*width*4*unit
}

// minimumL1 is the dual of an l_1 ball.
func (r *Region) minimumL1(v []float64) float64 { return r.dualL1(v, r.stepL1(v)) }

// dualL1 is v . x - mu eps - sum_k room_k max(0, |v_k| - mu), a bound for every mu >= 0; without a box room is
// infinite, so only the largest |v_k| or more gives a bound.
func (r *Region) dualL1(v []float64, mu float64) float64 {
	if !(mu >= 0) {
		return math.Inf(-1)
	}
	dot, size := r.atCentre(v)
	var s sum
	s.add(dot, size)
	s.add(-mu*r.ball.Eps, 2*unit*mu*r.ball.Eps)
	for k, f := range v {
		if excess := math.Abs(f) - mu; !(excess <= 0) {
			room := up(r.x[k] - r.lower[k])
			if f < 0 {
				room = up(r.upper[k] - r.x[k])
			}
			s.add(-excess*room, 4*unit*excess*room)
		}
	}
	return s.lower()
}

// atCentre is v . x and a bound of its error.
func (r *Region) atCentre(v []float64) (dot, penalty float64) {
	size := 0.0
	for k, f := range v {
		dot += f * r.x[k]
		size += math.Abs(f * r.x[k])
	}
	return dot, gamma(len(v)) * inflate(size)
}

func squares(v []float64) float64 {
	s := 0.0
	for _, f := range v {
		s += f * f
	}
	return s
}
