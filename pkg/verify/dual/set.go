package dual

import (
	"math"

	"tightrope/pkg/ball"
)

// inputBall is the ball as x = centre + radius s: for l_inf s lies in [-1, 1], for l_2 and l_1 its norm is at most 1
// and it stays in the room that the box leaves.
type inputBall struct {
	norm           ball.Norm
	centre, radius []float64
	down, up       []float64 // room of s, for l_2 and l_1; down <= 0 <= up
}

func newInputBall(b ball.Ball, x []float64) inputBall {
	n := len(x)
	in := inputBall{norm: b.Norm, centre: x, radius: make([]float64, n)}
	lower, upper := b.Bounds(x)
	if b.Norm == ball.Linf {
		in.centre = make([]float64, n)
	} else {
		in.down, in.up = make([]float64, n), make([]float64, n)
	}
	for k := range x {
		if b.Norm == ball.Linf {
			in.centre[k], in.radius[k] = (lower[k]+upper[k])/2, (upper[k]-lower[k])/2
			continue
		}
		if in.radius[k] = b.Eps; b.Eps > 0 {
			in.down[k], in.up[k] = (lower[k]-x[k])/b.Eps, (upper[k]-x[k])/b.Eps
		}
	}
	return in
}

// project moves s to the nearest point of the ball. In l_2 and l_1 balls that is clip(shrink(s, t)) for the t at which
// the norm is 1, found by bisection: shrink divides by 1+t, or takes t from every entry.
func (in *inputBall) project(s []float64) {
	if in.norm == ball.Linf {
		for k, v := range s {
			s[k] = min(max(v, -1), 1)
		}
		return
	}
	low, high := 0.0, 0.0
	if in.size(s, 0) > 1 {
		for high = 1; in.size(s, high) > 1; high *= 2 {
			low = high
		}
		for range bisections {
			if mid := (low + high) / 2; in.size(s, mid) > 1 {
				low = mid
			} else {
				high = mid
			}
		}
	}
	for k, v := range s {
		s[k] = in.shrunk(k, v, high)
	}
}

// bisections halve an interval until its ends are as near as numbers are.
const bisections = 52

// size is the norm of s shrunk by t.
func (in *inputBall) size(s []float64, t float64) float64 {
	sum := 0.0
	for k, v := range s {
		d := in.shrunk(k, v, t)
		if in.norm == ball.L2 {
			sum += d * d
		} else {
			sum += math.Abs(d)
		}
	}
	if in.norm == ball.L2 {
		return math.Sqrt(sum)
	}
	return sum
}

// shrunk is entry k of s shrunk by t, in its room.
func (in *inputBall) shrunk(k int, v, t float64) float64 {
	if in.norm == ball.L2 {
		v /= 1 + t
	} else {
		v = math.Copysign(max(math.Abs(v)-t, 0), v)
	}
	return min(max(v, in.down[k]), in.up[k])
}

// triangle moves (z, a) to the nearest point of the triangle of (l, 0), (0, 0) and (u, u), l < 0 < u.
func triangle(z, a, l, u float64) (float64, float64) {
	if a >= 0 && a >= z && a*(u-l) <= u*(z-l) {
		return z, a
	}
	best, at := math.Inf(1), [2]float64{}
	for _, side := range [3][4]float64{{l, 0, 0, 0}, {0, 0, u, u}, {l, 0, u, u}} {
		dz, da := side[2]-side[0], side[3]-side[1]
		t := min(max(((z-side[0])*dz+(a-side[1])*da)/(dz*dz+da*da), 0), 1)
		x, y := side[0]+t*dz, side[1]+t*da
		if d := (x-z)*(x-z) + (y-a)*(y-a); d < best {
			best, at = d, [2]float64{x, y}
		}
	}
	return at[0], at[1]
}
