package relax

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// GraphLines are the lines of a whole layer of neurons as graph nodes, each
// shaped like the bounds l and u, [batch, units...]. The lower line passes through the origin.
type GraphLines struct {
	LowerSlope, UpperSlope *Node
	UpperIntercept         *Node // beta = -u l/(u-l) on unstable neurons, 0 elsewhere
	Unstable               *Node // bool
}

// Map is the lines of a part of the neurons: f takes a value of the whole layer to that part. Unstable is not mapped.
func (g GraphLines) Map(f func(*Node) *Node) GraphLines {
	m := GraphLines{LowerSlope: f(g.LowerSlope), UpperSlope: g.LowerSlope, UpperIntercept: f(g.UpperIntercept), Unstable: g.Unstable}
	if g.UpperSlope == g.LowerSlope {
		m.UpperSlope = m.LowerSlope
	} else {
		m.UpperSlope = f(g.UpperSlope)
	}
	return m
}

// GraphFastLin gives Fast-Lin's parallel lines.
func GraphFastLin(l, u *Node) GraphLines {
	g := upperLine(l, u)
	g.LowerSlope = g.UpperSlope
	return g
}

// GraphCROWN gives CROWN's lines: lower slope 1 where u > -l, else 0.
func GraphCROWN(l, u *Node) GraphLines {
	return GraphAlpha(l, u, ConvertDType(GreaterThan(u, Neg(l)), l.DType()))
}

// GraphAlpha gives lines with the lower slope alpha on unstable neurons; alpha in [0,1] broadcasts to l's shape.
func GraphAlpha(l, u, alpha *Node) GraphLines {
	g := upperLine(l, u)
	g.LowerSlope = Where(g.Unstable, BroadcastToDims(alpha, l.Shape().Dimensions...), StopGradient(g.UpperSlope))
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
