package net

import (
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
)

// lowering is one way to compute a convolution and its adjoint.
type lowering struct {
	Name    string
	tile    [2]int // outputs in one tile along height and width; 0: all of them, as a Toeplitz matrix
	product productOf
}

// productOf computes a linear map along height and width that is cut into windows; nil: the backend's own convolution.
type productOf func(h, w tiling, kernel, x *Node) *Node

// The lowerings; the benchmarks of this package compare them.
var (
	native      = lowering{Name: "native"}
	blocks      = lowering{"blocks", [2]int{1, 1}, blockConvolution}
	im2col      = lowering{"im2col", [2]int{1, 1}, tiledProduct}
	rowToeplitz = lowering{"row-Toeplitz", [2]int{1, 0}, tiledProduct}
	toeplitz    = lowering{"Toeplitz", [2]int{0, 0}, tiledProduct}

	everyLowering = []lowering{native, blocks, im2col, {"tiles", [2]int{2, 3}, tiledProduct}, rowToeplitz, toeplitz}
)

// convolve is the value of a convolution of x [batch, channels, height, width].
func (l lowering) convolve(a [2]axis, kernel, x *Node) *Node {
	if l.product == nil {
		return nativeConvolve(a, kernel, x)
	}
	return l.product(a[0].forward(l.tile[0]), a[1].forward(l.tile[1]), kernel, x)
}

// transposed is the value of its adjoint: g [batch, channels out, height, width].
func (l lowering) transposed(a [2]axis, kernel, g *Node) *Node {
	if l.product == nil {
		return nativeTransposed(a, kernel, g)
	}
	return l.product(a[0].transposed(l.tile[0]), a[1].transposed(l.tile[1]), TransposeAllAxes(kernel, 1, 0, 2, 3), g)
}

// convolve is the convolution of x [batch, channels, height, width] by the lowering chosen for it.
//
// Its gradients are the adjoint and [correlate], by their own lowerings: those of the backends' convolutions are
// slow, and GoMLX's (v0.28.16) are wrong for kernels of even size.
func convolve(a [2]axis, kernel, x *Node) *Node {
	return withGradient(forConvolution(x.Graph()).convolve(a, kernel, x), []*Node{kernel, x}, func(v *Node) []*Node {
		return []*Node{correlate(a, x, v), convolveTransposed(a, kernel, v)}
	})
}

// convolveTransposed is the adjoint of convolve: g [batch, channels out, height, width].
func convolveTransposed(a [2]axis, kernel, g *Node) *Node {
	return withGradient(forTransposed(g.Graph()).transposed(a, kernel, g), []*Node{kernel, g}, func(v *Node) []*Node {
		return []*Node{correlate(a, v, g), convolve(a, kernel, v)}
	})
}

// correlate is the gradient of <convolve(kernel, x), g> in the kernel: one product of the windows of x with g.
func correlate(a [2]axis, x, g *Node) *Node {
	from, to := x.Shape().Dimensions[1], g.Shape().Dimensions[1]
	h, w := a[0].forward(1), a[1].forward(1)
	rows := Reshape(TransposeAllAxes(g, 0, 2, 3, 1), -1, to)
	k := Dot(rows, windows(h, w, x)).General([]int{0}, nil, []int{0}, nil)
	k = Reshape(k, to, h.pieces, w.pieces, h.step, w.step, from)
	k = Reshape(TransposeAllAxes(k, 0, 5, 1, 3, 2, 4), to, from, h.length(), w.length())
	return crop(crop(k, 2, 0, a[0].kernel), 3, 0, a[1].kernel)
}

// forConvolution chooses the lowering of a convolution.
func forConvolution(g *Graph) lowering {
	if onXLA(g) {
		return native
	}
	return im2col
}

// forTransposed chooses the lowering of the adjoint.
func forTransposed(g *Graph) lowering {
	if onXLA(g) {
		return blocks
	}
	return im2col
}

// onXLA tells whether a graph is for XLA.
func onXLA(g *Graph) bool { return g.Backend().Name() == "xla" }

// onGPU tells whether a graph is for XLA on a GPU.
func onGPU(g *Graph) bool {
	plugin, ok := g.Backend().(interface{ PluginName() string })
	return ok && strings.Contains(plugin.PluginName(), "cuda")
}
