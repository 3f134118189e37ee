package net

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
)

// Conv is a convolution as in PyTorch (a cross-correlation): weight [channels out, channels in, kernel height, kernel width],
// inputs [channels, height, width]. How it is computed is up to the lowering.
type Conv struct {
	Channels int    // output channels
	Kernel   [2]int // height, width
	Stride   [2]int
	Padding  [2]int // zeros on both sides
}

func init() { builders["conv"] = newConv }

func newConv(s LayerSpec) (Layer, error) {
	c := Conv{Channels: s.Channels}
	err := s.window(&c.Kernel, &c.Stride, &c.Padding)
	return c, err
}

// window reads the fields of a sliding window; stride is 1 and padding 0 where they are not given.
func (s LayerSpec) window(kernel, stride, padding *[2]int) error {
	for _, f := range []struct {
		name     string
		from     []int
		to       *[2]int
		standard int
		least    int
	}{{"kernel", s.Kernel, kernel, 0, 1}, {"stride", s.Stride, stride, 1, 1}, {"padding", s.Padding, padding, 0, 0}} {
		switch len(f.from) {
		case 0:
			*f.to = [2]int{f.standard, f.standard}
		case 1:
			*f.to = [2]int{f.from[0], f.from[0]}
		case 2:
			*f.to = [2]int(f.from)
		default:
			return fmt.Errorf("%s %v: give [height, width]", f.name, f.from)
		}
		if min(f.to[0], f.to[1]) < f.least {
			return fmt.Errorf("%s %v: use at least %d", f.name, *f.to, f.least)
		}
	}
	return nil
}

// Spec implements Layer.
func (c Conv) Spec() LayerSpec {
	return LayerSpec{Type: "conv", Channels: c.Channels, Kernel: c.Kernel[:], Stride: c.Stride[:], Padding: c.Padding[:]}
}

// OutShape implements Layer.
func (c Conv) OutShape(in ...[]int) ([]int, error) {
	if c.Channels < 1 {
		return nil, fmt.Errorf("convolution with %d channels: use at least 1", c.Channels)
	}
	out, err := slidingShape("convolution", in, c.Kernel, c.Stride, c.Padding)
	if err != nil {
		return nil, err
	}
	if err := checkValues(fmt.Sprintf("convolution of %d channels to %d", in[0][0], c.Channels), c.Channels, in[0][0],
		c.Kernel[0], c.Kernel[1]); err != nil {
		return nil, err
	}
	return []int{c.Channels, out[0], out[1]}, checkValues("output of a convolution", c.Channels, out[0], out[1])
}

// slidingShape is the height and width of the output of a sliding window.
func slidingShape(what string, in [][]int, kernel, stride, padding [2]int) (out [2]int, err error) {
	if len(in) != 1 || len(in[0]) != 3 {
		return out, fmt.Errorf("%s on input of shape %v: it wants [channels, height, width]", what, in)
	}
	for i := range out {
		room := in[0][i+1] + 2*padding[i] - kernel[i]
		if room < 0 {
			return out, fmt.Errorf("%s with kernel %v and padding %v does not fit into %v: use a smaller kernel or more padding", what, kernel, padding, in[0])
		}
		out[i] = room/stride[i] + 1
	}
	return out, nil
}

// ParamShapes implements Layer.
func (c Conv) ParamShapes(in []int) []ParamShape {
	fan := in[0] * c.Kernel[0] * c.Kernel[1]
	return []ParamShape{
		{Name: "weight", Shape: []int{c.Channels, in[0], c.Kernel[0], c.Kernel[1]}, FanIn: fan},
		{Name: "bias", Shape: []int{c.Channels}, FanIn: fan},
	}
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
func (c Conv) Adjoint(p Params, rows *Node) *Node {
	d, a, kernel := rows.Shape().Dimensions, c.axes(p), p.Values[0]
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
	return Add(y, Reshape(p.Values[1], 1, c.Channels, 1, 1))
}

// BiasDot implements Linear.
func (c Conv) BiasDot(p Params, rows *Node) *Node { return channelDot(rows, p.Values[1]) }

// Matrix implements Explicit.
func (c Conv) Matrix(p Params) *Node {
	h, w := c.axes(p)[0], c.axes(p)[1]
	m := blockMatrix(h.transposed(0), w.transposed(0), TransposeAllAxes(p.Values[0], 1, 0, 2, 3))
	return Reshape(m, append([]int{1, size(p.Out)}, p.In...)...)
}
