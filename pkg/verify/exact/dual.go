package exact

import (
	"math"

	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/highs"
)

// safeBound returns a lower bound of the LP
//
//	offset + min cost.x  subject to the rows and columns of q
//
// by weak duality: for any multipliers y of the rows, offset + sum_i y_i side_i + sum_j min over [l_j,u_j] of (cost -
// A^T y)_j x_j, where side_i is the row's lower side if y_i > 0 and its upper side otherwise; a multiplier of an
// infinite side is dropped. It holds whatever y is: a good solver only makes it tight. The errors of the float64 sums
// are bounded by gamma_n sum |terms| (Higham 2002, section 3.1) and subtracted, so the bound holds for the program as
// it is stored. All columns must have finite bounds.
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

// multipliers reads the multipliers nu of z = expression of some units; zero for those without a column. The costs were
// counted in a scale.
func (p *program) multipliers(of []cert.Unit, rowDual []float64, scale float64) cert.Floats {
	all := map[cert.Unit]float64{}
	for _, v := range p.units {
		all[cert.Unit{Relu: v.layer, Unit: v.index}] = rowDual[v.row] * (scale / v.scale)
	}
	nu := make(cert.Floats, len(of))
	for i, u := range of {
		nu[i] = all[u]
	}
	return nu
}
