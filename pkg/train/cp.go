package train

import (
	"tightrope/pkg/bound"
)

// convexOuterPolytope is CE(-p_C, y) + lambda mean d + gamma mean r with Fast-Lin's p_C (METHOD section 5).
func convexOuterPolytope(b *batch) measures {
	p := b.problem(b.region())
	result := bound.FastLin{}.Bound(p)
	m := b.measured(result.Margins)
	m.unstable = unstable(result.Layers)
	b.regularize(&m, p, result)
	b.stabilize(&m, result.Layers)
	return m
}
