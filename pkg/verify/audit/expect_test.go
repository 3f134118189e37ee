package audit

import (
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
)

// TestExpectRadii: a ball counts only with the radii per feature that are expected, whatever else is; where nothing is
// expected it may have any.
func TestExpectRadii(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 2))
	draw := func() []float64 {
		if r.IntN(4) == 0 {
			return nil
		}
		radii := make([]float64, 3)
		for k := range radii {
			radii[k] = float64(r.IntN(2)+1) / 2
		}
		return radii
	}
	same := 0
	for range 500 {
		eps, box := 0.1, true
		norm := ball.Linf
		want, other := ball.Ball{Eps: eps, Box: ball.Unit, Radii: draw()}, ball.Ball{Eps: eps, Box: ball.Unit,
			Radii: draw()}
		for _, e := range []Expect{{Eps: &eps}, {Norm: &norm}, {Box: &box}, {Norm: &norm, Eps: &eps, Box: &box}} {
			if e.Radii = want.Radii; (e.check(other) == nil) != want.Equal(other) {
				t.Fatalf("%v for %v: %v", other, want, e.check(other))
			}
		}
		if want.Equal(other) {
			same++
		}
		if err := (Expect{}).check(other); err != nil {
			t.Fatal(err)
		}
	}
	if same < 30 {
		t.Errorf("only %d pairs of equal balls", same)
	}
}
