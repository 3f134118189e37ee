package relax

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// touchTolerance is the distance of a line from f, as a fraction of u - l, up to which a point counts as one where they
// touch: tangent points are found by bisection.
const touchTolerance = 1e-5

// GraphDistance is how far z is from the nearest point of [l, u] where a line touches f. All broadcast to each other.
func (f *Smooth) GraphDistance(z, slope, intercept, l, u *Node) *Node {
	d := z.Shape().Dimensions
	like := func(x *Node) *Node { return BroadcastToDims(x, d...) }
	slope, intercept, l, u = like(slope), like(intercept), like(l), like(u)
	tolerance := Add(MulScalar(f.graphSlack(slope, l, u), 2), MulScalar(Sub(u, l), touchTolerance*f.Steepest))
	var nearest *Node
	far := AddScalar(Add(Abs(z), Add(Abs(l), Abs(u))), 1) // farther than any point of [l, u]
	for _, at := range f.graphExtremes(slope, l, u) {
		gap := Abs(Sub(f.graph.at(at), Add(Mul(slope, at), intercept)))
		distance := Where(LessOrEqual(gap, tolerance), Abs(Sub(z, at)), far)
		nearest = combine(Min, nearest, distance)
	}
	return nearest
}
