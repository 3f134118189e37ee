package powers

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestPowerOfTwo: scaling by it is exact and leaves a size in [1, 2), but at the ends of the range.
func TestPowerOfTwo(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10000 {
		x := math.Ldexp(1+rng.Float64(), rng.IntN(1900)-950)
		if rng.IntN(2) == 0 {
			x = -x
		}
		s := OfTwo(x)
		if part := math.Abs(x) / s; part < 1 || part >= 2 || x/s*s != x {
			t.Fatalf("%g is counted in %g", x, s)
		}
	}
	for x, want := range map[float64]float64{0: 1, math.Inf(1): 1, math.Inf(-1): 1, 1: 1, 8: 8, 7.9: 4,
		math.SmallestNonzeroFloat64: math.Ldexp(1, -mostExponent), math.MaxFloat64: math.Ldexp(1, mostExponent)} {
		if got := OfTwo(x); got != want {
			t.Errorf("%g is counted in %g, want %g", x, got, want)
		}
	}
	if OfTwo(math.NaN()) != 1 {
		t.Error("NaN")
	}
}
