package study

import (
	"math"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// TestClaim1 checks p_C = p_O* and d = r = 0 on more than 10,000 points of S for eps up to b/2.
func TestClaim1(t *testing.T) {
	for _, c := range []Claim{{B: 0.4, Eps: 0.2}, {B: 0.3, Eps: 0.1, Side: 161}, {B: 0.2, Eps: 0.1, Side: 151}} {
		r, err := CheckClaim(c)
		if err != nil {
			t.Fatal(err)
		}
		s := r.Toy
		if s.Points < 10000 || s.Unstable < 1000 {
			t.Errorf("%+v: %d points, %d with unstable neurons", c, s.Points, s.Unstable)
		}
		if s.LargestGap > 1e-12 || s.LargestD > 1e-12 || s.LargestR > 1e-12 {
			t.Errorf("%+v: gap %v, d %v, r %v, want 0", c, s.LargestGap, s.LargestD, s.LargestR)
		}
	}
}

// TestLadder has the values of the example in docs/method.md, section 8.
func TestLadder(t *testing.T) {
	r, err := Ladder(0.2, 0.24)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][2]float64{"IBP": {-0.1, -0.26}, "Fast-Lin": {0.1, -0.02}, "CROWN": {0.1, -0.02},
		"exact": {0.3, 0.22}}
	seen := 0
	for _, rung := range r.Ladder {
		values, ok := want[rung.Technique]
		if !ok {
			continue
		}
		k := 0
		if rung.Eps == 0.24 {
			k = 1
		}
		seen++
		if math.Abs(rung.Margin-values[k]) > 1e-12 {
			t.Errorf("%s at %v: %v, want %v", rung.Technique, rung.Eps, rung.Margin, values[k])
		}
	}
	if seen != 8 {
		t.Errorf("%d rungs, want 8", seen)
	}
	for _, rung := range r.Ladder {
		if rung.Technique == "CROWN-IBP" && rung.Eps == 0.2 && math.Abs(rung.Margin-0.1) > 1e-12 {
			t.Errorf("CROWN-IBP at 0.2: %v, want 0.1", rung.Margin)
		}
	}
}

// TestProposition1: where r = 0, d = 0, on problems with unstable neurons too.
func TestProposition1(t *testing.T) {
	r, err := CheckProposition(Proposition{})
	if err != nil {
		t.Fatal(err)
	}
	tight, loose := 0, 0
	for _, q := range r.Pairs {
		switch {
		case q.R <= 1e-12 && math.Abs(q.D) > 1e-12:
			t.Errorf("r = %v, d = %v", q.R, q.D)
		case q.R <= 1e-12 && q.Unstable > 0:
			tight++
		case q.D > 1e-3:
			loose++
		}
	}
	if tight < 20 || loose < 20 {
		t.Errorf("%d tight and unstable problems, %d loose ones: too few to show anything", tight, loose)
	}
}

func TestMissingComputesWhatIsNotThere(t *testing.T) {
	noise := &record.Record{Noise: make([]record.ProjectionNoise, 1)} // which takes a minute
	all, err := Missing([]*record.Record{noise})
	if err != nil || len(all) != 4 || all[0].Toy == nil || len(all[1].Ladder) != 5*13 || len(all[2].Pairs) == 0 ||
		all[3].Course == nil {
		t.Fatalf("%d records, %v", len(all), err)
	}
	image := &record.Record{Kind: record.Eval, Ladder: make([]record.Rung, 1)} // of `tightrope ladder`, no study
	if more, err := Missing([]*record.Record{noise, image, all[0], all[2], all[3]}); err != nil || len(more) != 1 {
		t.Errorf("%d records beside a ladder of an image, %v: want the toy's", len(more), err)
	}
	if none, err := Missing(append(all, noise)); err != nil || len(none) != 0 {
		t.Errorf("%d more records, %v", len(none), err)
	}
}

func TestErrorsNameTheRemedy(t *testing.T) {
	_, errClaim := CheckClaim(Claim{B: 0.2, Eps: 0.2})
	_, errRadii := Ladder()
	_, errRadius := Ladder(-1)
	for want, err := range map[string]error{"eps <= b/2": errClaim, "at least one": errRadii,
		"radius of at least 0": errRadius} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want one line with %q", err, want)
		}
	}
}
