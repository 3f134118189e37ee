package attack_test

import (
	"fmt"
	"log"

	"tightrope/pkg/attack"
	"tightrope/pkg/backend"
	"tightrope/pkg/toy"
)

// PGD finds the smallest margin of the toy at (0.5, 0.5), which is 0.7 - 2 eps here. Where it is not positive, the
// class has changed.
func Example() {
	device, _, err := backend.Open(backend.Go)
	if err != nil {
		log.Fatal(err)
	}
	a, err := attack.New(device, toy.Steps(), attack.Options{Steps: 50, Loss: attack.Margin})
	if err != nil {
		log.Fatal(err)
	}
	defer a.Close()
	for _, eps := range []float64{0.2, 0.3, 0.4} {
		r, err := attack.RunAt(a, []float64{0.5, 0.5}, []int32{1}, eps)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("eps %.1f: margin %+.2f, class changed: %v\n", eps, r.Margin[0], r.Success(0))
	}
	// Output:
	// eps 0.2: margin +0.30, class changed: false
	// eps 0.3: margin +0.10, class changed: false
	// eps 0.4: margin -0.10, class changed: true
}
