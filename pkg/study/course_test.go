package study

import (
	"context"
	"errors"
	"strings"
	"testing"

	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

// TestLearn: bounds stay below what the grid finds, training certifies more points, and r falls with its weight.
func TestLearn(t *testing.T) {
	c := Course{Epochs: 30, Keep: 3, Lessons: []Lesson{{}, {Gamma: 30}}}
	r, err := Learn(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range r.Course.Runs {
		if first, last := run.Frames[0], run.Frames[len(run.Frames)-1]; first.Epoch != 0 || last.Epoch != 30 ||
			len(run.Frames) != 4 {
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
		t.Errorf("r = %v without, %v with its regularizer; %d distances", plain.Frames[3].R, regularized.Frames[3].R,
			len(plain.Distances))
	}
}

func checkFrame(t *testing.T, c *record.PlaneCourse, f record.PlaneFrame) {
	t.Helper()
	for i, label := range c.Labels {
		clean := float64(2*label-1) * f.Margin(c.X[i])
		if f.Bounds[i] > f.Attacked[i]+1e-4 || float64(f.Attacked[i]) > clean+1e-4 {
			t.Fatalf("epoch %d, point %d: bound %v, grid %v, clean margin %v", f.Epoch, i, f.Bounds[i], f.Attacked[i],
				clean)
		}
	}
}

func TestLearnStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Learn(ctx, Course{}); !errors.Is(err, train.ErrInterrupted) {
		t.Errorf("a cancelled training gives %v", err)
	}
	if _, err := Learn(context.Background(), Course{Arch: "mlp-0x3"}); err == nil ||
		strings.Contains(err.Error(), "\n") {
		t.Errorf("no hidden layer gives %v", err)
	}
}
