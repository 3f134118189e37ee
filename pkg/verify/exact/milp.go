package exact

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/highs"
)

// MILPOptions of MILP. Zero values are the defaults.
type MILPOptions struct {
	// TimeLimit of the program: none.
	TimeLimit time.Duration
	// Start [inputs] is a point of the ball, such as PGD's: its value is the first incumbent.
	Start []float64
	// DecideOnly stops as soon as the sign is known, by more than the solver's word is worth.
	DecideOnly bool
}

// wordTolerance is what the solver's word is worth, as a fraction of the largest term of c . outputs: HiGHS's own
// feasibility tolerance.
const wordTolerance = 1e-6

// MILPResult is the outcome of MILP.
type MILPResult struct {
	Status highs.Status
	// DualBound is the solver's lower bound of the minimum, -Inf without one.
	DualBound float64
	// X [inputs] is the best point found, in the ball, and Margin is c . outputs of the real network there, evaluated
	// here: the minimum where Status is Optimal, an upper bound of it otherwise. Nil and +Inf without a point.
	X         []float64
	Margin    float64
	tolerance float64 // that the dual bound must exceed
}

// Positive reports whether the minimum is positive by the solver's word, without a proof: its dual bound exceeds what
// its word is worth. Infeasible, unbounded or troubled programs say nothing.
func (r *MILPResult) Positive() bool { return r.Margin >= 0 && r.usable() && r.DualBound > r.tolerance }

// usable reports whether the solver's dual bound means something.
func (r *MILPResult) usable() bool {
	switch r.Status {
	case highs.Optimal, highs.TimeLimit, highs.Interrupted, highs.CutOff:
		return true
	}
	return false
}

// MILP minimises c . outputs over the ball exactly, by branch and bound on the phases of the unstable relus (Tjeng et
// al. 2019, "Evaluating Robustness of Neural Networks with Mixed Integer Programming"). Tight bounds make it fast: see
// TightenLP. A cancelled context ends it with Status Interrupted and no error.
func MILP(ctx context.Context, n *Net, ball *Ball, bounds *cert.Bounds, c []float64, o MILPOptions) (
	*MILPResult, error) {
	if err := checkAll(n, ball, bounds); err != nil {
		return nil, err
	}
	if err := checkRows(n, [][]float64{c}); err != nil {
		return nil, err
	}
	p := encode(n, ball, bounds, n.output(), true)
	var scale float64
	p.problem.Cost, p.problem.Offset, scale = normalised(p.objective(n.output(), c))
	s, err := highs.New(&p.problem)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if o.Start != nil {
		if err := p.start(s, n, ball, o.Start); err != nil {
			return nil, err
		}
	}
	r, err := s.Solve(ctx, o.solver())
	if err != nil {
		return nil, err
	}
	r.DualBound *= scale
	return p.milpResult(n, ball, c, r, o.Start, wordTolerance*scale), nil
}

// start offers an input as the first incumbent.
func (p *program) start(s *highs.Solver, n *Net, ball *Ball, x []float64) error {
	if len(x) != n.Inputs() {
		return fmt.Errorf("a starting point of %d values for a network of %d inputs", len(x), n.Inputs())
	}
	if !ball.Contains(x, ball.rounding()) {
		return errors.New("the starting point of a MILP lies outside the ball: clip it first")
	}
	return s.SetStart(p.columns(n, ball, x, n.values(x)))
}

// rounding is how far outside the ball a starting point may lie: a part of eps, and the rounding of its coordinates.
func (b *Ball) rounding() float64 {
	const part = 1e-9
	size := 0.0
	for _, x := range b.Center {
		size += math.Abs(x)
	}
	return part*b.Eps + 0x1p-50*size
}

// solver returns the options for HiGHS. Presolve and the search for incumbents cost more than they save on these dense
// programs, where every phase pattern can be repaired to a point and the start is a good one (measured on
// 784-100-100-10: 6 s instead of 55 s for ten margins).
func (o *MILPOptions) solver() highs.Options {
	options := highs.Options{TimeLimit: o.TimeLimit, Feasibility: milpFeasibility, NoPresolve: true, NoSearch: true}
	if o.DecideOnly {
		options.Cutoff = highs.Cutoff{AtDual: true, Dual: wordTolerance, AtPrimal: true, Primal: -wordTolerance}
	}
	return options
}

// milpFeasibility is the tolerance of rows, whose columns are about 1, and of integrality: a phase of 1e-7 instead of 0
// lets a relu be off by 1e-7 u.
const milpFeasibility = 1e-7

// milpResult evaluates the best point on the real network.
func (p *program) milpResult(n *Net, ball *Ball, c []float64, r *highs.Result, start []float64,
	tolerance float64) *MILPResult {
	m := &MILPResult{Status: r.Status, DualBound: r.DualBound, Margin: math.Inf(1), tolerance: tolerance}
	var candidates [][]float64
	if r.X != nil {
		candidates = append(candidates, p.point(ball, r.X))
	}
	if start != nil {
		candidates = append(candidates, start)
	}
	for _, x := range candidates {
		if margin := dot(c, n.forward(x)); margin < m.Margin {
			m.X, m.Margin = x, margin
		}
	}
	if !m.usable() || math.IsNaN(m.DualBound) {
		m.DualBound = math.Inf(-1)
	}
	return m
}
