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

// Margins returns the network with one more layer, whose outputs are 0 and -lambda_c . (A_c y - b_c) for the cases c
// that n is about. The cases are refuted if the label 0 beats every other class. The multipliers must choose one row of
// each case, so that the numbers of the new layer are exact; otherwise, and for cases that do not exist, it returns an
// error.
func (p *Problem) Margins(g *Group, n *Neurons) (*cert.Network, error) {
	m, err := p.MarginsModel(g, n)
	if err != nil {
		return nil, err
	}
	return cert.NewNetwork(m)
}

// MarginsModel returns [Problem.Margins] as a model, in float64.
func (p *Problem) MarginsModel(g *Group, n *Neurons) (*model.Model, error) {
	rows, bounds, err := g.chosen(n)
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
	return longer, nil
}

// chosen returns the one row of each case that the multipliers choose.
func (g *Group) chosen(n *Neurons) (rows [][]float64, bounds []float64, err error) {
	if len(n.Lambda) != len(n.Cases) {
		return nil, nil, cert.Refused("it has multipliers for %d cases, but is about %d", len(n.Lambda), len(n.Cases))
	}
	for i, at := range n.Cases {
		if at < 0 || at >= len(g.Cases) {
			return nil, nil, cert.Refused("it refutes case %d of %d", at, len(g.Cases))
		}
		k, err := g.Cases[at].one(n.Lambda[i])
		if err != nil {
			return nil, nil, fmt.Errorf("case %d: %w", at, err)
		}
		rows, bounds = append(rows, g.Cases[at].Rows[k]), append(bounds, g.Cases[at].Bounds[k])
	}
	return rows, bounds, nil
}

// one returns the row that multipliers choose.
func (c *Case) one(lambda []float64) (row int, err error) {
	if err := c.checkLambda(lambda); err != nil {
		return 0, err
	}
	if row = slices.Index(lambda, 1); row < 0 {
		return 0, cert.Refused("the multipliers do not choose a single row")
	}
	for j, f := range lambda {
		if f != 0 && j != row {
			return 0, cert.Refused("the multipliers choose more than one row")
		}
	}
	return row, nil
}

// Ball returns the l_inf ball around the middle of the group's box, with a radius for each input, that contains the
// box.
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

// checkNeurons confirms that certificates refute all cases of a group.
func checkNeurons(ctx context.Context, p *Problem, g *Group, all []Neurons, o Options) (*Report, error) {
	refuted := make([]bool, len(g.Cases))
	total := &Report{Answer: Unsat, Least: math.Inf(1)}
	for i := range all {
		r, err := checkCertificate(ctx, p, g, &all[i], o)
		if err != nil {
			return nil, err
		}
		for _, at := range all[i].Cases {
			refuted[at] = true
		}
		total.Leaves += r.Leaves
		for _, l := range r.Lower {
			total.Least = min(total.Least, l)
		}
	}
	if at := slices.Index(refuted, false); at >= 0 {
		return nil, cert.Refused("no certificate is about case %d", at)
	}
	return total, nil
}

// checkCertificate confirms a certificate about the network's margins on the group's box.
func checkCertificate(ctx context.Context, p *Problem, g *Group, n *Neurons, o Options) (*cert.Report, error) {
	if n.Certificate == nil {
		return nil, cert.Refused("it contains no certificate")
	}
	net, err := p.Margins(g, n)
	if err != nil {
		return nil, err
	}
	b, x := g.Ball()
	c := n.Certificate
	switch {
	case c.Verdict != cert.Certified || c.Label != 0:
		return nil, cert.Refused("its certificate has the verdict %.20q and the label %d", c.Verdict, c.Label)
	case !slices.Equal(c.Input, x) || !b.Equal(c.Ball):
		return nil, cert.Refused("its certificate is about another box")
	}
	return cert.CheckWithin(ctx, net, c, o.Limits)
}
