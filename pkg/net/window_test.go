package net

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/internal/testbackend"
)

// TestWiden compares both ways of Widen with the definition of a convolution, window by window, for few and many input
// channels.
func TestWiden(t *testing.T) {
	dense, sparse := 0, 0
	for _, c := range []struct{ from, to, kernel, stride, window int }{
		{1, 3, 4, 2, 4}, {2, 2, 3, 1, 3}, {5, 3, 3, 1, 4}, {4, 3, 4, 2, 3}, {4, 2, 5, 1, 5}, {5, 4, 3, 2, 2},
		{6, 2, 1, 1, 2}, {4, 3, 4, 4, 3},
	} {
		const n = 3
		layer := Conv{Channels: c.to, Kernel: [2]int{c.kernel, c.kernel}, Stride: [2]int{c.stride, c.stride},
			Padding: [2]int{1, 1}}
		window := [2]int{c.window, c.window}
		if layer.dense([]int{c.from, 9, 9}, window) {
			dense++
		} else {
			sparse++
		}
		kernel, rows := random32(c.to, c.from, c.kernel, c.kernel), random32(n, c.to*c.window*c.window)
		e := MustNewExec(testbackend.Open(t), func(args []*Node) []*Node {
			return []*Node{layer.Widen(Params{Values: args[:1], In: []int{c.from, 9, 9}}, args[1], window)}
		})
		got := tensors.MustCopyFlatData[float32](e.MustCall(kernel, rows)[0])
		e.Finalize()
		want := widened(tensors.MustCopyFlatData[float32](kernel), tensors.MustCopyFlatData[float32](rows), n, c.from,
			c.to, c.kernel, c.stride, c.window)
		for i := range want {
			if len(got) != len(want) || math.Abs(float64(got[i])-want[i]) > 1e-4*max(1, math.Abs(want[i])) {
				t.Fatalf("%+v: value %d of %d is %v, want %v of %d", c, i, len(got), got[i], want[i], len(want))
			}
		}
	}
	if dense == 0 || sparse == 0 {
		t.Errorf("%d shapes by the dense block, %d by the adjoint: one way is not tested", dense, sparse)
	}
}

// widened sums rows [n, to, window, window] times the kernel [to, from, k, k] into [n, from, in, in], in = (window-1)
// stride + k.
func widened(kernel, rows []float32, n, from, to, k, stride, window int) []float64 {
	in := (window-1)*stride + k
	out := make([]float64, n*from*in*in)
	for i := range rows {
		r, o, y, x := i/(to*window*window), i/(window*window)%to, i/window%window, i%window
		for c := range from {
			for a := range k {
				for b := range k {
					out[((r*from+c)*in+y*stride+a)*in+x*stride+b] += float64(rows[i]) *
						float64(kernel[((o*from+c)*k+a)*k+b])
				}
			}
		}
	}
	return out
}
