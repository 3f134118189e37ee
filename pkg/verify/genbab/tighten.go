package genbab

import (
	"context"
	"math"

	"tightrope/pkg/internal/parallel"
	"tightrope/pkg/verify/cert"
)

// tighten bounds the units behind the first block by ascents, block by block, each on the bounds of those before, and
// returns the proofs of those that became tighter, in order.
func (s *solver) tighten(ctx context.Context) (proofs []cert.UnitProof) {
	for _, b := range s.problem.blocks {
		if b.before.value == nil {
			continue // linear in the input
		}
		found := make([]*cert.UnitProof, 2*(b.to-b.from))
		parallel.Do(s.options.Workers, len(found), func(k int) {
			if ctx.Err() == nil {
				found[k] = s.side(b.from+k/2, k%2 == 1)
			}
		})
		for k, p := range found {
			if p != nil {
				s.problem.take(b.from+k/2, p)
				proofs = append(proofs, *p)
			}
		}
	}
	return proofs
}

// least gain of a bound, as a fraction of the interval's width, for which a proof is kept.
const leastGain = 1e-3

// side is a proof of a tighter bound of a unit; nil if none was found.
func (s *solver) side(i int, upper bool) *cert.UnitProof {
	sign, old := 1.0, s.problem.lower[i]
	if upper {
		sign, old = -1, -s.problem.upper[i]
	}
	width := s.problem.upper[i] - s.problem.lower[i]
	if !(width > 0) {
		return nil
	}
	row := s.problem.row(&s.problem.Rows[i], sign)
	a, n := s.problem.newAscent(row), s.problem.root()
	a.run(n, s.options.Tighten, rootRate, math.Inf(1))
	nu := short(a.bestNu[:row.used], row.used)
	if bound := a.proved(nu, n); !(bound > old+leastGain*width) {
		return nil
	}
	return &cert.UnitProof{Unit: s.problem.Units[i], Upper: upper, Multipliers: nu}
}

// take takes over a proven bound, computed as the checker computes it.
func (p *problem) take(i int, proof *cert.UnitProof) {
	sign := 1.0
	if proof.Upper {
		sign = -1
	}
	bound := p.NewProver().Lower(&p.Rows[i], sign, p.lower, p.upper,
		func(j int, _, _, _ float64) float64 { return proof.Multipliers[j] })
	if proof.Upper {
		p.upper[i] = min(p.upper[i], -bound)
	} else {
		p.lower[i] = max(p.lower[i], bound)
	}
}
