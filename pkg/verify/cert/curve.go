package cert

import "math"

// curve is a smooth increasing activation f other than relu, convex, or S-shaped: convex below 0 and concave above,
// with f(z) - f(0) odd. Values and slopes are enclosed; approximations choose lines, which any choice makes sound.
type curve struct {
	name         string
	convex       bool    // else S-shaped
	steepest     float64 // the largest slope
	value, slope func(z float64) span
	near, steep  func(z float64) float64 // about f(z) and f'(z)
	level        func(s float64) float64 // about the z with f'(z) = s, of S-shaped ones that which is not negative
}

// curves are those that certificates know, by the types of their layers.
var curves = map[string]*curve{
	"sigmoid": {name: "sigmoid", steepest: 0.25, value: sigmoid, slope: sigmoidSlope, near: nearSigmoid,
		steep: func(z float64) float64 { return nearSigmoid(z) * nearSigmoid(-z) },
		level: func(s float64) float64 { return 2 * steepLevel(4*s) }},
	"tanh": {name: "tanh", steepest: 1, value: tanh, slope: tanhSlope, near: math.Tanh, level: steepLevel,
		steep: func(z float64) float64 { return 4 * nearSigmoid(2*z) * nearSigmoid(-2*z) }},
	"softplus": {name: "softplus", convex: true, steepest: 1, value: softplus, slope: sigmoid,
		near:  func(z float64) float64 { return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) },
		steep: nearSigmoid,
		level: func(s float64) float64 { s = min(max(s, 0), 1); return math.Log(s) - math.Log1p(-s) }},
}

// sigmoid is 1/(1+e) for z >= 0, else e/(1+e), where e = e^-|z|.
func sigmoid(z float64) span {
	e := exp(-math.Abs(z))
	whole := point(1).plus(e)
	if z >= 0 {
		return point(1).over(whole).within(span{0, 1})
	}
	// e/(1+e) increases with e: its bounds are at the ends.
	return span{down(e.lo / up(1+e.lo)), up(e.hi / down(1+e.hi))}.within(span{0, 1})
}

// sigmoidSlope is e/(1+e)^2 for e = e^-|z|, which increases with e from 0 to 1.
func sigmoidSlope(z float64) span { return bell(exp(-math.Abs(z))).within(span{0, 0.25}) }

// bell is e/(1+e)^2 for e in [0, 1].
func bell(e span) span {
	low, high := point(1).plus(point(e.lo)), point(1).plus(point(e.hi))
	return span{down(e.lo / up(low.hi*low.hi)), up(e.hi / down(high.lo*high.lo))}
}

// tanh is (1-e)/(1+e) for e = e^-2z and z >= 0, and odd. Near 0, where 1-e is mostly rounding, it lies between
// z - z^3/3 and z - z^3/3 + 2z^5/15.
func tanh(z float64) span {
	if z < 0 {
		t := tanh(-z)
		return span{-t.hi, -t.lo}
	}
	e := exp(-2 * z)
	t := point(1).minus(e).over(point(1).plus(e)).within(span{0, 1})
	if z > 0x1p-6 {
		return t
	}
	x := point(z)
	square := x.times(x)
	cube := square.times(x)
	low := x.minus(cube.over(point(3)))
	high := low.plus(cube.times(square).times(point(2)).over(point(15)))
	return t.within(span{low.lo, high.hi})
}

// tanhSlope is 4e/(1+e)^2 for e = e^-2|z|.
func tanhSlope(z float64) span {
	return bell(exp(-2 * math.Abs(z))).times(point(4)).within(span{0, 1})
}

// softplus is log(1+e^z), that is max(z, 0) + log(1+e^-|z|).
func softplus(z float64) span {
	s := log1p(exp(-math.Abs(z)))
	if z > 0 {
		s = point(z).plus(s)
	}
	return s
}

func nearSigmoid(z float64) float64 {
	e := math.Exp(-math.Abs(z))
	if z < 0 {
		return e / (1 + e)
	}
	return 1 / (1 + e)
}

// steepLevel is about the z >= 0 at which tanh has the slope s.
func steepLevel(s float64) float64 {
	s = min(max(s, 0), 1)
	return math.Log1p(math.Sqrt(1-s)) - math.Log(s)/2
}

// reach bounds the values of f over [l, u].
func (f *curve) reach(l, u float64) (lower, upper float64) { return f.value(l).lo, f.value(u).hi }

// least is at most sign (f(z) - s z) for every z of [l, u], sign 1 or -1. Where that is concave, it is least at an end.
// Where it is convex, it lies above its tangent at any point.
func (f *curve) least(sign, s, l, u float64) float64 {
	if f.convex {
		return f.piece(sign, s, l, u, sign > 0)
	}
	least := math.Inf(1)
	if l <= 0 {
		least = f.piece(sign, s, l, min(u, 0), sign > 0)
	}
	if u >= 0 {
		least = min(least, f.piece(sign, s, max(l, 0), u, sign < 0))
	}
	return least
}

// piece is least where sign f is convex, or concave, all over [a, b].
func (f *curve) piece(sign, s, a, b float64, convex bool) float64 {
	if !convex {
		return min(f.at(sign, s, a).lo, f.at(sign, s, b).lo)
	}
	z := f.level(s)
	if !f.convex && b <= 0 {
		z = -z
	}
	if z = min(max(z, a), b); math.IsNaN(z) {
		z = a
	}
	slope := f.slope(z).minus(point(s))
	if sign < 0 {
		slope = span{-slope.hi, -slope.lo}
	}
	right := min(0, down(slope.lo*up(b-z))) // up to b, no lower than this far below the value at z
	left := min(0, down(-slope.hi*up(z-a)))
	return down(f.at(sign, s, z).lo + min(left, right))
}

// at is sign (f(z) - s z).
func (f *curve) at(sign, s, z float64) span {
	v := f.value(z).minus(point(s).times(point(z)))
	if sign < 0 {
		return span{-v.hi, -v.lo}
	}
	return v
}
