package net

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// AvgPool is the mean over windows of each channel; zeros of the padding count, as in PyTorch.
type AvgPool struct {
	Kernel, Stride, Padding [2]int // height, width
}

func init() {
	builders["avgpool"] = func(s LayerSpec) Layer {
		return AvgPool{Kernel: [2]int(s.Kernel), Stride: [2]int(s.Stride), Padding: [2]int(s.Padding)}
	}
}

// Spec implements Layer.
func (a AvgPool) Spec() LayerSpec {
	return LayerSpec{Type: "avgpool", Kernel: a.Kernel[:], Stride: a.Stride[:], Padding: a.Padding[:]}
}

// Apply implements Linear: a convolution of one channel, with the channels as samples.
func (a AvgPool) Apply(p Params, x *Node) *Node {
	n := x.Shape().Dimensions[0]
	axes := slidingAxes(p, a.Kernel, a.Stride, a.Padding)
	y := convolve(axes, a.kernel(x), Reshape(x, n*p.In[0], 1, p.In[1], p.In[2]))
	return Reshape(y, append([]int{n}, p.Out...)...)
}

// AbsApply implements Linear.
func (a AvgPool) AbsApply(p Params, r *Node) *Node { return a.Apply(p, r) }

// Adjoint implements Linear.
func (a AvgPool) Adjoint(p Params, rows *Node) *Node {
	d := rows.Shape().Dimensions
	axes := slidingAxes(p, a.Kernel, a.Stride, a.Padding)
	g := Reshape(rows, d[0]*d[1]*p.Out[0], 1, p.Out[1], p.Out[2])
	return asRows(convolveTransposed(axes, a.kernel(rows), g), rows, p.In)
}

// AbsAdjoint implements Linear.
func (a AvgPool) AbsAdjoint(p Params, rows *Node) *Node { return a.Adjoint(p, rows) }

// AddBias implements Linear.
func (AvgPool) AddBias(_ Params, y *Node) *Node { return y }

// BiasDot implements Linear.
func (AvgPool) BiasDot(Params, *Node) *Node { return nil }

func (a AvgPool) kernel(like *Node) *Node {
	k := Scalar(like.Graph(), like.DType(), 1/float64(a.Kernel[0]*a.Kernel[1]))
	return BroadcastToDims(k, 1, 1, a.Kernel[0], a.Kernel[1])
}
