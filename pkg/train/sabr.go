package train

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/region"
)

// smallBoxes is SABR: the IBP loss of the box of radius tau = Share eps around the point that PGD finds within eps -
// tau, so that the box lies in the ball (Mueller et al. 2023).
func smallBoxes(b *batch) measures {
	whole := b.region()
	tau := MulScalar(b.eps, b.config.Share)
	centre := b.worst(b.regionOf(Sub(b.eps, tau)))
	p := b.problem(region.Between(Max(Sub(centre, tau), whole.Lower), Min(Add(centre, tau), whole.Upper)))
	result := bound.IBP{}.Bound(p)
	m := b.measured(result.Margins)
	b.addNatural(&m)
	b.onIntervals(&m, p, result.Layers)
	return m
}

// onlyLinf returns an error for the other norms.
func onlyLinf(c Config) error {
	if c.Norm != ball.Linf {
		return fmt.Errorf("method %v in the %v norm: its small boxes are for linf only", c.Method, c.Norm)
	}
	return nil
}
