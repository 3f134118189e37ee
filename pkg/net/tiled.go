package net

import (
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
)

// tiledProduct computes a linear map along height and width as ONE tall product: windows of x times a block matrix.
// x [n, channels, source height, source width], kernel [to channels, channels, kernel height, kernel width] -> [n, to channels, result...].
func tiledProduct(h, w tiling, kernel, x *Node) *Node {
	n, to := x.Shape().Dimensions[0], kernel.Shape().Dimensions[0]
	m := blockMatrix(kernel, h, w, true)
	x = windows(h, w, x)
	y := Dot(x, m).Product()
	y = Reshape(y, n, h.windows, w.windows, h.tile, w.tile, to)
	y = TransposeAllAxes(y, 0, 5, 1, 3, 2, 4)
	y = Reshape(y, n, to, h.windows*h.tile, w.windows*w.tile)
	return crop(crop(y, 2, h.skip, h.result), 3, w.skip, w.result)
}

// windows cuts x [n, channels, height, width] into rows: [n * windows, pieces * steps * channels].
func windows(h, w tiling, x *Node) *Node {
	n, c := x.Shape().Dimensions[0], x.Shape().Dimensions[1]
	x = fit(fit(x, 2, h), 3, w)
	x = Reshape(x, n, c, h.windows+h.pieces-1, h.step, w.windows+w.pieces-1, w.step)
	x = TransposeAllAxes(x, 0, 2, 4, 3, 5, 1)
	x = Reshape(x, n, h.windows+h.pieces-1, w.windows+w.pieces-1, h.step*w.step*c)
	var parts []*Node
	for i := range h.pieces {
		for j := range w.pieces {
			parts = append(parts, crop(crop(x, 1, i, h.windows), 2, j, w.windows))
		}
	}
	x = parts[0]
	if len(parts) > 1 {
		x = Concatenate(parts, -1)
	}
	return Reshape(x, n*h.windows*w.windows, -1)
}

// blockMatrix is the matrix of one window: [source of h, w, channels ; result of h, w, channels], each in the order that
// windows gives, or with channels first where last is not set.
func blockMatrix(kernel *Node, h, w tiling, last bool) *Node {
	d := kernel.Shape().Dimensions // [to, from, kernel height, kernel width]
	k := Reshape(kernel, d[0]*d[1], d[2]*d[3])
	k = Dot(k, ConstAsDType(kernel.Graph(), kernel.DType(), selection(h, w))).Product()
	k = Reshape(k, d[0], d[1], h.pieces, h.step, h.tile, w.pieces, w.step, w.tile)
	if last {
		k = TransposeAllAxes(k, 2, 5, 3, 6, 1, 4, 7, 0)
	} else {
		k = TransposeAllAxes(k, 1, 2, 3, 5, 6, 0, 4, 7)
	}
	return Reshape(k, h.length()*w.length()*d[1], h.tile*w.tile*d[0])
}

// selection is S[a b ; i o j p] = 1 where along h the window's value i meets kernel element a in the tile's result o, and
// along w the value j meets b in p: [kernel height * width, length * tile of h * length * tile of w].
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

// fit pads or cuts one axis to the length that the windows need.
func fit(x *Node, at int, t tiling) *Node {
	if t.before < 0 {
		x = crop(x, at, -t.before, x.Shape().Dimensions[at]+t.before)
		t.before = 0
	}
	have := x.Shape().Dimensions[at]
	keep := min(have, t.needed()-t.before)
	x = crop(x, at, 0, keep)
	after := t.needed() - t.before - keep
	if t.before == 0 && after == 0 {
		return x
	}
	pads := make([]compute.PadAxis, x.Rank())
	pads[at] = compute.PadAxis{Start: t.before, End: after}
	return Pad(x, ScalarZero(x.Graph(), x.DType()), pads...)
}

// crop takes length values of one axis.
func crop(x *Node, at, from, length int) *Node {
	if from == 0 && length == x.Shape().Dimensions[at] {
		return x
	}
	return SliceAxis(x, at, AxisRange(from, from+length))
}
