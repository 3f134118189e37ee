package cert_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"tightrope/pkg/ball"
	"tightrope/pkg/toy"
	"tightrope/pkg/verify/cert"
)

// A certificate says by which rule each margin is positive; the checker recomputes the bound from the weights, in
// float64 with outward rounding. At the larger radius the same rule proves nothing, and the certificate is refused.
func Example() {
	network, err := cert.NewNetwork(toy.Steps().Model())
	if err != nil {
		log.Fatal(err)
	}
	for _, eps := range []float64{0.2, 0.24} {
		c := cert.ByRule(network, ball.Ball{Eps: eps}, []float64{0.5, 0.5}, 1, "Fast-Lin",
			[]cert.Rule{cert.FastLin}, cert.FastLin)
		report, err := cert.Check(context.Background(), network, c)
		switch {
		case errors.Is(err, cert.ErrRefused):
			fmt.Printf("eps %.2f: refused\n", eps)
		case err != nil:
			log.Fatal(err)
		default:
			fmt.Printf("eps %.2f: the margin is at least %.3f\n", eps, report.Lower[0])
		}
	}
	// Output:
	// eps 0.20: the margin is at least 0.100
	// eps 0.24: refused
}
