package relax

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// GraphLines are the lines of a whole layer of neurons as graph nodes, each
// shaped like the bounds l and u, [batch, units...].
type GraphLines struct {
	LowerSlope, UpperSlope *Node
	// LowerIntercept is nil if all lower lines pass through the origin, as those of relu do. No operation is spent on
	// intercepts that are absent.
	LowerIntercept *Node
	UpperIntercept *Node // beta = -u l/(u-l) on unstable neurons, 0 elsewhere
	Unstable       *Node // bool
}

// Map returns the lines of some of the neurons: f selects these from a value of the whole layer, [batch, units...].
// Unstable is not mapped.
func (g GraphLines) Map(f func(*Node) *Node) GraphLines {
	m := GraphLines{LowerSlope: f(g.LowerSlope), UpperIntercept: f(g.UpperIntercept), Unstable: g.Unstable}
	m.UpperSlope = m.LowerSlope
	if g.UpperSlope != g.LowerSlope {
		m.UpperSlope = f(g.UpperSlope)
	}
	if g.LowerIntercept != nil {
		m.LowerIntercept = f(g.LowerIntercept)
	}
	return m
}

// Strip is the region between parallel lines: UpperSlope z + middle, plus or minus half, both [batch, units...].
func (g GraphLines) Strip() (middle, half *Node) {
	if g.LowerIntercept == nil {
		half = MulScalar(g.UpperIntercept, 0.5)
		return half, half
	}
	return MulScalar(Add(g.UpperIntercept, g.LowerIntercept), 0.5),
		MulScalar(Sub(g.UpperIntercept, g.LowerIntercept), 0.5)
}

// GraphFastLin gives Fast-Lin's parallel lines for bounds [batch, units...].
func GraphFastLin(l, u *Node) GraphLines {
	g := upperLine(l, u)
	g.LowerSlope = g.UpperSlope
	return g
}

// GraphCROWN gives CROWN's lines for bounds [batch, units...]: lower slope 1 where u > -l, else 0.
func GraphCROWN(l, u *Node) GraphLines {
	return GraphAlpha(l, u, ConvertDType(GreaterThan(u, Neg(l)), l.DType()))
}

// GraphAlpha gives lines with the lower slope alpha on unstable neurons; alpha in [0,1] broadcasts to l's shape.
func GraphAlpha(l, u, alpha *Node) GraphLines {
	g := upperLine(l, u)
	g.LowerSlope = Where(g.Unstable, BroadcastToDims(alpha, l.Shape().Dimensions...), StopGradient(g.UpperSlope))
	return g
}

// GraphBoxed gives the parallel lines 0 and u on unstable neurons, for bounds [batch, units...]: the box of interval
// arithmetic, which does not depend on z.
func GraphBoxed(l, u *Node) GraphLines {
	g := upperLine(l, u)
	zero := ZerosLike(l)
	g.UpperSlope = Where(GreaterOrEqual(l, zero), OnesLike(l), zero)
	g.LowerSlope, g.UpperIntercept = g.UpperSlope, Where(g.Unstable, u, zero)
	return g
}

// upperLine is the chord from (l, 0) to (u, u) on unstable neurons; relu itself elsewhere.
func upperLine(l, u *Node) GraphLines {
	zero, one := ZerosLike(l), OnesLike(l)
	unstable := LogicalAnd(LessThan(l, zero), GreaterThan(u, zero))
	// The denominator is 1 on stable neurons, so that no gradient is NaN.
	slope := Div(u, Where(unstable, Sub(u, l), one))
	stable := Where(GreaterOrEqual(l, zero), one, zero)
	return GraphLines{
		UpperSlope:     Where(unstable, slope, stable),
		UpperIntercept: Where(unstable, Neg(Mul(slope, l)), zero),
		Unstable:       unstable,
	}
}
