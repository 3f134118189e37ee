package exact

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestDecideReference compares verdicts and intervals with the reference's minima.
func TestDecideReference(t *testing.T) {
	need(t)
	stages := map[Stage]int{}
	each(t, func(t *testing.T, n *Net, c *refCase) {
		if c.Results.MILP == nil || n.Inputs() > 50 {
			return
		}
		d, err := Decide(context.Background(), n, c.ball(), c.Results.FastLin.bounds(), c.rows(), DecideOptions{})
		if err != nil {
			t.Fatal(err)
		}
		lowest := c.Results.MILP.Margins[0]
		for i, want := range c.Results.MILP.Margins {
			m := d.Margins[i]
			lowest = min(lowest, want)
			atMost(t, "lower", m.Lower, want)
			atMost(t, "upper", want, m.Upper)
			if (m.Verdict == Certified && want < 0) || (m.Verdict == Falsified && want > 0) || (d.Verdict == Certified && m.Verdict != Certified) {
				t.Errorf("margin %d: %v for a minimum of %v", i, m.Verdict, want)
			}
		}
		if d.Verdict == Unknown || (d.Verdict == Certified) != (lowest > 0) {
			t.Errorf("%v for a lowest minimum of %v", d.Verdict, lowest)
		}
		stages[d.Stage]++
	})
	if stages[StageLP] == 0 || stages[NoStage] != 0 {
		t.Errorf("decided at %v", stages)
	}
}

// TestDecideStages needs each stage once: radius 0.2 is certified by the LP, 0.24
// only exactly, 0.5 is falsified.
func TestDecideStages(t *testing.T) {
	need(t)
	for _, want := range []struct {
		eps     float64
		verdict Verdict
		stage   Stage
	}{{0.2, Certified, StageLP}, {0.24, Certified, StageMILP}, {0.5, Falsified, StageLP}} {
		n, ball, bounds, c := ladder(want.eps)
		d, err := Decide(context.Background(), n, ball, bounds, [][]float64{c}, DecideOptions{})
		if err != nil || d.Verdict != want.verdict || d.Stage != want.stage {
			t.Errorf("eps %v: %+v, %v", want.eps, d, err)
		}
		if want.stage == StageMILP {
			d, err = Decide(context.Background(), n, ball, bounds, [][]float64{c}, DecideOptions{LPOnly: true})
			if err != nil || d.Verdict != Unknown {
				t.Errorf("LP only: %+v, %v", d, err)
			}
		}
	}
}

func TestDecideLimits(t *testing.T) {
	need(t)
	n, ball, bounds, c := ladder(0.24)
	d, err := Decide(context.Background(), n, ball, bounds, [][]float64{c}, DecideOptions{TimeLimit: time.Nanosecond})
	if err != nil || d.Verdict != Unknown {
		t.Errorf("time limit: %+v, %v", d, err)
	}
	if _, err := Decide(context.Background(), n, ball, bounds, nil, DecideOptions{}); err == nil {
		t.Error("no margins: accepted")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if d, err = Decide(ctx, n, ball, bounds, [][]float64{c}, DecideOptions{}); !errors.Is(err, context.Canceled) || d.Verdict != Unknown {
		t.Errorf("cancelled: %+v, %v", d, err)
	}
}
