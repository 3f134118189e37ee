package train

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// withCrossLipschitz adds CrossLipschitz times the regularizer of Hein and Andriushchenko (2017): the mean over samples
// of
//
//	1/K^2 sum_lm ||grad f_l(x) - grad f_m(x)||^2 = 2/K sum_l ||grad f_l(x) - mean_m grad f_m(x)||^2
//
// at the clean inputs, f the K logits. Where it is small, differences of logits change slowly near the samples, which
// is what their bound for one hidden layer lives on. It is no bound, and is defined for networks of any depth. Behind
// relus the gradient of the logits does not change with z, so that only the weights that it consists of are moved.
func (b *batch) withCrossLipschitz(m measures) measures {
	if b.config.CrossLipschitz == 0 {
		return m
	}
	if slopes := b.centredSlopes(); slopes != nil {
		d := slopes.Shape().Dimensions
		scale := 2 * b.config.CrossLipschitz / float64(d[0]*d[1])
		m.loss = Add(m.loss, MulScalar(ReduceAllSum(Square(slopes)), scale))
	}
	return m
}

// centredSlopes are the gradients of the logits less their mean, [batch, classes, input...]; of a network without
// activations [1, classes, input...], and nil where nothing reads the input.
func (b *batch) centredSlopes() *Node {
	_, z := b.net.PreActivations(b.x)
	classes := b.net.Classes()
	one := OneHot(Iota(b.x.Graph(), shapes.Make(dtypes.Int32, classes), 0), classes, b.x.DType())
	rows := InsertAxes(AddScalar(one, -1/float64(classes)), 0)
	return b.net.Backward(len(b.net.Vertices)-1, rows, func(k int, h *Node) *Node {
		return Mul(h, InsertAxes(b.slope(k, z[k]), 1))
	}, nil)
}

// slope is the derivative of activation k at its input z [batch, units...].
func (b *batch) slope(k int, z *Node) *Node {
	if f := b.net.SmoothAt(k); f != nil {
		return f.GraphSlope(z)
	}
	return ConvertDType(GreaterThan(z, ZerosLike(z)), z.DType())
}
