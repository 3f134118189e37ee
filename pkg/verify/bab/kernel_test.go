package bab

import (
	"math"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

// TestAddRows compares the kernel of this build with plain loops, for every length and for any number of rows, none
// included.
func TestAddRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	random := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(rng.NormFloat64())
		}
		return v
	}
	for n := 0; n <= 20*lanes; n += lanes {
		for count := range 10 {
			stride := n + lanes*rng.IntN(2)
			rows, f, out := random(count*stride), random(count), random(n)
			want := make([]float64, n)
			for j := range want {
				want[j] = float64(out[j])
				for i := range f {
					want[j] += float64(f[i]) * float64(rows[i*stride+j])
				}
			}
			addRows(out, rows, stride, f)
			for j := range want {
				if math.Abs(float64(out[j])-want[j]) > 1e-5 {
					t.Fatalf("%d rows of %d: entry %d is %v, want %v", count, n, j, out[j], want[j])
				}
			}
		}
	}
}

// TestAddColumns does the same for columns of a group of units.
func TestAddColumns(t *testing.T) {
	rng := rand.New(rand.NewPCG(32, 31))
	for count := range 70 {
		columns, f := make([]float32, count*lanes), make([]float32, count)
		var out [lanes]float32
		var want [lanes]float64
		for q := range out {
			out[q] = float32(rng.NormFloat64())
			want[q] = float64(out[q])
		}
		for i := range f {
			f[i] = float32(rng.NormFloat64())
			for q := range want {
				columns[i*lanes+q] = float32(rng.NormFloat64())
				want[q] += float64(f[i]) * float64(columns[i*lanes+q])
			}
		}
		addColumns(&out, columns, f)
		for q := range want {
			if math.Abs(float64(out[q])-want[q]) > 1e-4 {
				t.Fatalf("%d columns: lane %d is %v, want %v", count, q, out[q], want[q])
			}
		}
	}
}

// TestStable finds the least margin of a wide network on balls so small that no unit is unstable.
func TestStable(t *testing.T) {
	for _, inputs := range []int{1, 100, 400} {
		n := net.New("wide", inputs)
		add := adder(t, n)
		add(net.Dense{Units: 5})
		add(net.ReLU{})
		add(net.Dense{Units: 3})
		rng := rand.New(rand.NewPCG(33, 34))
		draw(n, rng)
		x := make([]float64, inputs)
		for i := range x {
			x[i] = rng.Float64()
		}
		p, err := cert.NewNetwork(n.Model())
		if err != nil {
			t.Fatal(err)
		}
		z := p.Forward(x)
		label := best(z)
		want := math.Inf(1)
		for c, v := range z {
			if c != label {
				want = min(want, z[label]-v)
			}
		}
		for _, norm := range []ball.Norm{ball.Linf, ball.L2, ball.L1} {
			for _, eps := range []float64{0, math.SmallestNonzeroFloat64, 1e-300, 1e-12} {
				root, err := NewRoot(t.Context(), p, ball.Ball{Norm: norm, Eps: eps, Box: ball.Unit}, x, label)
				if err != nil {
					t.Fatal(err)
				}
				m := Least(t.Context(), root, Options{})
				if !m.Finished || math.Abs(m.Lower-want) > 1e-4 || math.Abs(m.Upper-want) > 1e-4 {
					t.Errorf("%d inputs, %v, eps %v: %+v, want %v", inputs, norm, eps, m, want)
				}
			}
		}
	}
}
