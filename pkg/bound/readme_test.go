package bound_test

import (
	"fmt"
	"log"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
)

// certify counts the test digits of which Fast-Lin proves that no image within 0.1 of them, pixel by pixel, changes
// their class.
func certify(model string) (certified int, err error) {
	network, err := net.Load(model, nil)
	if err != nil {
		return 0, err
	}
	device, _, err := backend.Open("") // XLA where its plugin is installed, else pure Go
	if err != nil {
		return 0, err
	}
	digits, err := data.Load("digits", data.Options{})
	if err != nil {
		return 0, err
	}
	e, err := bound.NewEvaluator(device, network, bound.Options{Ball: ball.Ball{Eps: 0.1, Box: ball.Unit}})
	if err != nil {
		return 0, err
	}
	defer e.Close()
	out, err := bound.Evaluate(e, digits.Test.X, digits.Test.Y)
	if err != nil {
		return 0, err
	}
	for i, label := range digits.Test.Y {
		if out.Certified(i, label) { // every margin logit[label] - logit[t] has a positive lower bound
			certified++
		}
	}
	return certified, nil
}

// The snippet of README.md, on a network that is kept with the figures.
func Example_readme() {
	n, err := certify("../../figures/results/digits/mlp-2x100-digits-quick-lambda0-gamma3-seed0.safetensors")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d of 400 test digits are certified\n", n)
	// Output: 331 of 400 test digits are certified
}
