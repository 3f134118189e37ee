package bab

import (
	"context"
	"math"

	"tightrope/pkg/verify/cert"
)

// tighten bounds the units behind the first layer by slopes of their own (alpha-CROWN), layer by layer, and returns the
// proofs of what improved. order lists the condensed units of the certificate's multipliers.
func (p *problem) tighten(ctx context.Context, steps int) []cert.UnitProof {
	var proofs []cert.UnitProof
	a := p.newAscent(nil)
	for k := 1; k < len(p.blocks); k++ {
		for i := p.blocks[k][0]; i < p.blocks[k][1]; i++ {
			for _, sign := range []float64{1, -1} {
				if p.unstable(i) && ctx.Err() == nil {
					proofs = p.improve(a, proofs, i, sign, steps)
				}
			}
		}
	}
	return proofs
}

// improve bounds sign times unit i from below.
func (p *problem) improve(a *ascent, proofs []cert.UnitProof, i int, sign float64, steps int) []cert.UnitProof {
	r := p.row(&p.Rows[i], sign)
	a.row = r
	n := p.root()
	a.run(n, steps, rootRate, 0, false)
	given := p.multipliers(r, a.bestNu)[:len(r.exact.Units)]
	bound := p.prover.Lower(r.exact, sign, p.lower, p.upper, func(j int, _, _, _ float64) float64 { return given[j] })
	old := p.lower[i]
	if sign < 0 {
		old = -p.upper[i]
	}
	if !(bound > old+leastGain*math.Abs(old)) {
		return proofs
	}
	if sign > 0 {
		p.lower[i] = bound
	} else {
		p.upper[i] = -bound
	}
	p.round(i)
	return append(proofs, cert.UnitProof{Unit: p.Units[i], Upper: sign < 0, Multipliers: given})
}

// leastGain is the relative gain of a unit's bound that is worth its proof's bytes.
const leastGain = 1e-3
