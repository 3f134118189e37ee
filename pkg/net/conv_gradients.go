package net

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// convolve is the convolution of x [batch, channels, height, width] by a kernel [to, channels, height, width], as the
// lowering chosen for it computes it.
//
// Its gradients are the adjoint and [correlate], by their own lowerings: those of the backends' convolutions are
// slow, and GoMLX's (v0.28.16) are wrong for kernels of even size.
func convolve(a [2]axis, kernel, x *Node) *Node {
	c := choose(x.Graph(), a, kernel.Shape().Dimensions)
	return c.convolveSettled(a, kernel, x, c.settled(x))
}

// convolveSettled is [convolve], with x already settled as whole.
func (c choice) convolveSettled(a [2]axis, kernel, x, whole *Node) *Node {
	return WithGradient(c.convolve.convolve(a, kernel, whole), []*Node{kernel, x}, func(v *Node) []*Node {
		v = c.settled(v)
		return []*Node{correlate(a, whole, v, c.correlate), convolveTransposed(a, kernel, v)}
	})
}

// convolveTransposed is the adjoint of convolve: g [batch, to, height, width].
func convolveTransposed(a [2]axis, kernel, g *Node) *Node {
	c := choose(g.Graph(), a, kernel.Shape().Dimensions)
	return WithGradient(c.transposed.transposed(a, kernel, g), []*Node{kernel, g}, func(v *Node) []*Node {
		v = c.settled(v)
		return []*Node{correlate(a, v, g, c.correlateRows), c.convolveSettled(a, kernel, v, v)}
	})
}

// correlate is the gradient of <convolve(kernel, x), g> in the kernel, [to, channels, height, width], by a lowering.
func correlate(a [2]axis, x, g *Node, by lowering) *Node {
	return WithGradient(by.correlate(a, x, g), []*Node{x, g}, func(k *Node) []*Node {
		return []*Node{convolveTransposed(a, k, g), convolve(a, k, x)}
	})
}

// settled is x, computed once and with its channels last where the lowerings have them there. XLA would otherwise
// compute it anew within each operation that reads it, in strides where this one moves axes: 7 to 12 ms on one core
// instead of 1 to 3 for the input of Small's second convolution, batch 256.
//
// XLA takes divisions to be expensive, and computes none of them twice. This divisor is 1 for every x, so that the
// quotient is exactly x, but XLA does not know that. (An optimisation barrier does not help, because XLA removes it
// before it fuses operations. Nor does a divisor for all values or for each channel: XLA multiplies by its inverse.)
func (c choice) settled(x *Node) *Node {
	if !c.rowsLast {
		return x
	}
	x = ToChannelsLast(x)
	return ToChannelsFirst(Div(x, MaxScalar(Neg(Abs(x)), 1)))
}
