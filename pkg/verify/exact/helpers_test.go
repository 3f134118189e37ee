package exact

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/highs"
)

// DualBound bounds c . values(node) from below over the ball by the Lagrangian dual
// of the triangle program, for any multipliers nu [relus][units] whatever: going
// back from the node, the gradient h at a relu's output is replaced by nu at its
// input, at the cost of
//
//	min over the triangle of h a - nu z = min(-nu l, 0, (h - nu) u)   unstable
//	min over [l, u] of (h - nu) z                                     active
//	0, with nu = 0                                                    inactive
//
// With the multipliers of LPBound it gives the program's value again, through the
// network alone: an independent check of the encoding. Where 0 <= nu <= h it is
// backward substitution with the lower slope alpha = nu/h (Salman et al. 2019).
// Rounding errors of float64 are not accounted for.
func DualBound(n *Net, ball *Ball, bounds *cert.Bounds, node int, c []float64, all cert.Floats) (float64, error) {
	if err := checkAll(n, ball, bounds); err != nil {
		return 0, err
	}
	if len(c) != n.ops[node].Size || len(all) != len(everyUnit(n)) {
		return 0, fmt.Errorf("%d coefficients for node %d of %d units and %d multipliers", len(c), node,
			n.ops[node].Size, len(all))
	}
	nu := make([][]float64, len(n.relus))
	for i, u := range everyUnit(n) {
		nu[u.Relu] = append(nu[u.Relu], all[i])
	}
	gradient := make([][]float64, len(n.ops))
	for i := range gradient {
		gradient[i] = make([]float64, n.ops[i].Size)
	}
	copy(gradient[node], c)
	sum := 0.0
	for i := node; i > 0; i-- {
		d := &n.ops[i]
		if !d.Relu {
			sum += adjoint(d, gradient[i], gradient)
		} else {
			k := n.layer[i]
			sum += relax(bounds.Lower[k], bounds.Upper[k], gradient[i], nu[k], gradient[d.From[0]])
		}
	}
	return sum + ball.minimum(gradient[0]), nil
}

// everyUnit lists the units of all relus.
func everyUnit(n *Net) (all []cert.Unit) {
	for k, id := range n.relus {
		for j := range n.ops[id].Size {
			all = append(all, cert.Unit{Relu: k, Unit: j})
		}
	}
	return all
}

// adjoint adds the gradient at a linear node's output to its inputs' gradients and
// returns the bias's share.
func adjoint(d *cert.Op, out []float64, gradient [][]float64) float64 {
	if d.Bias == nil {
		for _, from := range d.From {
			for j, g := range out {
				gradient[from][j] += g
			}
		}
		return 0
	}
	for i, g := range out {
		index, weight := row(d, i)
		for k, j := range index {
			gradient[d.From[0]][j] += g * weight[k]
		}
	}
	return dot(out, d.Bias)
}

// relax adds nu to the gradient at a relu's input and returns the relaxation's cost.
func relax(lowers, uppers, h, nu, in []float64) float64 {
	cost := 0.0
	for j := range h {
		lower, upper := lowers[j], uppers[j]
		switch {
		case upper <= 0:
			continue
		case lower >= 0:
			cost += min((h[j]-nu[j])*lower, (h[j]-nu[j])*upper)
		default:
			cost += min(-nu[j]*lower, 0, (h[j]-nu[j])*upper)
		}
		in[j] += nu[j]
	}
	return cost
}

// minimum returns the least value of v.x over the ball. For l_1 the whole radius is
// spent on the largest |v_k| first, each up to its side of the box.
func (b *Ball) minimum(v []float64) float64 {
	if !b.l1() {
		sum := 0.0
		for k, factor := range v {
			lower, upper := b.Range(k)
			sum += min(factor*lower, factor*upper)
		}
		return sum
	}
	order := make([]int, len(v))
	for k := range order {
		order[k] = k
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(math.Abs(v[j]), math.Abs(v[i])) })
	sum, left := dot(v, b.Center), b.Eps
	for _, k := range order {
		lower, upper := b.Range(k)
		room := upper - b.Center[k]
		if v[k] > 0 {
			room = b.Center[k] - lower
		}
		step := min(room, left)
		sum, left = sum-math.Abs(v[k])*step, left-step
	}
	return sum
}

// String returns the verdict in lower case.
func (v Verdict) String() string {
	return [...]string{"unknown", "certified", "falsified"}[v]
}

// Verdict is Certified where the Safe bound is positive, Falsified where the real
// network is negative at X, and Unknown for every solve that did not end well.
func (b *LPBound) Verdict() Verdict {
	switch {
	case b.Status != highs.Optimal:
		return Unknown
	case b.Safe > 0:
		return Certified
	case b.Margin < 0:
		return Falsified
	}
	return Unknown
}

// Verdict about one margin.
type Verdict int

const (
	// Unknown: neither proved nor refuted.
	Unknown Verdict = iota
	// Certified: positive at every point of the ball.
	Certified
	// Falsified: negative at a point of the ball, which was evaluated.
	Falsified
)

// Verdict is Falsified where the real network is negative at X, Certified where the solver says that it is positive.
func (r *MILPResult) Verdict() Verdict {
	switch {
	case r.Margin < 0:
		return Falsified
	case r.Positive():
		return Certified
	}
	return Unknown
}
