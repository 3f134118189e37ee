package region

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
)

// Project moves points [batch, input...] into the region: the nearest point
// for l_inf; for l_2 and l_1 with a box, a point of the region that is near.
func (r *Region) Project(x *Node) *Node {
	if r.norm == ball.Linf {
		return Min(Max(x, r.Lower), r.Upper)
	}
	delta := flat(r.perRow(Sub(x, r.X)))
	if r.norm == ball.L2 {
		norm := ExpandAxes(L2(delta), -1)
		delta = Mul(delta, MinScalar(Div(r.eps, unlessZero(norm)), 1))
	} else {
		delta = r.softThreshold(delta)
	}
	// Clipping to the hull moves every coordinate towards x, so it stays in the ball.
	return Min(Max(Add(r.X, ReshapeLike(delta, x)), r.Lower), r.Upper)
}

// softThreshold is the nearest point of the l_1 ball: sign(d) max(|d| - m, 0). The sum of what is left is convex and
// piecewise linear in m, so Newton's method climbs to the root from 0 in a few steps (Michelot 1986).
func (r *Region) softThreshold(delta *Node) *Node {
	a := Abs(delta)
	m := ZerosLike(ReduceAndKeep(a, ReduceMax, -1))
	for range newtonSteps {
		count := ReduceAndKeep(ConvertDType(GreaterThan(a, m), a.DType()), ReduceSum, -1)
		excess := Sub(ReduceAndKeep(shrink(a, m), ReduceSum, -1), r.eps)
		m = Add(m, Div(MaxScalar(excess, 0), MaxScalar(count, 1)))
	}
	return Mul(SignPlusOrMinus(delta), shrink(a, m))
}

func shrink(a, m *Node) *Node { return MaxScalar(Sub(a, m), 0) }
