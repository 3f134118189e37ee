package tight

import (
	"math"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
)

// TestLadder is the example of docs/method.md, section 8: p_C of every technique, and d at least what the relaxation
// loses.
func TestLadder(t *testing.T) {
	n := network(t, "ladder", dense(2, 2), 2, []float64{1, 1, 1, -1}, []float64{-0.5, 0}, []float64{1, -1, 0, 0},
		[]float64{0.2, 0})
	for _, c := range []struct{ eps, relaxed, exact float64 }{{0.2, 0.1, 0.3}, {0.24, -0.02, 0.22}} {
		for _, technique := range []bound.Technique{bound.FastLin{}, bound.CROWN{}, bound.CROWNIBP(),
			bound.FastLin{Intermediate: bound.IBP{}}} {
			m := measure(t, n, technique, ball.Ball{Eps: c.eps}, [][]float64{{0.5, 0.5}}, []int32{0}, Options{})
			if math.Abs(m.pC[0]-c.relaxed) > 1e-6 {
				t.Errorf("%s at %v: p_C %g, want %g", technique.Name(), c.eps, m.pC[0], c.relaxed)
			}
			if m.pO[0] < c.exact-1e-6 || m.d[0] < c.exact-c.relaxed-1e-6 {
				t.Errorf("%s at %v: p_O(x*) %g, d %g: want at least %g and %g", technique.Name(), c.eps, m.pO[0],
					m.d[0], c.exact, c.exact-c.relaxed)
			}
		}
	}
}

// TestBoxedNorms repeats the signs of d, r and their parts where the ball is cut by the box, in every norm.
func TestBoxedNorms(t *testing.T) {
	n := network(t, "random", dense(9, 8, 4), 3).Init(3)
	x, labels := [][]float64{{0.1, 0.9, 0.5}, {0.4, 0.05, 1}, {0.5, 0.5, 0.5}}, []int32{0, 3, 1}
	for _, b := range []ball.Ball{{Norm: ball.L2, Eps: 0.6, Box: ball.Unit},
		{Norm: ball.L1, Eps: 0.8, Box: ball.Unit}} {
		m := measure(t, n, bound.FastLin{}, b, x, labels, Options{})
		for i, d := range m.d {
			if d < -1e-12*max(1, math.Abs(m.pC[i])) || m.r[i] < 0 {
				t.Errorf("%v in the box: d %g, r %g: want none below 0", b.Norm, d, m.r[i])
			}
		}
	}
}
