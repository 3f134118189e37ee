package plot

import (
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tightrope/pkg/record"
)

// GridDifferences draws, over lambda and gamma, by how many points the certified error changes against the run of the
// same seed without regularizer: blue is better, orange worse, framed where the 95 % interval excludes 0. Without a
// baseline it returns an error.
func GridDifferences(split string, records ...*record.Record) (*Figure, error) {
	all, err := settings(records)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(s setting) bool { return s.Baseline() })
	if i < 0 {
		return nil, fmt.Errorf("no run of %s without regularizer: run the sweep with weights of 0 too",
			all[0].Experiment)
	}
	var h differenceHeat
	for _, s := range all {
		if s.Experiment != all[i].Experiment {
			return nil, fmt.Errorf("two networks, %s and %s: draw one network's grid at a time", s.Experiment,
				all[i].Experiment)
		}
		h.lambdas, h.gammas = appendOnce(h.lambdas, s.Lambda), appendOnce(h.gammas, s.Gamma)
		if s.Baseline() {
			continue
		}
		if p, err := compareShared(all[i].Records, s.Records, record.CertifiedErrorOn(split)); err == nil {
			h.cells = append(h.cells, differenceCell{s.Lambda, s.Gamma, p})
		}
	}
	if len(h.cells) == 0 {
		return nil, fmt.Errorf("no pairs among the runs of %s: run both with and without regularizer on the same seeds",
			all[i].Experiment)
	}
	slices.Sort(h.lambdas)
	slices.Sort(h.gammas)
	p := newPanel("", "γ (weight of r)", "λ (weight of d)")
	p.Add(&h)
	p.X.Tick.Marker, p.Y.Tick.Marker = indexTicks(h.gammas), indexTicks(h.lambdas)
	p.X.Tick.Length, p.Y.Tick.Length = 0, 0
	return &Figure{Name: "grid-differences", Records: records, Caption: h.caption(split), panels: [][]panel{{p}},
		height: vg.Length(len(h.lambdas))*0.62*vg.Inch + 0.8*vg.Inch}, nil
}

type differenceCell struct {
	lambda, gamma float64
	record.Paired
}

// differenceHeat is a table of shaded differences.
type differenceHeat struct {
	lambdas, gammas []float64
	cells           []differenceCell
}

func (h *differenceHeat) caption(split string) string {
	better, worse := 0, 0
	for _, c := range h.cells {
		switch {
		case c.Difference.High < 0:
			better++
		case c.Difference.Low > 0:
			worse++
		}
	}
	return fmt.Sprintf("Change of the certified %s error against the same seeds without a regularizer, in points; of "+
		"%d settings, better: %d, worse: %d (framed: the 95 %% interval excludes 0; chance alone gives about %.0f).",
		split, len(h.cells), better, worse, 0.05*float64(len(h.cells)))
}

// DataRange implements plot.DataRanger.
func (h *differenceHeat) DataRange() (xmin, xmax, ymin, ymax float64) {
	return -0.5, float64(len(h.gammas)) - 0.5, -0.5, float64(len(h.lambdas)) - 0.5
}

// Plot implements plot.Plotter.
func (h *differenceHeat) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	largest := 0.0
	for _, e := range h.cells {
		largest = max(largest, abs(e.Difference.Mean))
	}
	for x, gamma := range h.gammas {
		for y, lambda := range h.lambdas {
			what := "not run"
			if lambda == 0 && gamma == 0 {
				what = "baseline"
			}
			c.FillText(centered(grey), vg.Point{X: trX(float64(x)), Y: trY(float64(y))}, what) // under the cells
		}
	}
	for _, e := range h.cells {
		x, y := float64(slices.Index(h.gammas, e.gamma)), float64(slices.Index(h.lambdas, e.lambda))
		corners := []vg.Point{{X: trX(x - 0.48), Y: trY(y - 0.46)}, {X: trX(x + 0.48), Y: trY(y - 0.46)},
			{X: trX(x + 0.48), Y: trY(y + 0.46)}, {X: trX(x - 0.48), Y: trY(y + 0.46)}}
		c.FillPolygon(twoSided(e.Difference.Mean, largest), corners)
		if e.Significant() {
			c.StrokeLines(draw.LineStyle{Color: black, Width: 2.5}, append(corners, corners[0]))
		}
		e.write(c, vg.Point{X: trX(x), Y: trY(y)})
	}
}

// twoSided is blue for a negative value and orange for a positive one, the stronger the larger.
func twoSided(v, largest float64) color.NRGBA {
	c := blue
	if v > 0 {
		c = orange
	}
	fraction := 0.0
	if largest > 0 {
		fraction = 0.6 * abs(v) / largest
	}
	mix := func(x uint8) uint8 { return uint8(255 - (255-float64(x))*fraction) }
	return color.NRGBA{mix(c.R), mix(c.G), mix(c.B), 255}
}

// write puts the mean and its interval into the cell.
func (e differenceCell) write(c draw.Canvas, center vg.Point) {
	style := boldStyle(textSize, black)
	style.XAlign, style.YAlign = text.XCenter, text.YCenter
	d := e.Difference
	if d.N < 2 {
		c.FillText(style, center, signed("%+.2f", d.Mean))
		return
	}
	c.FillText(style, vg.Point{X: center.X, Y: center.Y + 6}, signed("%+.2f", d.Mean))
	small := textStyle(tickSize*0.85, black)
	small.XAlign, small.YAlign = text.XCenter, text.YCenter
	c.FillText(small, vg.Point{X: center.X, Y: center.Y - 8}, fmt.Sprintf("± %.2f, n = %d", d.High-d.Mean, d.N))
}
