//go:build !js

package toy

import "tightrope/pkg/plot"

// Landscape draws the network with a point, its box of l_inf radius eps in the units of the plane, the relaxed optimum
// x* and the true worst point. It returns an error for a negative radius and a point that is not finite.
func (p *Probe) Landscape(x [2]float64, eps float64) (*plot.Figure, error) {
	q, err := p.At(x, eps)
	if err != nil {
		return nil, err
	}
	v, err := viewOf(p.Network)
	if err != nil {
		return nil, err
	}
	return plot.Landscape(plot.Plane{Margin: v.at, Kinks: v.hidden, Eps: eps, Point: q})
}

// OnS draws the paper's data set S of corridor b with a point, its box of l_inf radius eps in the units of the plane,
// and x*, for [Cross]. It returns an error for a corridor outside 0 to 1, a negative radius, and a point that is not
// finite.
func (p *Probe) OnS(b float64, x [2]float64, eps float64) (*plot.Figure, error) {
	q, err := p.At(x, eps)
	if err != nil {
		return nil, err
	}
	return plot.ToyExplorer(plot.ToyData{B: b, Eps: eps}, q)
}
