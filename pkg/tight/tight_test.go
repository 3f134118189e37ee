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
)

// measured are the values of one graph, [sample*spec] each.
type measured struct {
	margins, d, r, po []float64
	dLayers, rLayers  [][]float64
}

// measure runs a technique and its indicators on samples.
func measure(t *testing.T, n *net.Network, technique bound.Technique, b ball.Ball, o Options, x []float64, labels []int32) measured {
	t.Helper()
	exec, err := NewExec(testbackend.Open(t), func(x, labels *Node) []*Node {
		p := &bound.Problem{Net: n.OnConstants(x.Graph()), Region: b.At(x), Spec: bound.OtherMargins(labels, n.Classes(), x)}
		result := technique.Bound(p)
		ind := Measure(p, result, o)
		return append(append([]*Node{result.Margins, ind.D, ind.R, ind.PO}, ind.DLayers...), ind.RLayers...)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out := exec.MustCall(bound.FloatTensor(x, n.DType, append([]int{len(labels)}, n.Input...)...), tensors.FromFlatDataAndDimensions(labels, len(labels)))
	values := make([][]float64, len(out))
	for i, v := range out {
		values[i] = make([]float64, v.Size())
		if err := bound.ReadFloats(values[i], v); err != nil {
			t.Fatal(err)
		}
	}
	relus := len(n.Relus())
	return measured{values[0], values[1], values[2], values[3], values[4 : 4+relus], values[4+relus:]}
}

// dense builds a network in float64; weights, where given, go to its parameters in turn.
func dense(t *testing.T, inputs int, units []int, weights ...[]float64) *net.Network {
	t.Helper()
	a := net.Arch{Name: "test", Input: []int{inputs}}
	for i, u := range units {
		a.Layers = append(a.Layers, net.LayerSpec{Type: "dense", Units: u})
		if i < len(units)-1 {
			a.Layers = append(a.Layers, net.LayerSpec{Type: "relu"})
		}
	}
	n, err := a.Build()
	if err != nil {
		t.Fatal(err)
	}
	n.DType = dtypes.Float64
	n.Init(11)
	for i, w := range weights {
		copy(n.Params[i].Data, w)
	}
	return n
}

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s: got %.12g, want %.12g", what, got, want)
	}
}

var techniques = []bound.Technique{bound.FastLin{}, bound.CROWN{}, bound.CROWNIBP(), bound.FastLin{Intermediate: bound.IBP{}}}

// TestIndicators checks on random networks, in every ball, that d = p_O(x*) - p_C is at least 0 and splits over the relus into
// terms that are, that r does too, and that r without an unstable neuron is 0 (METHOD section 4).
func TestIndicators(t *testing.T) {
	n := dense(t, 5, []int{9, 8, 4})
	rng := rand.New(rand.NewPCG(1, 2))
	x, labels := make([]float64, 30*5), make([]int32, 30)
	for i := range x {
		x[i] = rng.Float64()
	}
	for i := range labels {
		labels[i] = int32(rng.IntN(4))
	}
	balls := []ball.Ball{{Eps: 0.3, Box: ball.Unit}, {Norm: ball.L2, Eps: 0.6}, {Eps: 0.3}, {Norm: ball.L2, Eps: 0.6, Box: ball.Unit}, {Norm: ball.L1, Eps: 0.8}, {Eps: 1e-6}}
	for k, technique := range techniques {
		if k > 0 {
			balls = balls[:2] // the ball's part is the same for all
		}
		for _, b := range balls {
			m := measure(t, n, technique, b, Options{KeepNegative: true}, x, labels)
			positive := 0
			for i, d := range m.d {
				scale := max(1, math.Abs(m.margins[i]))
				near(t, "d", d, m.po[i]-m.margins[i], 1e-12*scale)
				near(t, "sum of d over the relus", at(m.dLayers, i), d, 1e-12*scale)
				near(t, "sum of r over the relus", at(m.rLayers, i), m.r[i], 1e-12)
				for k, layer := range m.dLayers {
					if layer[i] < -1e-12*scale || d < -1e-12*scale || m.r[i] < 0 {
						t.Errorf("%s %v: relu %d: d %g of %g, r %g: want none below 0", technique.Name(), b, k, layer[i], d, m.r[i])
					}
				}
				if m.r[i] == 0 && d > 1e-12*scale {
					t.Errorf("%s %v: r = 0 but d = %g", technique.Name(), b, d)
				}
				if d > 1e-3 && m.r[i] > 1e-4 {
					positive++
				}
			}
			if wide := b.Eps > 1e-3; wide != (positive > 10) {
				t.Errorf("%s %v: %d of %d rows are loose", technique.Name(), b, positive, len(m.d))
			}
		}
	}
}

func at(layers [][]float64, i int) float64 {
	sum := 0.0
	for _, l := range layers {
		sum += l[i]
	}
	return sum
}

// TestProposition1 is the counter-example of METHOD section 4: r = 0 makes Fast-Lin exact, and CROWN on the same l, u is not.
func TestProposition1(t *testing.T) {
	n := dense(t, 2, []int{3, 2}, []float64{1, 1.5, 1, 0, 0, 1}, []float64{-0.5, 5, 5}, []float64{1, -0.25, -2, 0, 0, 0}, []float64{11.25, 0})
	fastLin := measure(t, n, bound.FastLin{}, ball.Ball{Eps: 1}, Options{}, []float64{0, 0}, []int32{0})
	near(t, "Fast-Lin p_C", fastLin.margins[0], -1.75, 1e-6)
	near(t, "p_O at x*", fastLin.po[0], -1.75, 1e-6)
	near(t, "r", fastLin.r[0], 0, 1e-6)
	near(t, "d", fastLin.d[0], 0, 1e-6)
	crown := measure(t, n, bound.CROWN{Intermediate: bound.FastLin{}}, ball.Ball{Eps: 1}, Options{}, []float64{0, 0}, []int32{0})
	near(t, "CROWN p_C", crown.margins[0], -2.25, 1e-6)
	if crown.d[0] < 1e-3 || crown.r[0] < 1e-3 {
		t.Errorf("CROWN: d %g, r %g: want both above 0, as it is loose here", crown.d[0], crown.r[0])
	}
}

// TestLadder is METHOD section 8's second toy: p_C of every technique, and p_O(x*) not below the exact minimum.
func TestLadder(t *testing.T) {
	n := dense(t, 2, []int{2, 2}, []float64{1, 1, 1, -1}, []float64{-0.5, 0}, []float64{1, -1, 0, 0}, []float64{0.2, 0})
	for _, c := range []struct{ eps, relaxed, exact float64 }{{0.2, 0.1, 0.3}, {0.24, -0.02, 0.22}} {
		for _, technique := range techniques {
			m := measure(t, n, technique, ball.Ball{Eps: c.eps}, Options{}, []float64{0.5, 0.5}, []int32{0})
			near(t, technique.Name(), m.margins[0], c.relaxed, 1e-6)
			if m.po[0] < c.exact-1e-6 || m.d[0] < c.exact-c.relaxed-1e-6 {
				t.Errorf("%s at %v: p_O(x*) %g, d %g: want at least %g and %g", technique.Name(), c.eps, m.po[0], m.d[0], c.exact, c.exact-c.relaxed)
			}
		}
	}
}

// TestPaperToy is Claim 1: f = |x2| - |x1| on S has d = r = 0 and p_C = p_O* for every eps up to b/2, at each of more than 10,000 points.
func TestPaperToy(t *testing.T) {
	n := dense(t, 2, []int{4, 2}, []float64{1, 0, -1, 0, 0, 1, 0, -1}, make([]float64, 4), []float64{0, 0, 0, 0, -1, -1, 1, 1}, []float64{0, 0})
	const b, side = 0.3, 161
	var x []float64
	var labels []int32
	for i := range side {
		for j := range side {
			x1, x2 := 2*float64(i)/(side-1)-1, 2*float64(j)/(side-1)-1
			f := math.Abs(x2) - math.Abs(x1)
			if math.Abs(f) < b {
				continue
			}
			x, labels = append(x, x1, x2), append(labels, map[bool]int32{true: 1, false: 0}[f > 0])
		}
	}
	if len(labels) < 10000 {
		t.Fatalf("%d points of S: want at least 10,000", len(labels))
	}
	for _, eps := range []float64{0.05, b / 2} {
		m := measure(t, n, bound.FastLin{}, ball.Ball{Eps: eps}, Options{}, x, labels)
		for i := range labels {
			margin := math.Abs(math.Abs(x[2*i+1])-math.Abs(x[2*i])) - 2*eps // p_O*: both coordinates move by eps, the smaller up, the larger down
			if math.Abs(m.margins[i]-margin) > 1e-12 || m.d[i] > 1e-12 || m.r[i] > 1e-12 {
				t.Fatalf("eps %v, point (%v, %v): p_C %.15g, want %.15g; d %g, r %g, want 0", eps, x[2*i], x[2*i+1], m.margins[i], margin, m.d[i], m.r[i])
			}
		}
	}
}

// TestScales compares the scales of r: the total is n times that per neuron, and that per unstable neuron lies above both's quotient by n.
func TestScales(t *testing.T) {
	n := dense(t, 5, []int{9, 8, 3})
	x, labels := []float64{0.1, 0.9, 0.4, 0.5, 0.2}, []int32{1}
	r := map[Scale][]float64{}
	for _, s := range []Scale{PerNeuron, Total, PerUnstable} {
		r[s] = measure(t, n, bound.FastLin{}, ball.Ball{Eps: 0.3}, Options{Scale: s}, x, labels).r
	}
	for i := range r[Total] {
		near(t, "n * r per neuron", 17*r[PerNeuron][i], r[Total][i], 1e-12)
		if units := r[Total][i] / r[PerUnstable][i]; units < 1 || units > 17 || math.Abs(units-math.Round(units)) > 1e-9 {
			t.Errorf("r in total %g, per unstable neuron %g: the quotient %g is no number of neurons", r[Total][i], r[PerUnstable][i], units)
		}
	}
}

// TestReport measures a set in batches and compares with the plain means; a tight network has no gap.
func TestReport(t *testing.T) {
	n := dense(t, 5, []int{9, 8, 3})
	rng := rand.New(rand.NewPCG(3, 4))
	x, labels := make([]float64, 70*5), make([]int32, 70)
	for i := range x {
		x[i] = rng.Float64()
	}
	m := measure(t, n, bound.FastLin{}, ball.Ball{Eps: 0.2}, Options{}, x, labels)
	w, err := NewMeasurement(testbackend.Open(t), n, nil, ball.Ball{Eps: 0.2}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	report, err := w.Measure(x, labels)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean d", report.D, mean(m.d), 1e-12)
	near(t, "mean r", report.R, mean(m.r), 1e-12)
	near(t, "d of relu 1", report.Layers[0].D, mean(m.dLayers[0]), 1e-12)
	near(t, "r of relu 2", report.Layers[1].R, mean(m.rLayers[1]), 1e-12)
	if report.Samples != 70 || report.Rows != 140 || report.Gap > 1e-6 {
		t.Errorf("report %+v", report)
	}
	if _, err := NewMeasurement(testbackend.Open(t), n, bound.IBP{}, ball.Ball{}, Options{}); err == nil {
		t.Error("IBP has no x*, but there is no error")
	}
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
