package bound

import (
	"math"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
)

// TestSmoothLipClosedForm: of a + v f(w x + c) of one input the gradient is v w f', so that Fast-Lip takes |v w| times
// the largest f' over the ball from the margin at x, and the product |v w| times the largest f' anywhere.
func TestSmoothLipClosedForm(t *testing.T) {
	const eps, w, c, v = 0.25, 2.0, 1.5, -3.0
	sigmoid := func(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
	for name, f := range map[string]struct {
		at, slope func(z float64) float64
		near, far float64 // where f' is largest in the ball, and anywhere
	}{
		"sigmoid":  {sigmoid, func(z float64) float64 { return sigmoid(z) * sigmoid(-z) }, c - w*eps, 0.25},
		"tanh":     {math.Tanh, func(z float64) float64 { return 1 - math.Tanh(z)*math.Tanh(z) }, c - w*eps, 1},
		"softplus": {func(z float64) float64 { return math.Log1p(math.Exp(z)) }, sigmoid, c + w*eps, 1},
	} {
		n := build(t, net.Arch{Name: name, Input: []int{1}, Layers: []net.LayerSpec{
			{Type: "dense", Units: 1}, {Type: name}, {Type: "dense", Units: 2}}}, 1)
		for i, values := range [][]float64{{w}, {c}, {v, 0}, {1, 0}} {
			copy(n.Params[i].Data, values)
		}
		for _, norm := range []ball.Norm{ball.Linf, ball.L2, ball.L1} {
			all := boundAll(t, n, []Technique{FastLip{}, CrossLipschitz{}, Lipschitz{}},
				[]ball.Ball{{Norm: norm, Eps: eps}}, []float64{0}, []int32{0})
			at := 1 + v*f.at(c)
			near(t, name+", Fast-Lip", all[0].Margins[0][1], at-eps*math.Abs(v*w)*f.slope(f.near), 1e-12)
			near(t, name+", cross-Lipschitz", all[1].Margins[0][1], at-eps*math.Abs(v*w)*f.slope(f.near), 1e-12)
			near(t, name+", product", all[2].Margins[0][1], at-eps*math.Abs(v*w)*f.far, 1e-9)
		}
	}
}

// TestSmoothLipOrder: in l_inf and l_1 balls Fast-Lip is at least the product, by theorem, as of relus; cross-Lipschitz
// is at least Fast-Lip and gains on one hidden layer of softpluses in l_2 balls, its own case.
func TestSmoothLipOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(37, 9))
	strict, gained := 0, 0
	networks := smoothNetworks(t)
	if slowCompiler() {
		networks = networks[len(networks)-2:]
	}
	of := []Technique{Lipschitz{}, FastLip{}, CrossLipschitz{}}
	for _, n := range networks {
		x, labels := randomInputs(3, n.InputSize(), rng), []int32{0, 1, 2}
		balls := testBalls(n.InputSize(), 0.1)
		if len(n.Activations()) == 1 { // slopes vary much
			balls = []ball.Ball{{Norm: ball.L2, Eps: 2}, {Norm: ball.L2, Eps: 2, Box: ball.Unit}, {Eps: 1}}
		}
		all := boundAll(t, n, of, balls, x, labels)
		for i := 0; i < len(all); i += len(of) {
			for s := range labels {
				for c := range all[i].Margins[s] {
					product, local, cross := all[i].Margins[s][c], all[i+1].Margins[s][c], all[i+2].Margins[s][c]
					if all[i].ball.Norm != ball.L2 && product > local+1e-9*math.Max(1, math.Abs(product)) ||
						cross < local {
						t.Errorf("%s, %s, class %d: product %v, Fast-Lip %v, cross-Lipschitz %v", n.Name,
							describe(all[i].ball), c, product, local, cross)
					}
					if local > product+1e-3 {
						strict++
					}
					if n.Name == "one softplus" && cross > local+1e-6 {
						gained++
					}
				}
			}
		}
	}
	if strict == 0 || gained == 0 {
		t.Errorf("Fast-Lip is tighter than the product %d times, cross-Lipschitz than it %d times", strict, gained)
	}
}
