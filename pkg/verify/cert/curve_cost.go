package cert

import "math"

// cost is at most min over l <= z <= u of h f(z) - nu z, for allowed numbers h and nu. With the slope s = nu/h as it is
// rounded,
//
//	h f(z) - nu z = |h| sign(h) (f(z) - s z) + (h s - nu) z,
//
// where a fused multiply-add gives what is left, h s - nu, up to its own rounding. A slope that is no number of the
// range of the error analysis is not used: f is then bounded by its values at l and u.
func (f *curve) cost(h, nu, l, u float64) float64 {
	s := nu / h
	if h == 0 || !allowed(s) {
		low, high := f.reach(l, u)
		size := up(math.Abs(h) * max(math.Abs(low), math.Abs(high)))
		return down(down(min(-nu*l, -nu*u)) - size)
	}
	rest := up(up(math.Abs(math.FMA(h, s, -nu))) * max(math.Abs(l), math.Abs(u)))
	return down(down(math.Abs(h)*f.least(math.Copysign(1, h), s, l, u)) - rest)
}
