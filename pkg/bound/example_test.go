package bound_test

import (
	"fmt"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/net"
)

// toy has the logits 0.2 + relu(x1+x2-0.5) - relu(x1-x2) and 0.
func toy() *net.Network {
	n, err := net.Build(net.Arch{Name: "toy", Input: []int{2}, Layers: []net.LayerSpec{
		{Type: "dense", Units: 2}, {Type: "relu"}, {Type: "dense", Units: 2},
	}})

	if err != nil {
		panic(err)
	}
	for i, values := range [][]float64{{1, 1, 1, -1}, {-0.5, 0}, {1, -1, 0, 0}, {0.2, 0}} {
		copy(n.Params[i].Data, values)
	}
	return n
}

// Every technique bounds the same margin from below; a positive bound is a proof. The exact minimum is 0.3.
func Example() {
	b, _, err := backend.Open("go")
	if err != nil {
		panic(err)
	}
	for _, technique := range []bound.Technique{bound.IBP{}, bound.FastLin{}, bound.CROWN{}, bound.CROWNIBP()} {
		e, err := bound.NewEvaluator(b, toy(),
			bound.Options{Technique: technique, Ball: ball.Ball{Norm: ball.Linf, Eps: 0.2}})
		if err != nil {
			panic(err)
		}
		out, err := bound.Evaluate(e, []float64{0.5, 0.5}, []int32{0})
		if err != nil {
			panic(err)
		}
		fmt.Printf("%-9s %+.2f certified: %v\n", technique.Name(), out.Margins[0][1], out.Certified(0, 0))
		e.Close()
	}
	// Output:
	// IBP       -0.10 certified: false
	// Fast-Lin  +0.10 certified: true
	// CROWN     +0.10 certified: true
	// CROWN-IBP +0.10 certified: true
}

func ExampleAlphaEvaluator() {
	b, _, err := backend.Open("go")
	if err != nil {
		panic(err)
	}
	e, err := bound.NewAlphaEvaluator(b, toy(),
		bound.AlphaOptions{Ball: ball.Ball{Norm: ball.Linf, Eps: 0.24}, Iterations: 20, Layers: true})
	if err != nil {
		panic(err)
	}
	defer e.Close()
	out, err := bound.EvaluateAlpha(e, []float64{0.5, 0.5}, []int32{0})
	if err != nil {
		panic(err)
	}
	fmt.Printf("margin %+.2f, z1 in [%.2f, %.2f], z2 in [%.2f, %.2f]\n",
		out.Margins[0][1], out.Lower[0][0][0], out.Upper[0][0][0], out.Lower[0][0][1], out.Upper[0][0][1])
	// Output: margin -0.02, z1 in [0.02, 0.98], z2 in [-0.48, 0.48]
}
