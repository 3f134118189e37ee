package cert

import "math"

// span is a number known to lie in [lo, hi].
type span struct{ lo, hi float64 }

// plus is the sum, rounded outwards.
func (s span) plus(t span) span { return span{down(s.lo + t.lo), up(s.hi + t.hi)} }

// minus is the difference, rounded outwards.
func (s span) minus(t span) span { return span{down(s.lo - t.hi), up(s.hi - t.lo)} }

// times is the product, rounded outwards.
func (s span) times(t span) span {
	a, b, c, d := s.lo*t.lo, s.lo*t.hi, s.hi*t.lo, s.hi*t.hi
	return span{down(min(a, b, c, d)), up(max(a, b, c, d))}
}

// over is the quotient by a span of positive numbers, rounded outwards.
func (s span) over(t span) span {
	a, b, c, d := s.lo/t.lo, s.lo/t.hi, s.hi/t.lo, s.hi/t.hi
	return span{down(min(a, b, c, d)), up(max(a, b, c, d))}
}

// within is what both spans hold.
func (s span) within(t span) span { return span{max(s.lo, t.lo), min(s.hi, t.hi)} }

// point is a span of one number.
func point(x float64) span { return span{x, x} }

// The logarithm of 2 is ln2High, which has 33 significant bits, so that its products with whole numbers below 2^20 are
// exact, and a number of ln2Low.
const (
	ln2High = 0x1.62e42feep-1
	ln2Rest = 0x1.a39ef35793c76p-33
)

var ln2Low = span{down(ln2Rest), up(ln2Rest)}

// The exponential. Below underflowing, e^x is at most floor.
const (
	underflowing = -700
	floor        = 1e-300
	terms        = 20 // of its series, and of that of the logarithm
)

// exp encloses e^x for x <= 0. With a whole number k, r = x - k log 2 is within 0.4 of 0, and
//
//	e^r = 1 + r/1 (1 + r/2 (1 + ... r/n T)),  T = 1 + r/(n+1) (1 + r/(n+2) (...)),
//
// where |T - 1| is at most the sum of (|r|/(n+1))^j over j >= 1, which is below 0.02 for n = 20. Every operation is
// rounded outwards, so that no property of the library's exponential is used; which k is chosen does not matter.
func exp(x float64) span {
	if !(x >= underflowing) {
		return span{0, floor}
	}
	k := math.Floor(x/math.Ln2 + 0.5)
	r := point(x).minus(point(k * ln2High)).minus(point(k).times(ln2Low))
	if !(r.lo >= -0.4 && r.hi <= 0.4) {
		return span{0, 1}
	}
	s := span{0.98, 1.02}
	for n := terms; n >= 1; n-- {
		s = point(1).plus(r.over(point(float64(n))).times(s))
	}
	return span{math.Ldexp(s.lo, int(k)), math.Ldexp(s.hi, int(k))}.within(span{0, 1}) // exact: no result is subnormal
}

// log1p encloses log(1+e) for e in [0, 1]: 2 artanh(w) for w = e/(2+e) <= 1/3, that is
//
//	2 w (1 + v/3 + v^2/5 + ...),  v = w^2 <= 1/9,
//
// whose terms from v^n/(2n+1) on sum up to that term times a number from 1 to 1/(1-v) <= 9/8.
func log1p(e span) span {
	w := e.over(point(2).plus(e))
	v := w.times(w)
	s := span{1, 1.125}.over(point(2*terms + 1))
	for n := terms - 1; n >= 0; n-- {
		s = point(1).over(point(float64(2*n + 1))).plus(v.times(s))
	}
	return w.times(point(2)).times(s).within(span{0, 1})
}
