package net

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Conv is a convolution as in PyTorch (a cross-correlation): weight [channels out, channels in, kernel height, kernel
// width], inputs [channels, height, width]. How it is computed is up to the lowering.
type Conv struct {
	Channels int    // output channels
	Kernel   [2]int // height, width
	Stride   [2]int
	Padding  [2]int // zeros on both sides
}

func init() {
	builders["conv"] = func(s LayerSpec) Layer {
		return Conv{Channels: s.Channels, Kernel: [2]int(s.Kernel), Stride: [2]int(s.Stride),
			Padding: [2]int(s.Padding)}
	}
}

// Spec implements Layer.
func (c Conv) Spec() LayerSpec {
	return LayerSpec{Type: "conv", Channels: c.Channels, Kernel: c.Kernel[:], Stride: c.Stride[:],
		Padding: c.Padding[:]}
}

func (c Conv) axes(p Params) [2]axis { return slidingAxes(p, c.Kernel, c.Stride, c.Padding) }

// slidingAxes is a sliding window's geometry along height and width.
func slidingAxes(p Params, kernel, stride, padding [2]int) [2]axis {
	var a [2]axis
	for i := range a {
		a[i] = axis{in: p.In[i+1], out: p.Out[i+1], kernel: kernel[i], stride: stride[i], padding: padding[i]}
	}
	return a
}

// Apply implements Linear.
func (c Conv) Apply(p Params, x *Node) *Node {
	return convolve(c.axes(p), p.Values[0], x)
}

// AbsApply implements Linear.
func (c Conv) AbsApply(p Params, r *Node) *Node {
	return convolve(c.axes(p), Abs(p.Values[0]), r)
}

// Adjoint implements Linear.
func (c Conv) Adjoint(p Params, rows *Node) *Node { return c.adjoint(p, p.Values[0], rows) }

// AbsAdjoint implements Linear.
func (c Conv) AbsAdjoint(p Params, rows *Node) *Node { return c.adjoint(p, Abs(p.Values[0]), rows) }

// adjoint is the adjoint of the convolution with a kernel.
func (c Conv) adjoint(p Params, kernel, rows *Node) *Node {
	d, a := rows.Shape().Dimensions, c.axes(p)
	if !choose(rows.Graph(), a, kernel.Shape().Dimensions).rowsLast {
		g := Reshape(rows, append([]int{d[0] * d[1]}, p.Out...)...)
		return asRows(convolveTransposed(a, kernel, g), rows, p.In)
	}
	// Moved before and after the samples' rows become one axis, so that each move meets its inverse.
	g := Reshape(ToChannelsLast(rows), d[0]*d[1], p.Out[1], p.Out[2], p.Out[0])
	y := ToChannelsLast(convolveTransposed(a, kernel, ToChannelsFirst(g)))
	return ToChannelsFirst(Reshape(y, d[0], d[1], p.In[1], p.In[2], p.In[0]))
}

// AddBias implements Linear.
func (c Conv) AddBias(p Params, y *Node) *Node {
	if !choose(y.Graph(), c.axes(p), p.Values[0].Shape().Dimensions).rowsLast {
		return Add(y, Reshape(p.Values[1], 1, c.Channels, 1, 1))
	}
	return ToChannelsFirst(Add(ToChannelsLast(y), Reshape(p.Values[1], 1, 1, 1, c.Channels)))
}

// BiasDot implements Linear.
func (c Conv) BiasDot(p Params, rows *Node) *Node { return channelDot(rows, p.Values[1]) }

// Matrix implements Explicit.
func (c Conv) Matrix(p Params) *Node {
	h, w := c.axes(p)[0], c.axes(p)[1]
	m := blockMatrix(h.transposed(0), w.transposed(0), TransposeAllAxes(p.Values[0], 1, 0, 2, 3))
	return Reshape(m, append([]int{1, size(p.Out)}, p.In...)...)
}
