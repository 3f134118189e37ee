package cert

import "math"

// unit is the largest relative error of one rounded operation in float64, 2^-53.
const unit = 0x1p-53

// underflow is more than all absolute errors by underflow of one pass together: each is at most 2^-1074 times a
// magnitude, there are fewer than 2^50 operations, and [Region] refuses magnitudes above largest.
const underflow = 1e-150

// largest magnitude of a value that the error analysis allows.
const largest = 1e100

// gamma bounds the relative error of a sum of n products, in any order and with or without fused operations:
// n u/(1-n u) (Higham 2002, section 3.1), with a little room for its own rounding.
func gamma(n int) float64 {
	nu := float64(n+1) * unit
	return nu / (1 - nu) * 1.000001
}

// inflate is at least the exact value of a sum of non-negative products that was computed as x; it allows 4 million terms.
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

// lower is at most the exact sum; NaN or -Inf where anything overflowed.
func (s *sum) lower() float64 {
	return down(s.value - (s.partial*unit*(1+1e-9) + s.penalty*(1+1e-9) + underflow))
}
