package cert

import "math"

// unit is the largest relative error of one rounded operation in float64, 2^-53.
const unit = 0x1p-53

// underflow is more than all absolute errors by underflow of one pass together: each is at most 2^-1074 times a
// magnitude of at most largest, and there are fewer than 2^50 operations.
const underflow = 1e-150

// largest is the largest magnitude of a value, a weight, a coefficient or a multiplier that the error analysis allows.
// Products of two such numbers, and sums of as many products as a network has weights, stay finite: no term can be
// lost in an infinity.
const largest = 1e100

// allowed reports whether a number is in the range of the error analysis; NaN is not.
func allowed(x float64) bool { return math.Abs(x) <= largest }

// allAllowed reports whether every number is allowed.
func allAllowed(v []float64) bool {
	for _, x := range v {
		if !allowed(x) {
			return false
		}
	}
	return true
}

// gamma bounds the relative error of a sum of n products, in any order and with or without fused operations:
// n u/(1-n u) (Higham 2002, section 3.1), with a little room for its own rounding.
func gamma(n int) float64 {
	nu := float64(n+1) * unit
	return nu / (1 - nu) * 1.000001
}

// inflate is at least the exact value of a sum of non-negative products that was computed as x; it allows 4 million
// terms.
func inflate(x float64) float64 { return x*(1+1e-9) + underflow }

func down(x float64) float64 { return math.Nextafter(x, math.Inf(-1)) }

func up(x float64) float64 { return math.Nextafter(x, math.Inf(1)) }

// sum is a running sum with a bound of its rounding error.
type sum struct {
	value   float64
	partial float64 // sum of the sizes of all partial sums: each addition errs by at most unit times its result
	penalty float64 // errors of the terms themselves
}

// add adds a term whose own error is at most the penalty.
func (s *sum) add(x, penalty float64) {
	s.value += x
	s.partial += math.Abs(s.value)
	s.penalty += penalty
}

// lower is at most the exact sum; -Inf where anything overflowed. It is never NaN, which comparisons would drop.
func (s *sum) lower() float64 {
	bound := down(s.value - (s.partial*unit*(1+1e-9) + s.penalty*(1+1e-9) + underflow))
	if math.IsNaN(bound) || math.IsInf(bound, 1) {
		return math.Inf(-1)
	}
	return bound
}
