package net

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Windowed is a Linear layer each of whose outputs depends only on a window of its input, [channels, height, width] ->
// [channels, height, width].
type Windowed interface {
	Linear
	// Window is the kernel, stride and padding along height and width.
	Window() (kernel, stride, padding [2]int)
	// Widen propagates rows over a window of the output back to the window of the input on which it depends, [rows,
	// channels out * height * width] -> [rows, channels in * height * width], the same for every position.
	Widen(p Params, rows *Node, outputWindow [2]int) *Node
	// WidenFLOPs is the number of floating-point operations of Widen for one row over a window.
	WidenFLOPs(in []int, outputWindow [2]int) int
}

// Channelwise is a Linear layer that scales and shifts each channel by itself: a window of its output sees the same
// window of its input.
type Channelwise interface {
	Linear
	channelwise()
}

func (Normalize) channelwise() {}
func (BatchNorm) channelwise() {}

// Window implements Windowed.
func (c Conv) Window() (kernel, stride, padding [2]int) { return c.Kernel, c.Stride, c.Padding }

// The dense matrix between two windows wins over the adjoint convolution while it does at most so many times its
// operations, by the measurements of BenchmarkWiden; where the input has few channels adjoints are slow.
const (
	denseGain            = 2.3
	denseGainFewChannels = 12
)

// Widen implements Windowed: by the dense matrix between the windows, or by the adjoint where that would be mostly
// zeros.
func (c Conv) Widen(p Params, rows *Node, outputWindow [2]int) *Node {
	q := c.between(p, outputWindow)
	dense := c.dense(p.In, outputWindow)
	if c.Padding = [2]int{}; dense {
		return Dot(rows, Reshape(c.Matrix(q), size(q.Out), size(q.In))).Product()
	}
	n := rows.Shape().Dimensions[0]
	return Reshape(c.Adjoint(q, Reshape(rows, append([]int{1, n}, q.Out...)...)), n, size(q.In))
}

// WidenFLOPs implements Windowed.
func (c Conv) WidenFLOPs(in []int, outputWindow [2]int) int {
	q := c.between(Params{In: in}, outputWindow)
	if c.dense(in, outputWindow) {
		return 2 * size(q.Out) * size(q.In)
	}
	return 2 * size(q.Out) * in[0] * c.Kernel[0] * c.Kernel[1]
}

// dense reports whether the dense matrix between the windows is the faster way.
func (c Conv) dense(in []int, outputWindow [2]int) bool {
	gain := denseGain
	if in[0] <= fewChannels {
		gain = denseGainFewChannels
	}
	q := c.between(Params{In: in}, outputWindow)
	return float64(q.In[1]*q.In[2]) <= gain*float64(c.Kernel[0]*c.Kernel[1])
}

// between is the layer from the window of the input to that of the output, without padding.
func (c Conv) between(p Params, outputWindow [2]int) Params {
	in := []int{p.In[0], 0, 0}
	for i, k := range outputWindow {
		in[i+1] = (k-1)*c.Stride[i] + c.Kernel[i]
	}
	return Params{Values: p.Values, In: in, Out: []int{c.Channels, outputWindow[0], outputWindow[1]}}
}
