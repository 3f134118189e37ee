package bab

import (
	"context"
	"math"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
)

// alphaSteps is how long [Alpha] climbs where nothing else is said.
const alphaSteps = 100

// Alpha bounds the margins logit[label] - logit[t] over a region from below by alpha-CROWN on given bounds of the relus' inputs, as
// [classes] with 0 at the label: CROWN's slopes, improved by so many steps of projected gradient ascent (0: 100). Each bound is
// evaluated in float64 with outward rounding, and is at least CROWN's own. A cancelled context ends it with the context's error.
func Alpha(ctx context.Context, r *cert.Region, bounds *cert.Bounds, b ball.Ball, x []float64, label, steps int) ([]float64, error) {
	if steps == 0 {
		steps = alphaSteps
	}
	c, err := r.Condense(ctx, bounds, label)
	if err != nil {
		return nil, err
	}
	p := newProblem(c, b, x)
	lower := make([]float64, len(c.Rows)-len(c.Units)+1)
	for class := range lower {
		if class == label {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		lower[class] = max(p.alpha(class, steps), r.Margin(bounds, cert.CROWN, label, class))
	}
	return lower, nil
}

// alpha bounds one margin.
func (p *problem) alpha(class, steps int) float64 {
	a := p.newAscent(p.row(p.Margin(class), 1))
	a.run(p.root(), steps, rootRate, float32(math.Inf(1)), false)
	return a.proved(a.bestNu, p.lower, p.upper)
}
