package net

import (
	. "github.com/gomlx/gomlx/core/graph"
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

// ChannelsLast reports whether rows over a vertex are processed faster with their channels last, which is how some
// convolutions are computed.
func (s *Symbolic) ChannelsLast(vertex int) bool {
	if vertex == InputNode {
		return false
	}
	c, ok := s.Vertices[vertex].Layer.(Conv)
	if !ok {
		return false
	}
	p := s.ParamsOf(vertex)
	return choose(s.values[0].Graph(), c.axes(p), p.Values[0].Shape().Dimensions).rowsLast
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
	if IsActivation(s.Vertices[source].Layer) {
		source = s.Vertices[source].Inputs[0]
	}
	if !s.ChannelsLast(source) {
		return nil
	}
	return s.Vertices[source].Out
}
