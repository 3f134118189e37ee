// Package region is the ball around each input of a batch as graph nodes: minima of linear functions over it,
// projections, steps.
package region

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
)

// Region is the ball around each input of a batch, as graph nodes.
type Region struct {
	norm         ball.Norm
	box          bool
	X            *Node // clean inputs [batch, input...]
	Lower, Upper *Node // hull of the region, [batch, input...]
	eps          *Node // scalar
	radius       *Node // eps, or eps times the radii per feature, [1, input...]; nil for Between
}

// At is the ball around each clean input x [batch, input...].
func At(b ball.Ball, x *Node) *Region {
	return AtEps(b, x, Scalar(x.Graph(), x.DType(), b.Eps))
}

// AtEps is [At] for x [batch, input...] with the radius, in pixel units, as a scalar node, so that a schedule needs no
// new graph; b.Eps is not used.
func AtEps(b ball.Ball, x, eps *Node) *Region {
	radius := eps
	if b.Radii != nil {
		dims := append([]int{1}, x.Shape().Dimensions[1:]...)
		radius = Mul(eps, Reshape(ConvertDType(Const(x.Graph(), b.Radii), x.DType()), dims...))
	}
	r := &Region{norm: b.Norm, box: b.Box != nil, X: x, eps: eps, radius: radius, Lower: Sub(x, radius),
		Upper: Add(x, radius)}
	if b.Box != nil {
		r.Lower = MaxScalar(r.Lower, b.Box.Lower)
		r.Upper = MinScalar(r.Upper, b.Box.Upper)
	}
	return r
}

// Between is the box [lower, upper] around each input, both [batch, input...].
func Between(lower, upper *Node) *Region {
	return &Region{norm: ball.Linf, box: true, X: MulScalar(Add(lower, upper), 0.5), Lower: lower, Upper: upper}
}

// Map is the region restricted to a part of its inputs: f maps [batch, input...] to [any, part...] and fills places
// that correspond to no input with 0. Rows must be 0 there, too, unless the norm is l_inf.
func (r *Region) Map(f func(*Node) *Node) *Region {
	m := *r
	m.X, m.Lower, m.Upper = f(r.X), f(r.Lower), f(r.Upper)
	return &m
}

// Norm is the norm of the region.
func (r *Region) Norm() ball.Norm { return r.norm }

// Center is the point that Deviation refers to: the middle of the box for
// l_inf, the clean input otherwise. [batch, input...]
func (r *Region) Center() *Node {
	if r.norm == ball.Linf {
		return MulScalar(Add(r.Lower, r.Upper), 0.5)
	}
	return r.X
}

// Hull is the smallest box around the region as centre and radius, which belong together, both [batch, input...].
// Its centre is not [Region.Center] where a box cuts an l_2 or l_1 ball more on one side than on the other.
func (r *Region) Hull() (centre, radius *Node) {
	return MulScalar(Add(r.Lower, r.Upper), 0.5), r.halfWidth()
}

// halfWidth is the radius of the hull.
func (r *Region) halfWidth() *Node { return MulScalar(Sub(r.Upper, r.Lower), 0.5) }

// Scaled multiplies vectors [1, k, input...] by the size of the region along every input: the half width for l_inf, eps
// otherwise. [batch or 1, k, input...]: 1 where the size is the same for all samples, so that one set of vectors serves
// them.
func (r *Region) Scaled(vectors *Node) *Node {
	switch {
	case r.box && r.norm == ball.Linf:
		return Mul(vectors, r.perRow(r.halfWidth()))
	case r.radius.IsScalar():
		return Mul(vectors, r.radius)
	}
	return Mul(vectors, r.perRow(r.radius))
}

// Boxed reports whether a box cuts the ball.
func (r *Region) Boxed() bool { return r.box }

// Deviation is the minimum and the maximum of v^T (x' - Center) over the region for each row v of rows [batch or 1,
// spec, input...]: lo <= 0 <= hi, both [batch, spec]. (docs/method.md, section 6)
func (r *Region) Deviation(rows *Node) (lo, hi *Node) {
	switch {
	case r.norm == ball.Linf:
		hi = AbsPairSum(rows, r.halfWidth())
		return Neg(hi), hi
	case r.box:
		return r.boxedMin(rows), Neg(r.boxedMin(Neg(rows)))
	case r.norm == ball.L2:
		hi = Mul(r.eps, L2(flat(rows)))
	default:
		v := flat(rows)
		hi = Mul(r.eps, ReduceSum(Mul(v, StopGradient(firstLargest(v))), -1))
	}
	hi = BroadcastToDims(hi, r.batch(), rows.Shape().Dimensions[1])
	return Neg(hi), hi
}

// Min is the minimum of v^T x' over the region for each row: [batch, spec].
func (r *Region) Min(rows *Node) *Node {
	if d := rows.Shape().Dimensions; r.norm == ball.Linf && d[0] != 1 {
		// One pass over the rows instead of one for the centre and one for the radius.
		v := flat(rows)
		lower, upper := flat(r.perRow(r.Lower)), flat(r.perRow(r.Upper))
		corner := Where(GreaterOrEqual(v, ZerosLike(v)), broadcastAs(lower, v), broadcastAs(upper, v))
		return ReduceSum(Mul(v, corner), -1)
	}
	lo, _ := r.Deviation(rows)
	return Add(PairSum(rows, r.Center()), lo)
}

// ArgMin is the point x* of the region where v^T x' is smallest, for each row
// of rows [batch or 1, spec, input...]: [batch, spec, input...]. sign(0) counts as +1.
func (r *Region) ArgMin(rows *Node) *Node {
	rows = BroadcastToDims(rows, append([]int{r.batch()}, rows.Shape().Dimensions[1:]...)...)
	x, lower, upper := r.perRow(r.X), r.perRow(r.Lower), r.perRow(r.Upper)
	switch {
	case r.norm == ball.Linf:
		return Where(GreaterOrEqual(rows, ZerosLike(rows)), broadcastAs(lower, rows), broadcastAs(upper, rows))
	case r.box:
		return r.boxedArgMin(rows)
	case r.norm == ball.L2:
		norm := ExpandAxes(L2(flat(rows)), -1)
		step := Mul(r.eps, Div(flat(rows), unlessZero(norm)))
		return Sub(broadcastAs(x, rows), ReshapeLike(step, rows))
	default:
		return Sub(broadcastAs(x, rows), ReshapeLike(Mul(r.eps, firstLargest(flat(rows))), rows))
	}
}

// firstLargest is the sign of v at its first largest |v_k| and 0 elsewhere, the gradient of the largest: [batch, spec,
// n]. (The gradient of ReduceMax would count every tie in full.)
func firstLargest(v *Node) *Node {
	first := OneHot(ArgMax(Abs(v), -1), v.Shape().Dimensions[2], v.DType())
	return Mul(first, SignPlusOrMinus(v))
}

func (r *Region) batch() int { return r.X.Shape().Dimensions[0] }

// perRow inserts the spec axis: [batch, input...] -> [batch, 1, input...].
func (r *Region) perRow(x *Node) *Node { return InsertAxes(x, 1) }

func broadcastAs(x, like *Node) *Node { return BroadcastToDims(x, like.Shape().Dimensions...) }

// flat merges the input axes: [batch, spec, input...] -> [batch, spec, n].
func flat(rows *Node) *Node {
	d := rows.Shape().Dimensions
	return Reshape(rows, d[0], d[1], -1)
}

// tiny keeps divisors above 0 that are sums of parts of 1.
func tiny(x *Node) float64 {
	if x.DType() == dtypes.Float64 {
		return 1e-150
	}
	return 1e-18
}

// L2 is the l_2 norm over the last axis of v [batch, spec, n] with gradient 0 at 0. It squares parts of the largest
// entry, so that no square of a small or large number is lost: a norm that is too small is not a bound.
func L2(v *Node) *Node {
	size := unlessZero(StopGradient(ReduceAndKeep(Abs(v), ReduceMax, -1)))
	square := ReduceSum(Square(Div(v, size)), -1)
	zero := LessOrEqual(square, ZerosLike(square))
	root := Where(zero, ZerosLike(square), Sqrt(Where(zero, OnesLike(square), square)))
	return Mul(root, Squeeze(size, -1))
}

// unlessZero is a divisor, or 1 where it is not positive.
func unlessZero(x *Node) *Node { return Where(GreaterThan(x, ZerosLike(x)), x, OnesLike(x)) }

// PairSum is sum_k rows_k * x_k for each row: rows [batch or 1, spec, dims...], x [batch or 1, dims...] -> [batch,
// spec]. Rows shared by the batch make it a matrix product.
func PairSum(rows, x *Node) *Node {
	rd, batch := rows.Shape().Dimensions, x.Shape().Dimensions[0]
	n := x.Shape().Size() / batch
	if rd[0] == 1 {
		return Dot(Reshape(x, batch, n), Reshape(rows, rd[1], n)).General([]int{1}, nil, []int{1}, nil)
	}
	return Dot(Reshape(rows, rd[0], rd[1], n), Reshape(x, batch, n)).General([]int{2}, []int{0}, []int{1}, []int{0})
}

// AbsPairSum is PairSum(|rows|, x): [batch, spec]. The signs are a constant factor of x rather than an Abs of the rows:
// its gradient is then that very product, which XLA computes where it is needed instead of storing x broadcast to every
// row.
func AbsPairSum(rows, x *Node) *Node {
	rd, batch := rows.Shape().Dimensions, x.Shape().Dimensions[0]
	if rd[0] == 1 {
		return PairSum(Abs(rows), x)
	}
	n := x.Shape().Size() / batch
	v := Reshape(rows, rd[0], rd[1], n)
	signed := Mul(StopGradient(Sign(v)), Reshape(x, batch, 1, n))
	return ReduceSum(Mul(v, signed), -1)
}
