package tight

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// measured are the indicators of every sample and other class, flat.
type measured struct {
	pC, pO, d, r []float64
	layers       [][]float64 // d of each relu
}

// measure evaluates the indicators of a network (float64) on inputs [samples, input].
func measure(t *testing.T, n *net.Network, technique bound.Technique, b ball.Ball, x [][]float64, labels []int32,
	o Options) measured {
	t.Helper()
	o.KeepNegative = true
	relus := len(n.Activations())
	exec, err := NewExec(testbackend.Open(t), func(args []*Node) []*Node {
		s := n.OnConstants(args[0].Graph())
		p := &bound.Problem{Net: s, Region: region.At(b, args[0]),
			Spec: bound.OtherMargins(args[1], n.Classes(), args[0])}
		result := technique.Bound(p)
		ind := Measure(p, result, o)
		return append([]*Node{result.Margins, ind.PO, ind.D, ind.R}, ind.DLayers...)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Call(x, tensors.FromFlatDataAndDimensions(labels, len(labels)))
	if err != nil {
		t.Fatal(err)
	}
	values := make([][]float64, len(out))
	for i := range out {
		values[i] = tensors.MustCopyFlatData[float64](out[i])
	}
	return measured{values[0], values[1], values[2], values[3], values[4 : 4+relus]}
}

// network builds a float64 network from layers of weights; biases follow each weight.
func network(t *testing.T, name string, layers []net.LayerSpec, input int, params ...[]float64) *net.Network {
	t.Helper()
	n, err := net.Build(net.Arch{Name: name, Input: []int{input}, Layers: layers})
	if err != nil {
		t.Fatal(err)
	}
	n.DType = dtypes.Float64
	for i, p := range params {
		copy(n.Params[i].Data, p)
	}
	return n
}

func dense(units ...int) []net.LayerSpec {
	var layers []net.LayerSpec
	for i, u := range units {
		if i > 0 {
			layers = append(layers, net.LayerSpec{Type: "relu"})
		}
		layers = append(layers, net.LayerSpec{Type: "dense", Units: u})
	}
	return layers
}

// TestGap checks on random networks that d is p_O(x*) - p_C, at least 0, and the sum of its parts per layer.
func TestGap(t *testing.T) {
	n := network(t, "random", dense(14, 12, 10, 4), 6).Init(11)
	rng := rand.New(rand.NewPCG(1, 1))
	x, labels := make([][]float64, 40), make([]int32, 40)
	for i := range x {
		labels[i] = int32(rng.IntN(4))
		for range 6 {
			x[i] = append(x[i], rng.Float64())
		}
	}
	balls := []ball.Ball{{Eps: 0.3}, {Eps: 0.3, Box: ball.Unit}, {Norm: ball.L2, Eps: 0.5}, {Norm: ball.L1, Eps: 0.8}}
	for _, technique := range []bound.Technique{bound.FastLin{}, bound.CROWN{}, bound.CROWNIBP()} {
		for _, b := range balls {
			m := measure(t, n, technique, b, x, labels, Options{})
			loose := 0
			for i, d := range m.d {
				scale := max(1, math.Abs(m.pC[i]))
				if d < -1e-12*scale {
					t.Errorf("%s, %v: d = %g < 0", technique.Name(), b.Norm, d)
				}
				sum := 0.0
				for _, layer := range m.layers {
					if layer[i] < -1e-12*scale {
						t.Errorf("%s, %v: a layer's part of d is %g", technique.Name(), b.Norm, layer[i])
					}
					sum += layer[i]
				}
				if math.Abs(d-(m.pO[i]-m.pC[i])) > 1e-12*scale || math.Abs(d-sum) > 1e-11*scale {
					t.Errorf("%s, %v: d %g, p_O - p_C %g, sum over layers %g", technique.Name(), b.Norm, d,
						m.pO[i]-m.pC[i], sum)
				}
				if m.r[i] < 1e-14 && d > 1e-9 {
					t.Errorf("%s, %v: r = 0 but d = %g", technique.Name(), b.Norm, d)
				}
				if d > 1e-3 {
					loose++
				}
			}
			if loose == 0 {
				t.Errorf("%s, %v: no loose bound among %d: the test is too easy", technique.Name(), b.Norm, len(m.d))
			}
		}
	}
}

// cross is the maximal-margin classifier of Claim 1, f(x) = |x2| - |x1| with logits (0, f)
// (docs/method.md, section 12).
func cross(t *testing.T) *net.Network {
	return network(t, "cross", dense(4, 2), 2,
		[]float64{1, 0, -1, 0, 0, 1, 0, -1}, make([]float64, 4), []float64{0, 0, 0, 0, -1, -1, 1, 1},
		make([]float64, 2))
}

// TestClaim1 checks at more than 10,000 points of S that the relaxation is tight although two neurons are unstable near
// the axes.
func TestClaim1(t *testing.T) {
	const b, eps, side = 0.4, 0.2, 201
	var x [][]float64
	var labels []int32
	for i := range side {
		for j := range side {
			p := []float64{-1 + 2*float64(i)/(side-1), -1 + 2*float64(j)/(side-1)}
			if f := math.Abs(p[1]) - math.Abs(p[0]); math.Abs(f) >= b {
				x = append(x, p)
				labels = append(labels, map[bool]int32{true: 1, false: 0}[f > 0])
			}
		}
	}
	for _, technique := range []bound.Technique{bound.FastLin{}, bound.CROWN{}} {
		m := measure(t, cross(t), technique, ball.Ball{Eps: eps}, x, labels, Options{Scale: Total})
		for i, p := range x {
			// The smaller coordinate grows by eps in magnitude, the larger one shrinks by eps.
			want := math.Abs(math.Abs(p[1])-math.Abs(p[0])) - 2*eps
			if math.Abs(m.pC[i]-want) > 1e-6 || math.Abs(m.d[i]) > 1e-6 || m.r[i] > 1e-6 {
				t.Fatalf("%s at %v: p_C %g (exact minimum %g), d %g, r %g", technique.Name(), p, m.pC[i], want, m.d[i],
					m.r[i])
			}
		}
	}
	if len(x) < 10000 {
		t.Errorf("only %d points of S", len(x))
	}
}

// TestProposition1Counterexample: r = 0 for Fast-Lin makes Fast-Lin exact, not CROWN on the same l, u
// (docs/method.md, section 11).
func TestProposition1Counterexample(t *testing.T) {
	n := network(t, "counter-example", dense(3, 2), 2,
		[]float64{1, 1.5, 1, 0, 0, 1}, []float64{-0.5, 5, 5}, []float64{1, -0.25, -2, 0, 0, 0}, []float64{11.25, 0})
	x, labels := [][]float64{{0, 0}}, []int32{0}
	fast := measure(t, n, bound.FastLin{}, ball.Ball{Eps: 1}, x, labels, Options{})
	if math.Abs(fast.pC[0]+1.75) > 1e-6 || fast.r[0] > 1e-6 || math.Abs(fast.d[0]) > 1e-6 {
		t.Errorf("Fast-Lin: p_C %g, r %g, d %g; want -1.75, 0, 0", fast.pC[0], fast.r[0], fast.d[0])
	}
	crown := measure(t, n, bound.CROWN{}, ball.Ball{Eps: 1}, x, labels, Options{})
	if math.Abs(crown.pC[0]+2.25) > 1e-6 || crown.d[0] < 0.4 {
		t.Errorf("CROWN: p_C %g, d %g; want -2.25 and a gap", crown.pC[0], crown.d[0])
	}
}

// TestScales checks the switches of r against each other on a network with known distances.
func TestScales(t *testing.T) {
	// Two unstable neurons z = x1, x2 with l = -1, u = 1 at x = 0, margin relu(x1) - relu(x2) + 0.1 x1 + 0.1 x2.
	n := network(t, "two", dense(2, 2), 2, []float64{1, 0, 0, 1}, []float64{0, 0}, []float64{1, -1, 0, 0},
		[]float64{0, 0})
	x, labels := [][]float64{{0, 0}}, []int32{0}
	// Slopes 1/2: v = (1/2, -1/2), x* = (-1, 1); neuron 1 is on the lower line: |z'| = 1; neuron 2 on the upper:
	// min(|1+1|, |1-1|) = 0.
	for scale, want := range map[Scale]float64{Total: 1, PerNeuron: 0.5, PerUnstable: 0.5} {
		m := measure(t, n, bound.FastLin{}, ball.Ball{Eps: 1}, x, labels, Options{Scale: scale})
		if math.Abs(m.r[0]-want) > 1e-12 {
			t.Errorf("scale %d: r = %g, want %g", scale, m.r[0], want)
		}
		// p_O(x*) = relu(-1) - relu(1) = -1; p_C = -1/2 - 1/2 - 1/2 = -1.5.
		if math.Abs(m.d[0]-0.5) > 1e-12 {
			t.Errorf("d = %g, want 0.5", m.d[0])
		}
	}
}

// TestReport checks that the report's sums agree with the indicators, with a padded batch.
func TestReport(t *testing.T) {
	n := network(t, "random", dense(10, 8, 3), 4).Init(5)
	rng := rand.New(rand.NewPCG(3, 3))
	var flat []float64
	var x [][]float64
	labels := make([]int32, 70)
	for i := range labels {
		labels[i] = int32(i % 3)
		p := []float64{rng.Float64(), rng.Float64(), rng.Float64(), rng.Float64()}
		x, flat = append(x, p), append(flat, p...)
	}
	b := ball.Ball{Eps: 0.25, Box: ball.Unit}
	m := measure(t, n, bound.FastLin{}, b, x, labels, Options{})
	report, err := NewMeasurement(testbackend.Open(t), n, nil, b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer report.Close()
	got, err := report.Measure(flat, labels)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.D-mean(m.d)) > 1e-9 || math.Abs(got.R-mean(m.r)) > 1e-9 || got.Samples != 70 || got.Rows != 140 {
		t.Errorf("report d %g r %g of %d samples, want %g %g", got.D, got.R, got.Samples, mean(m.d), mean(m.r))
	}
	if sum := got.Layers[0].D + got.Layers[1].D; math.Abs(sum-got.D) > 1e-9 {
		t.Errorf("layers' d sum to %g, want %g", sum, got.D)
	}
	if _, err := NewMeasurement(testbackend.Open(t), n, bound.IBP{}, b, Options{}); err == nil {
		t.Error("IBP has no x*, but is measured")
	}
}

func mean(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total / float64(len(x))
}
