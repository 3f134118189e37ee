package study

import (
	"context"
	"fmt"
	"math"
	"time"

	"tightrope/pkg/record"
	"tightrope/pkg/toy"
)

// Claim holds the parameters of Claim 1's check on the paper's toy, [toy.Cross].
type Claim struct {
	B    float64 `json:"b"`    // width of the empty corridor, 0 < B < 1
	Eps  float64 `json:"eps"`  // l_inf radius; the claim holds up to B/2
	Side int     `json:"side"` // the grid on [-1, 1]^2 has Side^2 points; 0: 201
}

// sampled is roughly how many points of the grid a record keeps.
const sampled = 240

// CheckClaim bounds every point of S on a grid with Fast-Lin in float64 and records the largest |p_C - p_O*|, d and r:
// Claim 1 says that they are 0. It returns an error for parameters outside their ranges.
func CheckClaim(c Claim) (*record.Record, error) {
	c = c.withDefaults()
	r, _, err := newRecord("toy: cross", c)
	if err != nil {
		return nil, err
	}
	points, err := c.Points()
	if err != nil {
		return nil, err
	}
	r.Toy = summarize(c, points)
	r.WallSeconds = time.Since(r.Started).Seconds()
	return r, nil
}

func (c Claim) withDefaults() Claim {
	if c.Side == 0 {
		c.Side = 201
	}
	return c
}

// Points bounds every point of the grid in S. It returns an error for parameters outside their ranges.
func (c Claim) Points() ([]record.ToyPoint, error) {
	c = c.withDefaults()
	if !(c.B > 0 && c.B < 1) || !(c.Eps >= 0 && c.Eps <= c.B/2) || c.Side < 2 {
		return nil, fmt.Errorf("claim 1 with b = %v, eps = %v, %d points a side: use 0 < b < 1, 0 <= eps <= b/2 and "+
			"at least 2 points", c.B, c.Eps, c.Side)
	}
	p, err := toy.NewProbe(toy.Cross(), nil, 512)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return p.Points(toy.Grid(c.B, c.Side), c.Eps)
}

func summarize(c Claim, points []record.ToyPoint) *record.ToyCheck {
	t := &record.ToyCheck{B: c.B, Eps: c.Eps, Points: len(points)}
	every := max(1, len(points)/sampled)
	for i, q := range points {
		t.LargestGap = max(t.LargestGap, math.Abs(q.Exact-q.Bound))
		t.LargestD, t.LargestR = max(t.LargestD, math.Abs(q.D)), max(t.LargestR, q.R)
		if q.Unstable > 0 {
			t.Unstable++
		}
		if i%every == 0 {
			t.Sample = append(t.Sample, q)
		}
	}
	return t
}

// Agreement says how well p_C agrees with p_O* on S, which is computed in two independent ways.
type Agreement struct {
	Points     int     // of the grid, in S
	Unstable   int     // points with unstable neurons
	ClosedForm float64 // largest |p_C - p_O*|, by the closed form, over all points
	D, R       float64 // largest |d| and r over all points
	Programs   int     // points that a mixed-integer program was solved for
	MILP       float64 // largest |p_C - p_O*|, by the programs
}

// Agreement compares p_C at every point of the grid in S with the closed form of p_O*, and at about programs of them
// with a mixed-integer program each. It returns an error for parameters outside their ranges, where HiGHS is not
// installed, and where ctx is cancelled.
func (c Claim) Agreement(ctx context.Context, programs int) (Agreement, error) {
	points, err := c.Points()
	if err != nil {
		return Agreement{}, err
	}
	a := Agreement{Points: len(points)}
	var sample []record.ToyPoint
	every := max(1, len(points)/max(1, programs))
	for i, q := range points {
		a.ClosedForm = max(a.ClosedForm, math.Abs(q.Bound-toy.ClosedForm(q.X, c.Eps)))
		a.D, a.R = max(a.D, math.Abs(q.D)), max(a.R, q.R)
		if q.Unstable > 0 {
			a.Unstable++
		}
		if i%every == 0 {
			sample = append(sample, q)
		}
	}
	margins, err := toy.AgainstMILP(ctx, toy.Cross(), sample, c.Eps)
	if err != nil {
		return Agreement{}, err
	}
	a.Programs = len(sample)
	for i, m := range margins {
		a.MILP = max(a.MILP, math.Abs(sample[i].Bound-m))
	}
	return a, nil
}
