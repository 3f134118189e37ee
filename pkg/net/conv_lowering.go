package net

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// lowering is one way to compute a convolution and its adjoint.
type lowering struct {
	Name    string
	tile    [2]int // outputs in one tile along height and width; 0: all of them, as a Toeplitz matrix
	product productOf
	shift   bool // the gradient in the kernel shifts the results, not the source
	own     bool // the gradient in the kernel is the backend's own
	last    bool // the channels of whole rows stand behind their positions, as the backend's convolutions have them
	scatter bool // the adjoint adds up products of its source, instead of gathering windows of it
	split   bool // the gradient in the kernel shifts source and results, each along one axis; only for stride 1
}

// productOf computes a linear map along height and width that is cut into windows; nil: the backend's own convolution.
type productOf func(h, w tiling, kernel, x *Node) *Node

// The lowerings that [choose] knows; the benchmarks of this package compare them.
var (
	native          = lowering{Name: "native"}
	blocks          = lowering{Name: "blocks", tile: [2]int{1, 1}, product: blockConvolution, shift: true}
	im2col          = lowering{Name: "im2col", tile: [2]int{1, 1}, product: tiledProduct}
	col2im          = lowering{Name: "col2im", tile: [2]int{1, 1}, product: tiledProduct, scatter: true}
	rowToeplitz     = lowering{Name: "row-Toeplitz", tile: [2]int{1, 0}, product: tiledProduct}
	rowToeplitzLast = lowering{Name: "row-Toeplitz, last", tile: [2]int{1, 0}, product: tiledProduct, last: true}
	toeplitz        = lowering{Name: "Toeplitz", product: tiledProduct}
	smallTiles      = lowering{Name: "tiles", tile: [2]int{2, 3}, product: tiledProduct}
	split           = lowering{Name: "split", split: true}

	// Several neighbours in a row as the channels of one result of a convolution with a longer stride.
	pairs = lowering{Name: "pairs", tile: [2]int{1, 2}, product: strideConvolution, own: true}
	quads = lowering{Name: "quads", tile: [2]int{1, 4}, product: strideConvolution, own: true}

	everyLowering = []lowering{native, blocks, pairs, quads, im2col, col2im, split, smallTiles, rowToeplitz,
		rowToeplitzLast, toeplitz}
)

// allows reports whether the lowering computes convolutions of these strides.
func (l lowering) allows(a [2]axis) bool { return !l.split || a[0].stride*a[1].stride == 1 }

// convolve is the value of a convolution of x [batch, channels, height, width].
func (l lowering) convolve(a [2]axis, kernel, x *Node) *Node {
	if l.product == nil {
		return nativeConvolve(a, kernel, x)
	}
	h, w := l.forward(a)
	return l.product(h, w, kernel, x)
}

// transposed is the value of its adjoint: g [batch, channels out, height, width].
func (l lowering) transposed(a [2]axis, kernel, g *Node) *Node {
	switch {
	case l.scatter:
		return scattered(a, kernel, g)
	case l.product == nil:
		return nativeTransposed(a, kernel, g)
	}
	h, w := a[0].transposed(l.tile[0]), a[1].transposed(l.tile[1])
	w.last = l.last
	return l.product(h, w, TransposeAllAxes(kernel, 1, 0, 2, 3), g)
}

// forward cuts the convolution into the lowering's tiles.
func (l lowering) forward(a [2]axis) (h, w tiling) {
	h, w = a[0].forward(l.tile[0]), a[1].forward(l.tile[1])
	w.last = l.last
	return h, w
}

// correlate is the value of the gradient of <convolve(kernel, x), g> in the kernel.
func (l lowering) correlate(a [2]axis, x, g *Node) *Node {
	switch {
	case l.split:
		return splitGradient(a, x, g)
	case l.shift:
		return shiftedGradient(a[0].forward(1), a[1].forward(1), x, g)
	case l.product == nil || l.own:
		return nativeCorrelate(a, x, g)
	}
	h, w := l.forward(a)
	return tiledGradient(h, w, x, g)
}
