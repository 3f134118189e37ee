package toy

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"tightrope/pkg/bound"
	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

func TestMoons(t *testing.T) {
	set, err := Moons(200, 0.06, 3)
	if err != nil || set.Validate() != nil || set.Len() != 200 || set.Histogram()[1] != 100 {
		t.Fatalf("%v, %v", set, err)
	}
	upper, lower := 0.0, 0.0
	for i, y := range set.Y {
		if y == 1 {
			upper += float64(set.Sample(i)[1]) / 100
		} else {
			lower += float64(set.Sample(i)[1]) / 100
		}
	}
	if upper < lower+0.3 {
		t.Errorf("mean heights of the moons are %v and %v", upper, lower)
	}
	again, _ := Moons(200, 0.06, 3)
	other, _ := Moons(200, 0.06, 4)
	if again.Hash() != set.Hash() || other.Hash() == set.Hash() {
		t.Error("the points do not depend on the seed and nothing else")
	}
	for _, bad := range [][2]float64{{1, 0.1}, {10, -1}, {10, math.NaN()}} {
		if _, err := Moons(int(bad[0]), bad[1], 0); err == nil {
			t.Errorf("moons of %v points with noise %v", bad[0], bad[1])
		}
	}
}

// TestLearn: bounds stay below what the grid finds, training certifies more points, and r falls with its weight.
func TestLearn(t *testing.T) {
	c := Course{Epochs: 30, Keep: 3, Lessons: []Lesson{{}, {Gamma: 30}}}
	r, err := Learn(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range r.Course.Runs {
		if first, last := run.Frames[0], run.Frames[len(run.Frames)-1]; first.Epoch != 0 || last.Epoch != 30 || len(run.Frames) != 4 {
			t.Fatalf("%d frames from epoch %d to %d", len(run.Frames), first.Epoch, last.Epoch)
		}
		for _, f := range run.Frames {
			checkFrame(t, r.Course, f)
		}
		_, before := run.Frames[0].Count()
		if unbroken, after := run.Frames[3].Count(); after <= before || after < 50 || after > unbroken {
			t.Errorf("%d points certified before the training, %d after it, %d unbroken", before, after, unbroken)
		}
	}
	plain, regularized := r.Course.Runs[0], r.Course.Runs[1]
	if plain.Frames[3].R <= regularized.Frames[3].R || len(plain.Distances) == 0 {
		t.Errorf("r = %v without, %v with its regularizer; %d distances", plain.Frames[3].R, regularized.Frames[3].R, len(plain.Distances))
	}
}

func checkFrame(t *testing.T, c *record.PlaneCourse, f record.PlaneFrame) {
	t.Helper()
	for i, label := range c.Labels {
		clean := float64(2*label-1) * f.Margin(c.X[i])
		if f.Bounds[i] > f.Attacked[i]+1e-4 || float64(f.Attacked[i]) > clean+1e-4 {
			t.Fatalf("epoch %d, point %d: bound %v, grid %v, clean margin %v", f.Epoch, i, f.Bounds[i], f.Attacked[i], clean)
		}
	}
}

func TestLearnStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Learn(ctx, Course{}); !errors.Is(err, train.ErrInterrupted) {
		t.Errorf("a cancelled training gives %v", err)
	}
	if _, err := Learn(context.Background(), Course{Arch: "mlp-0x3"}); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("no hidden layer gives %v", err)
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
		t.Errorf("gaps sum to %v, d = %v; r = %v and %v; %d unstable, %d", gaps, q.D, a.R, q.R, len(a.Unstable()), q.Unstable)
	}
}
