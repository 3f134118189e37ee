package net

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/relax"
)

// The shapes of this library have channels before height and width, as PyTorch's. The lowerings for XLA on a CPU
// compute with the channels last. What lies between two of them, the work on each neuron, is fastest in that order too:
// XLA removes the pairs of moves that meet, and else it makes them part of every elementwise operation, which then
// reads its input in strides.

// ToChannelsLast moves the channels of [..., channels, height, width] to the last axis.
func ToChannelsLast(x *Node) *Node { return moved(x, 1, 2, 0) }

// ToChannelsFirst is the inverse of [ToChannelsLast]: [..., height, width, channels] -> [..., channels, height, width].
func ToChannelsFirst(x *Node) *Node { return moved(x, 2, 0, 1) }

// moved permutes the last three axes.
func moved(x *Node, order ...int) *Node {
	axes := make([]int, x.Rank())
	for i := range axes {
		axes[i] = i
	}
	for i, from := range order {
		axes[x.Rank()-3+i] = x.Rank() - 3 + from
	}
	return TransposeAllAxes(x, axes...)
}

// ChannelsLast reports whether values and rows over a vertex are processed faster with their channels last, which is
// how some convolutions are computed: those behind such a convolution, too, as long as each operation is on each value.
func (s *Symbolic) ChannelsLast(vertex int) bool {
	if vertex == InputNode {
		return false
	}
	return Visit(s.Network, vertex, lastChannels{s})
}

// lastChannels visits a vertex for [Symbolic.ChannelsLast].
type lastChannels struct{ *Symbolic }

// Linear implements Visitor.
func (c lastChannels) Linear(vertex int, layer Linear) bool {
	conv, ok := layer.(Conv)
	if !ok {
		return false
	}
	p := c.ParamsOf(vertex)
	return choose(c.values[0].Graph(), conv.axes(p), p.Values[0].Shape().Dimensions).rowsLast
}

// Relu implements Visitor.
func (c lastChannels) Relu(vertex, _ int) bool { return c.ChannelsLast(c.Vertices[vertex].Inputs[0]) }

// Smooth implements Visitor.
func (c lastChannels) Smooth(vertex, k int, _ *relax.Smooth) bool { return c.Relu(vertex, k) }

// Sum implements Visitor.
func (c lastChannels) Sum(vertex int) bool { return c.Relu(vertex, 0) }

// InOrder moves the axes of x [batch, units...] or [batch, spec, units...] over a vertex to the order in which it is
// processed fastest, for sums over all of them.
func (s *Symbolic) InOrder(vertex int, x *Node) *Node {
	if !s.ChannelsLast(vertex) {
		return x
	}
	return ToChannelsLast(x)
}

// Elementwise applies a function that works on each value to x [batch, units...] over a vertex, in the order of axes in
// which it is fastest. Its results have the shape of x.
func (s *Symbolic) Elementwise(vertex int, f func(x []*Node) []*Node, x ...*Node) []*Node {
	moved := make([]*Node, len(x))
	for i := range x {
		moved[i] = s.InOrder(vertex, x[i])
	}
	y := f(moved)
	if s.ChannelsLast(vertex) {
		for i := range y {
			y[i] = ToChannelsFirst(y[i])
		}
	}
	return y
}

// imageBefore is the shape of the convolution, or the activation on one, that a flatten before a vertex flattens, where
// rows over it are worked on with their channels last; nil if there is none.
func (s *Symbolic) imageBefore(vertex int) []int {
	before := s.Vertices[vertex].Inputs[0]
	if before == InputNode {
		return nil
	}
	flatten := s.Vertices[before]
	if _, ok := flatten.Layer.(Flatten); !ok || flatten.Inputs[0] == InputNode {
		return nil
	}
	source := flatten.Inputs[0]
	if !s.ChannelsLast(source) {
		return nil
	}
	return s.Vertices[source].Out
}
