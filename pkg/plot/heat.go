package plot

import (
	"fmt"
	"image/color"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tightrope/pkg/record"
)

// Grid draws the certified error over lambda and gamma as a table of shaded cells, each with its mean over seeds, half
// the 95 % interval of that mean and the number of seeds; combinations that were not run stay empty. No record is an
// error.
func Grid(split string, records ...*record.Record) (*Figure, error) {
	all, err := settings(records)
	if err != nil {
		return nil, err
	}
	var h heat
	for _, s := range all {
		c := cell{lambda: s.Lambda, gamma: s.Gamma}
		var values []float64
		for _, r := range s.Records {
			v, err := record.CertifiedErrorOn(split)(r)
			if err != nil {
				return nil, err
			}
			values = append(values, v)
		}
		if c.Summary, err = record.Summarize(values); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(h.cells, func(o cell) bool { return o.lambda == c.lambda && o.gamma == c.gamma }) {
			return nil, fmt.Errorf("two networks with λ = %v, γ = %v: draw one network's grid at a time", c.lambda,
				c.gamma)
		}
		h.cells = append(h.cells, c)
		h.lambdas, h.gammas = appendOnce(h.lambdas, c.lambda), appendOnce(h.gammas, c.gamma)
	}
	slices.Sort(h.lambdas)
	slices.Sort(h.gammas)
	p := newPanel("", "γ (weight of r)", "λ (weight of d)")
	p.Add(&h)
	p.X.Tick.Marker, p.Y.Tick.Marker = indexTicks(h.gammas), indexTicks(h.lambdas)
	p.X.Tick.Length, p.Y.Tick.Length = 0, 0
	return &Figure{Name: "grid", Records: records, Caption: h.caption(split), panels: [][]panel{{p}},
		height: vg.Length(len(h.lambdas))*0.62*vg.Inch + 0.8*vg.Inch}, nil
}

func appendOnce(values []float64, v float64) []float64 {
	if slices.Contains(values, v) {
		return values
	}
	return append(values, v)
}

func indexTicks(values []float64) plot.Ticker {
	var ticks plot.ConstantTicks
	for i, v := range values {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: strconv.FormatFloat(v, 'g', 4, 64)})
	}
	return ticks
}

type cell struct {
	lambda, gamma float64
	record.Summary
}

// heat is a table of shaded cells.
type heat struct {
	lambdas, gammas []float64
	cells           []cell
}

// best is the lowest mean among the cells with the most seeds: a cell that was lucky with one seed is no winner.
func (h *heat) best() cell {
	best := h.cells[0]
	for _, c := range h.cells {
		if c.N > best.N || c.N == best.N && c.Mean < best.Mean {
			best = c
		}
	}
	return best
}

func (h *heat) caption(split string) string {
	b := h.best()
	if b.lambda == 0 && b.gamma == 0 {
		return fmt.Sprintf("Certified %s error in %%: no regularizer beats the baseline's %.2f %%.", split, b.Mean)
	}
	return fmt.Sprintf("Certified %s error in %%: lowest, %.2f %%, with %s (framed); ±: half the 95 %% interval of "+
		"the mean.", split, b.Mean, record.WeightsText(b.lambda, b.gamma))
}

// DataRange implements plot.DataRanger.
func (h *heat) DataRange() (xmin, xmax, ymin, ymax float64) {
	return -0.5, float64(len(h.gammas)) - 0.5, -0.5, float64(len(h.lambdas)) - 0.5
}

// Plot implements plot.Plotter.
func (h *heat) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	low, high := h.cells[0].Mean, h.cells[0].Mean
	for _, e := range h.cells {
		low, high = min(low, e.Mean), max(high, e.Mean)
	}
	for x := range h.gammas {
		for y := range h.lambdas {
			c.FillText(centered(grey), vg.Point{X: trX(float64(x)), Y: trY(float64(y))}, "not run") // under the cells
		}
	}
	best := h.best()
	for _, e := range h.cells {
		x, y := float64(slices.Index(h.gammas, e.gamma)), float64(slices.Index(h.lambdas, e.lambda))
		fraction := 0.0
		if high > low {
			fraction = (e.Mean - low) / (high - low)
		}
		fill, ink := shade(fraction)
		corners := []vg.Point{{X: trX(x - 0.48), Y: trY(y - 0.46)}, {X: trX(x + 0.48), Y: trY(y - 0.46)},
			{X: trX(x + 0.48), Y: trY(y + 0.46)}, {X: trX(x - 0.48), Y: trY(y + 0.46)}}
		c.FillPolygon(fill, corners)
		if e == best {
			c.StrokeLines(draw.LineStyle{Color: vermillion, Width: 3}, append(corners, corners[0]))
		}
		e.write(c, vg.Point{X: trX(x), Y: trY(y)}, ink)
	}
}

// write puts mean, half interval and number of seeds into the cell.
func (e cell) write(c draw.Canvas, center vg.Point, ink color.Color) {
	style := boldStyle(textSize, ink)
	style.XAlign, style.YAlign = text.XCenter, text.YCenter
	if e.N < 2 {
		c.FillText(style, center, record.Percent(e.Mean))
		return
	}
	c.FillText(style, vg.Point{X: center.X, Y: center.Y + 6}, record.Percent(e.Mean))
	small := textStyle(tickSize*0.85, ink)
	small.XAlign, small.YAlign = text.XCenter, text.YCenter
	c.FillText(small, vg.Point{X: center.X, Y: center.Y - 8}, fmt.Sprintf("± %.2f, n = %d", e.High-e.Mean, e.N))
}

// shade runs from white (0, best) to the house's blue (1, worst), with the ink to read on it.
func shade(fraction float64) (fill, ink color.NRGBA) {
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + (float64(b)-float64(a))*fraction) }
	fill = color.NRGBA{mix(240, blue.R), mix(246, blue.G), mix(250, blue.B), 255}
	if fraction > 0.55 {
		return fill, white
	}
	return fill, black
}
