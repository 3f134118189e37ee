package toy

import (
	"math"

	"tightrope/pkg/data"
)

// ClosedForm is the exact minimum p_O* of [Cross] at a point of S for an l_inf radius eps, in the units of the plane,
// and the point's own label (docs/method.md, section 12): the larger coordinate decreases by eps, the smaller one
// increases by it.
func ClosedForm(x [2]float64, eps float64) float64 {
	a, b := math.Abs(x[0]), math.Abs(x[1])
	return max(max(a, b)-eps, 0) - (min(a, b) + eps)
}

// Point is a data set of one point of the plane, for functions that work on data sets.
func Point(x [2]float64, label int) *data.Set {
	half := float32(max(1, math.Abs(x[0]), math.Abs(x[1])))
	return &data.Set{Name: "point", Shape: []int{1, 1, 2}, Classes: 2, X: []float32{float32(x[0]), float32(x[1])},
		Y: []int32{int32(label)}, Lower: -half, Upper: half}
}

// Grid returns the points of S, the paper's data set of corridor b, on a grid of side x side points over [-1, 1]^2.
func Grid(b float64, side int) [][2]float64 {
	var xs [][2]float64
	for i := range side {
		for j := range side {
			x := [2]float64{2*float64(i)/float64(side-1) - 1, 2*float64(j)/float64(side-1) - 1}
			if math.Abs(math.Abs(x[1])-math.Abs(x[0])) >= b {
				xs = append(xs, x)
			}
		}
	}
	return xs
}
