package exact

import (
	"context"
	"fmt"
	"math"
	"time"

	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/highs"
)

// LPOptions of the linear programs. Zero values are the defaults.
type LPOptions struct {
	// TimeLimit of each single program: none. A program that hits it is Unknown.
	TimeLimit time.Duration
	// Multipliers names the units whose multipliers are asked for, in the order in which they are given; nil: none.
	Multipliers []cert.Unit
}

// LPBound is the outcome of one linear program: a lower bound of c . outputs.
type LPBound struct {
	Status highs.Status
	// Value is the solver's optimum, NaN unless Status is Optimal.
	Value float64
	// Safe is a lower bound proved by weak duality in this package, -Inf unless Status is Optimal.
	Safe float64
	// X [inputs] is the relaxation's optimal input, in the ball, and Margin is c . outputs of the real network there:
	// an upper bound of the true minimum. Nil and NaN unless Status is Optimal.
	X      []float64
	Margin float64
	// Multipliers, if asked for: weak duality gives this bound again from them, on the same bounds of the units; a
	// lower one where the optimum leans on bounds of stable units too, whose multipliers are not among them (in 27 of
	// 2,400 margins of small random networks).
	Multipliers cert.Floats
	// Units are the unstable units at the optimum, if multipliers are asked for.
	Units []Relaxed
}

// LastLayerLP minimises every row of c [rows, outputs] over the ball, with each unstable relu replaced by its triangle
// on the given bounds (the last-layer LP of docs/method.md, section 9). Rows are solved one after the other on one
// program, each from the last basis. A cancelled context gives ctx.Err and the bounds found so far, the others with
// status Interrupted.
func LastLayerLP(ctx context.Context, n *Net, ball *Ball, bounds *cert.Bounds, c [][]float64, o LPOptions) (
	[]LPBound, error) {
	if err := checkAll(n, ball, bounds); err != nil {
		return nil, err
	}
	if err := checkRows(n, c); err != nil {
		return nil, err
	}
	p := encode(n, ball, bounds, n.output(), false)
	found := make([]LPBound, len(c))
	for i := range found {
		found[i] = LPBound{Status: highs.Interrupted, Value: math.NaN(), Safe: math.Inf(-1), Margin: math.NaN()}
	}
	err := p.solveAll(ctx, len(c), func(s *highs.Solver, i int) error {
		r, err := p.solveLP(ctx, s, n.output(), c[i], o)
		if err != nil {
			return err
		}
		found[i] = p.lpBound(n, ball, c[i], r, o)
		return nil
	})
	return found, err
}

// checkRows refuses margins of a wrong length or without a meaning.
func checkRows(n *Net, c [][]float64) error {
	for i, row := range c {
		if len(row) != n.Outputs() {
			return fmt.Errorf("margin %d has %d coefficients for %d outputs", i, len(row), n.Outputs())
		}
		for _, value := range row {
			if math.IsNaN(value) || math.IsInf(value, 0) {
				return fmt.Errorf("margin %d has the coefficient %v: it must be finite", i, value)
			}
		}
	}
	return nil
}

// solveAll calls solve for i below count, with one solver of p. It returns the first error, or the context's.
func (p *program) solveAll(ctx context.Context, count int, solve func(s *highs.Solver, i int) error) error {
	if count == 0 {
		return nil
	}
	s, err := highs.New(&p.problem)
	if err != nil {
		return err
	}
	defer s.Close()
	for i := range count {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := solve(s, i); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// solved is a solver's result with its bound; scale is that of the costs.
type solved struct {
	*highs.Result
	safe, scale float64
}

// solveLP minimises c . values(target) by the dual simplex method, from the last basis where there is one: every column
// has two bounds, so any basis becomes dual feasible by flipping columns to their other bound. Presolve costs more than
// it saves (measured: 15 ms instead of 80 on 784-100-100-10). After numerical trouble it is solved once more from
// scratch, with presolve.
func (p *program) solveLP(ctx context.Context, s *highs.Solver, target int, c []float64, o LPOptions) (
	*solved, error) {
	cost, offset, scale := normalised(p.objective(target, c))
	if err := s.SetCost(cost, offset); err != nil {
		return nil, err
	}
	r, err := s.Solve(ctx, highs.Options{TimeLimit: o.TimeLimit, Feasibility: lpFeasibility, NoPresolve: true})
	if err == nil && r.Status == highs.NumericalTrouble {
		if err := s.Forget(); err != nil {
			return nil, err
		}
		r, err = s.Solve(ctx, highs.Options{TimeLimit: o.TimeLimit, Feasibility: lpFeasibility})
	}
	if err != nil {
		return nil, err
	}
	r.Objective *= scale
	return &solved{r, scale * safeBound(&p.problem, cost, offset, r.RowDual), scale}, nil
}

// lpFeasibility is the tolerance of the linear programs, whose columns are about 1: a hundredth of HiGHS's own.
const lpFeasibility = 1e-9

// lpBound turns a solver's result into a bound.
func (p *program) lpBound(n *Net, ball *Ball, c []float64, r *solved, o LPOptions) LPBound {
	b := LPBound{Status: r.Status, Value: math.NaN(), Safe: math.Inf(-1), Margin: math.NaN()}
	if r.Status != highs.Optimal {
		return b
	}
	b.Value = r.Objective
	b.Safe = r.safe
	if o.Multipliers != nil {
		b.Multipliers, b.Units = p.multipliers(o.Multipliers, r.RowDual, r.scale), p.relaxed(r.X)
	}
	b.X = p.point(ball, r.X)
	b.Margin = dot(c, n.forward(b.X))
	return b
}

// dot returns the sum of products.
func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
