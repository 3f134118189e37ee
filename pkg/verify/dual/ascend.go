package dual

import (
	"context"
	"fmt"
	"math"
	"strings"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
)

// Options of [Ascend]; the zero value climbs 4000 steps from the best rule, and stops where nothing moves any more.
type Options struct {
	Steps int       // 0: 4000
	Start []float64 // multipliers nu of the units before the row, in their order; nil: Fast-Lin's or CROWN's
	// Each, where not nil, is told every bound on the way with its multipliers, which it must copy to keep.
	Each func(lower float64, nu []float64)
}

// Bound is a lower bound of a row.
type Bound struct {
	Lower       float64     // by [cert.Prover], with outward rounding; at least that of the start
	Multipliers cert.Floats // nu that give it, of all units of the condensed network
	Steps       int
}

const (
	defaultSteps = 4000
	every        = 20    // steps from bound to bound
	still        = 1e-10 // residual at which it stands still
)

// Ascend bounds a row of a condensed network, such as [cert.Condensed.Margin], from below over the ball around x that
// the network was condensed for: by the best of the bounds that multipliers on their way up to the optimum of the dual
// give. It returns an error for a network with activations other than relus; a cancelled context ends it with the
// context's error.
func Ascend(ctx context.Context, c *cert.Condensed, b ball.Ball, x []float64, row *cert.Row, o Options) (Bound, error) {
	if smooth := c.Smooth(); len(smooth) > 0 {
		return Bound{}, fmt.Errorf("the dual supports only relus, but the network has %s: use proofs by rules",
			strings.Join(smooth, " and "))
	}
	if o.Steps == 0 {
		o.Steps = defaultSteps
	}
	a := &ascent{Condensed: c, prover: c.NewProver(), row: row, each: o.Each, best: Bound{Lower: math.Inf(-1)}}
	start := a.start(o.Start)
	p := newProblem(c, b, x, row)
	if !p.finite() || p.units == 0 {
		return a.best, ctx.Err()
	}
	climb := p.newClimber(p.from(start))
	for step := 1; step <= o.Steps; step++ {
		climb.step()
		a.best.Steps = step
		stands := climb.last <= still
		if step%every == 0 || step == o.Steps || stands {
			a.see(p.multipliers(climb.next.y))
			if err := ctx.Err(); err != nil || stands {
				return a.best, err
			}
		}
	}
	return a.best, ctx.Err()
}

// ascent keeps the best bound.
type ascent struct {
	*cert.Condensed
	prover *cert.Prover
	row    *cert.Row
	each   func(float64, []float64)
	best   Bound
}

// start bounds the row by the multipliers given, or by those of rules, and returns the best of them.
func (a *ascent) start(nu []float64) []float64 {
	if nu != nil {
		a.see(nu[:len(a.row.Units)])
	} else {
		for _, rule := range []cert.Rule{cert.FastLin, cert.CROWN} {
			a.see(a.byRule(rule))
		}
	}
	if a.best.Multipliers == nil {
		return make([]float64, len(a.row.Units))
	}
	return a.best.Multipliers
}

// byRule is what a rule chooses.
func (a *ascent) byRule(rule cert.Rule) []float64 {
	nu, choose := make([]float64, len(a.row.Units)), a.ByRule(rule)
	a.prover.Lower(a.row, 1, a.Lower, a.Upper, func(i int, h, l, u float64) float64 {
		nu[i] = choose(i, h, l, u)
		return nu[i]
	})
	return nu
}

// see bounds the row by multipliers.
func (a *ascent) see(nu []float64) {
	lower := a.prover.Lower(a.row, 1, a.Lower, a.Upper, func(i int, _, _, _ float64) float64 { return nu[i] })
	if a.each != nil {
		a.each(lower, nu)
	}
	if lower > a.best.Lower {
		all := make(cert.Floats, len(a.Units))
		copy(all, nu)
		a.best.Lower, a.best.Multipliers = lower, all
	}
}

// finite reports whether all numbers are within the range of sums of squares.
func (p *problem) finite() bool {
	size := largest(p.rs, p.ra, p.c)
	for i := range p.units {
		size = max(size, largest(p.a[i], p.b[i]))
	}
	return size < 1e100
}
