// Package powers counts numbers in powers of two, by which scaling costs no rounding.
package powers

import "math"

// mostExponent keeps scales and their inverses within float64.
const mostExponent = 1000

// OfTwo is the largest power of two up to |x|, and at least 2^-1000; 1 for 0 and for what is not finite.
func OfTwo(x float64) float64 {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return 1
	}
	_, e := math.Frexp(x)
	return math.Ldexp(1, min(max(e-1, -mostExponent), mostExponent))
}
