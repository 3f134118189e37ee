package bab

import (
	"context"

	"tightrope/pkg/verify/cert"
)

// UnitPoint is an unstable unit at the optimum of a relaxation.
type UnitPoint struct {
	cert.Unit
	Lower, Upper float64 // l, u of its input
	Z, Out       float64 // its input and output in the relaxed network
}

// FastLinPoint returns the optimum of Fast-Lin's relaxation of one margin on the root's bounds: its x* [inputs], and
// every unstable unit there, in float32. If the context is cancelled, it returns the context's error.
func FastLinPoint(ctx context.Context, r *Root, class int) (star []float64, units []UnitPoint, err error) {
	if err := onlyRelus(r.Network); err != nil {
		return nil, nil, err
	}
	c, err := r.Region.Condense(ctx, r.Bounds, r.Label)
	if err != nil {
		return nil, nil, err
	}
	p := newProblem(c, r.Ball, r.X)
	n, d := p.root(), p.newDual(p.row(p.Margin(class), 1))
	for i := range p.units {
		n.alpha[i] = p.u[i] / (p.u[i] - p.l[i])
	}
	d.backward(n)
	d.forward(n)
	for i, u := range p.Units {
		own := func(v float32) float64 { return float64(v) * p.scales[i] }
		units = append(units, UnitPoint{u, p.lower[i], p.upper[i], own(d.z[i]), own(d.out[i])})
	}
	return p.inputs.point(d.star), units, nil
}
