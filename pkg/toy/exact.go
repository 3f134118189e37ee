package toy

import (
	"fmt"
	"math"

	"tightrope/pkg/net"
)

// Exact is the smallest margin of a label over the square ||x' - x||_inf <= eps, in the units of the plane, and where
// it is reached: p_O* of problem O. A piecewise linear function takes its minimum over a polygon at a corner of one of
// its pieces, that is where two of the lines z_j = 0 and the square's sides meet; all of them are tried. It returns an
// error for a network that is not one hidden layer on the plane, and for a label other than 0 and 1.
func Exact(n *net.Network, x [2]float64, label int, eps float64) (margin float64, at [2]float64, err error) {
	v, err := viewOf(n)
	if err != nil {
		return 0, at, err
	}
	if label != 0 && label != 1 {
		return 0, at, fmt.Errorf("label %d: the plane has the classes 0 and 1", label)
	}
	sign := float64(2*label - 1)
	lines := append([][3]float64{{1, 0, -x[0] + eps}, {1, 0, -x[0] - eps}, {0, 1, -x[1] + eps}, {0, 1, -x[1] - eps}},
		v.hidden...)
	margin, at = sign*v.at(x), x
	for i, a := range lines {
		for _, b := range lines[i+1:] {
			p, ok := meet(a, b)
			if !ok || math.Abs(p[0]-x[0]) > eps*(1+1e-12) || math.Abs(p[1]-x[1]) > eps*(1+1e-12) {
				continue
			}
			if m := sign * v.at(p); m < margin {
				margin, at = m, p
			}
		}
	}
	return margin, at, nil
}

// meet is where two lines w1 x1 + w2 x2 + b = 0 cross.
func meet(a, b [3]float64) (p [2]float64, ok bool) {
	d := a[0]*b[1] - a[1]*b[0]
	if d == 0 {
		return p, false
	}
	return [2]float64{(a[1]*b[2] - a[2]*b[1]) / d, (a[2]*b[0] - a[0]*b[2]) / d}, true
}
