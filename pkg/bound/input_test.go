package bound

import (
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/technique"
)

// everyTechnique is every sound technique that bounds in one pass of a graph, from the table.
func everyTechnique() []Technique {
	all := []Technique{CROWN{Intermediate: FastLin{}}}
	for _, id := range technique.Of(technique.ForGraph) {
		if t, ok := graphs[id].(Technique); ok && !IsEstimate(t) {
			all = append(all, t)
		}
	}
	return all
}

// readsInput is h = relu(0 x), z = relu(h + x), logits (0.75, z): its margin 0.75 - z is least at the largest x.
func readsInput(t *testing.T) *net.Network {
	n := build(t, net.Arch{Name: "reads its input", Input: []int{1}, Layers: []net.LayerSpec{
		{Type: "dense", Units: 1}, {Type: "relu"}, {Type: "add", Inputs: []int{1,
			net.InputNode}}, {Type: "relu"}, {Type: "dense", Units: 2},
	}}, 1)
	for i, values := range [][]float64{{0}, {0}, {0, 1}, {0.75, 0}} {
		copy(n.Params[i].Data, values)
	}
	return n
}

// TestSumWithClippedInput is the smallest network on which an interval whose centre and radius did not belong together
// was no bound: a box cuts the l_2 and the l_1 ball around x = 0 to [0, 1], the hull of which has its centre at 0.5.
func TestSumWithClippedInput(t *testing.T) {
	network := readsInput(t)
	for _, norm := range []ball.Norm{ball.L2, ball.L1, ball.Linf} {
		b := ball.Ball{Norm: norm, Eps: 1, Box: ball.Unit}
		for _, got := range boundAll(t, network, everyTechnique(), []ball.Ball{b}, []float64{0}, []int32{0}) {
			if m := got.Margins[0][1]; m > -0.25 {
				t.Errorf("%s, %s: margin %v, the input 1 gives -0.25", got.technique.Name(), describe(b), m)
			}
		}
		e, err := NewAlphaEvaluator(testbackend.Open(t), network, AlphaOptions{Ball: b, Iterations: 3, Joint: true,
			FastLinStart: true, Intermediate: IBP{}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := EvaluateAlpha(e, []float64{0}, []int32{0})
		if err != nil {
			t.Fatal(err)
		}
		if m := got.Margins[0][1]; m > -0.25 {
			t.Errorf("alpha-CROWN, %s: margin %v, the input 1 gives -0.25", describe(b), m)
		}
		e.Close()
	}
}

// TestReluOnInput bounds a relu that reads the network's input, whose bounds are the hull of the region, by every
// technique; Lipschitz constants know one radius for all inputs, so that theirs only contain the hull.
func TestReluOnInput(t *testing.T) {
	network := build(t, net.Arch{Name: "relu on the input", Input: []int{3}, Layers: []net.LayerSpec{{Type: "relu"},
		{Type: "dense", Units: 2}}}, 5)
	x := []float64{0.25, 0, 1}
	for _, b := range testBalls(3, 0.5) {
		lower, upper := b.Bounds(x)
		for _, got := range boundAll(t, network, everyTechnique(), []ball.Ball{b}, x, []int32{0}) {
			if got.technique == (Lipschitz{}) {
				for k := range lower {
					if got.Lower[0][0][k] > lower[k] || got.Upper[0][0][k] < upper[k] {
						t.Errorf("Lipschitz, %s: [%v, %v] does not contain [%v, %v]", describe(b), got.Lower[0][0][k],
							got.Upper[0][0][k], lower[k], upper[k])
					}
				}
				continue
			}
			nearAll(t, got.technique.Name()+" l, "+describe(b), got.Lower[0][0], lower, 1e-12)
			nearAll(t, got.technique.Name()+" u, "+describe(b), got.Upper[0][0], upper, 1e-12)
		}
	}
}
