package ball

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
)

func ExampleBall_Bounds() {
	b := Ball{Norm: Linf, Eps: 0.25, Box: Unit}
	lower, upper := b.Bounds([]float64{0, 0.5, 1})
	fmt.Println(lower, upper)
	// Output: [0 0.25 0.75] [0.25 0.75 1]
}

func ExampleBall_Validate() {
	fmt.Println(Ball{Norm: Linf, Eps: -1}.Validate())
	// Output: eps = -1: use a finite radius of at least 0, in pixel units
}

func TestValidate(t *testing.T) {
	for _, bad := range []Ball{
		{Eps: -1e-9}, {Eps: math.NaN()}, {Eps: math.Inf(1)}, {Norm: 3}, {Norm: -1}, {Box: &Box{1, 0.5}}, {Box: &Box{0,
			math.NaN()}}, {Box: &Box{0, math.Inf(1)}},
		{Norm: L2, Radii: []float64{1}}, {Radii: []float64{-1}}, {Radii: []float64{math.NaN()}},
	} {
		if bad.Validate() == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
	for _, good := range []Ball{{}, {Box: &Box{1, 1}}, {Norm: L1, Eps: 3, Box: Unit}, {Eps: 1, Radii: []float64{0,
		2}}} {
		if err := good.Validate(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
}

func TestCheckInput(t *testing.T) {
	boxed := Ball{Box: Unit}
	for _, bad := range [][]float64{{math.NaN()}, {math.Inf(-1)}, {-1e-9}, {1.0001}} {
		if CheckInput(boxed, bad) == nil {
			t.Errorf("input %v is accepted in the box [0, 1]", bad)
		}
	}
	if err := CheckInput(boxed, []float32{0, 0.5, 1}); err != nil {
		t.Error(err)
	}
	if CheckInput(Ball{Radii: []float64{1, 1}}, []float64{0}) == nil {
		t.Error("two radii for one input are accepted")
	}
}

func TestNormText(t *testing.T) {
	for _, n := range []Norm{Linf, L2, L1} {
		content, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		var got Norm
		if err := json.Unmarshal(content, &got); err != nil || got != n {
			t.Errorf("%s reads as %v, want %v (%v)", content, got, n, err)
		}
	}
	if _, err := ParseNorm("l3"); err == nil {
		t.Error("norm l3 is accepted")
	}
}
