package property

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
	"tightrope/pkg/verify/cert"
)

// Margins is the network with one more layer, whose outputs are 0 and -lambda_c . (A_c y - b_c) for every case c of a
// group: all cases are refuted where the label 0 beats every other class. Lambda, [cases][rows], must choose one row of
// each case, for then the layer's numbers are exact. It returns an error for other multipliers.
func (p *Problem) Margins(g *Group, lambda []cert.Floats) (*cert.Network, error) {
	rows, bounds, err := g.chosen(lambda)
	if err != nil {
		return nil, err
	}
	m := p.Layers.Model
	a := m.Arch()
	a.Layers = append(slices.Clone(a.Layers), model.LayerSpec{Type: "dense", Units: 1 + len(rows)})
	longer, err := model.New(a)
	if err != nil {
		return nil, err
	}
	longer.Float64 = true
	for i, l := range m.Layers {
		for k, param := range l.Params {
			for j, v := range param.Data {
				longer.Layers[i].Params[k].Data[j] = m.Value(v)
			}
		}
	}
	last := longer.Layers[len(longer.Layers)-1].Params
	for i, row := range rows {
		for j, v := range row {
			last[0].Data[(1+i)*len(row)+j] = -v
		}
		last[1].Data[1+i] = bounds[i]
	}
	return cert.NewNetwork(longer)
}

// chosen is the one row of each case that the multipliers choose.
func (g *Group) chosen(lambda []cert.Floats) (rows [][]float64, bounds []float64, err error) {
	if len(lambda) != len(g.Cases) {
		return nil, nil, cert.Refused("multipliers for %d cases of %d", len(lambda), len(g.Cases))
	}
	for i := range g.Cases {
		c := &g.Cases[i]
		if err := c.checkLambda(lambda[i]); err != nil {
			return nil, nil, fmt.Errorf("case %d: %w", i, err)
		}
		k := slices.Index(lambda[i], 1)
		if k < 0 {
			return nil, nil, cert.Refused("case %d: the multipliers choose no single row", i)
		}
		for j, f := range lambda[i] {
			if f != 0 && j != k {
				return nil, nil, cert.Refused("case %d: the multipliers choose more than one row", i)
			}
		}
		rows, bounds = append(rows, c.Rows[k]), append(bounds, c.Bounds[k])
	}
	return rows, bounds, nil
}

// Ball is the l_inf ball around the middle of the group's box, with a radius for each input, that contains the box.
func (g *Group) Ball() (b ball.Ball, x []float64) {
	b = ball.Ball{Norm: ball.Linf, Eps: 1, Radii: make([]float64, len(g.Lower))}
	x = make([]float64, len(g.Lower))
	for k, l := range g.Lower {
		u := g.Upper[k]
		x[k] = l
		if l < u {
			x[k] = l + (u-l)/2
			b.Radii[k] = math.Nextafter(max(u-x[k], x[k]-l), math.Inf(1))
		}
	}
	return b, x
}

// checkNeurons confirms a certificate about the network's margins on the group's box.
func checkNeurons(ctx context.Context, p *Problem, g *Group, n *Neurons, o Options) (*Report, error) {
	if n.Certificate == nil {
		return nil, cert.Refused("it holds no certificate")
	}
	net, err := p.Margins(g, n.Lambda)
	if err != nil {
		return nil, err
	}
	b, x := g.Ball()
	c := n.Certificate
	switch {
	case c.Verdict != cert.Certified || c.Label != 0:
		return nil, cert.Refused("its certificate is of verdict %.20q and label %d", c.Verdict, c.Label)
	case !slices.Equal(c.Input, x) || !b.Equal(c.Ball):
		return nil, cert.Refused("its certificate is about another box")
	}
	r, err := cert.CheckWithin(ctx, net, c, o.Limits)
	if err != nil {
		return nil, err
	}
	report := &Report{Answer: Unsat, Leaves: r.Leaves, Least: math.Inf(1)}
	for _, l := range r.Lower {
		report.Least = min(report.Least, l)
	}
	return report, nil
}
