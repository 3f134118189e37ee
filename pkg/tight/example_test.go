package tight_test

import (
	"fmt"
	"log"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/tight"
	"tightrope/pkg/toy"
)

// Where r is 0, the bound is exact (Proposition 1). On this network that holds for Fast-Lin, though not for CROWN: r
// speaks of the technique whose optimum it is measured at.
func Example() {
	device, _, err := backend.Open(backend.Go)
	if err != nil {
		log.Fatal(err)
	}
	for _, technique := range []bound.Technique{bound.FastLin{}, bound.CROWN{}} {
		m, err := tight.NewMeasurement(device, toy.Counterexample(), technique, ball.Ball{Eps: 1}, tight.Options{})
		if err != nil {
			log.Fatal(err)
		}
		r, err := m.Measure([]float64{0, 0}, []int32{0})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-8s d %.3f, r %.3f, %g unstable neuron\n", r.Technique, r.D, r.R, r.Layers[0].Unstable)
		m.Close()
	}
	// Output:
	// Fast-Lin d 0.000, r 0.000, 1 unstable neuron
	// CROWN    d 2.000, r 0.667, 1 unstable neuron
}

// An Inspector takes the relaxed problem of one sample apart, neuron by neuron.
func ExampleInspector() {
	device, _, err := backend.Open(backend.Go)
	if err != nil {
		log.Fatal(err)
	}
	in, err := tight.NewInspector(device, toy.Steps(), nil, ball.Ball{}, tight.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer in.Close()
	a, err := in.Inspect([]float64{0.5, 0.5}, 1, 0, 0.2)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("bound %+.2f, network at x* %+.2f\n", a.Bound, a.PO)
	for _, n := range a.Unstable() {
		fmt.Printf("neuron %d in [%.1f, %.1f]: z' = %.1f, contributes %.2f to d\n", n.Unit, n.Lower, n.Upper, n.Z,
			n.Gap)
	}
	// Output:
	// bound +0.10, network at x* +0.30
	// neuron 1 in [-0.4, 0.4]: z' = 0.0, contributes 0.20 to d
}
