package verify

import (
	"context"
	"math"
	"time"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/exact"
)

// climb is one image at one radius on its way up the ladder.
type climb struct {
	*ladderRun
	ImageLadder
	ball   ball.Ball
	x      []float64
	region *cert.Region
	bounds map[technique.ID]*cert.Bounds // of the relus' inputs: technique.IBP, technique.FastLin, technique.CROWN
	pgd    float64                       // margin at PGD's point; +Inf without
	low    []float64                     // that point; nil without
	gap    float64                       // how far the exact margin may lie above the least
	open   []int                         // classes that Fast-Lin, then the LP, did not prove; nil: all
	limit  time.Time                     // with Signs: of the image
	solver struct {                      // what the programs know
		ball  *exact.Ball
		tight exact.Bounds      // the tightest so far
		start map[int][]float64 // inputs of low margins by class
		lp    []exact.LPBound   // the last ones
	}
}

// climb prepares an image.
func (l *ladderRun) climb(at imageAt) (*climb, error) {
	c := &climb{ladderRun: l, ball: l.Ball, bounds: map[technique.ID]*cert.Bounds{}, pgd: math.Inf(1),
		x:           sample64(l.set, at.index),
		ImageLadder: ImageLadder{Index: at.index, Label: int(l.set.Y[at.index]), Eps: at.eps}}
	c.ball.Eps = at.eps
	var err error
	if c.region, err = cert.NewRegion(l.plain, c.ball, c.x); err != nil {
		return nil, err
	}
	logits := l.plain.Forward(c.x)
	c.Clean = true
	for t, z := range logits {
		c.Clean = c.Clean && (t == c.Label || logits[c.Label] > z)
	}
	if m, ok := l.attacks[at]; ok {
		c.pgd, c.low = m.margin, m.point
	}
	c.solver.start = map[int][]float64{}
	return c, nil
}

// run climbs all wanted rungs.
func (c *climb) run(ctx context.Context) error {
	c.limit = time.Now().Add(c.PerProgram)
	for _, r := range c.Rungs {
		if err := ctx.Err(); err != nil {
			return err
		}
		start := time.Now()
		s, err := c.step(ctx, r)
		if err != nil {
			return err
		}
		s.Rung, s.Seconds = r, time.Since(start).Seconds()
		c.Steps = append(c.Steps, s)
	}
	return c.contradiction()
}

// contradiction returns a [attack.Fault] where PGD found a margin below a bound, beyond what rounding explains: the attack
// works in float32.
func (c *climb) contradiction() error {
	size := 0.0
	for _, z := range c.plain.Forward(c.x) {
		size = max(size, math.Abs(z))
	}
	for _, s := range c.Steps {
		if s.Rung == technique.PGD || s.Margin == nil {
			continue
		}
		bound := *s.Margin
		if s.Rung == technique.Exact {
			bound -= c.gap
		}
		if err := attack.Contradiction(c.Index, s.Rung.String(), bound, c.pgd,
			max(size, math.Abs(bound), math.Abs(c.pgd))); err != nil {
			return err
		}
	}
	return nil
}

// step climbs one rung.
func (c *climb) step(ctx context.Context, r technique.ID) (Step, error) {
	if s, ok := c.infer(r); ok {
		return s, nil
	}
	switch r {
	case technique.IBP:
		return c.byRule(ctx, technique.IBP, cert.Interval)
	case technique.CROWNIBP:
		return c.byRule(ctx, technique.IBP, cert.CROWN)
	case technique.FastLinIBP:
		return c.byRule(ctx, technique.IBP, cert.FastLin)
	case technique.FastLin:
		return c.byRule(ctx, technique.FastLin, cert.FastLin)
	case technique.CROWN:
		return c.byRule(ctx, technique.CROWN, cert.CROWN)
	case technique.AlphaCROWN:
		return c.alpha(ctx)
	case technique.LP:
		return c.lp(ctx)
	case technique.LPAll:
		return c.lpAll(ctx)
	case technique.Exact:
		return c.decide(ctx)
	}
	return Step{Margin: &c.pgd, Certified: c.pgd > 0}, nil
}

// infer tells what theorems say without a program, where only signs are asked: Fast-Lin <= LP <= LP-all <= exact <=
// PGD, and every bound <= exact.
func (c *climb) infer(r technique.ID) (Step, bool) {
	if !c.Signs || r < technique.LP || r > technique.Exact {
		return Step{}, false
	}
	if !c.Clean || !(c.pgd > 0) {
		return Step{Inferred: true}, true
	}
	for i := range c.Steps {
		s := &c.Steps[i]
		chain := s.Rung == technique.FastLin || s.Rung == technique.LP || s.Rung == technique.LPAll
		if s.Certified && (chain || r == technique.Exact) {
			return Step{Certified: true, Inferred: true}, true
		}
	}
	return Step{}, false
}

// boundsOf are the bounds of the relus' inputs by one technique.
func (c *climb) boundsOf(ctx context.Context, r technique.ID) (*cert.Bounds, error) {
	if b := c.bounds[r]; b != nil {
		return b, nil
	}
	rules := map[technique.ID][]cert.Rule{technique.FastLin: {cert.FastLin}, technique.CROWN: {cert.CROWN}}[r]
	b, err := c.region.Bounds(ctx, rules...)
	if err == nil {
		c.bounds[r] = b
	}
	return b, err
}

// byRule bounds the margins by a rule.
func (c *climb) byRule(ctx context.Context, layers technique.ID, rule cert.Rule) (Step, error) {
	b, err := c.boundsOf(ctx, layers)
	if err != nil {
		return Step{}, err
	}
	least := math.Inf(1)
	var open []int
	for t := range c.plain.Classes() {
		if t == c.Label {
			continue
		}
		m := c.region.Margin(b, rule, c.Label, t)
		least = min(least, m)
		if !(m > 0) {
			open = append(open, t)
		}
	}
	if layers == technique.FastLin {
		c.open = open
	}
	return bounded(least), nil
}

// bounded is a step with a margin.
func bounded(least float64) Step { return Step{Margin: &least, Certified: least > 0} }

func (c *climb) alpha(ctx context.Context) (Step, error) {
	b, err := c.boundsOf(ctx, technique.CROWN)
	if err != nil {
		return Step{}, err
	}
	lower, err := bab.Alpha(ctx, c.region, b, c.ball, c.x, c.Label, c.AlphaSteps)
	if err != nil {
		return Step{}, err
	}
	least := math.Inf(1)
	for t, m := range lower {
		if t != c.Label {
			least = min(least, m)
		}
	}
	return bounded(least), nil
}
