package toy

import (
	"math"
	"testing"

	"tightrope/pkg/bound"
)

// TestCounterexample has the values of docs/method.md, section 11: tight for Fast-Lin, not for CROWN.
func TestCounterexample(t *testing.T) {
	for _, c := range []struct {
		technique bound.Technique
		bound     float64
	}{{bound.FastLin{}, -1.75}, {bound.CROWN{}, -2.25}} {
		q, err := probe(t, Counterexample(), c.technique, 1).At([2]float64{}, 1)
		if err != nil || math.Abs(q.Bound-c.bound) > 1e-12 || math.Abs(q.Exact+1.75) > 1e-12 {
			t.Errorf("%s: %+v, %v; want p_C = %v, p_O* = -1.75", c.technique.Name(), q, err, c.bound)
		}
		if tight := c.bound == -1.75; tight != (q.R <= 1e-12) {
			t.Errorf("%s: r = %v", c.technique.Name(), q.R)
		}
	}
}

// TestProbeAnatomy: the neurons' parts sum to the point's d.
func TestProbeAnatomy(t *testing.T) {
	n, err := Random(6, 23)
	if err != nil {
		t.Fatal(err)
	}
	p := probe(t, n, nil, 1)
	x := [2]float64{0.5, 0.5}
	q, err := p.At(x, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Anatomy(x, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	gaps := 0.0
	for _, u := range a.Neurons {
		gaps += u.Gap
	}
	if math.Abs(gaps-q.D) > 1e-12 || math.Abs(a.R-q.R) > 1e-12 || len(a.Unstable()) != q.Unstable {
		t.Errorf("gaps sum to %v, d = %v; r = %v and %v; %d unstable, %d", gaps, q.D, a.R, q.R, len(a.Unstable()),
			q.Unstable)
	}
}
