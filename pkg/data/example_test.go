package data_test

import (
	"fmt"

	"tightrope/pkg/data"
)

// Every program can count on the embedded digits.
func ExampleLoad() {
	splits, err := data.Load("digits", data.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(splits.Train.Len(), splits.Validation.Len(), splits.Test.Len(), splits.Train.Shape)
	// Output: 1197 200 400 [1 8 8]
}

// A run that resumes in the middle of an epoch sees the batches that it would have seen.
func ExampleBatcher() {
	set := &data.Set{Name: "four", Shape: []int{1, 1, 1}, Classes: 2, Upper: 1, X: []float32{0, .25, .5, .75},
		Y: []int32{0, 0, 1, 1}}
	batcher, err := data.NewBatcher(set, 2, 7)
	if err != nil {
		fmt.Println(err)
		return
	}
	second, err := batcher.Batch(3, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for step, batch := range batcher.EpochFrom(3, 1) {
		fmt.Println(step, batch.X[0] == second.X[0], batch.X[1] == second.X[1])
	}
	// Output: 1 true true
}
