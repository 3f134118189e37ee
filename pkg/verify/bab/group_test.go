package bab

import (
	"math"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

// windowed is a problem with units of convolutions whose windows are far smaller than their rows.
func windowed(t *testing.T, rng *rand.Rand) (*Root, *problem) {
	t.Helper()
	n := net.New("windowed", 1, 12, 12)
	add := adder(t, n)
	add(net.Conv{Channels: 2, Kernel: [2]int{3, 3}, Stride: [2]int{1, 1}, Padding: [2]int{1, 1}})
	add(net.ReLU{})
	add(net.Conv{Channels: 2, Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}})
	add(net.ReLU{})
	add(net.Flatten{})
	add(net.Dense{Units: 9})
	add(net.ReLU{})
	add(net.Dense{Units: 3})
	draw(n, rng)
	p, err := cert.NewNetwork(n.Model())
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, p.Inputs())
	for k := range x {
		x[k] = rng.Float64()
	}
	root, err := NewRoot(t.Context(), p, ball.Ball{Eps: 0.1, Box: ball.Unit}, x, best(p.Forward(x)))
	if err != nil {
		t.Fatal(err)
	}
	c, err := root.Region.Condense(t.Context(), root.Bounds, root.Label)
	if err != nil {
		t.Fatal(err)
	}
	return root, newProblem(c, root.Ball, x)
}

// TestWindows: bounds, slopes and optima by windows are those by whole rows, for rows of margins and of units, at the
// root and with fixed phases; what is left out of the relaxed network is what the row does not depend on.
func TestWindows(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	narrow, cells := 0, 0
	for range 4 {
		root, p := windowed(t, rng)
		for _, g := range p.groups {
			narrow, cells = narrow+(g.inputs.to-g.inputs.from)*(g.to-g.from), cells+p.span*(g.to-g.from)
		}
		for trial := range 30 {
			of := p.Margin((root.Label + 1) % 3)
			if trial%2 == 0 {
				of = &p.Rows[rng.IntN(p.units)]
			}
			n, d := p.root(), p.newDual(p.row(of, 1-2*float64(rng.IntN(2))))
			for i := range p.units {
				n.alpha[i] = rng.Float32()
				if trial%3 == 0 && rng.IntN(4) == 0 {
					n.depth, n.phase[i], n.beta[i] = 1, int8(1-2*rng.IntN(2)), rng.Float32()
				}
			}
			compareWhole(t, d, n)
		}
	}
	if 2*narrow > cells {
		t.Errorf("windows hold %d of %d entries: the test shows little", narrow, cells)
	}
}

// compareWhole computes a bound and the networks at its optimum by whole rows.
func compareWhole(t *testing.T, d *dual, n *node) {
	t.Helper()
	bound := d.backward(n)
	wide := &dual{problem: d.problem, row: d.row, h: append([]float32(nil), d.row.b...), nu: make([]float32, d.width)}
	v, sum := append([]float32(nil), d.row.a...), d.row.c
	units := 0
	if d.row.depth > 0 {
		units = d.blocks[d.row.depth-1][1]
	}
	for i := units - 1; i >= 0; i-- {
		sum += wide.relax(n, i)
		a, b := d.entries(i, i)
		for k, f := range a {
			v[k] += wide.nu[i] * f
		}
		for j, f := range b[:min(i, len(b))] {
			wide.h[j] += wide.nu[i] * f
		}
	}
	star := make([]float32, d.span)
	sum += d.inputs.minimum(v, star)
	closeTo(t, "bound", bound, sum)
	for i := range units {
		closeTo(t, "slope", d.h[i], wide.h[i])
		closeTo(t, "multiplier", d.nu[i], wide.nu[i])
	}
	d.forward(n)
	z, out := append([]float32(nil), d.z...), append([]float32(nil), d.out...)
	clear(d.z)
	clear(d.out)
	d.relaxed(n)
	for i := range units {
		a, b := d.entries(i, i)
		want := d.c[i] + product(a, d.star)
		for j, f := range b[:min(i, len(b))] {
			want += f * out[j]
		}
		closeTo(t, "input of a unit", z[i], want)
		if d.h[i] != 0 {
			closeTo(t, "input of a unit that counts", d.z[i], z[i])
		}
	}
}

func closeTo(t *testing.T, what string, got, want float32) {
	t.Helper()
	if math.Abs(float64(got-want)) > 2e-4*(1+math.Abs(float64(want))) {
		t.Fatalf("%s: %v by windows, %v by whole rows", what, got, want)
	}
}
