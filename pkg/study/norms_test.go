package study

import (
	"math"
	"testing"
)

// TestNormRatio: 1 where all weights have one size, 1/sqrt(n) where one is not 0.
func TestNormRatio(t *testing.T) {
	for _, c := range []struct {
		w    []float64
		want float64
	}{{[]float64{2, -2, 2, -2}, 1}, {[]float64{0, 3, 0, 0}, 0.5}, {[]float64{0, 0}, 1}} {
		if got := normRatio(c.w); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("ratio of %v is %v, want %v", c.w, got, c.want)
		}
	}
}
