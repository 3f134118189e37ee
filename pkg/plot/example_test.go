package plot_test

import (
	"fmt"
	"log"
	"strings"

	"tightrope/pkg/plot"
	"tightrope/pkg/record"
)

// A figure of pure geometry: one neuron and its relaxations.
func ExampleNeuron() {
	f, err := plot.Neuron(-1, 1.5)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.ReplaceAll(f.Caption, "\u00a0", " ")) // which keep numbers and units together
	fmt.Println(strings.Contains(string(plot.SVG(f)), "Fast-Lin"))
	// Output:
	// An unstable neuron, −1.00 ≤ z ≤ 1.50: each relaxation meets ReLU where it is orange.
	// true
}

// A figure of records: the runs of one setting are one line, with a band over their seeds.
func ExampleTraining() {
	var records []*record.Record
	for seed := range uint64(2) {
		r := record.New("example", record.Train)
		r.Seed = seed
		r.Epochs = []record.EpochMetrics{{Epoch: 1, Eps: 0.1, Loss: 2}, {Epoch: 2, Eps: 0.1, Loss: 1}}
		records = append(records, r)
	}
	f, err := plot.Training(records...)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Caption)
	// Output:
	// Training of example; r is not measured by this loss.
}
