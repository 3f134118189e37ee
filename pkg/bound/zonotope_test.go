package bound

import (
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
)

// TestZonotope checks that the forward zonotope gives Fast-Lin's bounds: two ways through the network, one relaxation.
func TestZonotope(t *testing.T) {
	networks := []*net.Network{mlp(t, 51, 4, 7, 6, 5, 3), residual(t, 52), convolutional(t, 53)}
	if slowCompiler() {
		networks = networks[:1]
	}
	rng := rand.New(rand.NewPCG(27, 28))
	for _, network := range networks {
		x, labels := randomInputs(3, network.InputSize(), rng), []int32{0, 1, 2}
		for _, b := range testBalls(network.InputSize(), 0.15) {
			both := boundAll(t, network, []Technique{FastLin{}, Zonotope{}}, []ball.Ball{b}, x, labels)
			compareBounds(t, network.Name+" "+describe(b), both[1].Output, both[0].Output, 1e-9)
			if slowCompiler() {
				break
			}
		}
	}
}

func compareBounds(t *testing.T, what string, got, want *Output, tol float64) {
	t.Helper()
	for s := range want.Margins {
		nearAll(t, what+" margins", got.Margins[s], want.Margins[s], tol)
		for k := range want.Lower[s] {
			nearAll(t, what+" l", got.Lower[s][k], want.Lower[s][k], tol)
			nearAll(t, what+" u", got.Upper[s][k], want.Upper[s][k], tol)
		}
	}
}
