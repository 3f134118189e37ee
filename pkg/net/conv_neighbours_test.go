package net

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/internal/testbackend"
)

// TestNeighboursEqualNative compares convolution, adjoint and kernel gradient of tiles of neighbours with the backend's
// own, number by number, on generated geometries in both precisions: what the two sum differs in order only.
func TestNeighboursEqualNative(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	backend := testbackend.Open(t)
	count := 6
	if onXLA(NewGraph(backend, "")) {
		count = 3 // XLA takes seconds to compile each
	}
	for i := range count {
		g := geometry{1 + rng.IntN(3), 1 + rng.IntN(4), 5 + rng.IntN(6), 5 + rng.IntN(6),
			[2]int{1 + 2*rng.IntN(3), 1 + rng.IntN(5)}, [2]int{1 + rng.IntN(2), 1 + i%2},
			[2]int{rng.IntN(3), rng.IntN(3)}}
		a := g.axes()
		x, y := random(rng, 2, g.from, g.height, g.width), random(rng, 2, g.to, a[0].out, a[1].out)
		w := random(rng, g.to, g.from, g.kernel[0], g.kernel[1])
		for _, precision := range []struct {
			dtype     dtypes.DType
			tolerance float64 // of sums of at most 300 products of numbers around 1
		}{{dtypes.Float32, 1e-4}, {dtypes.Float64, 1e-12}} {
			got := MustExecOnceN(backend, func(n []*Node) (out []*Node) {
				for k := range n {
					n[k] = ConvertDType(n[k], precision.dtype)
				}
				for _, l := range []lowering{native, pairs, quads} {
					for _, v := range []*Node{l.convolve(a, n[0], n[1]), l.transposed(a, n[0], n[2]),
						l.correlate(a, n[1], n[2])} {
						out = append(out, ConvertDType(v, dtypes.Float64))
					}
				}
				return out
			}, w, x, y)
			for k := 3; k < len(got); k++ {
				if d := distance(flat64(t, got[k]), flat64(t, got[k%3])); !(d <= precision.tolerance) {
					t.Errorf("%s, %s, result %d: off by %g", g, precision.dtype, k, d)
				}
			}
		}
	}
}

// TestNeighboursByChannels checks which maps of stride 1 are computed by several neighbours at once: those with few
// channels, and always in tiles that fill no more than a register.
func TestNeighboursByChannels(t *testing.T) {
	for from := 1; from <= 64; from++ {
		for to := 1; to <= 64; to++ {
			l := neighbours(from, to)
			if l.product == nil {
				if max(from, to) <= vector/2 {
					t.Errorf("%d to %d channels: native", from, to)
				}
				continue
			}
			if n := l.tile[0] * l.tile[1] * to; n > vector || from > vector {
				t.Errorf("%d to %d channels: %d columns", from, to, n)
			}
		}
	}
}
