package relax

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// GraphCROWN gives CROWN's lines, as [Smooth.Lines] does, for bounds [batch, units...].
func (f *Smooth) GraphCROWN(l, u *Node) GraphLines {
	if f.Convex {
		return f.graphEnclose(l, u, f.graph.slope(graphMiddle(l, u)), f.graphChord(l, u))
	}
	return f.graphEnclose(l, u, f.graphAbove(Neg(u), Neg(l)), f.graphAbove(l, u))
}

// GraphParallel gives two lines of one slope, as [Smooth.Parallel] does, for bounds [batch, units...].
func (f *Smooth) GraphParallel(l, u *Node) GraphLines {
	s := f.graphChord(l, u)
	if !f.Convex {
		s = Min(f.graph.slope(l), f.graph.slope(u))
	}
	g := f.graphEnclose(l, u, s, s)
	g.LowerSlope = g.UpperSlope
	return g
}

// GraphRange gives constants that enclose f(l) and f(u), [batch, units...].
func (f *Smooth) GraphRange(l, u *Node) (lower, upper *Node) {
	slack := f.graphSlack(ZerosLike(l), l, u)
	return Sub(f.graph.at(l), slack), Add(f.graph.at(u), slack)
}

// GraphBoxed gives the parallel lines f(l) and f(u), as [GraphBoxed] does for relu, for bounds [batch, units...].
func (f *Smooth) GraphBoxed(l, u *Node) GraphLines {
	lower, upper := f.GraphRange(l, u)
	zero := ZerosLike(l)
	return GraphLines{LowerSlope: zero, LowerIntercept: lower, UpperSlope: zero, UpperIntercept: upper,
		Unstable: LessThan(l, u)}
}

// GraphSecants bounds the slopes of all secants between points of [l, u] by the slopes of f there, [batch, units...].
// The bounds allow for rounding; lower is not negative, and upper is at most Steepest.
func (f *Smooth) GraphSecants(l, u *Node) (lower, upper *Node) {
	atL, atU := f.graph.slope(l), f.graph.slope(u)
	lower, upper = Min(atL, atU), Max(atL, atU)
	if zero := ZerosLike(l); !f.Convex {
		steepest := LogicalAnd(LessOrEqual(l, zero), GreaterOrEqual(u, zero))
		upper = Where(steepest, AddScalar(zero, f.Steepest), upper)
	}
	unit := graphUnit(l)
	return MaxScalar(AddScalar(lower, -unit), 0), MinScalar(AddScalar(upper, unit), f.Steepest)
}

// graphEnclose gives the tightest lines of two slopes.
func (f *Smooth) graphEnclose(l, u, lower, upper *Node) GraphLines {
	lower, upper = ClipScalar(lower, 0, f.Steepest), ClipScalar(upper, 0, f.Steepest)
	g := GraphLines{LowerSlope: lower, UpperSlope: upper, Unstable: LessThan(l, u)}
	for _, z := range f.graphExtremes(lower, l, u) {
		g.LowerIntercept = combine(Min, g.LowerIntercept, Sub(f.graph.at(z), Mul(lower, z)))
	}
	for _, z := range f.graphExtremes(upper, l, u) {
		g.UpperIntercept = combine(Max, g.UpperIntercept, Sub(f.graph.at(z), Mul(upper, z)))
	}
	g.LowerIntercept = Sub(g.LowerIntercept, f.graphSlack(lower, l, u))
	g.UpperIntercept = Add(g.UpperIntercept, f.graphSlack(upper, l, u))
	return g
}

// combine is f(a, b), or b if there is no a.
func combine(f func(a, b *Node) *Node, a, b *Node) *Node {
	if a == nil {
		return b
	}
	return f(a, b)
}

// graphExtremes are the points of [l, u] where f(z) - s z is largest and least. Those between the ends are constants
// for the gradient, for f(z) - s z does not change with z there.
func (f *Smooth) graphExtremes(s, l, u *Node) []*Node {
	s, at := StopGradient(s), []*Node{l, u}
	inside := func(z *Node) *Node { return Min(Max(z, l), u) }
	level := StopGradient(f.graph.level(s))
	if at = append(at, inside(level)); !f.Convex {
		at = append(at, inside(Neg(level)))
	}
	return at
}

func graphMiddle(l, u *Node) *Node { return Add(l, MulScalar(Sub(u, l), 0.5)) }

// graphRoom is [room] in graphs of float64, whose exponential errs by up to 33 units in the pure-Go backend.
const graphRoom = 128

// graphSlack is the room for rounding, a constant for the gradient.
func (f *Smooth) graphSlack(s, l, u *Node) *Node {
	values := Max(Abs(f.graph.at(l)), Abs(f.graph.at(u)))
	size := Add(AddScalar(values, 1), Mul(s, Max(Abs(l), Abs(u))))
	return StopGradient(MulScalar(size, graphUnit(l)))
}

// graphUnit is the room for rounding of numbers up to 1 in the precision of x.
func graphUnit(x *Node) float64 {
	if x.DType() == dtypes.Float64 {
		return graphRoom * 0x1p-53
	}
	return room * 0x1p-24
}

// graphNarrow is narrow for a precision.
func graphNarrow(x *Node) float64 {
	if x.DType() == dtypes.Float64 {
		return narrow
	}
	return 0.05
}

// graphChord is the slope from (l, f(l)) to (u, f(u)).
func (f *Smooth) graphChord(l, u *Node) *Node {
	width := Sub(u, l)
	wide := GreaterThan(width, Scalar(l.Graph(), l.DType(), graphNarrow(l)))
	slope := Div(Sub(f.graph.at(u), f.graph.at(l)), Where(wide, width, OnesLike(width)))
	ends := Add(f.graph.slope(l), f.graph.slope(u))
	mean := DivScalar(Add(ends, MulScalar(f.graph.slope(graphMiddle(l, u)), 4)), 6)
	return Where(wide, slope, mean)
}

// graphAbove is the slope of an S-shaped function's upper line.
func (f *Smooth) graphAbove(l, u *Node) *Node {
	zero, chord := ZerosLike(l), f.graphChord(l, u)
	below := LogicalOr(LessOrEqual(u, zero), GreaterOrEqual(f.graph.slope(u), chord))
	slope := Where(below, chord, f.graphChord(Min(l, zero), f.graphTangent(l, u)))
	return Where(GreaterOrEqual(l, zero), f.graph.slope(graphMiddle(l, u)), slope)
}

// graphTangent is the d in [0, u] at which the line through (l, f(l)), l < 0, touches f. It is a constant for the
// gradient, as the slope from l to d does not change with d there.
func (f *Smooth) graphTangent(l, u *Node) *Node {
	l, u = StopGradient(MinScalar(l, 0)), StopGradient(MaxScalar(u, 0))
	low, high, atL := ZerosLike(l), MinScalar(Min(u, MulScalar(l, -touches)), f.far), f.graph.at(l)
	for range tangentBisections {
		d := graphMiddle(low, high)
		before := GreaterThan(Mul(f.graph.slope(d), Sub(d, l)), Sub(f.graph.at(d), atL))
		low, high = Where(before, d, low), Where(before, high, d)
	}
	d := graphMiddle(low, high)
	for range tangentSteps {
		d = Min(Max(f.graph.level(ClipScalar(f.graphChord(l, d), 0, f.Steepest)), ZerosLike(d)), u)
	}
	return StopGradient(d)
}
