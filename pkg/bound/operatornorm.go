package bound

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// operatorNorm is an upper bound of max ||W d||_p / ||d||_p of a linear layer, a scalar; like tells the precision.
//
//   - l_inf: the largest row of |W|, l_1: the largest column, both exact, by one pass of the layer.
//   - l_2: the smaller of two bounds, neither of which can be too small, as a power iteration could: Schur's test
//     (schurNorm) on the layer as an operator, and Gram iteration (gramNorm) on the matrix of a layer that has one at
//     hand and is not large.
//
// Rounding of the sums, at most n units of the precision for n terms in any order, is added.
func operatorNorm(layer net.Linear, p net.Params, norm ball.Norm, like *Node) *Node {
	op := operator{layer, p}
	one := func(shape []int) *Node {
		return Ones(like.Graph(), shapes.Make(like.DType(), append([]int{1}, shape...)...))
	}
	rounding := 1 + 2*float64(size(p.In)+size(p.Out)+8)*unitRoundoff(like.DType())
	switch norm {
	case ball.Linf:
		return MulScalar(largestOf(op.apply(one(p.In))), rounding)
	case ball.L1:
		return MulScalar(largestOf(op.transposed(one(p.Out))), rounding)
	}
	bound := MulScalar(schurNorm(op, one(p.In)), rounding)
	if m, ok := layer.(net.Explicit); ok && size(p.In)*size(p.Out) <= largestGram {
		bound = Min(bound, gramNorm(Reshape(m.Matrix(p), size(p.Out), size(p.In))))
	}
	return bound
}

// largestGram is the size of the largest matrix that Gram iteration is used on.
const largestGram = 1 << 19

// unitRoundoff is half the distance from 1 to the next number.
func unitRoundoff(dtype dtypes.DType) float64 {
	if dtype == dtypes.Float64 {
		return 0x1p-53
	}
	return 0x1p-24
}

// operator is |W|.
type operator struct {
	layer net.Linear
	p     net.Params
}

// apply is |W| v, [1, in...] -> [1, out...].
func (o operator) apply(v *Node) *Node { return o.layer.AbsApply(o.p, v) }

// transposed is |W|^T v, [1, out...] -> [1, in...].
func (o operator) transposed(v *Node) *Node {
	return Squeeze(o.layer.AbsAdjoint(o.p, InsertAxes(v, 1)), 1)
}

// schurSteps is after how many steps the test's vector is good enough on the networks here.
const schurSteps = 8

// schurNorm is Schur's test: ||W||_2^2 <= max_i (|W|^T |W| v)_i / v_i for ANY v > 0. Iterates of |W|^T |W| on 1 bring
// it down to the norm of |W|, from sqrt(||W||_1 ||W||_inf) or less on.
func schurNorm(op operator, v *Node) *Node {
	var least *Node
	for range schurSteps {
		next := op.transposed(op.apply(v))
		ratio := largestOf(Div(next, v))
		if least == nil {
			least = ratio
		} else {
			least = Min(least, ratio)
		}
		v = AddScalar(Div(next, divisor(largestOf(next))), 1e-3)
	}
	return Sqrt(least)
}

// largestOf is the largest of all entries, a scalar.
func largestOf(v *Node) *Node { return largest(Reshape(v, -1)) }

// divisor is a scalar to divide by, or 1 where it is 0.
func divisor(x *Node) *Node { return Where(GreaterThan(x, ZerosLike(x)), x, OnesLike(x)) }

// gramSteps squares the matrix so often: of n singular values that are all alike the bound is n^(1/2^(gramSteps+1))
// times too large, 1.05 for 500.
const gramSteps = 6

// gramNorm is Gram iteration (Delattre et al. 2023): ||A||_2^2 = ||A^T A||_2 for every A, time and again on matrices
// scaled to Frobenius norm 1, which bounds the last one's norm. In floats A^T A is wrong by at most e ||A||_F^2, with
// e = 2 (n + 8) units of rounding for sums of n, which is added on the way back:
//
//	||A_k||_2 <= sqrt(f_k ||A_(k+1)||_2 + e),  f_k the Frobenius norm of A_k^T A_k.
func gramNorm(w *Node) *Node {
	if d := w.Shape().Dimensions; d[0] < d[1] {
		w = Transpose(w, 0, 1) // the smaller product
	}
	n := max(w.Shape().Dimensions[0], w.Shape().Dimensions[1])
	e := 2 * float64(n+8) * unitRoundoff(w.DType())
	a, f := frobenius(w)
	var scales []*Node
	for range gramSteps {
		var scale *Node
		a, scale = frobenius(Dot(a, a).General([]int{0}, nil, []int{0}, nil))
		scales = append(scales, scale)
	}
	bound := AddScalar(ZerosLike(f), 1+e)
	for k := len(scales) - 1; k >= 0; k-- {
		bound = Sqrt(AddScalar(Mul(scales[k], bound), e))
	}
	return Mul(MulScalar(bound, 1+e), f)
}

// frobenius is a matrix over its Frobenius norm, or itself where that is 0, and the norm.
func frobenius(a *Node) (unit, norm *Node) {
	norm = Reshape(region.L2(Reshape(a, 1, 1, -1)))
	return Div(a, divisor(norm)), norm
}
