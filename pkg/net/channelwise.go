package net

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// channelwise is y = scale x + shift with one scale and shift [channels] for each channel of [channels, height, width],
// or for each unit of [units].
type channelwise struct{ scale, shift *Node }

// along spreads one value a channel over the axes of x, whose channels stand at the axis given.
func along(values, x *Node, axis int) *Node {
	dims := make([]int, x.Rank())
	for i := range dims {
		dims[i] = 1
	}
	dims[axis] = values.Shape().Size()
	return Reshape(values, dims...)
}

func (c channelwise) apply(x *Node) *Node      { return Mul(x, along(c.scale, x, 1)) }
func (c channelwise) absApply(r *Node) *Node   { return Mul(r, along(Abs(c.scale), r, 1)) }
func (c channelwise) adjoint(g *Node) *Node    { return Mul(g, along(c.scale, g, 2)) }
func (c channelwise) absAdjoint(g *Node) *Node { return Mul(g, along(Abs(c.scale), g, 2)) }
func (c channelwise) addShift(y *Node) *Node   { return Add(y, along(c.shift, y, 1)) }
func (c channelwise) shiftDot(g *Node) *Node   { return channelDot(g, c.shift) }

// channelDot is sum_c b_c sum over positions of rows [batch, spec, channels, ...]: [batch, spec].
func channelDot(rows, b *Node) *Node {
	d := rows.Shape().Dimensions
	// The channels last, where they may come from there; else XLA sums over the axes as they lie.
	if rows.Rank() == 5 && onXLA(rows.Graph()) && !onGPU(rows.Graph()) {
		x := Reshape(ToChannelsLast(rows), d[0]*d[1], d[3]*d[4], d[2])
		return Reshape(Dot(ReduceSum(x, 1), b).Product(), d[0], d[1])
	}
	sums := ReduceSum(Reshape(rows, d[0]*d[1], d[2], -1), -1)
	return Reshape(Dot(sums, b).Product(), d[0], d[1])
}
