package net

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/internal/testbackend"
)

// geometry is a convolution for tests.
type geometry struct {
	from, to, height, width int
	kernel, stride, padding [2]int
}

func (g geometry) String() string {
	return fmt.Sprintf("%dx%dx%d to %d, kernel %v, stride %v, padding %v", g.from, g.height, g.width, g.to, g.kernel,
		g.stride, g.padding)
}

func (g geometry) axes() [2]axis {
	var a [2]axis
	for i, in := range []int{g.height, g.width} {
		a[i] = axis{in: in, out: (in+2*g.padding[i]-g.kernel[i])/g.stride[i] + 1, kernel: g.kernel[i],
			stride: g.stride[i], padding: g.padding[i]}
	}
	return a
}

// geometries are strides 1 to 3, kernels 1 to 5, paddings 0 to 2, which differ between height and width, on images that
// are not square; the stride leaves a rest over in some.
func geometries() []geometry {
	out := []geometry{
		{2, 3, 6, 7, [2]int{4, 3}, [2]int{1, 1}, [2]int{1, 2}},
		{1, 2, 6, 4, [2]int{1, 1}, [2]int{3, 2}, [2]int{2, 2}},
		{2, 3, 8, 8, [2]int{4, 4}, [2]int{2, 2}, [2]int{1, 1}},
	}
	rng := rand.New(rand.NewPCG(5, 5))
	kernels := []int{1, 3, 4, 5}
	for i := range 12 {
		out = append(out, geometry{1 + rng.IntN(3), 1 + rng.IntN(3), 5 + rng.IntN(4), 5 + rng.IntN(4),
			[2]int{kernels[i%4], kernels[rng.IntN(4)]}, [2]int{1 + i%3, 1 + rng.IntN(3)}, [2]int{i / 4, rng.IntN(3)}})
	}
	return out
}

func random(rng *rand.Rand, dims ...int) *tensors.Tensor {
	x := make([]float64, size(dims))
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return tensors.FromFlatDataAndDimensions(x, dims...)
}

func flat64(t testing.TB, x *tensors.Tensor) (out []float64) {
	t.Helper()
	if err := tensors.ConstFlatData(x, func(flat []float64) { out = append(out, flat...) }); err != nil {
		t.Fatal(err)
	}
	return out
}

// direct is the definition, in loops: y[n,o,i,j] = sum w[o,c,a,b] x[n,c,si+a-p,sj+b-p].
func (g geometry) direct(w, x []float64, n int) []float64 {
	a := g.axes()
	var out []float64
	for s := range n {
		for o := range g.to {
			for i := range a[0].out {
				for j := range a[1].out {
					out = append(out, g.at(w, x[s*g.from*g.height*g.width:], o, i, j))
				}
			}
		}
	}
	return out
}

func (g geometry) at(w, x []float64, o, i, j int) (sum float64) {
	for c := range g.from {
		for a := range g.kernel[0] {
			for b := range g.kernel[1] {
				row, column := i*g.stride[0]+a-g.padding[0], j*g.stride[1]+b-g.padding[1]
				if row >= 0 && row < g.height && column >= 0 && column < g.width {
					sum += w[((o*g.from+c)*g.kernel[0]+a)*g.kernel[1]+b] * x[(c*g.height+row)*g.width+column]
				}
			}
		}
	}
	return sum
}

// TestLowerings compares every way to compute a convolution with its definition, and the adjoint with the convolution:
// <conv(x), g> = <x, adjoint(g)> = <kernel, correlate(x, g)>.
func TestLowerings(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	all := geometries()
	if onXLA(NewGraph(testbackend.Open(t), "")) {
		all = all[:5] // XLA takes seconds to compile each
	}
	for _, g := range all {
		a := g.axes()
		w, x := random(rng, g.to, g.from, g.kernel[0], g.kernel[1]), random(rng, 2, g.from, g.height, g.width)
		rows := random(rng, 2, g.to, a[0].out, a[1].out)
		want := g.direct(flat64(t, w), flat64(t, x), 2)
		inner := dot(want, flat64(t, rows))
		allowed := slices.DeleteFunc(slices.Clone(everyLowering), func(l lowering) bool { return !l.allows(a) })
		got := MustExecOnceN(testbackend.Open(t), func(args []*Node) (out []*Node) {
			for _, l := range allowed {
				out = append(out, l.convolve(a, args[0], args[1]), l.transposed(a, args[0], args[2]),
					l.correlate(a, args[1], args[2]))
			}
			return out
		}, w, x, rows)
		for i, l := range allowed {
			if d := distance(flat64(t, got[3*i]), want); d > 1e-12 {
				t.Errorf("%s, %s: convolution is off by %g", g, l.Name, d)
			}
			if d := math.Abs(dot(flat64(t, got[3*i+1]), flat64(t, x)) - inner); d > 1e-10 {
				t.Errorf("%s, %s: adjoint is off by %g", g, l.Name, d)
			}
			if d := math.Abs(dot(flat64(t, got[3*i+2]), flat64(t, w)) - inner); d > 1e-10 {
				t.Errorf("%s, %s: gradient in the kernel is off by %g", g, l.Name, d)
			}
		}
	}
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func distance(a, b []float64) (most float64) {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	for i := range a {
		most = max(most, math.Abs(a[i]-b[i]))
	}
	return most
}

// TestChosenLowerings checks value, adjoint and gradients of convolutions that are too large for a whole Toeplitz
// matrix, for every lowering that choose takes on the backend: few and many channels, strides 1 and 2, kernels 3 to 5,
// paddings 0 to 2.
func TestChosenLowerings(t *testing.T) {
	large := []geometry{
		{4, 4, 16, 16, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}},
		{4, 6, 20, 18, [2]int{4, 4}, [2]int{2, 2}, [2]int{1, 1}},
		{1, 8, 18, 20, [2]int{5, 5}, [2]int{1, 1}, [2]int{2, 2}},
		{3, 6, 18, 18, [2]int{4, 4}, [2]int{2, 2}, [2]int{0, 0}},
		{5, 4, 17, 16, [2]int{5, 3}, [2]int{2, 1}, [2]int{2, 0}},
		{4, 8, 16, 16, [2]int{4, 4}, [2]int{1, 1}, [2]int{2, 2}},
	}
	g := NewGraph(testbackend.Open(t), "")
	if onXLA(g) {
		large = large[:4]
	}
	taken := map[string]bool{}
	for _, c := range large {
		a := c.axes()
		pick := choose(g, a, []int{c.to, c.from, c.kernel[0], c.kernel[1]})
		if pick.convolve.Name == toeplitz.Name {
			t.Fatalf("%v is small", c)
		}
		taken["convolve "+pick.convolve.Name], taken["adjoint "+pick.transposed.Name],
			taken["correlate "+pick.correlate.Name] = true, true, true
		rng := rand.New(rand.NewPCG(7, 8))
		w, x, rows := random(rng, c.to, c.from, c.kernel[0], c.kernel[1]), random(rng, 2, c.from, c.height, c.width),
			random(rng, 2, c.to, a[0].out, a[1].out)
		args := []any{w, x, rows}
		e := MustNewExec(testbackend.Open(t), func(n []*Node) []*Node {
			y, back := convolve(a, n[0], n[1]), convolveTransposed(a, n[0], n[2])
			loss := Add(weighted(y), weighted(back))
			return append([]*Node{loss, y, back}, Gradient(loss, n...)...)
		})
		got := e.MustCall(args...)
		want := c.direct(flat64(t, w), flat64(t, x), 2)
		if d := distance(flat64(t, got[1]), want); d > 1e-11 {
			t.Errorf("%v: the convolution is off by %g", c, d)
		}
		if inner := dot(want, flat64(t, rows)); math.Abs(dot(flat64(t, got[2]), flat64(t, x))-inner) > 1e-9*max(1,
			math.Abs(inner)) {
			t.Errorf("%v: the adjoint is none", c)
		}
		for i := range args {
			difference(t, e, args, i, flat64(t, got[3+i]))
		}
		e.Finalize()
	}
	if len(taken) < 3 {
		t.Errorf("only %v", taken)
	}
	t.Log(taken)
}
