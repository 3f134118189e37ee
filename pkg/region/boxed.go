package region

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
)

// newtonSteps is more than the search for a multiplier was ever seen to need.
const newtonSteps = 16

// boxedMin is min v^T delta over ||delta||_p <= eps (p = 1 or 2) and lo <= delta <= up, with lo = Lower - x, up = Upper
// - x, as the value of its Lagrange dual at the best multiplier: a lower bound at every multiplier, so rounding costs
// tightness only. rows [batch or 1, spec, input...] -> [batch, spec]. Its gradient with respect to the rows is the
// optimal delta (Danskin's theorem); none passes to the inputs or eps.
func (r *Region) boxedMin(rows *Node) *Node {
	v := r.spread(rows)
	fixed := StopGradient(v)
	dual, step := r.boxed(fixed)
	linear := Neg(ReduceSum(Mul(Abs(v), StopGradient(step)), -1))
	return Add(linear, StopGradient(Sub(dual, linear)))
}

// boxed is the value of the dual [batch, spec], and how far the optimum moves against the sign of v, [batch, spec, n].
func (r *Region) boxed(v *Node) (dual, step *Node) {
	if r.norm == ball.L2 {
		tau := r.tau(v)
		step = Min(Mul(tau, Abs(v)), r.room(v))
		return r.dualL2(v, step, tau), step
	}
	mu := r.mu(v)
	return r.dualL1(v, mu), r.greedyL1(v, mu)
}

// spread is rows as [batch, spec, n].
func (r *Region) spread(rows *Node) *Node {
	v := flat(rows)
	d := v.Shape().Dimensions
	return BroadcastToDims(v, r.batch(), d[1], d[2])
}

// room is how far an input may move against the sign of v: [batch, spec, n], at least 0.
func (r *Region) room(v *Node) *Node {
	down := broadcastAs(flat(r.perRow(Sub(r.X, r.Lower))), v)
	up := broadcastAs(flat(r.perRow(Sub(r.Upper, r.X))), v)
	return Where(GreaterOrEqual(v, ZerosLike(v)), down, up)
}

// tau solves ||min(tau |v|, room)||_2 = eps: [batch, spec, 1]. As a function of tau^2 the square of the norm is concave
// and piecewise linear, so Newton's method climbs to the root from 0 without overshooting, in a few steps. Where the
// box binds on every entry it ends at the largest tau that matters.
func (r *Region) tau(v *Node) *Node {
	a, room := Abs(v), r.room(v)
	largest := ReduceAndKeep(a, ReduceMax, -1)
	scale := MaxScalar(largest, tiny(v))
	a = Div(a, scale) // in [0, 1], so that no square underflows where it matters
	none := ZerosLike(a)
	square := Mul(ZerosLike(largest), r.eps)
	for range newtonSteps {
		free := LessThan(Mul(Sqrt(square), a), room)
		spent := ReduceAndKeep(Where(free, none, Square(room)), ReduceSum, -1)
		slope := ReduceAndKeep(Where(free, Square(a), none), ReduceSum, -1)
		next := Div(MaxScalar(Sub(Square(r.eps), spent), 0), MaxScalar(slope, tiny(v)))
		square = Max(square, next)
	}
	return Div(Sqrt(square), scale)
}

// dualL2 is v^T delta + (||delta||^2 - eps^2)/(2 tau) at delta = -sign(v) step, or the minimum over
// the box alone where that is larger: [batch, spec].
func (r *Region) dualL2(v, step, tau *Node) *Node {
	a := Abs(v)
	linear := Neg(ReduceSum(Mul(a, step), -1))
	slack := Sub(ReduceSum(Square(step), -1), Square(r.eps))
	penalty := Div(slack, MaxScalar(MulScalar(Squeeze(tau, -1), 2), tiny(v)))
	return Max(Add(linear, MinScalar(penalty, 0)), Neg(ReduceSum(Mul(a, r.room(v)), -1)))
}

// mu is the |v| of the entry on which the last of eps is spent when the largest are served first, each up to its
// room, and 0 where the rooms hold less than eps: [batch, spec, 1].
func (r *Region) mu(v *Node) *Node {
	g, scalar := v.Graph(), shapes.Make(v.DType())
	descending := NewClosure(g, func(g *Graph) []*Node {
		a, b := Parameter(g, "a", scalar), Parameter(g, "b", scalar)
		Parameter(g, "roomA", scalar)
		Parameter(g, "roomB", scalar)
		return []*Node{GreaterThan(a, b)}
	})
	sorted := SortFunc(descending, -1, true, Abs(v), r.room(v))
	over := GreaterOrEqual(CumSum(sorted[1], -1), r.eps)
	return ReduceAndKeep(Where(over, sorted[0], ZerosLike(v)), ReduceMax, -1)
}

// dualL1 is -(mu eps + sum_k room_k max(0, |v_k| - mu)): [batch, spec].
func (r *Region) dualL1(v, mu *Node) *Node {
	excess := ReduceSum(Mul(r.room(v), MaxScalar(Sub(Abs(v), mu), 0)), -1)
	return Neg(Add(Mul(r.eps, Squeeze(mu, -1)), excess))
}

// boxedArgMin is a feasible point that attains boxedMin up to rounding and the iteration's end.
func (r *Region) boxedArgMin(rows *Node) *Node {
	_, step := r.boxed(r.spread(rows))
	return Sub(broadcastAs(r.perRow(r.X), rows), Mul(SignPlusOrMinus(rows), ReshapeLike(step, rows)))
}

// greedyL1 fills the rooms of |v| > mu and shares what is left of eps among those at mu: [batch, spec, n].
func (r *Region) greedyL1(v, mu *Node) *Node {
	a, room := Abs(v), r.room(v)
	margin := MulScalar(ReduceAndKeep(a, ReduceMax, -1), rounding(v))
	zero := ZerosLike(a)
	full := Where(GreaterThan(a, broadcastAs(Add(mu, margin), a)), room, zero)
	tied := Where(LessOrEqual(Abs(Sub(a, mu)), broadcastAs(margin, a)), room, zero)
	left := MaxScalar(Sub(r.eps, ReduceAndKeep(full, ReduceSum, -1)), 0)
	total := ReduceAndKeep(tied, ReduceSum, -1)
	share := MinScalar(Div(left, MaxScalar(total, tiny(v))), 1)
	return Add(full, Mul(tied, share))
}

// rounding is how close two values count as equal, relative to the largest.
func rounding(x *Node) float64 {
	if x.DType() == dtypes.Float64 {
		return 1e-14
	}
	return 1e-6
}
