package net

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/backend"
)

// smallMatrix is the number of entries up to which a whole Toeplitz matrix is the fastest (layers of digits and of
// small images).
const smallMatrix = 1 << 17

// fewChannels is the number of input channels up to which XLA's own strided convolutions, and its gradients in kernels
// with many output channels, are slower on a CPU than one product: by whole rows for values of the images.
const fewChannels = 3

// vector is the number of float32 values in a register (AVX-512), which the columns of a product should fill. Up to so
// many output channels, XLA's own kernel gradient of stride 1 from values is the fastest (1 to 16 channels, 5x5, batch
// 128: 2.6 ms against 4.8 by im2col), behind few input channels im2col beyond (1 to 32: 14.7 and 8).
const vector = 16

// choice is the lowering of a convolution, of its adjoint, and of the gradient in its kernel from values of the images
// and from rows over them, which are many for each image.
type choice struct {
	convolve, transposed, correlate, correlateRows lowering
	rowsLast                                       bool // see [Symbolic.ChannelsLast]
}

// each is a choice of one lowering for everything.
func each(l lowering) choice {
	return choice{convolve: l, transposed: l, correlate: l, correlateRows: l}
}

// choose picks the lowerings of a convolution with a kernel of the shape [to, from, height, width], by shape and
// backend, from the measurements of BenchmarkLowerings.
func choose(g *Graph, a [2]axis, kernel []int) choice {
	to, from := kernel[0], kernel[1]
	small := from*a[0].in*a[1].in*to*a[0].out*a[1].out <= smallMatrix
	strided := a[0].stride*a[1].stride > 1
	switch {
	case onGPU(g):
		return each(native)
	case small:
		return each(toeplitz)
	case !onXLA(g):
		return each(rowToeplitz)
	case strided && from <= fewChannels:
		return choice{rowToeplitzLast, col2im, rowToeplitzLast, im2col, true}
	case strided:
		return choice{native, blocks, native, blocks, true}
	}
	// XLA's own kernel gradient is a product with as many rows as the kernel is wide, usually 3, and reads the results
	// again for each of them. Split, in ms, on two cores with AVX2, 3x3, two processes each: 200 rows of 16 to 16
	// channels, 28x28, 28 and 29 against 131 and 76; 40 of 64 to 64, 46 and 51 against 238 and 188; 80 of 128 to 128,
	// 14x14, 71 and 94 against 121 and 96. But for 64 samples of 16 to 16, 11 and 13 against 8.8 and 7.7. Behind few
	// channels, its product is too narrow: 800 rows of 1 to 4, 18 and 17 against 9.8 and 9.6 by small tiles; of 1 to 4,
	// 5x5, 34 and 35 against 18 and 17; of 4 to 8, 43 and 48 against 36 and 37.
	c := choice{neighbours(from, to), neighbours(to, from), native, split, true}
	switch {
	case from <= fewChannels && to > vector:
		c.correlate, c.correlateRows = im2col, im2col
	case from <= vector/4:
		c.correlateRows = smallTiles
	case from > vector && to > vector:
		c.correlate = split
	}
	return c
}

// neighbours picks the lowering of a map of stride 1 between so many channels. A backend's convolution is a product as
// wide as its results have channels, so that few of them leave most of each vector register empty: two or four
// neighbours in a row fill it. In ms, on two cores with AVX-512, native and with the choice: CROWN-IBP steps of
// mnist-small-family/7 (3x3) 3.59 and 2.30, of /9 (5x5) 3.66 and 2.55. Tiles of 2x2 must be moved into place behind
// each convolution, and blocks cut before it: alone they are up to 4 times faster than native, too, but the CROWN-IBP
// step of /7 became slower by them, 2.94 and 3.86. Native wins with 32 channels on either side (1 to 32, 3x3, batch
// 128, forward: 1.5 against 3.6 by blocks) and for 16 results (16 to 16, adjoint: 4.9 against 6.1).
func neighbours(source, result int) lowering {
	switch {
	case source > vector || result > vector/2:
		return native
	case result > vector/4:
		return pairs
	}
	return quads
}

// onXLA reports whether a graph is for XLA.
func onXLA(g *Graph) bool { return backend.IsXLA(g.Backend()) }

// onGPU reports whether a graph is for XLA on a GPU.
func onGPU(g *Graph) bool { return backend.IsGPU(g.Backend()) }
