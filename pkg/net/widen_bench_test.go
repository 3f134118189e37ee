package net

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
)

// BenchmarkWiden times the two ways of Conv.Widen on windows of Large and XLarge: the measurements behind denseGain.
func BenchmarkWiden(b *testing.B) {
	for _, s := range []struct {
		name           string
		from, to, k, s int
		window, rows   int
	}{
		{"large-conv3-in-2", 32, 32, 4, 2, 3, 2048}, {"large-conv4-in-3", 32, 64, 3, 1, 4, 2048},
		{"large-conv4-in-2", 32, 32, 4, 2, 6, 1024},
		{"small-conv1", 1, 16, 4, 2, 4, 8192}, {"large-conv1", 1, 32, 3, 1, 8, 2048},
		{"cifar-conv1", 3, 32, 3, 1, 6, 2048}, {"small-conv2", 16, 32, 4, 2, 2, 4096},
		{"xlarge-3x3", 64, 64, 3, 1, 7, 1024}, {"xlarge-11", 64, 64, 3, 1, 11, 512},
		{"xlarge-128", 128, 128, 3, 1, 3, 2048}, {"xlarge-stride", 64, 128, 3, 2, 5, 1024},
	} {
		c := Conv{Channels: s.to, Kernel: [2]int{s.k, s.k}, Stride: [2]int{s.s, s.s}}
		window := [2]int{s.window, s.window}
		q := c.between(Params{In: []int{s.from, 0, 0}}, window)
		kernel, rows := random32(s.to, s.from, s.k, s.k), random32(s.rows, s.to*s.window*s.window)
		flops := float64(s.rows * 2 * size(q.Out) * s.from * s.k * s.k)
		on := func(f func(q Params, rows *Node) *Node) func([]*Node) []*Node {
			return func(n []*Node) []*Node {
				q.Values = n[:1]
				return []*Node{ReduceAllSum(Abs(f(q, MulScalar(n[1], 1.5))))}
			}
		}
		b.Run(s.name+"/dense", func(b *testing.B) {
			timed(b, flops, on(func(q Params, rows *Node) *Node {
				return Dot(rows, Reshape(c.Matrix(q), size(q.Out), size(q.In))).Product()
			}), kernel, rows)
		})
		b.Run(s.name+"/adjoint", func(b *testing.B) {
			timed(b, flops, on(func(q Params, rows *Node) *Node {
				return c.Adjoint(q, Reshape(rows, append([]int{1, s.rows}, q.Out...)...))
			}), kernel, rows)
		})
		b.Run(s.name+"/rows", func(b *testing.B) {
			timed(b, flops, on(func(q Params, rows *Node) *Node {
				return rowToeplitz.transposed(c.axes(q), q.Values[0], Reshape(rows, append([]int{s.rows}, q.Out...)...))
			}), kernel, rows)
		})
	}
}
