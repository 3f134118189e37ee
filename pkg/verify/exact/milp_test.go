package exact

import (
	"context"
	"math"
	"testing"
	"time"

	"tightrope/pkg/verify/highs"
)

func TestMILPReference(t *testing.T) {
	need(t)
	each(t, func(t *testing.T, n *Net, c *refCase) {
		want := c.Results.MILP
		if want == nil {
			return
		}
		bounds := c.Results.LPAll.bounds()
		for i, row := range c.rows() {
			limit := time.Duration(0)
			if !want.Details[i].Optimal {
				limit = 2 * time.Second
			}
			if testing.Short() && n.Inputs() > 50 {
				continue
			}
			r, err := MILP(context.Background(), n, c.ball(), bounds, row, MILPOptions{TimeLimit: limit})
			if err != nil {
				t.Fatal(err)
			}
			lower, upper := r.DualBound, r.Margin
			atMost(t, "dual bound <= witness", lower, upper)
			atMost(t, "LP-all <= MILP", c.Results.LPAll.Margins[i], upper)
			if want.Details[i].Optimal && r.Status == highs.Optimal {
				near(t, "minimum", r.Margin, want.Margins[i], 1e-6)
				near(t, "dual bound", r.DualBound, want.Margins[i], 1e-6)
			} else if r.Status != highs.TimeLimit && r.Status != highs.Optimal {
				t.Errorf("status %v", r.Status)
			}
			atMost(t, "our dual bound <= their witness", lower, want.Details[i].Value)
			atMost(t, "their dual bound <= our witness", want.DualBounds[i], upper)
		}
	})
}

// TestMILPDecides compares verdicts reached early with the reference's minimum.
func TestMILPDecides(t *testing.T) {
	need(t)
	certified, falsified := 0, 0
	each(t, func(t *testing.T, n *Net, c *refCase) {
		if c.Results.MILP == nil || n.Inputs() > 50 {
			return
		}
		for i, row := range c.rows() {
			want := c.Results.MILP.Details[i]
			r, err := MILP(context.Background(), n, c.ball(), c.Results.Crown.bounds(), row,
				MILPOptions{DecideOnly: true, Start: want.WitnessX})
			if err != nil {
				t.Fatal(err)
			}
			switch verdict := r.Verdict(); {
			case verdict == Certified && want.Value > 0:
				certified++
			case verdict == Falsified && want.Value < 0:
				falsified++
			default:
				t.Errorf("%v for a minimum of %v", verdict, want.Value)
			}
			atMost(t, "margin from the start", r.Margin, want.Value)
		}
	})
	if certified == 0 || falsified == 0 {
		t.Errorf("%d certified, %d falsified", certified, falsified)
	}
}

// TestMILPLimits: neither a limit nor a cancelled context certifies anything.
func TestMILPLimits(t *testing.T) {
	need(t)
	for _, file := range references(t) {
		if file.Name != "N3" {
			continue
		}
		n, c := file.build(t), &file.Cases[6] // 66 % unstable
		for _, stop := range []string{"limit", "context"} {
			ctx, o := context.Background(), MILPOptions{}
			if stop == "limit" {
				o.TimeLimit = 300 * time.Millisecond
			} else {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 300*time.Millisecond)
				defer cancel()
			}
			start := time.Now()
			r, err := MILP(ctx, n, c.ball(), c.Results.FastLin.bounds(), c.rows()[0], o)
			if err != nil || (r.Status != highs.TimeLimit && r.Status != highs.Interrupted) {
				t.Fatalf("%s: %+v, %v", stop, r, err)
			}
			if took := time.Since(start); took > 20*time.Second { // with what makes the program
				t.Errorf("%s: took %v", stop, took)
			}
			if r.DualBound <= 0 && r.Verdict() == Certified {
				t.Errorf("%s: %v with a dual bound of %v", stop, r.Verdict(), r.DualBound)
			}
		}
	}
}

func TestMILPRefusesStart(t *testing.T) {
	need(t)
	n, ball, bounds, c := ladder(0.2)
	for _, x := range [][]float64{{0, 0}, {0.5}, {0.5, math.NaN()}} {
		if _, err := MILP(context.Background(), n, ball, bounds, c, MILPOptions{Start: x}); err == nil {
			t.Errorf("start %v accepted", x)
		}
	}
}
