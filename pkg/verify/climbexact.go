package verify

import (
	"cmp"
	"context"
	"math"
	"slices"

	"tightrope/pkg/ball"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/exact"
	"tightrope/pkg/verify/highs"
)

// programs prepares the linear programs on Fast-Lin's bounds.
func (c *climb) programs(ctx context.Context) error {
	if c.solver.ball != nil {
		return nil
	}
	b, err := c.boundsOf(ctx, technique.FastLin)
	if err != nil {
		return err
	}
	c.solver.tight = exact.BoundsOf(b)
	c.solver.ball, err = exact.BallOf(c.ball, c.x)
	return err
}

// rows are the margins that are asked for: all, or with Signs those that are not proved yet.
func (c *climb) rows() (rows [][]float64, of []int) {
	rows, of = marginRows(c.Label, c.plain.Classes())
	if !c.Signs || c.open == nil {
		return rows, of
	}
	var some [][]float64
	for i, t := range of {
		if slices.Contains(c.open, t) {
			some = append(some, rows[i])
		}
	}
	return some, c.open
}

func (c *climb) lp(ctx context.Context) (Step, error) {
	if err := c.programs(ctx); err != nil {
		return Step{}, err
	}
	return c.triangles(ctx)
}

// lpAll tightens the bounds of every unstable neuron behind a relu first; those of the first layer are exact.
func (c *climb) lpAll(ctx context.Context) (Step, error) {
	if err := c.programs(ctx); err != nil {
		return Step{}, err
	}
	inner, cancel := c.deadline(ctx)
	defer cancel()
	if first := c.plain.LinearRelus(); first < len(c.solver.tight) {
		o := exact.TightenOptions{LPOptions: exact.LPOptions{Workers: 1, TimeLimit: c.PerProgram}, FirstLayer: first}
		tight, err := exact.TightenLP(inner, c.exact.get(), c.solver.ball, c.solver.tight, o)
		if err := ctx.Err(); err != nil {
			return Step{}, err
		}
		if inner.Err() != nil {
			return Step{Unfinished: true}, nil
		}
		if err != nil {
			return Step{}, err
		}
		c.solver.tight = tight.Bounds
		s, err := c.triangles(ctx)
		s.Unfinished = s.Unfinished || tight.Failed > 0
		return s, err
	}
	return c.triangles(ctx)
}

// deadline limits an image where only signs are asked; else each program has a limit of its own.
func (c *climb) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.Signs {
		return context.WithDeadline(ctx, c.limit)
	}
	return context.WithCancel(ctx)
}

// triangles solves the margins' programs on the tightest bounds so far.
func (c *climb) triangles(ctx context.Context) (Step, error) {
	rows, of := c.rows()
	found, err := exact.LastLayerLP(ctx, c.exact.get(), c.solver.ball, c.solver.tight, rows, exact.LPOptions{Workers: 1, TimeLimit: c.PerProgram})
	if err != nil {
		return Step{}, err
	}
	c.solver.lp = found
	least, s := math.Inf(1), Step{}
	var open []int
	for i := range found {
		s.Unfinished = s.Unfinished || found[i].Status != highs.Optimal
		least = min(least, found[i].Safe)
		if found[i].X != nil {
			c.solver.start[of[i]] = found[i].X
		}
		if !(found[i].Safe > 0) {
			open = append(open, of[i])
		}
	}
	c.open = open
	s.Certified = least > 0
	if !c.Signs && !math.IsInf(least, 0) {
		s.Margin = &least
	}
	return s, nil
}

// decide finds the least margin, or its sign: by branch and bound, or by a mixed-integer program for each margin where too many
// neurons are unstable for that.
func (c *climb) decide(ctx context.Context) (Step, error) {
	if c.Signs {
		return c.sign(ctx)
	}
	inner, cancel := context.WithTimeout(ctx, c.PerProgram)
	defer cancel()
	m, err := bab.Least(inner, c.plain, c.ball, c.x, c.Label, bab.Options{Start: c.low})
	switch {
	case err != nil:
		return Step{}, err
	case ctx.Err() != nil:
		return Step{}, ctx.Err()
	case m.TooLarge && c.ball.Norm != ball.L2:
		return c.milp(ctx)
	case m.Finished:
		c.gap = m.Gap
		return Step{Margin: &m.Upper, Certified: m.Lower > 0}, nil
	}
	return Step{Margin: &m.Lower, Certified: m.Lower > 0, Unfinished: true}, nil
}

// milp finds the least margin by mixed-integer programs: the solver's word.
func (c *climb) milp(ctx context.Context) (Step, error) {
	if err := c.programs(ctx); err != nil {
		return Step{}, err
	}
	rows, of := marginRows(c.Label, c.plain.Classes())
	least, s := math.Inf(1), Step{Certified: true}
	for _, i := range c.order(len(rows)) {
		o := exact.MILPOptions{TimeLimit: c.PerProgram, Start: c.solver.start[of[i]]}
		r, err := exact.MILP(ctx, c.exact.get(), c.solver.ball, c.solver.tight, rows[i], o)
		if err != nil {
			return Step{}, err
		}
		lower, _ := r.Interval()
		s.Unfinished = s.Unfinished || r.Status != highs.Optimal
		least = min(least, lower)
		s.Certified = s.Certified && r.Verdict() == exact.Certified // what the solver's word is worth
	}
	if err := ctx.Err(); err != nil {
		return Step{}, err
	}
	if !math.IsInf(least, 0) {
		s.Margin = &least
	}
	return s, nil
}

// order lists the rows by the last LP's bounds, the lowest first.
func (c *climb) order(rows int) []int {
	order := make([]int, rows)
	for i := range order {
		order[i] = i
	}
	if len(c.solver.lp) == rows {
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(c.solver.lp[i].Safe, c.solver.lp[j].Safe) })
	}
	return order
}

// sign decides the image by branch and bound, with a certificate that is checked.
func (c *climb) sign(ctx context.Context) (Step, error) {
	inner, cancel := context.WithTimeout(ctx, c.PerProgram)
	defer cancel()
	found, err := bab.Solve(inner, c.plain, c.ball, c.x, c.Label, bab.Options{})
	if err != nil {
		return Step{}, err
	}
	if err := ctx.Err(); err != nil {
		return Step{}, err
	}
	if found.Certificate == nil {
		return Step{Unfinished: true}, nil
	}
	if _, err := cert.Check(ctx, c.plain, found.Certificate); err != nil {
		return Step{Unfinished: true}, ctx.Err()
	}
	return Step{Certified: found.Certificate.Verdict == cert.Certified}, nil
}
