package measure

import (
	"errors"
	"math"
	"strings"
	"testing"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// TestContradictions: an attack below a bound, or above the clean sample's margin, is a fault, unless rounding explains
// it.
func TestContradictions(t *testing.T) {
	certified, open, wrong := sample{true, 0.5, 4}, sample{true, -0.5, 4}, sample{false, -2, 4}
	overflown := newSample([]float64{math.NaN(), 1}, []float64{0, math.Inf(-1)}, 0, false)
	for _, c := range []struct {
		what   string
		s      sample
		margin float64
		fault  string
	}{
		{"an attack on a certified sample", certified, -0.1, "please report"},
		{"an attack below a positive bound", certified, 0.4, "bounds the margin of sample 7 by 0.5"},
		{"an attack below a negative bound", open, -0.6, "please report"},
		{"an attack above the bound", open, -0.4, ""},
		{"an attack at the bound, rounded", certified, 0.5 - 1e-6, ""},
		{"a misclassified sample that the attack does not misclassify", wrong, 0.1, "sample 7 is misclassified"},
		{"the same, rounded", wrong, 1e-6, ""},
		{"logits that are not finite", overflown, math.Inf(-1), ""},
		{"a point whose logits are not finite", certified, math.Inf(-1), ""},
	} {
		err := c.s.contradicts(7, "Fast-Lin", c.margin)
		var f *attack.Fault
		if c.fault == "" && err != nil || c.fault != "" && (!errors.As(err, &f) || !strings.Contains(err.Error(),
			c.fault)) {
			t.Errorf("%s: %v, want %q", c.what, err, c.fault)
		}
	}
}

// TestOverflow evaluates a network whose logits are not finite for one of two samples: it counts as an error of every
// kind, and is told. Of the other nothing can be proved, for the product of the weights overflows.
func TestOverflow(t *testing.T) {
	n, err := net.Named("2-2-2", []int{2}, 2)
	if err != nil {
		t.Fatal(err)
	}
	copy(n.Params[0].Data, []float64{1e30, 0, 0, 1}) // the first input is blown up, the second decides
	copy(n.Params[2].Data, []float64{1e30, 0, -1e30, 1})
	copy(n.Params[3].Data, []float64{0, -0.5})
	set := &data.Set{Name: "two", Shape: []int{2}, Classes: 2, X: []float32{0, 1, 1, 1}, Y: []int32{1, 1}}
	got, err := Evaluate(t.Context(), testbackend.Open(t), n, set, Options{Ball: ball.Ball{Eps: 0},
		Attack: &attack.Options{Steps: 2}})
	if err != nil {
		t.Fatal(err)
	}
	if got.NotFinite != 1 || got.Standard != 1 || got.Attacked != 1 || got.Uncertified != 2 ||
		!strings.Contains(got.Overflow(), "1 of 2 samples are not finite") {
		t.Errorf("%+v: want one sample that is not finite, which counts everywhere (%s)", got, got.Overflow())
	}
}
