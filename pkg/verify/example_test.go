package verify_test

import (
	"context"
	"fmt"
	"log"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/toy"
	"tightrope/pkg/verify"
)

// A cascade decides each image by the cheapest technique that can: here two points of the plane, one of which has an
// adversarial point in its box.
func ExampleCascade() {
	device, _, err := backend.Open(backend.Go)
	if err != nil {
		log.Fatal(err)
	}
	network := toy.Steps()
	points := &data.Set{Name: "points", Shape: []int{1, 1, 2}, Classes: 2, Upper: 1,
		X: []float32{0.5, 0.5, 0.5, 0.25}, Y: []int32{1, 1}}
	summary, err := verify.Cascade(context.Background(), device, network, points,
		verify.CascadeOptions{Ball: ball.Ball{Eps: 0.2, Box: ball.Unit}})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range summary.Stages {
		if s.Certified+s.Falsified > 0 {
			fmt.Printf("%v: certified %d, falsified %d\n", s.Stage, s.Certified, s.Falsified)
		}
	}
	low, high := summary.Interval()
	fmt.Printf("robust error between %.0f and %.0f %%\n", low, high)
	// Output:
	// PGD: certified 0, falsified 1
	// CROWN-IBP: certified 1, falsified 0
	// robust error between 50 and 50 %
}
