package net

// axis is the geometry of a convolution along one axis: output o reads input stride*o + a - padding for a < kernel.
type axis struct {
	in, out, kernel, stride, padding int
}

// tiling says how a linear map along one axis is cut into equal windows of its source, each of which gives one tile of
// its result. Windows may overlap; tiles do not. One window over everything is a Toeplitz matrix, one result a window
// is im2col.
type tiling struct {
	source, result int // lengths of the whole axis
	windows        int
	step           int // from one window to the next
	window         int // a window's length
	pieces         int // a window's length in steps, rounded up
	before         int // zeros put before the source; negative: values cut off
	tile           int // results of a window
	skip           int // results before the first wanted one
	tap            func(source, result int) int
	kernel         int
	last           bool // channels stand behind the positions of a window even where it is the whole axis
}

// length of a window in whole steps.
func (t tiling) length() int { return t.pieces * t.step }

// forward tiles the convolution in tiles of b outputs; b = 0: one dense window.
func (x axis) forward(b int) tiling {
	t := tiling{source: x.in, result: x.out, kernel: x.kernel}
	if b == 0 {
		t.windows, t.step, t.window, t.pieces, t.tile = 1, x.in, x.in, 1, x.out
		t.tap = func(j, o int) int { return j + x.padding - x.stride*o }
		return t
	}
	t.tile, t.step, t.before = b, b*x.stride, x.padding
	t.windows, t.window = over(x.out, b), (b-1)*x.stride+x.kernel
	t.pieces = over(t.window, t.step)
	t.tap = func(j, o int) int { return j - x.stride*o }
	return t
}

// transposed tiles the adjoint in tiles of b*stride inputs; b = 0: one dense window.
//
// With input index i + padding = stride*q + r, input i gathers the outputs q-T+1 .. q, T = ceil(kernel/stride).
func (x axis) transposed(b int) tiling {
	t := tiling{source: x.out, result: x.in, kernel: x.kernel}
	if b == 0 {
		t.windows, t.step, t.window, t.pieces, t.tile = 1, x.out, x.out, 1, x.in
		t.tap = func(o, i int) int { return i + x.padding - x.stride*o }
		return t
	}
	taps := over(x.kernel, x.stride)
	first, last := x.padding/x.stride, (x.in-1+x.padding)/x.stride
	t.tile, t.step, t.before = b*x.stride, b, taps-1-first
	t.windows, t.window = over(last-first+1, b), b+taps-1
	t.pieces = over(t.window, t.step)
	t.skip = x.padding - x.stride*first
	t.tap = func(j, d int) int { return d + x.stride*(taps-1-j) }
	return t
}

func over(a, b int) int { return (a + b - 1) / b }
