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
	value := choose(x.Graph(), a, kernel.Shape().Dimensions).convolve.convolve(a, kernel, x)
	return WithGradient(value, []*Node{kernel, x}, func(v *Node) []*Node {
		return []*Node{correlate(a, x, v), convolveTransposed(a, kernel, v)}
	})
}

// convolveTransposed is the adjoint of convolve: g [batch, to, height, width].
func convolveTransposed(a [2]axis, kernel, g *Node) *Node {
	value := choose(g.Graph(), a, kernel.Shape().Dimensions).transposed.transposed(a, kernel, g)
	return WithGradient(value, []*Node{kernel, g}, func(v *Node) []*Node {
		return []*Node{correlate(a, v, g), convolve(a, kernel, v)}
	})
}

// correlate is the gradient of <convolve(kernel, x), g> in the kernel, [to, channels, height, width].
func correlate(a [2]axis, x, g *Node) *Node {
	kernel := []int{g.Shape().Dimensions[1], x.Shape().Dimensions[1], a[0].kernel, a[1].kernel}
	value := choose(x.Graph(), a, kernel).correlate.correlate(a, x, g)
	return WithGradient(value, []*Node{x, g}, func(k *Node) []*Node {
		return []*Node{convolveTransposed(a, k, g), convolve(a, k, x)}
	})
}
