package bound

import (
	"fmt"
	"math"
	"testing"

	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// slopedTechniques relax by lines, in contrast to IBP.
var slopedTechniques = []Technique{FastLin{}, CROWN{}, CROWNIBP(), FastLin{Intermediate: IBP{}}}

// twoLayers is W2 relu(W1 x + b1) + b2 in float64, weights row by row.
func twoLayers(t testing.TB, name string, inputs int, w1, b1, w2, b2 []float64) *net.Network {
	n := build(t, net.Arch{Name: name, Input: []int{inputs}, Layers: []net.LayerSpec{
		{Type: "dense", Units: len(b1)}, {Type: "relu"}, {Type: "dense", Units: len(b2)},
	}}, 0)
	for i, values := range [][]float64{w1, b1, w2, b2} {
		copy(n.Params[i].Data, values)
	}
	return n
}

// ladder is the second toy: its logits are 0.2 + relu(x1+x2-0.5) - relu(x1-x2) and 0.
func ladder(t testing.TB) *net.Network {
	return twoLayers(t, "ladder", 2, []float64{1, 1, 1, -1}, []float64{-0.5, 0}, []float64{1, -1, 0, 0},
		[]float64{0.2, 0})
}

// crossToy is the paper's toy: its logits are 0 and |x2| - |x1|.
func crossToy(t testing.TB) *net.Network {
	return twoLayers(t, "cross", 2, []float64{1, 0, -1, 0, 0, 1, 0, -1}, make([]float64, 4),
		[]float64{0, 0, 0, 0, -1, -1, 1, 1}, []float64{0, 0})
}

// toyEvaluator compiles a technique for batches of one size.
func toyEvaluator(t testing.TB, network *net.Network, technique Technique, batch int) *Evaluator {
	t.Helper()
	e, err := NewEvaluator(testbackend.Open(t), network,
		Options{Technique: technique, Batch: batch, Layers: true, XStar: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// boundToy bounds all points at one radius.
func boundToy(t testing.TB, e *Evaluator, eps float64, x []float64, labels []int32) *Output {
	t.Helper()
	out, err := EvaluateAt(e, x, labels, eps)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestLadder compares with the numbers of docs/method.md, section 8.
func TestLadder(t *testing.T) {
	network := ladder(t)
	for _, technique := range append([]Technique{IBP{}}, slopedTechniques...) {
		e := toyEvaluator(t, network, technique, 1)
		for _, c := range []struct{ eps, ibp, sloped float64 }{{0.2, -0.1, 0.1}, {0.24, -0.26, -0.02}} {
			want := c.sloped
			if technique == (IBP{}) {
				want = c.ibp
			}
			out := boundToy(t, e, c.eps, []float64{0.5, 0.5}, []int32{0})
			near(t, fmt.Sprintf("%s at %v", technique.Name(), c.eps), out.Margins[0][1], want, 1e-12)
		}
	}
}

// TestProposition1 is the counter-example of docs/method.md, section 11: Fast-Lin is exact, CROWN on the same
// bounds is not.
func TestProposition1(t *testing.T) {
	network := twoLayers(t, "proposition 1", 2, []float64{1, 1.5, 1, 0, 0, 1}, []float64{-0.5, 5, 5},
		[]float64{1, -0.25, -2, 0, 0, 0}, []float64{11.25, 0})
	for technique, want := range map[Technique]float64{FastLin{}: -1.75, CROWN{Intermediate: FastLin{}}: -2.25} {
		out := boundToy(t, toyEvaluator(t, network, technique, 1), 1, []float64{0, 0}, []int32{0})
		near(t, technique.Name(), out.Margins[0][1], want, 1e-12)
	}
}

// crossPoint is a point of the paper's toy with its label: 1 where |x2| > |x1|.
type crossPoint struct {
	x1, x2 float64
	label  int32
}

// crossGrid is the part of a 101 x 101 grid over [-1,1]^2 that lies in S: ||x2|-|x1|| >= b.
func crossGrid(b float64) (points []crossPoint) {
	for i := -50; i <= 50; i++ {
		for j := -50; j <= 50; j++ {
			p := crossPoint{x1: float64(i) / 50, x2: float64(j) / 50}
			if math.Abs(p.x2) > math.Abs(p.x1) {
				p.label = 1
			}
			if math.Abs(math.Abs(p.x2)-math.Abs(p.x1)) >= b-1e-12 {
				points = append(points, p)
			}
		}
	}
	return points
}

// optimum is x* of docs/method.md, section 12: the larger coordinate shrinks by eps and the smaller one grows.
func (p crossPoint) optimum(eps float64) (x1, x2 float64) {
	if p.label == 1 {
		return p.x1 + math.Copysign(eps, p.x1), p.x2 - math.Copysign(eps, p.x2)
	}
	return p.x1 - math.Copysign(eps, p.x1), p.x2 + math.Copysign(eps, p.x2)
}

// TestCross checks the paper's toy on the grid: p_C = p_O* = ||x2|-|x1|| - 2 eps, attained by the real network at x*.
func TestCross(t *testing.T) {
	network := crossToy(t)
	const b = 0.4
	points := crossGrid(b)
	var x []float64
	var labels []int32
	for _, p := range points {
		x, labels = append(x, p.x1, p.x2), append(labels, p.label)
	}
	for _, technique := range slopedTechniques {
		e := toyEvaluator(t, network, technique, len(points))
		for _, eps := range []float64{0.1, b / 2} {
			t.Run(fmt.Sprint(technique.Name(), "/", eps), func(t *testing.T) {
				out := boundToy(t, e, eps, x, labels)
				for s, p := range points {
					exact := math.Abs(math.Abs(p.x2)-math.Abs(p.x1)) - 2*eps
					near(t, fmt.Sprint("p_C at ", p), out.Margins[s][1-p.label], exact, 1e-12)
					checkOptimum(t, p, eps, out.XStar[s][1-p.label], exact)
				}
			})
		}
	}
}

// checkOptimum compares x*, and the real margin there. Where the smaller coordinate is 0 both signs are optimal.
func checkOptimum(t *testing.T, p crossPoint, eps float64, got []float64, exact float64) {
	t.Helper()
	f := math.Abs(got[1]) - math.Abs(got[0])
	if p.label == 0 {
		f = -f
	}
	near(t, fmt.Sprint("p_O(x*) at ", p), f, exact, 1e-12)
	if p.x1 == 0 || p.x2 == 0 {
		return
	}
	x1, x2 := p.optimum(eps)
	nearAll(t, fmt.Sprint("x* at ", p), got, []float64{x1, x2}, 1e-12)
}

// TestCrossStability checks which neurons of the paper's toy are unstable: none if both |x1|, |x2| >= eps, else
// exactly two.
func TestCrossStability(t *testing.T) {
	const b, eps = 0.4, 0.2
	points := crossGrid(b)
	var x []float64
	var labels []int32
	for _, p := range points {
		x, labels = append(x, p.x1, p.x2), append(labels, p.label)
	}
	out := boundToy(t, toyEvaluator(t, crossToy(t), FastLin{}, len(points)), eps, x, labels)
	for s, p := range points {
		unstable, want := 0, 0
		for j := range out.Lower[s][0] {
			if out.Lower[s][0][j] < -1e-12 && out.Upper[s][0][j] > 1e-12 {
				unstable++
			}
		}
		if min(math.Abs(p.x1), math.Abs(p.x2)) < eps-1e-12 {
			want = 2
		}
		if unstable != want {
			t.Errorf("%d unstable neurons at %v, want %d", unstable, p, want)
		}
	}
}
