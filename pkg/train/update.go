package train

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// withL1 adds L1 times the sum of all absolute weights; biases are vectors and are left out.
func (b *batch) withL1(m measures) measures {
	if b.config.L1 == 0 {
		return m
	}
	for _, w := range b.params {
		if w.Rank() > 1 {
			m.loss = Add(m.loss, MulScalar(ReduceAllSum(Abs(w)), b.config.L1))
		}
	}
	return m
}

// update makes one step of Adam down the gradient of the loss, clipped where the configuration says so.
func update(scope *model.Scope, c Config, gradient []*Node, dtype dtypes.DType) {
	adam := optimizer.Adam().LearningRate(c.LearningRate).Done().(fromGradients)
	adam.UpdateGraphWithGradients(scope, clipped(gradient, c.ClipGradient), dtype)
}

// fromGradients is what GoMLX's optimizers implement besides their interface.
type fromGradients interface {
	UpdateGraphWithGradients(scope *model.Scope, gradients []*Node, lossDType dtypes.DType)
}

// clipped scales a gradient down to the l_2 norm given, over all parameters together; 0 leaves it.
func clipped(gradient []*Node, norm float64) []*Node {
	if norm == 0 {
		return gradient
	}
	var square *Node
	for _, g := range gradient {
		s := ReduceAllSum(Square(g))
		if square == nil {
			square = s
		} else {
			square = Add(square, s)
		}
	}
	limit := Scalar(square.Graph(), square.DType(), norm)
	scale := Div(limit, Max(limit, Sqrt(square)))
	out := make([]*Node, len(gradient))
	for i, g := range gradient {
		out[i] = Mul(g, scale)
	}
	return out
}
