package train

import (
	"tightrope/pkg/bound"
)

// outerPolytopeBound is the bound of [convexOuterPolytope].
func outerPolytopeBound(c Config) bound.Technique {
	if c.Projections > 0 {
		return bound.Projected{K: c.Projections}
	}
	return bound.FastLin{}
}

// convexOuterPolytope is CE(-p_C, y) + lambda mean d + gamma mean r with Fast-Lin's p_C (docs/method.md, section 13).
// With projections, l and u of wide layers are estimates from vectors drawn again in every step, and d may truly be
// negative.
func convexOuterPolytope(b *batch) measures {
	p := b.problem(b.region())
	technique := bound.FastLin{}
	if k := b.config.Projections; k > 0 {
		technique.Intermediate, p.Random = bound.Projected{K: k}, b.random
	}
	result := technique.Bound(p)
	m := b.measured(result.Margins)
	b.count(&m, result.Layers)
	b.regularizeOrSample(&m, p, result)
	b.stabilize(&m, result.Layers)
	return m
}
