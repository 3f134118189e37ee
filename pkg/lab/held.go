package lab

import (
	"context"
	"fmt"
	"math"

	"tightrope/pkg/backend"
	"tightrope/pkg/net"
	"tightrope/pkg/plot"
	"tightrope/pkg/property"
	"tightrope/pkg/technique"
	"tightrope/pkg/tight"
	"tightrope/pkg/verify/cert"
)

// HeldBack finds what keeps the bounds of a property's rows from being positive, on the box of its first group: the
// bound of each row by technique, the parts of the gap that the unstable neurons cost the row with the least bound, and
// how far that bound rises when one input is held fixed. plot.Held draws it. An error ends the cell.
func HeldBack(p *property.Problem) plot.HeldData {
	h := &held{p: p, g: &p.Groups[0]}
	Must(h.choose())
	d := plot.HeldData{Rows: Get(h.bounds())}
	a := Get(h.takeApart(d.Rows))
	for i := range a {
		if a[i].Bound < a[d.Worst].Bound {
			d.Worst = i
		}
	}
	d.Bound = a[d.Worst].Bound
	for _, n := range a[d.Worst].Unstable() {
		d.Neurons = append(d.Neurons, plot.Part{Name: name(n), Value: n.Gap})
	}
	d.Inputs = Get(h.inputs(d.Worst))
	if shape := p.Layers.Model.Input; len(shape) == 3 {
		d.Shape = shape
	}
	return d
}

// held is one group of a property: its rows one after another, whatever case they are of.
type held struct {
	p     *property.Problem
	g     *property.Group
	rows  *property.Neurons // a row each
	names []string
}

// choose lists the rows.
func (h *held) choose() error {
	h.rows = &property.Neurons{}
	for i, c := range h.g.Cases {
		for k := range c.Rows {
			lambda := make(cert.Floats, len(c.Rows))
			lambda[k] = 1
			h.rows.Cases, h.rows.Lambda = append(h.rows.Cases, i), append(h.rows.Lambda, lambda)
			h.names = append(h.names, rowName(c.Rows[k], c.Bounds[k], i, k))
		}
	}
	if len(h.names) == 0 {
		return fmt.Errorf("the property has no rows: every input of its box is a counterexample")
	}
	return nil
}

// rowName is Y3 ≤ Y7 where a row compares two outputs, else case and row from 1.
func rowName(row []float64, bound float64, c, k int) string {
	less, more, others := -1, -1, bound != 0
	for i, v := range row {
		switch {
		case v == 1 && less < 0:
			less = i
		case v == -1 && more < 0:
			more = i
		case v != 0:
			others = true
		}
	}
	if others || less < 0 || more < 0 {
		return fmt.Sprintf("row %d.%d", c+1, k+1)
	}
	return fmt.Sprintf("Y%d\u00a0≤\u00a0Y%d", less, more)
}

// combination is a row as the checker's bounds take it.
func (h *held) combination(row int) cert.Combination {
	c := h.g.Cases[h.rows.Cases[row]]
	return cert.Combination{Lambda: h.rows.Lambda[row], Rows: c.Rows, Bounds: c.Bounds}
}

// bounds are those of the checker, in outward rounding.
func (h *held) bounds() ([]plot.HeldRow, error) {
	rows := make([]plot.HeldRow, len(h.names))
	region, err := cert.NewBox(h.p.Net, h.g.Lower, h.g.Upper)
	if err != nil {
		return nil, err
	}
	for _, t := range []struct {
		technique.ID
		cert.Rule
	}{{technique.IBP, cert.Interval}, {technique.FastLin, cert.FastLin}, {technique.CROWN, cert.CROWN}} {
		b, err := region.Bounds(context.Background(), t.Rule)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			rows[i].Name = h.names[i]
			rows[i].Bounds = append(rows[i].Bounds, plot.Part{Name: t.ID.String(),
				Value: region.Combine(b, t.Rule, h.combination(i))})
		}
	}
	return rows, nil
}

// takeApart inspects every row at Fast-Lin's optimum, where it evaluates the network.
func (h *held) takeApart(rows []plot.HeldRow) ([]*tight.Anatomy, error) {
	m, err := h.p.MarginsModel(h.g, h.rows)
	if err != nil {
		return nil, err
	}
	network, err := net.FromModel(m)
	if err != nil {
		return nil, err
	}
	device, _, err := backend.Open("")
	if err != nil {
		return nil, err
	}
	b, x := h.g.Ball()
	inspector, err := tight.NewInspector(device, network, nil, b, tight.Options{})
	if err != nil {
		return nil, err
	}
	defer inspector.Close()
	all := make([]*tight.Anatomy, len(rows))
	for i := range rows {
		if all[i], err = inspector.Inspect(x, 0, 1+i, b.Eps); err != nil {
			return nil, err
		}
		rows[i].Reached = all[i].PO
	}
	return all, nil
}

// inputs are how far a row's bound by Fast-Lin rises when one input alone is kept in the middle of its range, in the
// order of the layers' input.
func (h *held) inputs(row int) ([]float64, error) {
	_, middle := h.g.Ball()
	base, err := h.fixed(row, -1, 0)
	if err != nil {
		return nil, err
	}
	gains := make([]float64, len(middle))
	for _, k := range h.g.Free() {
		bound, err := h.fixed(row, k, middle[k])
		if err != nil {
			return nil, err
		}
		gains[k] = bound - base
	}
	return gains, nil
}

// fixed is a row's bound with input k at a value; -1: none.
func (h *held) fixed(row, k int, value float64) (float64, error) {
	lower, upper := append([]float64(nil), h.g.Lower...), append([]float64(nil), h.g.Upper...)
	if k >= 0 {
		lower[k], upper[k] = value, value
	}
	region, err := cert.NewBox(h.p.Net, lower, upper)
	if err != nil {
		return math.Inf(-1), err
	}
	b, err := region.Bounds(context.Background(), cert.FastLin)
	if err != nil {
		return math.Inf(-1), err
	}
	return region.Combine(b, cert.FastLin, h.combination(row)), nil
}
