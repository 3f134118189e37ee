package bab

import (
	"cmp"
	"math"
	"slices"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
)

// inputs describes the inputs that matter as x = centre + radius * s. For l_inf, s is in [-1, 1]. For the other norms
// radius is eps, and s has a norm of at most 1 and stays within the room that the box leaves.
type inputs struct {
	ball     ball.Ball
	clean    []float64 // x
	columns  []int     // the inputs that matter
	centre   []float64 // of all inputs
	radius   []float64
	down, up []float64 // room of s in each column, for l_2 and l_1
}

func newInputs(c *cert.Condensed, b ball.Ball, x []float64) inputs {
	in := inputs{ball: b, clean: x, centre: x, radius: make([]float64, len(x))}
	lower, upper := b.Bounds(x)
	if b.Norm == ball.Linf {
		in.centre = make([]float64, len(x))
	}
	for k := range x {
		in.radius[k] = b.Eps
		if b.Norm == ball.Linf {
			in.centre[k], in.radius[k] = (lower[k]+upper[k])/2, (upper[k]-lower[k])/2
		}
		if upper[k] > lower[k] && matters(c, k) {
			in.columns = append(in.columns, k)
			in.down, in.up = append(in.down, (lower[k]-x[k])/b.Eps), append(in.up, (upper[k]-x[k])/b.Eps)
		}
	}
	return in
}

// matters reports whether some row depends on input k.
func matters(c *cert.Condensed, k int) bool {
	for i := range c.Rows {
		if c.Rows[i].Input[k] != 0 {
			return true
		}
	}
	return false
}

// constant returns the value of a row at s = 0, without its units.
func (in *inputs) constant(from *cert.Row) float64 {
	c := from.Constant
	for k, f := range from.Input {
		c += f * in.centre[k]
	}
	return c
}

// scale writes a row over s, multiplied by a factor, and returns its constant at s = 0.
func (in *inputs) scale(from *cert.Row, factor float64, out []float32) float32 {
	for q, k := range in.columns {
		out[q] = float32(from.Input[k] * in.radius[k] * factor)
	}
	return float32(in.constant(from) * factor)
}

// minimum returns the least v . s over the ball, and sets star to an s where it is attained.
func (in *inputs) minimum(v, star []float32) float32 {
	v, star = v[:len(in.columns)], star[:len(in.columns)]
	switch in.ball.Norm {
	case ball.Linf:
		return signs(v, star)
	case ball.L2:
		return in.euclidean(v, star)
	}
	return in.greedy(v, star)
}

// signs returns minus the sum of |v|, and sets star to minus the sign of v.
func signs(v, star []float32) float32 {
	s := float32(0)
	for k, f := range v {
		b := math.Float32bits(f)
		s += math.Float32frombits(b &^ (1 << 31))
		star[k] = math.Float32frombits(0x3f800000 | (b&(1<<31) ^ (1 << 31)))
	}
	return -s
}

// euclidean bisects the length tau of the step clip(-tau v) until its norm is 1, or until the box binds everywhere.
func (in *inputs) euclidean(v, star []float32) float32 {
	norm := 0.0
	for _, f := range v {
		norm += float64(f) * float64(f)
	}
	if norm == 0 {
		clear(star)
		return 0
	}
	low, high := 0.0, 1/math.Sqrt(norm)
	for i := 0; i < 60 && in.step(v, star, high) < 1; i++ {
		low, high = high, 2*high
	}
	for range 40 {
		if mid := (low + high) / 2; in.step(v, star, mid) < 1 {
			low = mid
		} else {
			high = mid
		}
	}
	in.step(v, star, low)
	return product(v, star)
}

// step sets star to clip(-tau v) and returns its norm.
func (in *inputs) step(v, star []float32, tau float64) float64 {
	s := 0.0
	for k, f := range v {
		d := min(max(-tau*float64(f), in.down[k]), in.up[k])
		star[k] = float32(d)
		s += d * d
	}
	return math.Sqrt(s)
}

// greedy spends the radius on the largest |v_k| first, up to the room of each.
func (in *inputs) greedy(v, star []float32) float32 {
	order := make([]int, len(v))
	for k := range order {
		order[k] = k
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(abs(v[j]), abs(v[i])) })
	clear(star)
	left := 1.0
	for _, k := range order {
		room := in.up[k]
		if v[k] > 0 {
			room = -in.down[k]
		}
		d := min(room, left)
		left -= d
		if v[k] > 0 {
			d = -d
		}
		star[k] = float32(d)
		if left <= 0 {
			break
		}
	}
	return product(v, star)
}

func product(v, s []float32) float32 {
	sum := float32(0)
	for k, f := range v {
		sum += f * s[k]
	}
	return sum
}

func abs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }

// point returns the input at s. If rounding has put it outside the ball, it is moved inside.
func (in *inputs) point(s []float32) []float64 {
	x := append([]float64(nil), in.clean...)
	for q, k := range in.columns {
		x[k] = in.centre[k] + float64(s[q])*in.radius[k]
	}
	return cert.Clip(in.ball, in.clean, x)
}
