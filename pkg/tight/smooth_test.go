package tight

import (
	"math"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// smooth is a network of relus, a tanh, a sigmoid and a softplus.
func smooth(t *testing.T) *net.Network {
	var layers []net.LayerSpec
	for i, kind := range []string{"tanh", "relu", "sigmoid", "softplus"} {
		layers = append(layers, net.LayerSpec{Type: "dense", Units: 9 - i}, net.LayerSpec{Type: kind})
	}
	n := network(t, "smooth", append(layers, net.LayerSpec{Type: "dense", Units: 3}), 5).Init(12)
	for _, p := range n.Params {
		for i := range p.Data {
			p.Data[i] *= 3
		}
	}
	return n
}

// inputs are random images of five pixels and labels of three classes.
func inputs(samples int) (x [][]float64, labels []int32) {
	rng := rand.New(rand.NewPCG(2, 3))
	for i := range samples {
		x, labels = append(x, nil), append(labels, int32(i%3))
		for range 5 {
			x[i] = append(x[i], rng.Float64())
		}
	}
	return x, labels
}

// TestSmoothGap: of any activations, d is p_O(x*) - p_C, the sum of its parts, none of which is negative; r is positive
// where d is.
func TestSmoothGap(t *testing.T) {
	n := smooth(t)
	x, labels := inputs(30)
	for _, technique := range []bound.Technique{bound.FastLin{}, bound.CROWN{}, bound.CROWNIBP()} {
		for _, b := range []ball.Ball{{Eps: 0.2}, {Norm: ball.L2, Eps: 0.4}} {
			m := measure(t, n, technique, b, x, labels, Options{})
			for i, d := range m.d {
				sum := 0.0
				for _, part := range m.layers {
					sum += part[i]
					if part[i] < 0 {
						t.Errorf("%s, %v: a layer's part of d is %g", technique.Name(), b.Norm, part[i])
					}
				}
				if math.Abs(d-(m.pO[i]-m.pC[i])) > 1e-12*max(1, d) || math.Abs(d-sum) > 1e-11*max(1, d) {
					t.Errorf("%s, %v: d %g, p_O - p_C %g, sum over layers %g", technique.Name(), b.Norm, d,
						m.pO[i]-m.pC[i], sum)
				}
				if !(m.r[i] > 0) || !(d > 0) {
					t.Errorf("%s, %v: d = %g, r = %g: want both positive", technique.Name(), b.Norm, d, m.r[i])
				}
			}
		}
	}
}

// TestSmoothDistance: the distance of each neuron is that from the nearest of many points of [l, u] at which its line
// is the activation.
func TestSmoothDistance(t *testing.T) {
	n := smooth(t)
	x, labels := inputs(6)
	for _, technique := range []bound.Technique{bound.FastLin{}, bound.CROWN{}} {
		in, err := NewInspector(testbackend.Open(t), n, technique, ball.Ball{}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range x {
			a, err := in.Inspect(x[i], labels[i], -1, 0.2)
			if err != nil {
				t.Fatal(err)
			}
			for _, neuron := range a.Neurons {
				if n.SmoothAt(neuron.Layer) != nil {
					checkDistance(t, n, neuron)
				}
			}
		}
		in.Close()
	}
}

// checkDistance looks for touching points by search.
func checkDistance(t *testing.T, n *net.Network, u Neuron) {
	t.Helper()
	const points = 20_000
	f, width := n.SmoothAt(u.Layer), u.Upper-u.Lower
	least := math.Inf(1)
	for k := range points + 1 {
		z := u.Lower + width*float64(k)/points
		if math.Abs(f.At(z)-u.Slope*z-u.Intercept) < 1e-9+1e-7*width {
			least = min(least, math.Abs(u.Z-z))
		}
	}
	// Near a touching point, all points within the root of the tolerance count.
	if !u.Unstable || math.Abs(u.Distance-least) > 0.02*(1+width) {
		t.Errorf("%s, l %v, u %v, slope %v, z' %v: distance %v, by search %v", f.Name, u.Lower, u.Upper, u.Slope, u.Z,
			u.Distance, least)
	}
}
