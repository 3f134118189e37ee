package net

import (
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
)

// tiledProduct computes a linear map along height and width as ONE tall product: windows of x times a block matrix. x
// [n, channels, source height, source width], kernel [to, channels, kernel height, kernel width] -> [n, to, result...].
func tiledProduct(h, w tiling, kernel, x *Node) *Node {
	n, to := x.Shape().Dimensions[0], kernel.Shape().Dimensions[0]
	return untile(h, w, Dot(windows(h, w, x), blockMatrix(h, w, kernel)).Product(), n, to)
}

// tiledGradient is the gradient of <tiledProduct(kernel, x), g> in the kernel: [to, channels, kernel height, kernel
// width].
func tiledGradient(h, w tiling, x, g *Node) *Node {
	from, to := x.Shape().Dimensions[1], g.Shape().Dimensions[1]
	m := Dot(windows(h, w, x), tiles(h, w, g)).General([]int{0}, nil, []int{0}, nil)
	return kernelOf(h, w, m, from, to)
}

// order is where the channels stand in a window or tile: with whole columns and rows they stay in front, with whole
// rows between, so that little has to be moved; else they go last.
type order int

const (
	channelsHeightWidth order = iota
	heightChannelsWidth
	heightWidthChannels
)

func orderOf(h, w tiling) order {
	switch {
	case w.last || w.pieces*w.windows > 1:
		return heightWidthChannels
	case h.pieces*h.windows > 1:
		return heightChannelsWidth
	}
	return channelsHeightWidth
}

// arrange gives the permutation that puts the axes c, h, w in this order.
func (o order) arrange(c, h, w int) []int {
	return [][]int{{c, h, w}, {h, c, w}, {h, w, c}}[o]
}

// shape gives the sizes in this order.
func (o order) shape(c, h, w int) []int { return o.arrange(c, h, w) }

// windows cuts x [n, channels, height, width] into rows [n * windows, pieces * step * channels].
func windows(h, w tiling, x *Node) *Node {
	var parts []*Node
	x = steps(h, w, x)
	for i := range h.pieces {
		for j := range w.pieces {
			parts = append(parts, crop(crop(x, 1, i, h.windows), 2, j, w.windows))
		}
	}
	x = parts[0]
	if len(parts) > 1 {
		x = Concatenate(parts, -1)
	}
	d := x.Shape().Dimensions
	return Reshape(x, d[0]*d[1]*d[2], d[3])
}

// steps cuts x [n, channels, height, width] into the steps from one window to the next: [n, steps of h, steps of w,
// step * step * channels].
func steps(h, w tiling, x *Node) *Node {
	n, c := x.Shape().Dimensions[0], x.Shape().Dimensions[1]
	down, across := cuts{h.before, h.windows + h.pieces - 1, h.step}, cuts{w.before, w.windows + w.pieces - 1, w.step}
	return Reshape(cells(x, orderOf(h, w), down, across), n, down.count, across.count, h.step*w.step*c)
}

// tiles cuts g [n, to, result height, result width] into rows [n * windows, tile * tile * to].
func tiles(h, w tiling, g *Node) *Node {
	n, to := g.Shape().Dimensions[0], g.Shape().Dimensions[1]
	x := cells(g, orderOf(h, w), cuts{h.skip, h.windows, h.tile}, cuts{w.skip, w.windows, w.tile})
	return Reshape(x, n*h.windows*w.windows, h.tile*w.tile*to)
}

// untile is the inverse of tiles: rows -> [n, to, result height, result width].
func untile(h, w tiling, rows *Node, n, to int) *Node {
	x := Reshape(rows, append([]int{n, h.windows, w.windows}, orderOf(h, w).shape(to, h.tile, w.tile)...)...)
	return uncells(x, orderOf(h, w), cuts{h.skip, h.windows, h.tile}, cuts{w.skip, w.windows, w.tile}, h.result,
		w.result)
}

// cuts cut an axis, after padding it at the front with zeros, into equal cells.
type cuts struct{ before, count, size int }

func (c cuts) length() int { return c.count * c.size }

// cells cuts x [n, channels, height, width] into [n, cells of h, cells of w, and a cell's channels, height and width in
// the order].
func cells(x *Node, o order, h, w cuts) *Node {
	n, c := x.Shape().Dimensions[0], x.Shape().Dimensions[1]
	if o == heightWidthChannels {
		// The channels go last at once: where they came from there, nothing is moved.
		x = ToChannelsLast(x)
		x = fit(fit(x, 1, h.before, h.length()), 2, w.before, w.length())
		return permute(Reshape(x, n, h.count, h.size, w.count, w.size, c), []int{0, 1, 3, 2, 4, 5})
	}
	x = fit(fit(x, 2, h.before, h.length()), 3, w.before, w.length())
	x = Reshape(x, n, c, h.count, h.size, w.count, w.size)
	return permute(x, append([]int{0, 2, 4}, o.arrange(1, 3, 5)...))
}

// uncells is the inverse of cells, for a result of the given rows and columns.
func uncells(x *Node, o order, h, w cuts, rows, columns int) *Node {
	n := x.Shape().Dimensions[0]
	if o == heightWidthChannels {
		x = permute(x, []int{0, 1, 3, 2, 4, 5})
		x = Reshape(x, n, h.length(), w.length(), -1)
		return ToChannelsFirst(crop(crop(x, 1, h.before, rows), 2, w.before, columns))
	}
	x = permute(x, inverse(append([]int{0, 2, 4}, o.arrange(1, 3, 5)...)))
	x = Reshape(x, n, -1, h.length(), w.length())
	return crop(crop(x, 2, h.before, rows), 3, w.before, columns)
}

// blockMatrix is the matrix from a window to its tile, [pieces * step * channels, tile * tile * to], of a kernel
// [to, channels, kernel height, kernel width].
func blockMatrix(h, w tiling, kernel *Node) *Node {
	return orderedMatrix(orderOf(h, w), h, w, kernel)
}

// orderedMatrix is blockMatrix for windows and tiles whose axes are in an order.
func orderedMatrix(o order, h, w tiling, kernel *Node) *Node {
	d := kernel.Shape().Dimensions
	k := Reshape(kernel, d[0]*d[1], d[2]*d[3])
	k = Dot(k, ConstAsDType(kernel.Graph(), kernel.DType(), selection(h, w))).Product()
	k = Reshape(k, d[0], d[1], h.pieces, h.step, h.tile, w.pieces, w.step, w.tile)
	return Reshape(permute(k, blockAxes(o)), h.length()*w.length()*d[1], h.tile*w.tile*d[0])
}

// kernelOf is the adjoint of blockMatrix.
func kernelOf(h, w tiling, matrix *Node, from, to int) *Node {
	sizes := []int{to, from, h.pieces, h.step, h.tile, w.pieces, w.step, w.tile}
	axes := blockAxes(orderOf(h, w))
	dims := make([]int, len(axes))
	for i, a := range axes {
		dims[i] = sizes[a]
	}
	k := Reshape(permute(Reshape(matrix, dims...), inverse(axes)), to*from, -1)
	s := ConstAsDType(matrix.Graph(), matrix.DType(), selection(h, w))
	return Reshape(timesTransposed(k, s), to, from, h.kernel, w.kernel)
}

// blockAxes permutes [to, from, pieces, step, tile of h, pieces, step, tile of w] to the rows and columns of the block
// matrix, in an order.
func blockAxes(o order) []int {
	axes := append([]int{2, 5}, o.arrange(1, 3, 6)...)
	return append(axes, o.arrange(0, 4, 7)...)
}

// selection is S[a b ; i o j p] = 1 where along h the window's value i meets kernel element a in the tile's result o,
// and along w the value j meets b in p: [kernel height * width, length * tile of h * length * tile of w].
func selection(h, w tiling) [][]float64 {
	s := make([][]float64, h.kernel*w.kernel)
	columns := w.length() * w.tile
	for k := range s {
		s[k] = make([]float64, h.length()*h.tile*columns)
	}
	for row := range h.length() * h.tile {
		a := h.tap(row/h.tile, row%h.tile)
		if a < 0 || a >= h.kernel {
			continue
		}
		for column := range columns {
			if b := w.tap(column/w.tile, column%w.tile); b >= 0 && b < w.kernel {
				s[a*w.kernel+b][row*columns+column] = 1
			}
		}
	}
	return s
}

// fit makes one axis the part of length values from -before on, with zeros where x has none.
func fit(x *Node, at, before, length int) *Node {
	if before < 0 {
		x = crop(x, at, -before, x.Shape().Dimensions[at]+before)
		before = 0
	}
	x = crop(x, at, 0, min(x.Shape().Dimensions[at], length-before))
	after := length - before - x.Shape().Dimensions[at]
	if before == 0 && after == 0 {
		return x
	}
	pads := make([]compute.PadAxis, x.Rank())
	pads[at] = compute.PadAxis{Start: before, End: after}
	return Pad(x, ScalarZero(x.Graph(), x.DType()), pads...)
}

// crop takes length values of one axis.
func crop(x *Node, at, from, length int) *Node {
	if from == 0 && length == x.Shape().Dimensions[at] {
		return x
	}
	return SliceAxis(x, at, AxisRange(from, from+length))
}

// permute reorders the axes, where there is anything to do.
func permute(x *Node, axes []int) *Node {
	for i, a := range axes {
		if i != a {
			return TransposeAllAxes(x, axes...)
		}
	}
	return x
}

func inverse(axes []int) []int {
	out := make([]int, len(axes))
	for i, a := range axes {
		out[a] = i
	}
	return out
}

// shiftedGradient is tiledGradient for tiles of one result, without the windows: instead of the source, the results are
// shifted, once for every step of a window, so that one product of steps [n * all steps, step * step * channels] and
// shifted results gives it all.
func shiftedGradient(h, w tiling, x, g *Node) *Node {
	n, from, to := x.Shape().Dimensions[0], x.Shape().Dimensions[1], g.Shape().Dimensions[1]
	x = steps(h, w, x)
	d := x.Shape().Dimensions
	g = Reshape(tiles(h, w, g), n, h.windows, w.windows, to)
	var shifted []*Node
	for i := range h.pieces {
		for j := range w.pieces {
			shifted = append(shifted, fit(fit(g, 1, i, d[1]), 2, j, d[2]))
		}
	}
	all := Reshape(Concatenate(shifted, -1), -1, len(shifted)*to)
	m := Dot(Reshape(x, -1, d[3]), all).General([]int{0}, nil, []int{0}, nil)
	m = TransposeAllAxes(Reshape(m, d[3], len(shifted), to), 1, 0, 2)
	return kernelOf(h, w, Reshape(m, len(shifted)*d[3], to), from, to)
}
