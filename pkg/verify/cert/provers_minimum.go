package cert

import (
	"cmp"
	"math"
	"slices"

	"tightrope/pkg/ball"
)

// Minimizer is about an input of the region where v . x is least. It may lie outside by rounding.
func (r *Region) Minimizer(v []float64) []float64 {
	switch r.ball.Norm {
	case ball.L2:
		if tau := r.stepL2(v); tau > 0 {
			x := make([]float64, len(v))
			for k, f := range v {
				x[k] = min(max(r.x[k]-tau*f, r.lower[k]), r.upper[k])
			}
			return x
		}
	case ball.L1:
		return r.greedy(v)
	}
	return r.corner(v)
}

// greedy spends the radius of an l_1 ball on the largest |v_k| first, each up to its room.
func (r *Region) greedy(v []float64) []float64 {
	order := make([]int, len(v))
	for k := range order {
		order[k] = k
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(math.Abs(v[j]), math.Abs(v[i])) })
	x, left := slices.Clone(r.x), r.ball.Eps
	for _, k := range order {
		room := r.upper[k] - r.x[k]
		if v[k] > 0 {
			room = r.x[k] - r.lower[k]
		}
		d := min(room, left)
		if left -= d; v[k] > 0 {
			d = -d
		}
		if x[k] += d; left <= 0 {
			break
		}
	}
	return x
}
