package ball

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// bisections is the number of halvings of the dual variable's interval: enough for float64.
const bisections = 60

// boxedMin is min v^T delta over ||delta||_p <= eps (p = 1 or 2) and lo <= delta <= up, with lo = Lower - x,
// up = Upper - x, as the value of its Lagrange dual at a multiplier found by
// bisection: a lower bound at every multiplier, exact at the best one. rows [batch or 1, spec, input...] -> [batch, spec].
// The gradient passes through v only (envelope theorem: the multiplier is optimal).
func (r *Region) boxedMin(rows *Node) *Node {
	v := r.spread(rows)
	if r.norm == L2 {
		return r.dualL2(v, StopGradient(r.tau(StopGradient(v))))
	}
	return r.dualL1(v, StopGradient(r.mu(StopGradient(v))))
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

// tau solves ||clip(tau |v|, 0, room)||_2 = eps by bisection: [batch, spec, 1].
// Where the box binds everywhere it ends at the upper end of its interval, which is still a valid multiplier.
func (r *Region) tau(v *Node) *Node {
	a, room := Abs(v), r.room(v)
	// At this tau every |v| above the largest/1e6 is at its room; smaller ones add a negligible, still sound, error.
	high := Div(Mul(MulScalar(OnesLike(ReduceAndKeep(a, ReduceMax, -1)), 2e6), r.eps), MaxScalar(ReduceAndKeep(a, ReduceMax, -1), tiny(v)))
	inside := func(t *Node) *Node {
		return LessOrEqual(ReduceAndKeep(Square(Min(Mul(t, a), room)), ReduceSum, -1), Square(r.eps))
	}
	return bisect(ZerosLike(high), high, inside)
}

// dualL2 is v^T delta + (||delta||^2 - eps^2)/(2 tau) at delta = -sign(v) min(tau |v|, room): [batch, spec].
func (r *Region) dualL2(v, tau *Node) *Node {
	step := Min(Mul(tau, StopGradient(Abs(v))), r.room(StopGradient(v)))
	linear := Neg(ReduceSum(Mul(Abs(v), step), -1))
	slack := Sub(ReduceSum(Square(step), -1), Square(r.eps))
	t := Squeeze(tau, -1)
	penalty := Div(slack, MaxScalar(MulScalar(t, 2), tiny(v)))
	return Add(linear, StopGradient(MinScalar(penalty, 0)))
}

// mu solves sum of the rooms with |v| > mu = eps by bisection: [batch, spec, 1].
func (r *Region) mu(v *Node) *Node {
	a, room := Abs(v), r.room(v)
	spent := func(m *Node) *Node {
		over := Where(GreaterThan(a, broadcastAs(m, a)), room, ZerosLike(room))
		return GreaterThan(ReduceAndKeep(over, ReduceSum, -1), r.eps)
	}
	high := ReduceAndKeep(a, ReduceMax, -1)
	return bisect(ZerosLike(high), high, spent)
}

// dualL1 is -(mu eps + sum_k room_k max(0, |v_k| - mu)): [batch, spec].
func (r *Region) dualL1(v, mu *Node) *Node {
	excess := ReduceSum(Mul(r.room(StopGradient(v)), MaxScalar(Sub(Abs(v), mu), 0)), -1)
	return Neg(Add(Mul(r.eps, Squeeze(mu, -1)), excess))
}

// bisect narrows [low, high] to where the monotone condition changes from true to false.
func bisect(low, high *Node, condition func(*Node) *Node) *Node {
	for range bisections {
		mid := MulScalar(Add(low, high), 0.5)
		keep := condition(mid)
		low, high = Where(keep, mid, low), Where(keep, high, mid)
	}
	return MulScalar(Add(low, high), 0.5)
}

// boxedArgMin is a feasible point that attains boxedMin up to the bisection's rounding.
func (r *Region) boxedArgMin(rows *Node) *Node {
	v := r.spread(rows)
	var step *Node
	if r.norm == L2 {
		step = Min(Mul(r.tau(v), Abs(v)), r.room(v))
	} else {
		step = r.greedyL1(v)
	}
	step = ReshapeLike(step, rows)
	return Sub(broadcastAs(r.perRow(r.X), rows), Mul(SignPlusOrMinus(rows), step))
}

// greedyL1 fills the rooms of |v| > mu and shares what is left of eps among those at mu: [batch, spec, n].
func (r *Region) greedyL1(v *Node) *Node {
	a, room, mu := Abs(v), r.room(v), r.mu(v)
	margin := MulScalar(ReduceAndKeep(a, ReduceMax, -1), 1e-6)
	zero := ZerosLike(a)
	full := Where(GreaterThan(a, broadcastAs(Add(mu, margin), a)), room, zero)
	tied := Where(LessOrEqual(Abs(Sub(a, mu)), broadcastAs(margin, a)), room, zero)
	left := MaxScalar(Sub(r.eps, ReduceAndKeep(full, ReduceSum, -1)), 0)
	total := ReduceAndKeep(tied, ReduceSum, -1)
	share := MinScalar(Div(left, MaxScalar(total, tiny(v))), 1)
	return Add(full, Mul(tied, share))
}
