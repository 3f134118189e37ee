package recipe

import (
	"reflect"
	"testing"
)

// TestRuns lists pairs, ablations and planned seeds in an order that keeps pairs together.
func TestRuns(t *testing.T) {
	a, b := Recipe{Name: "a", Plan: Plan{Gamma: 2, Seeds: 2, Lambdas: []float64{0, 1}, Gammas: []float64{0, 3}}},
		Recipe{Name: "b", Plan: Plan{Lambda: 5}}
	type run struct {
		name          string
		lambda, gamma float64
		seed          uint64
	}
	for _, test := range []struct {
		sweep Sweep
		want  []run
	}{
		{Sweep{Recipes: []Recipe{a, b}, Pair: true},
			[]run{{"a", 0, 0, 0}, {"a", 0, 2, 0}, {"b", 0, 0, 0}, {"b", 5, 0, 0}, {"a", 0, 0, 1}, {"a", 0, 2, 1}}},
		{Sweep{Recipes: []Recipe{a}, Ablation: true, Seeds: []uint64{7}},
			[]run{{"a", 0, 0, 7}, {"a", 0, 3, 7}, {"a", 1, 0, 7}}},
		{Sweep{Recipes: []Recipe{b}, Lambdas: []float64{1, 2}, Seeds: []uint64{1, 2}},
			[]run{{"b", 1, 0, 1}, {"b", 2, 0, 1}, {"b", 1, 0, 2}, {"b", 2, 0, 2}}},
	} {
		var got []run
		for _, r := range test.sweep.Runs() {
			got = append(got, run{r.Name, r.Train.Lambda, r.Train.Gamma, r.Train.Seed})
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("got %v, want %v", got, test.want)
		}
	}
}
