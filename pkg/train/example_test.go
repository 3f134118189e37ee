package train_test

import (
	"context"
	"fmt"
	"log"

	"tightrope/pkg/backend"
	"tightrope/pkg/net"
	"tightrope/pkg/toy"
	"tightrope/pkg/train"
)

// A training with the regularizer of r, on points of the plane: eps and gamma grow over the ramp, and then the bounds
// certify most points.
func Example() {
	device, _, err := backend.Open(backend.Go)
	if err != nil {
		log.Fatal(err)
	}
	moons, err := toy.Moons(80, 0.06, 0)
	if err != nil {
		log.Fatal(err)
	}
	network, err := net.Named("mlp-2x16", []int{2}, 2)
	if err != nil {
		log.Fatal(err)
	}
	config := train.Config{Epochs: 40, Ramp: 20, Batch: 20, Eps: 0.1, EpsStart: 0.01, Gamma: 1, LearningRate: 0.02}
	_, history, err := train.Run(context.Background(), device, network.Init(1), moons, config, train.Options{})
	if err != nil {
		log.Fatal(err)
	}
	first, last := history[0], history[len(history)-1]
	fmt.Printf("%d epochs, eps from %.2f to %.2f\n", len(history), first.Eps, last.Eps)
	fmt.Println("at least 9 in 10 points are certified:", last.Unproven <= 0.1)
	// Output:
	// 40 epochs, eps from 0.01 to 0.10
	// at least 9 in 10 points are certified: true
}

// At gives the scheduled values of a step.
func ExampleConfig_At() {
	config := train.Config{Epochs: 10, Ramp: 5, Eps: 0.1, EpsStart: 0.02, Gamma: 2}
	for _, epoch := range []int{0, 2, 4, 9} {
		w := config.At(epoch, 0, 100)
		fmt.Printf("epoch %d: eps %.2f, gamma %.1f\n", epoch, w.Eps, w.Gamma)
	}
	// Output:
	// epoch 0: eps 0.02, gamma 0.0
	// epoch 2: eps 0.06, gamma 1.0
	// epoch 4: eps 0.10, gamma 2.0
	// epoch 9: eps 0.10, gamma 2.0
}
