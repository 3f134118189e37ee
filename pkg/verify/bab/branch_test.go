package bab

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestSums compares the kernel of this build with plain loops.
func TestSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	for n := 0; n <= 20*lanes; n += lanes {
		v, w := make([]float32, n), make([]float32, n)
		a, b := float32(rng.NormFloat64()), float32(rng.NormFloat64())
		var want [3]float64
		for k := range v {
			v[k], w[k] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
			for q, f := range []float32{0, a, b} {
				want[q] += math.Abs(float64(v[k]) + float64(f)*float64(w[k]))
			}
		}
		x, y, z := sums(v, w, a, b)
		for q, got := range []float32{x, y, z} {
			if math.Abs(float64(got)-want[q]) > 1e-4*(1+want[q]) {
				t.Errorf("%d entries: sum %d is %v, want %v", n, q, got, want[q])
			}
		}
	}
}

// TestTryFirst: the gain of a unit of the first relus is that of whole passes, at the root and with fixed phases.
func TestTryFirst(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 44))
	tried := 0
	for range 3 {
		root, p := windowed(t, rng)
		for trial := range 10 {
			s := &search{ascent: p.newAscent(p.row(p.Margin((root.Label+1)%3), 1))}
			n := p.root()
			for i := range p.units {
				n.alpha[i] = rng.Float32()
				if trial > 0 && rng.IntN(4) == 0 {
					n.phase[i], n.beta[i] = int8(2*rng.IntN(2)-1), rng.Float32()
					n.depth++
				}
			}
			for i := range s.used {
				if !s.first(i) || n.phase[i] != 0 {
					continue
				}
				bound := s.backward(n)
				got, want := s.tryFirst(n, i, bound), s.try(n, i)
				if again := s.backward(n); again != bound {
					t.Fatalf("unit %d: the node's bound was %v, now it is %v", i, bound, again)
				}
				tried++
				if d := math.Abs(float64(got - want)); d > 1e-4*(1+math.Abs(float64(want))) {
					t.Errorf("unit %d: %v, by whole passes %v", i, got, want)
				}
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d units were tried", tried)
	}
}
