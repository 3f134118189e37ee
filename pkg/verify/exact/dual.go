package exact

import (
	"fmt"
	"math"

	"tightrope/pkg/verify/highs"
)

// safeBound returns a lower bound of the LP
//
//	offset + min cost.x  subject to the rows and columns of q
//
// by weak duality: for any multipliers y of the rows,
// offset + sum_i y_i side_i + sum_j min over [l_j,u_j] of (cost - A^T y)_j x_j,
// where side_i is the row's lower side if y_i > 0 and its upper side otherwise; a
// multiplier of an infinite side is dropped. It holds whatever y is: a good solver
// only makes it tight. The errors of the float64 sums are bounded by
// gamma_n sum |terms| (Higham 2002, section 3.1) and subtracted, so the bound holds
// for the program as it is stored. All columns must have finite bounds.
func safeBound(q *highs.Problem, cost []float64, offset float64, y []float64) float64 {
	if len(y) != len(q.RowLower) {
		return math.Inf(-1)
	}
	reduced := append([]float64(nil), cost...)
	size := make([]float64, len(cost)) // of the terms of reduced
	for j, c := range cost {
		size[j] = math.Abs(c)
	}
	sum, terms := offset, math.Abs(offset)
	for i, multiplier := range y {
		side := q.RowLower[i]
		if multiplier < 0 {
			side = q.RowUpper[i]
		}
		if multiplier == 0 || math.IsInf(side, 0) {
			continue
		}
		sum, terms = sum+multiplier*side, terms+math.Abs(multiplier*side)
		index, value := q.A.Row(i)
		for k, j := range index {
			product := multiplier * value[k]
			reduced[j] -= product
			size[j] += math.Abs(product)
		}
	}
	for j, r := range reduced {
		sum += min(r*q.ColLower[j], r*q.ColUpper[j])
		terms += size[j] * max(math.Abs(q.ColLower[j]), math.Abs(q.ColUpper[j]))
	}
	bound := sum - gamma(2*(len(y)+len(cost)+8))*terms
	if math.IsNaN(bound) {
		return math.Inf(-1)
	}
	return bound
}

// gamma is Higham's n u / (1 - n u), with u = 2^-53.
func gamma(n int) float64 {
	nu := float64(n) * 0x1p-53
	return nu / (1 - nu)
}

// multipliers reads the multipliers nu of z = expression, [relus][units]; zero for
// units without a column. The costs were counted in a scale.
func (p *program) multipliers(bounds Bounds, rowDual []float64, scale float64) [][]float64 {
	nu := make([][]float64, len(bounds))
	for k := range bounds {
		nu[k] = make([]float64, len(bounds[k].Lower))
	}
	for _, v := range p.units {
		nu[v.layer][v.index] = rowDual[v.row] * (scale / v.scale)
	}
	for _, v := range p.stable {
		nu[v.layer][v.index] = rowDual[v.row] * (scale / v.scale)
	}
	return nu
}

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
func DualBound(n *Net, ball *Ball, bounds Bounds, node NodeID, c []float64, nu [][]float64) (float64, error) {
	if err := checkAll(n, ball, bounds); err != nil {
		return 0, err
	}
	if len(c) != n.size(node) || len(nu) != len(bounds) {
		return 0, fmt.Errorf("%d coefficients for node %d of %d units and multipliers of %d relus of %d", len(c), node, n.size(node), len(nu), len(bounds))
	}
	gradient := make([][]float64, len(n.nodes))
	for i := range gradient {
		gradient[i] = make([]float64, n.nodes[i].size)
	}
	copy(gradient[node], c)
	sum := 0.0
	for i := node; i > 0; i-- {
		d := &n.nodes[i]
		if d.kind != reluNode {
			sum += d.adjoint(gradient[i], gradient)
		} else if k := d.relu; len(nu[k]) != d.size {
			return 0, fmt.Errorf("%d multipliers for relu %d of %d units", len(nu[k]), k, d.size)
		} else {
			sum += bounds[k].relax(gradient[i], nu[k], gradient[d.from[0]])
		}
	}
	return sum + ball.minimum(gradient[0]), nil
}

// adjoint adds the gradient at a linear node's output to its inputs' gradients and
// returns the bias's share.
func (d *node) adjoint(out []float64, gradient [][]float64) float64 {
	if d.kind == addNode {
		for _, from := range d.from {
			for j, g := range out {
				gradient[from][j] += g
			}
		}
		return 0
	}
	for i, g := range out {
		index, weight := d.weight.Row(i)
		for k, j := range index {
			gradient[d.from[0]][j] += g * weight[k]
		}
	}
	return dot(out, d.bias)
}

// relax adds nu to the gradient at a relu's input and returns the relaxation's cost.
func (l *Layer) relax(h, nu, in []float64) float64 {
	cost := 0.0
	for j := range h {
		lower, upper := l.Lower[j], l.Upper[j]
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
