package bound

import (
	"math"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
)

// TestCrossLipschitzClosedForm: in the plane, the margin relu(z1) + relu(z2) with rows (3, 4) and (4, -3), both
// unstable: Q is diagonal, so the gradient's norm is at most sqrt(25 + 25), where the box of gradients of Fast-Lip has
// sqrt(49 + 16). With rows (3, 4) and (-3, -4) the products are negative and the norm is at most sqrt(50), which
// is sqrt(2) too much, and Fast-Lip knows better: 5.
func TestCrossLipschitzClosedForm(t *testing.T) {
	for _, c := range []struct {
		w               []float64
		fastLip, larger float64
	}{{[]float64{3, 4, 4, -3}, math.Sqrt(49 + 16), math.Sqrt(50)}, {[]float64{3, 4, -3, -4}, 5, 5}} {
		n := twoLayers(t, "two units", 2, c.w, []float64{-0.5, 0.5}, []float64{1, 1, 0, 0}, []float64{3, 0})
		const eps = 1
		x := []float64{0, 0}
		all := boundAll(t, n, []Technique{FastLip{}, CrossLipschitz{}}, []ball.Ball{{Norm: ball.L2, Eps: eps}}, x,
			[]int32{0})
		near(t, "Fast-Lip", all[0].Margins[0][1], 3+0.5-eps*c.fastLip, 1e-12)
		near(t, "cross-Lipschitz", all[1].Margins[0][1], 3+0.5-eps*c.larger, 1e-12)
	}
}

// TestCrossLipschitzOrder: on networks of one hidden layer the bound is at least Fast-Lip, no point of the ball that
// sampling and descent find lies below it, and on some it gains; on deeper ones, with a way round the layer, and in
// other norms it is Fast-Lip.
func TestCrossLipschitzOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 7))
	gained := 0
	networks := []*net.Network{mlp(t, 41, 6, 40, 3), mlp(t, 42, 3, 60, 3), mlp(t, 43, 4, 6, 5, 3), residual(t, 44)}
	if slowCompiler() {
		networks = networks[:1]
	}
	for _, n := range networks {
		x, labels := randomInputs(4, n.InputSize(), rng), []int32{0, 1, 2, 0}
		of := []Technique{FastLip{}, CrossLipschitz{}}
		balls := append(testBalls(n.InputSize(), 0.2), ball.Ball{Norm: ball.L2, Eps: 0.4}) // there the products gain
		all := boundAll(t, n, of, balls, x, labels)
		p := newProber(t, n, 64)
		for i := 0; i < len(all); i += 2 {
			may := len(n.Relus()) == 1 && all[i].ball.Norm == ball.L2
			for s := range labels {
				if may {
					search(p, all[i:i+2], s, x[s*n.InputSize():(s+1)*n.InputSize()], labels[s], rng)
				}
				for c, cross := range all[i+1].Margins[s] {
					local := all[i].Margins[s][c]
					if cross < local || !may && cross != local {
						t.Errorf("%s, %s: %v, Fast-Lip %v", n.Name, describe(all[i].ball), cross, local)
					}
					if cross > local+1e-6 {
						gained++
					}
				}
			}
		}
	}
	if gained == 0 {
		t.Error("the products gain nowhere: the test shows little")
	}
}
