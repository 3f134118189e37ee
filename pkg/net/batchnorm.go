package net

import (
	"slices"

	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/model"
)

// BatchNorm is batch normalisation with fixed statistics, y = weight (x - mean) / sqrt(variance + epsilon) + bias for
// each channel: an affine layer. Weight and bias are trained, the statistics are constants. [Fold] merges it into the
// layer before.
type BatchNorm struct {
	Mean, Variance []float64 // one for each channel; nil: 0 and 1
	Epsilon        float64   // 0: 1e-5
}

func init() {
	builders["batchnorm"] = func(s LayerSpec) Layer {
		return BatchNorm{Mean: s.Mean, Variance: s.Variance,
			Epsilon: s.Epsilon}
	}
}

// Spec implements Layer.
func (b BatchNorm) Spec() LayerSpec {
	return LayerSpec{Type: "batchnorm", Mean: b.Mean, Variance: b.Variance, Epsilon: b.Epsilon}
}

func (b BatchNorm) epsilon() float64 {
	if b.Epsilon == 0 {
		return model.DefaultEpsilon
	}
	return b.Epsilon
}

// statistics are mean and variance + epsilon of every channel.
func (b BatchNorm) statistics(channels int) (mean, variance []float64) {
	mean, variance = slices.Clone(b.Mean), slices.Clone(b.Variance)
	if mean == nil {
		mean = make([]float64, channels)
	}
	if variance == nil {
		variance = slices.Repeat([]float64{1}, channels)
	}
	for i := range variance {
		variance[i] += b.epsilon()
	}
	return mean, variance
}

// at is the layer as scale and shift.
func (b BatchNorm) at(p Params) channelwise {
	weight, bias := p.Values[0], p.Values[1]
	mean, variance := b.statistics(p.In[0])
	g, dtype := weight.Graph(), weight.DType()
	scale := Div(weight, Sqrt(ConstAsDType(g, dtype, variance)))
	return channelwise{scale, Sub(bias, Mul(scale, ConstAsDType(g, dtype, mean)))}
}

// Apply implements Linear.
func (b BatchNorm) Apply(p Params, x *Node) *Node { return b.at(p).apply(x) }

// AbsApply implements Linear.
func (b BatchNorm) AbsApply(p Params, r *Node) *Node { return b.at(p).absApply(r) }

// Adjoint implements Linear.
func (b BatchNorm) Adjoint(p Params, rows *Node) *Node { return b.at(p).adjoint(rows) }

// AbsAdjoint implements Linear.
func (b BatchNorm) AbsAdjoint(p Params, rows *Node) *Node { return b.at(p).absAdjoint(rows) }

// AddBias implements Linear.
func (b BatchNorm) AddBias(p Params, y *Node) *Node { return b.at(p).addShift(y) }

// BiasDot implements Linear.
func (b BatchNorm) BiasDot(p Params, rows *Node) *Node { return b.at(p).shiftDot(rows) }
