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
	"tightrope/pkg/verify/highs"
	"tightrope/pkg/verify/outcome"
)

// climb is one image at one radius on its way up the ladder.
type climb struct {
	*ladderRun
	subject *subject
	found   ImageLadder
	pgd     attacked  // the margin is +Inf without an attack
	gap     float64   // how far the exact margin may lie above the least
	limit   time.Time // of the image, with Signs; else each program has its own
}

// climb prepares an image.
func (l *ladderRun) climb(at imageAt) *climb {
	b, label := l.Ball, int(l.set.Y[at.index])
	b.Eps = at.eps
	c := &climb{ladderRun: l, subject: l.subject(b, sample64(l.set, at.index), label), pgd: attacked{math.Inf(1), nil},
		found: ImageLadder{Index: at.index, Label: label, Eps: at.eps}}
	c.subject.limit, c.subject.signs = l.PerProgram, l.Signs
	c.found.Clean = c.subject.clean()
	if m, ok := l.attacks[at]; ok {
		c.pgd = m
	}
	return c
}

// run climbs all wanted rungs.
func (c *climb) run(ctx context.Context) error {
	if c.Signs {
		c.limit = time.Now().Add(c.PerProgram)
	}
	for _, r := range c.Rungs {
		start := time.Now()
		s, err := c.step(ctx, r)
		if err != nil {
			return err
		}
		s.Rung, s.Seconds = r, time.Since(start).Seconds()
		c.found.Steps = append(c.found.Steps, s)
	}
	return c.contradiction()
}

// step climbs one rung.
func (c *climb) step(ctx context.Context, r technique.ID) (Step, error) {
	if s, ok := c.infer(r); ok {
		return s, ctx.Err()
	}
	if r == technique.PGD {
		return Step{Margin: &c.pgd.margin, Certified: c.pgd.margin > 0}, ctx.Err()
	}
	f, err := c.ask(ctx, r)
	c.gap = max(c.gap, f.gap)
	return Step{Margin: f.margin, Certified: f.verdict == outcome.Certified, Unchecked: f.verdict == outcome.Unchecked,
		Unfinished: f.unfinished}, err
}

// ask asks a technique about the image.
func (c *climb) ask(ctx context.Context, r technique.ID) (finding, error) {
	switch r {
	case technique.AlphaCROWN:
		return c.subject.ask(ctx, time.Time{}, slopes(c.AlphaSteps))
	case technique.Dual:
		return c.subject.ask(ctx, c.limit, lagrangian(c.DualSteps))
	case technique.LP:
		return c.subject.ask(ctx, c.limit, onBounds((*programs).lp, cert.FastLin))
	case technique.LPAll:
		return c.subject.ask(ctx, c.limit, onBounds((*programs).lpAll, cert.FastLin))
	case technique.Exact:
		return c.decide(ctx)
	}
	return c.subject.ask(ctx, time.Time{}, ruledBy[r].bound)
}

// decide finds the least margin, or with Signs its sign: by branch and bound, or by a mixed-integer program for each
// margin where too many neurons are unstable for that.
func (c *climb) decide(ctx context.Context) (finding, error) {
	search := least(c.pgd.point)
	if c.Signs {
		search = branch(bab.Options{})
	}
	f, err := c.subject.ask(ctx, time.Now().Add(c.PerProgram), search)
	if err != nil || !f.tooLarge || c.subject.ball.Norm == ball.L2 || highs.Load() != nil {
		return f, err
	}
	return c.subject.ask(ctx, time.Time{}, onBounds((*programs).milp, cert.FastLin))
}

// infer is what theorems say without a program, where only signs are asked: Fast-Lin <= dual <= LP <= LP-all <= exact
// <= PGD, and every bound <= exact.
func (c *climb) infer(r technique.ID) (Step, bool) {
	if !c.Signs || r < technique.LP || r > technique.Exact {
		return Step{}, false
	}
	if !c.found.Clean || !(c.pgd.margin > 0) {
		return Step{Inferred: true}, true
	}
	for i := range c.found.Steps {
		s := &c.found.Steps[i]
		chain := s.Rung == technique.FastLin || s.Rung >= technique.Dual && s.Rung <= technique.LPAll
		if s.Certified && (chain || r == technique.Exact) {
			return Step{Certified: true, Inferred: true}, true
		}
	}
	return Step{}, false
}

// contradiction returns an [attack.Fault] where PGD found a margin below a bound, beyond what rounding explains: the
// attack works in float32.
func (c *climb) contradiction() error {
	size := math.Abs(c.pgd.margin)
	for _, z := range c.subject.plain.Forward(c.subject.x) {
		size = max(size, math.Abs(z))
	}
	for _, s := range c.found.Steps {
		if s.Rung == technique.PGD || s.Margin == nil {
			continue
		}
		bound := *s.Margin
		if s.Rung == technique.Exact {
			bound -= c.gap
		}
		err := attack.Contradiction(c.found.Index, s.Rung.String(), bound, c.pgd.margin, max(size, math.Abs(bound)))
		if err != nil {
			return err
		}
	}
	return nil
}
