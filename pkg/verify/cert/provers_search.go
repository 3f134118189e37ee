package cert

import (
	"math"

	"tightrope/pkg/ball"
)

// Minus is the row less a constant.
func (r Row) Minus(c float64) Row {
	r.Error = inflate(r.Error + 2*unit*(math.Abs(r.Constant)+math.Abs(c)))
	r.reach = inflate(r.reach + math.Abs(c))
	r.Constant -= c
	return r
}

// Clip moves a point that may lie outside the ball and its box, because of rounding, inside, so that [Contains] holds;
// x lies in the box.
func Clip(b ball.Ball, x, point []float64) []float64 {
	lower, upper := b.Bounds(x)
	out := make([]float64, len(x))
	for k, v := range point {
		out[k] = min(max(v, lower[k]), upper[k])
	}
	for range 64 {
		if Contains(b, x, out) {
			return out
		}
		for k, v := range out {
			if b.Norm != ball.Linf {
				out[k] = x[k] + (v-x[k])*(1-0x1p-40)
			} else if d := v - x[k]; d != 0 && math.Abs(d) >= radius(b, k) {
				out[k] = math.Nextafter(v, x[k])
			}
		}
	}
	return append([]float64(nil), x...)
}

// UnstableUnits lists the units that a condensed network keeps, in topological order.
func (b *Bounds) UnstableUnits() (units []Unit) {
	for k := range b.Lower {
		for j := range b.Lower[k] {
			if b.Unstable(k, j) {
				units = append(units, Unit{Relu: k, Unit: j})
			}
		}
	}
	return units
}
