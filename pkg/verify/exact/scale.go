package exact

import "math"

// mostExponent keeps scales and their inverses within float64.
const mostExponent = 1000

// powerOfTwo is the largest power of two up to |x|; 1 for 0 and for what is not finite. Scaling by it costs no rounding.
func powerOfTwo(x float64) float64 {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return 1
	}
	_, e := math.Frexp(x)
	return math.Ldexp(1, min(max(e-1, -mostExponent), mostExponent))
}
