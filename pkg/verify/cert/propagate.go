package cert

import (
	"fmt"
	"math"
	"slices"

	"tightrope/pkg/ball"
)

// propagate bounds every vertex by intervals (IBP), rounded outwards; refine gets each relu in order with the interval
// of its input and may tighten it in place. What no relu is before is bounded once.
func (r *Region) propagate(refine func(relu int, z interval) error) error {
	count, linear := len(r.net.vertices), r.linear
	if r.values == nil {
		r.values, r.sizes, r.reach = make([]interval, count), make([][]float64, count), make([][]float64, count)
	}
	r.values[input], r.sizes[input] = interval{r.lower, r.upper}, r.size
	if err := r.magnitude(input); err != nil {
		return err
	}
	for i := 1; i < count; i++ {
		v := &r.net.vertices[i]
		if i < linear {
			continue
		}
		if v.kind == reluVertex && r.linear == 0 {
			r.linear = i
		}
		switch v.kind {
		case affineVertex:
			r.values[i], r.reach[i] = r.affine(v)
			if r.ball.Norm != ball.Linf && !r.net.afterRelu(i) {
				r.byRows(i)
			}
		case sumVertex:
			r.values[i] = r.sum(v)
			if v.native != nil {
				v.native.Tighten(r.values[i].lower, r.values[i].upper, func(f int) (lower, upper []float64) {
					return r.values[f].lower, r.values[f].upper
				})
			}
		case reluVertex:
			z := r.values[v.from[0]].clone()
			if err := refine(v.relu, z); err != nil {
				return err
			}
			if r.values[i] = z.relu(); v.curve != nil {
				r.values[i] = z.through(v.curve)
			}
		}
		r.sizes[i] = r.values[i].size()
		if err := r.magnitude(i); err != nil {
			return err
		}
	}
	return nil
}

// magnitude refuses values for which the analysis of rounding errors does not hold.
func (r *Region) magnitude(vertex int) error {
	for _, s := range r.sizes[vertex] {
		if !allowed(s) {
			return fmt.Errorf("values of vertex %d may reach %v: the network's weights or inputs are too large for "+
				"a certificate", vertex, s)
		}
	}
	return nil
}

func (z interval) clone() interval {
	return interval{append([]float64(nil), z.lower...), append([]float64(nil), z.upper...)}
}

func (z interval) relu() interval {
	a := z.clone()
	for j := range a.lower {
		a.lower[j], a.upper[j] = max(a.lower[j], 0), max(a.upper[j], 0)
	}
	return a
}

// through is the interval of a smooth activation.
func (z interval) through(f *curve) interval {
	a := z.clone()
	for j := range a.lower {
		a.lower[j], a.upper[j] = f.reach(z.lower[j], z.upper[j])
	}
	return a
}

func (z interval) size() []float64 {
	s := make([]float64, len(z.lower))
	for j := range s {
		s[j] = max(math.Abs(z.lower[j]), math.Abs(z.upper[j]))
	}
	return s
}

// affine bounds W a + b, and sum_j |W_ij| |a_j| + |b_i| from above, by centre and radius of a.
func (r *Region) affine(v *vertex) (interval, []float64) {
	in, size := r.values[v.from[0]], r.sizes[v.from[0]]
	centre, radius := in.centred()
	out := interval{make([]float64, v.size), make([]float64, v.size)}
	reach := make([]float64, v.size)
	middle, width, total := v.weight.products(v.size, &r.sums, centre, radius, size)
	for i := range reach {
		_, value := v.weight.row(i)
		// |centre| + radius is at most size, up to roundings that inflate covers
		reach[i] = inflate(inflate(total[i]) + math.Abs(v.bias[i]))
		slack := gamma(len(value)+4)*2*reach[i] + underflow
		out.lower[i] = down(middle[i] - width[i] + v.bias[i] - slack)
		out.upper[i] = up(middle[i] + width[i] + v.bias[i] + slack)
	}
	return out, reach
}

// centred is a centre and a radius that contain the interval.
func (z interval) centred() (centre, radius []float64) {
	centre, radius = make([]float64, len(z.lower)), make([]float64, len(z.lower))
	for j, l := range z.lower {
		u := z.upper[j]
		centre[j] = l + (u-l)/2
		radius[j] = up(max(u-centre[j], centre[j]-l))
	}
	return centre, radius
}

// byRows bounds a linear function of the input by the dual norm of its rows (Appendix F of the paper), since the hull
// of an l_2 or l_1 ball is far larger than the ball.
func (r *Region) byRows(i int) {
	all := make([]int, r.net.vertices[i].size)
	for j := range all {
		all[j] = j
	}
	p := r.newPass(nil, FastLin)
	for part := range slices.Chunk(all, lanes) {
		p.units(i, part, r.values[i])
	}
}

func (r *Region) sum(v *vertex) interval {
	out := r.values[v.from[0]].clone()
	for _, f := range v.from[1:] {
		for j := range out.lower {
			out.lower[j] = down(out.lower[j] + r.values[f].lower[j])
			out.upper[j] = up(out.upper[j] + r.values[f].upper[j])
		}
	}
	return out
}
