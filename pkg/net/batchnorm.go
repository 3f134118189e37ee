package net

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// BatchNorm is batch normalisation with fixed statistics, y = weight (x - mean) / sqrt(variance + epsilon) + bias for each
// channel: an affine layer. Weight and bias are trained, the statistics are constants. [Fold] merges it into the layer before.
type BatchNorm struct {
	Mean, Variance []float64 // one for each channel; nil: 0 and 1
	Epsilon        float64   // 0: 1e-5
}

func init() {
	builders["batchnorm"] = func(s LayerSpec) (Layer, error) {
		return BatchNorm{Mean: s.Mean, Variance: s.Variance, Epsilon: s.Epsilon}, nil
	}
}

// Spec implements Layer.
func (b BatchNorm) Spec() LayerSpec {
	return LayerSpec{Type: "batchnorm", Mean: b.Mean, Variance: b.Variance, Epsilon: b.Epsilon}
}

// OutShape implements Layer.
func (b BatchNorm) OutShape(in ...[]int) ([]int, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("batchnorm has one input, not %d", len(in))
	}
	if b.Mean != nil {
		if err := checkChannels("batchnorm mean", b.Mean, in, false); err != nil {
			return nil, err
		}
	}
	if b.Variance != nil {
		if err := checkChannels("batchnorm variance", b.Variance, in, false); err != nil {
			return nil, err
		}
	}
	if !(b.Epsilon >= 0) {
		return nil, fmt.Errorf("batchnorm epsilon %v: use at least 0", b.Epsilon)
	}
	for i, v := range b.Variance {
		if v < 0 || v+b.epsilon() <= 0 {
			return nil, fmt.Errorf("batchnorm variance[%d] is %v: it must be at least 0", i, v)
		}
	}
	return in[0], nil
}

// ParamShapes implements Layer.
func (b BatchNorm) ParamShapes(in []int) []ParamShape {
	return []ParamShape{{Name: "weight", Shape: []int{in[0]}, Constant: 1}, {Name: "bias", Shape: []int{in[0]}}}
}

func (b BatchNorm) epsilon() float64 {
	if b.Epsilon == 0 {
		return 1e-5
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

// AddBias implements Linear.
func (b BatchNorm) AddBias(p Params, y *Node) *Node { return b.at(p).addShift(y) }

// BiasDot implements Linear.
func (b BatchNorm) BiasDot(p Params, rows *Node) *Node { return b.at(p).shiftDot(rows) }

// setStatistics takes "running_mean" and "running_var" of a file where vertex i is a batch normalisation.
func (n *Network) setStatistics(i int, g tensorGroup) error {
	b, ok := n.Vertices[i].Layer.(BatchNorm)
	if !ok || g.values["running_mean"] == nil || g.values["running_var"] == nil {
		return nil
	}
	b.Mean, b.Variance = make([]float64, n.Vertices[i].Out[0]), make([]float64, n.Vertices[i].Out[0])
	for name, to := range map[string][]float64{"running_mean": b.Mean, "running_var": b.Variance} {
		if t := g.values[name]; t.Size() != len(to) || !t.DType().IsFloat() {
			return fmt.Errorf("tensor %q is %s, want %d values of F32 or F64", g.prefix+"."+name, t.Shape(), len(to))
		}
		if err := copyTo(to, g.values[name]); err != nil {
			return err
		}
	}
	if _, err := b.OutShape(n.Vertices[i].Out); err != nil {
		return err
	}
	n.Vertices[i].Layer = b
	return nil
}
