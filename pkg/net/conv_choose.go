package net

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/backend"
)

// smallMatrix is the number of entries up to which a whole Toeplitz matrix is the fastest (layers of digits and of
// small images).
const smallMatrix = 1 << 17

// fewChannels is the number of input channels up to which XLA's own convolutions on a CPU are slower than one product.
const fewChannels = 3

// choice is the lowering of a convolution, of its adjoint, and of the gradient in its kernel.
type choice struct {
	convolve, transposed, correlate lowering
	rowsLast                        bool // see [Symbolic.ChannelsLast]
}

// choose picks the lowerings of a convolution with a kernel of the shape [to, from, height, width], by shape and
// backend, from the measurements of BenchmarkLowerings.
func choose(g *Graph, a [2]axis, kernel []int) choice {
	to, from := kernel[0], kernel[1]
	small := from*a[0].in*a[1].in*to*a[0].out*a[1].out <= smallMatrix
	strided := a[0].stride*a[1].stride > 1
	switch {
	case onGPU(g):
		return choice{native, native, native, false}
	case small:
		return choice{toeplitz, toeplitz, toeplitz, false}
	case !onXLA(g):
		return choice{rowToeplitz, rowToeplitz, rowToeplitz, false}
	case strided && from <= fewChannels:
		return choice{im2col, col2im, im2col, true}
	case strided:
		return choice{native, blocks, blocks, true}
	case from <= fewChannels:
		return choice{native, native, im2col, true}
	}
	return choice{native, native, native, true}
}

// onXLA reports whether a graph is for XLA.
func onXLA(g *Graph) bool { return backend.IsXLA(g.Backend()) }

// onGPU reports whether a graph is for XLA on a GPU.
func onGPU(g *Graph) bool { return backend.IsGPU(g.Backend()) }
