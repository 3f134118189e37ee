package toy

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/record"
)

// Claim are the parameters of Claim 1's check.
type Claim struct {
	B    float64 `json:"b"`    // width of the empty corridor, 0 < B < 1
	Eps  float64 `json:"eps"`  // radius; the claim holds up to B/2
	Side int     `json:"side"` // the grid on [-1, 1]^2 has Side^2 points; 0: 201
}

// sampled is about how many points of the grid a record keeps.
const sampled = 240

// Check bounds every point of S on a grid with Fast-Lin in float64 and records the largest |p_C - p_O*|, d and r: Claim 1 says
// they are 0. It returns an error for parameters outside their ranges.
func Check(c Claim) (*record.Record, error) {
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
		return nil, fmt.Errorf("claim 1 with b = %v, eps = %v, %d points a side: use 0 < b < 1, 0 <= eps <= b/2 and at least 2 points", c.B, c.Eps, c.Side)
	}
	p, err := NewProbe(Cross(), nil, 512)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return p.Points(Grid(c), c.Eps)
}

// Grid are the grid's points that lie in S.
func Grid(c Claim) [][2]float64 {
	var xs [][2]float64
	for i := range c.Side {
		for j := range c.Side {
			x := [2]float64{2*float64(i)/float64(c.Side-1) - 1, 2*float64(j)/float64(c.Side-1) - 1}
			if math.Abs(math.Abs(x[1])-math.Abs(x[0])) >= c.B {
				xs = append(xs, x)
			}
		}
	}
	return xs
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

// newRecord starts a record of this package on the pure-Go backend, which computes float64 everywhere.
func newRecord(name string, recipe any) (*record.Record, compute.Backend, error) {
	b, info, err := backend.Open(backend.Go)
	if err != nil {
		return nil, nil, err
	}
	r := record.New(name, record.Toy)
	if r.Backend, err = json.Marshal(info); err == nil {
		r.Recipe, err = json.Marshal(recipe)
	}
	return r, b, err
}

// Techniques are the bounds on the ladder, loosest first.
func Techniques() []bound.Technique {
	return bound.Passes()
}

// Ladder bounds the margin of label 1 of [Steps] at (0.5, 0.5) by every technique, and exactly, at each radius.
func Ladder(radii ...float64) (*record.Record, error) {
	if len(radii) == 0 {
		return nil, fmt.Errorf("the ladder has no radii: give at least one")
	}
	r, b, err := newRecord("toy: steps", map[string][]float64{"radii": radii})
	if err != nil {
		return nil, err
	}
	n, x := Steps(), [2]float64{0.5, 0.5}
	for _, t := range Techniques() {
		e, err := bound.NewEvaluator(b, n, bound.Options{Technique: t, Ball: ball.Ball{}, Batch: 1})
		if err != nil {
			return nil, err
		}
		for _, eps := range radii {
			out, err := bound.EvaluateAt(e, x[:], []int32{1}, eps)
			if err != nil {
				return nil, err
			}
			r.Ladder = append(r.Ladder, record.Rung{Technique: t.Name(), Eps: eps, Margin: out.Margins[0][0]})
		}
		e.Close()
	}
	for _, eps := range radii {
		margin, _, err := Exact(n, x, 1, eps)
		if err != nil {
			return nil, err
		}
		r.Ladder = append(r.Ladder, record.Rung{Technique: "exact", Eps: eps, Margin: margin})
	}
	r.WallSeconds = time.Since(r.Started).Seconds()
	return r, nil
}

// Missing computes those records of the toys that are not among the given ones, with the parameters of the project's figures:
// Claim 1 at b = 0.4, eps = 0.2, the ladder up to eps = 0.36, Proposition 1 on random networks, trainings on the plane, and the
// noise of random projections (about a minute).
func Missing(have []*record.Record) ([]*record.Record, error) {
	var found []*record.Record
	for _, study := range []struct {
		is   func(*record.Record) bool
		make func() (*record.Record, error)
	}{
		{func(r *record.Record) bool { return r.Toy != nil }, func() (*record.Record, error) { return Check(Claim{B: 0.4, Eps: 0.2}) }},
		{func(r *record.Record) bool { return len(r.Ladder) > 0 }, ladder},
		{func(r *record.Record) bool { return len(r.Pairs) > 0 }, func() (*record.Record, error) { return CheckProposition(Proposition{}) }},
		{func(r *record.Record) bool { return r.Course != nil }, func() (*record.Record, error) { return Learn(context.Background(), Course{}) }},
		{func(r *record.Record) bool { return len(r.Noise) > 0 }, func() (*record.Record, error) { return Projections(Noise{}) }},
	} {
		if slices.ContainsFunc(have, study.is) {
			continue
		}
		r, err := study.make()
		if err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, nil
}

// ladder is the one of the project's figure.
func ladder() (*record.Record, error) {
	var radii []float64
	for i := range 13 {
		radii = append(radii, float64(3*i)/100)
	}
	return Ladder(radii...)
}
