package cert

import (
	"cmp"
	"math"
	"slices"
)

// multiplier is nu, the entry over a unit's input, for h over its output; with l >= 0 and nu = h, or u <= 0 and nu = 0,
// it costs nothing.
func (r Rule) multiplier(h, l, u float64) float64 {
	switch {
	case r == Interval || u <= 0:
		return 0
	case l >= 0:
		return h
	case r == FastLin || h < 0:
		return u / (u - l) * h
	case u > -l:
		return h
	}
	return 0
}

// slopes are nu/h for either sign of h: the rule's, or for the lower line of an unstable unit that which is exact at
// the values of the pass.
func (p *pass) slopes(vertex, unit int, l, u float64) (negative, positive float64) {
	negative, positive = -p.rule.multiplier(-1, l, u), p.rule.multiplier(1, l, u)
	if p.active != nil && l < 0 && u > 0 {
		positive = slopeAt(p.active[vertex][unit])
	}
	return negative, positive
}

// corner is an input where v . x is least over the hull of the region.
func (r *Region) corner(v []float64) []float64 {
	x := make([]float64, len(v))
	for k, f := range v {
		if x[k] = r.lower[k]; f < 0 {
			x[k] = r.upper[k]
		}
	}
	return x
}

// valuesAt are those of all vertices at x, in float64 without error bounds.
func (r *Region) valuesAt(x []float64) [][]float64 {
	values := make([][]float64, len(r.net.vertices))
	values[input] = x
	for i := 1; i < len(values); i++ {
		v := &r.net.vertices[i]
		in := values[v.from[0]]
		switch v.kind {
		case affineVertex:
			values[i], _, _ = v.weight.products(v.size, &r.sums, in, in, in)
			for j, b := range v.bias {
				values[i][j] += b
			}
		case reluVertex:
			values[i] = v.activate(in)
		case sumVertex:
			values[i] = slices.Clone(in)
			for _, f := range v.from[1:] {
				for j, a := range values[f] {
					values[i][j] += a
				}
			}
		}
	}
	return values
}

// activate is an activation's output, about.
func (v *vertex) activate(in []float64) []float64 {
	out := make([]float64, len(in))
	v.activateInto(out, in)
	return out
}

func (v *vertex) activateInto(out, in []float64) {
	for j, z := range in {
		if out[j] = max(z, 0); v.curve != nil {
			out[j] = v.curve.near(z)
		}
	}
}

// slopeAt is about an activation's slope; at a relu's kink, that of the side on which something moves.
func (v *vertex) slopeAt(z float64) float64 {
	if v.curve != nil {
		return v.curve.steep(z)
	}
	if z >= 0 {
		return 1
	}
	return 0
}

// stepL2 finds tau with ||clip(-tau v)||_2 = eps by bisection; 0 if the box binds everywhere. Any value is sound.
func (r *Region) stepL2(v []float64) float64 {
	length := func(tau float64) float64 {
		s := 0.0
		for k, f := range v {
			d := min(max(-tau*f, r.lower[k]-r.x[k]), r.upper[k]-r.x[k])
			s += d * d
		}
		return math.Sqrt(s)
	}
	norm := math.Sqrt(squares(v))
	if norm == 0 || r.ball.Eps == 0 {
		return 0
	}
	low, high := 0.0, r.ball.Eps/norm
	for i := 0; length(high) < r.ball.Eps; i++ {
		if i == 200 {
			return 0
		}
		low, high = high, 2*high
	}
	for range 60 {
		if mid := (low + high) / 2; length(mid) < r.ball.Eps {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

// stepL1 is the |v_k| on which the last of eps is spent when the largest are served first.
func (r *Region) stepL1(v []float64) float64 {
	order := make([]int, len(v))
	for k := range order {
		order[k] = k
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(math.Abs(v[j]), math.Abs(v[i])) })
	if r.ball.Box == nil {
		return math.Abs(v[order[0]])
	}
	left := r.ball.Eps
	for _, k := range order {
		if v[k] > 0 {
			left -= r.x[k] - r.lower[k]
		} else {
			left -= r.upper[k] - r.x[k]
		}
		if left <= 0 {
			return math.Abs(v[k])
		}
	}
	return 0
}
