package region

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
)

// Steepest is the direction of length 1 in the ball's norm along which a
// function with gradient g [batch, input...] grows fastest.
func (r *Region) Steepest(g *Node) *Node {
	v := flat(r.perRow(g))
	switch r.norm {
	case ball.Linf:
		return Sign(g)
	case ball.L2:
		return ReshapeLike(Div(v, unlessZero(ExpandAxes(L2(v), -1))), g)
	default:
		first := OneHot(ArgMax(Abs(v), -1), v.Shape().Dimensions[2], v.DType())
		return ReshapeLike(Mul(first, Sign(v)), g)
	}
}

// sparseShare is how large an entry of the gradient is, as a fraction of the largest, that SteepestWithin follows.
const sparseShare = 0.5

// SteepestWithin is [Region.Steepest] for a step from x [batch, input...] except that l_1 steps are divided among all
// inputs whose gradient is at least half of the largest and which are not at the end of the hull yet: a step along a
// single input often ends early, at the box (Croce and Hein 2021).
func (r *Region) SteepestWithin(x, g *Node) *Node {
	if r.norm != ball.L1 {
		return r.Steepest(g)
	}
	zero := ZerosLike(g)
	up := LogicalAnd(GreaterThan(g, zero), LessThan(x, r.Upper))
	down := LogicalAnd(LessThan(g, zero), GreaterThan(x, r.Lower))
	v := flat(r.perRow(Where(LogicalOr(up, down), g, zero)))
	largest := ReduceAndKeep(Abs(v), ReduceMax, -1)
	takes := GreaterOrEqual(Abs(v), broadcastAs(MulScalar(largest, sparseShare), v))
	sign := Where(takes, Sign(v), ZerosLike(v))
	count := MaxScalar(ReduceAndKeep(Abs(sign), ReduceSum, -1), 1)
	return ReshapeLike(Div(sign, broadcastAs(count, sign)), g)
}
