package net

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/internal/testbackend"
)

// benchShape is a convolution of a network, with a batch of samples and a number of rows over its output as bounds have
// them.
type benchShape struct {
	name         string
	batch, rows  int
	from, to, in int
	kernel       int
	stride       int
	padding      int
}

// benchShapes are the convolutions of Small, Large and the small family's members of stride 1 on MNIST, the first ones
// on digits and CIFAR-10, and others of stride 1; 800 rows are 8 samples of 100.
var benchShapes = []benchShape{
	{"digits-small-conv2", 50, 800, 16, 32, 4, 4, 2, 1},
	{"small-conv1", 256, 800, 1, 16, 28, 4, 2, 1},
	{"small-conv2", 256, 800, 16, 32, 14, 4, 2, 1},
	{"cifar-small-conv1", 128, 400, 3, 16, 32, 4, 2, 1},
	{"large-conv1", 64, 100, 1, 32, 28, 3, 1, 1},
	{"large-conv2", 64, 100, 32, 32, 28, 4, 2, 1},
	{"large-conv3", 64, 100, 32, 64, 14, 3, 1, 1},
	{"large-conv4", 64, 100, 64, 64, 14, 4, 2, 1},
	{"family7-conv1", 256, 800, 1, 4, 28, 3, 1, 1},
	{"family7-conv2", 256, 800, 4, 8, 28, 3, 1, 1},
	{"family7-conv3", 256, 800, 8, 8, 28, 4, 4, 0},
	{"family9-conv1", 256, 800, 1, 4, 28, 5, 1, 1},
	{"family9-conv2", 256, 800, 4, 8, 26, 5, 1, 1},
	{"family9-conv3", 256, 800, 8, 8, 24, 4, 4, 0},
	{"family8-conv2", 256, 800, 8, 16, 28, 3, 1, 1},
	{"family8-conv3", 256, 800, 16, 16, 28, 4, 4, 0},
	{"family10-conv2", 256, 800, 8, 16, 26, 5, 1, 1},
	{"family8-conv1", 256, 800, 1, 8, 28, 3, 1, 1},
	{"family3-conv3", 256, 800, 4, 8, 14, 3, 1, 1},
	{"resnet-conv2", 64, 200, 16, 16, 28, 3, 1, 1},
	{"xlarge-conv2", 16, 40, 64, 64, 28, 3, 1, 1},
	{"xlarge-conv5", 16, 80, 128, 128, 14, 3, 1, 1},
}

func (s benchShape) axes() [2]axis {
	a := axis{in: s.in, out: (s.in+2*s.padding-s.kernel)/s.stride + 1, kernel: s.kernel, stride: s.stride,
		padding: s.padding}
	return [2]axis{a, a}
}

// flops of one sample, counted as the definition has them.
func (s benchShape) flops() float64 {
	out := s.axes()[0].out
	return 2 * float64(s.from*s.to*s.kernel*s.kernel*out*out)
}

// affordable reports whether a lowering's matrix stays below 3 million entries.
func (s benchShape) affordable(l lowering) bool {
	out := s.axes()[0].out
	return l.product == nil || l.tile[0] > 0 || s.from*s.in*s.in*s.to*out*out < 3e6
}

// BenchmarkLowerings times every lowering of the convolution, the adjoint and the gradient in the kernel, between an
// elementwise operation and a reduction as in a bound; "chosen" marks what choose takes. The measurements behind
// choose. Images come with their channels first, so that native pays for a move that whole networks save: confirm by a
// whole step (make bench-peers).
func BenchmarkLowerings(b *testing.B) {
	for _, s := range benchShapes {
		a := s.axes()
		kernel, x := random32(s.to, s.from, s.kernel, s.kernel), random32(s.batch, s.from, s.in, s.in)
		y, rows := random32(s.batch, s.to, a[0].out, a[0].out), random32(s.rows, s.to, a[0].out, a[0].out)
		pick := choose(NewGraph(testbackend.Open(b), ""), a, []int{s.to, s.from, s.kernel, s.kernel})
		for _, l := range everyLowering {
			if !l.allows(a) || !s.affordable(l) || l.usesConvolution() && !onXLA(NewGraph(testbackend.Open(b), "")) {
				continue
			}
			one := func(op string, chosen lowering, samples int, f func(a [2]axis, p, q *Node) *Node, p,
				q *tensors.Tensor) {
				name := s.name + "/" + op + "/" + l.Name
				if chosen.Name == l.Name {
					name += "/chosen"
				}
				b.Run(name, func(b *testing.B) { timed(b, s.flops()*float64(samples), sumOf(f, a), p, q) })
			}
			if !l.split { // whose values are those of native
				one("convolve", pick.convolve, s.batch, l.convolve, kernel, x)
				one("adjoint", pick.transposed, s.rows, l.transposed, kernel, rows)
			}
			one("correlate", pick.correlate, s.batch, l.correlate, x, y)
			one("correlate-rows", pick.correlateRows, s.rows, l.correlate, random32(s.rows, s.from, s.in, s.in), rows)
		}
	}
}

// BenchmarkGradients times the chosen lowerings with their gradients in the kernel and the input or rows.
func BenchmarkGradients(b *testing.B) {
	for _, s := range benchShapes {
		a := s.axes()
		kernel, x := random32(s.to, s.from, s.kernel, s.kernel), random32(s.batch, s.from, s.in, s.in)
		rows := random32(s.rows, s.to, a[0].out, a[0].out)
		b.Run(s.name+"/convolve", func(b *testing.B) {
			timed(b, 3*s.flops()*float64(s.batch), gradientOf(convolve, a),
				kernel, x)
		})
		b.Run(s.name+"/adjoint", func(b *testing.B) {
			timed(b, 3*s.flops()*float64(s.rows), gradientOf(convolveTransposed, a), kernel, rows)
		})
	}
}

// usesConvolution reports whether a lowering needs a backend with fast convolutions.
func (l lowering) usesConvolution() bool { return l.product == nil || l.own || l.shift }

func sumOf(f func(a [2]axis, p, q *Node) *Node, a [2]axis) func([]*Node) []*Node {
	return func(n []*Node) []*Node {
		return []*Node{ReduceAllSum(Abs(f(a, MulScalar(n[0], 0.5), MulScalar(n[1], 1.5))))}
	}
}

func gradientOf(f func(a [2]axis, p, q *Node) *Node, a [2]axis) func([]*Node) []*Node {
	loss := sumOf(f, a)
	return func(n []*Node) []*Node {
		g := Gradient(loss(n)[0], n...)
		return []*Node{g[0], ReduceAllSum(Abs(g[1]))}
	}
}

func timed(b *testing.B, flops float64, f func([]*Node) []*Node, args ...*tensors.Tensor) {
	e := MustNewExec(testbackend.Open(b), f)
	defer e.Finalize()
	call := func() {
		for _, t := range e.MustCall(args[0], args[1]) {
			t.MustFinalizeAll()
		}
	}
	call()
	fastest := math.Inf(1)
	for b.Loop() {
		start := time.Now()
		call()
		fastest = min(fastest, time.Since(start).Seconds())
	}
	seconds := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(1e3*fastest, "fastest-ms")
	b.ReportMetric(1e3*seconds, "ms/op")
	b.ReportMetric(flops/seconds/1e9, "GFLOP/s")
	b.ReportMetric(0, "ns/op")
}

func random32(dims ...int) *tensors.Tensor {
	rng := rand.New(rand.NewPCG(1, uint64(size(dims))))
	x := make([]float32, size(dims))
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return tensors.FromFlatDataAndDimensions(x, dims...)
}
