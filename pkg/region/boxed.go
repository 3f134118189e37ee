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
// The search works on |v| over its largest entry and on rooms over eps, so that small numbers are not lost.
func (r *Region) boxed(v *Node) (dual, step *Node) {
	a, eps := Abs(v), unlessZero(r.eps)
	size := unlessZero(ReduceAndKeep(a, ReduceMax, -1))
	a, room := Div(a, size), Div(r.room(v), eps)
	if r.norm == ball.L2 {
		tau := rootTau(a, room)
		step = Min(Mul(tau, a), room)
		dual = dualL2(a, room, step, tau)
	} else {
		mu := lastServed(a, room)
		dual, step = dualL1(a, room, mu), greedyL1(a, room, mu)
	}
	return Mul(dual, Mul(Squeeze(size, -1), eps)), Mul(step, eps)
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

// rootTau solves ||min(tau a, room)||_2 = 1 for a in [0, 1]: [batch, spec, 1]. As a function of tau^2 the square of the
// norm is concave and piecewise linear, so Newton's method climbs to the root from 0 without overshooting, in a few
// steps. Where the rooms bind on every entry it ends at the largest tau that matters.
func rootTau(a, room *Node) *Node {
	none := ZerosLike(a)
	square := ReduceAndKeep(none, ReduceMax, -1)
	for range newtonSteps {
		free := LessThan(Mul(Sqrt(square), a), room)
		spent := ReduceAndKeep(Where(free, none, Square(room)), ReduceSum, -1)
		slope := ReduceAndKeep(Where(free, Square(a), none), ReduceSum, -1)
		next := Div(MaxScalar(OneMinus(spent), 0), MaxScalar(slope, tiny(a)))
		square = Max(square, next)
	}
	return Sqrt(square)
}

// dualL2 is -a^T step + (||step||^2 - 1)/(2 tau), or the minimum over the rooms alone where that is larger:
// [batch, spec].
func dualL2(a, room, step, tau *Node) *Node {
	linear := Neg(ReduceSum(Mul(a, step), -1))
	slack := AddScalar(ReduceSum(Square(step), -1), -1)
	penalty := Div(slack, MaxScalar(MulScalar(Squeeze(tau, -1), 2), tiny(a)))
	return Max(Add(linear, MinScalar(penalty, 0)), Neg(ReduceSum(Mul(a, room), -1)))
}

// lastServed is the entry of a on which the last of a budget of 1 is spent when the largest are served first, each up
// to its room, and 0 if the rooms hold less: [batch, spec, 1].
func lastServed(a, room *Node) *Node {
	g, scalar := a.Graph(), shapes.Make(a.DType())
	descending := NewClosure(g, func(g *Graph) []*Node {
		a, b := Parameter(g, "a", scalar), Parameter(g, "b", scalar)
		Parameter(g, "roomA", scalar)
		Parameter(g, "roomB", scalar)
		return []*Node{GreaterThan(a, b)}
	})
	sorted := SortFunc(descending, -1, true, a, room)
	total := CumSum(sorted[1], -1)
	return ReduceAndKeep(Where(GreaterOrEqual(total, OnesLike(total)), sorted[0], ZerosLike(a)), ReduceMax, -1)
}

// dualL1 is -(mu + sum_k room_k max(0, a_k - mu)): [batch, spec].
func dualL1(a, room, mu *Node) *Node {
	excess := ReduceSum(Mul(room, MaxScalar(Sub(a, mu), 0)), -1)
	return Neg(Add(Squeeze(mu, -1), excess))
}

// boxedArgMin is a feasible point that attains boxedMin up to rounding and the iteration's end.
func (r *Region) boxedArgMin(rows *Node) *Node {
	_, step := r.boxed(r.spread(rows))
	return Sub(broadcastAs(r.perRow(r.X), rows), Mul(SignPlusOrMinus(rows), ReshapeLike(step, rows)))
}

// greedyL1 fills the rooms of a > mu and shares what is left of 1 among those at mu: [batch, spec, n].
func greedyL1(a, room, mu *Node) *Node {
	margin := MulScalar(ReduceAndKeep(a, ReduceMax, -1), rounding(a))
	zero := ZerosLike(a)
	full := Where(GreaterThan(a, broadcastAs(Add(mu, margin), a)), room, zero)
	tied := Where(LessOrEqual(Abs(Sub(a, mu)), broadcastAs(margin, a)), room, zero)
	left := MaxScalar(OneMinus(ReduceAndKeep(full, ReduceSum, -1)), 0)
	total := ReduceAndKeep(tied, ReduceSum, -1)
	share := MinScalar(Div(left, MaxScalar(total, tiny(a))), 1)
	return Add(full, Mul(tied, share))
}

// rounding is how close two values count as equal, relative to the largest.
func rounding(x *Node) float64 {
	if x.DType() == dtypes.Float64 {
		return 1e-14
	}
	return 1e-6
}
