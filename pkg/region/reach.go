package region

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
)

// Fall is a lower bound of g^T (x' - X) over every x' of the region and every g with lower <= g <= upper entrywise:
// how far a function can fall from its value at X whose gradients, or slopes of secants from X, are known to lie
// between the two. lower and upper [batch or 1, spec, input...], lower <= upper -> [batch, spec], at most 0.
//
// It is the minimum itself in l_inf balls, and in others without a box, where it is -eps times the dual norm of
// max(|lower|, |upper|). In an l_2 or l_1 ball that a box cuts, each input uses the larger of the distances that it may
// move in either direction.
func (r *Region) Fall(lower, upper *Node) *Node {
	down, up := r.rooms()
	if r.norm == ball.Linf {
		least := Min(Mul(lower, r.perRow(up)), Neg(Mul(upper, r.perRow(down))))
		return ReduceSum(flat(least), -1)
	}
	even := *r
	even.X, even.Upper = ZerosLike(r.X), Max(down, up)
	even.Lower = Neg(even.Upper)
	middle, half := MulScalar(Add(lower, upper), 0.5), MulScalar(Sub(upper, lower), 0.5)
	lo, _ := even.Deviation(Add(Abs(middle), half)) // the larger of |lower| and |upper|
	return lo
}

// rooms are how far the hull reaches below and above X, [batch, input...], at least 0.
func (r *Region) rooms() (down, up *Node) {
	return MaxScalar(Sub(r.X, r.Lower), 0), MaxScalar(Sub(r.Upper, r.X), 0)
}

// Reach is a bound of the distance from X to any point of the region, in the norm of the ball: [batch, 1].
func (r *Region) Reach() *Node {
	down, up := r.rooms()
	room := Reshape(Max(down, up), r.batch(), -1)
	var hull *Node
	switch r.norm {
	case ball.Linf:
		return ReduceAndKeep(room, ReduceMax, -1)
	case ball.L2:
		hull = InsertAxes(L2(room), -1)
	default:
		hull = ReduceAndKeep(room, ReduceSum, -1)
	}
	return Min(hull, BroadcastToDims(r.eps, r.batch(), 1))
}
