package plot

import (
	"fmt"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tightrope/pkg/record"
)

// Ablation draws Table 3's sweeps of one experiment: the error over lambda alone (gamma = 0) and over gamma alone
// (lambda = 0), certified and standard, means over seeds with their 95 % interval, and below them the paired
// differences to the run of the same seed without regularizer. Without a baseline, or where neither weight was swept,
// it returns an error.
func Ablation(split string, records ...*record.Record) (*Figure, error) {
	all, err := settings(records)
	if err != nil {
		return nil, err
	}
	sweeps := []sweep{{title: "weight λ of d alone (γ = 0)",
		of: func(s setting) (float64, bool) { return s.Lambda, s.Gamma == 0 }},
		{title: "weight γ of r alone (λ = 0)", of: func(s setting) (float64, bool) { return s.Gamma, s.Lambda == 0 }}}
	f := &Figure{Name: "ablation", Records: records, heads: ablationLegend(), panels: [][]panel{nil, nil},
		height: panelHeight * 1.9}
	for _, w := range sweeps {
		if err := w.fill(all, split); err != nil {
			return nil, err
		}
		if len(w.points) < 2 {
			continue
		}
		f.panels[0], f.panels[1] = append(f.panels[0], w.errors()), append(f.panels[1], w.differences())
		f.Caption += w.claim(split)
	}
	if len(f.panels[0]) == 0 {
		return nil, fmt.Errorf("no sweep of one weight among the records of %s: run `tightrope sweep --ablation`",
			all[0].Experiment)
	}
	sameRange(f.panels[0])
	for _, p := range f.panels[0] {
		p.(*plot.Plot).Y.Min = 0
	}
	sameRange(f.panels[1])
	return f, nil
}

// sweep is the dependence on one weight.
type sweep struct {
	title  string
	of     func(setting) (weight float64, belongs bool)
	points []sweepPoint
}

// sweepPoint is one weight.
type sweepPoint struct {
	weight              float64
	certified, standard record.Summary
	paired              *record.Paired // with the baseline; nil for the baseline itself, and where no seed is shared
}

func (w *sweep) fill(all []setting, split string) error {
	i := slices.IndexFunc(all, func(s setting) bool { return s.Baseline() })
	if i < 0 {
		return fmt.Errorf("no run of %s without regularizer: run the sweep with weights of 0 too", all[0].Experiment)
	}
	for _, s := range all {
		weight, belongs := w.of(s)
		if !belongs || s.Experiment != all[i].Experiment {
			continue
		}
		q := sweepPoint{weight: weight}
		var err error
		if q.certified, err = s.Summary(record.CertifiedErrorOn(split)); err != nil {
			return err
		}
		if q.standard, err = s.Summary(record.StandardErrorOn(split)); err != nil {
			return err
		}
		if p, err := compareShared(all[i].Records, s.Records, record.CertifiedErrorOn(split)); weight != 0 &&
			err == nil {
			q.paired = &p
		}
		w.points = append(w.points, q)
	}
	slices.SortFunc(w.points, func(a, b sweepPoint) int {
		if a.weight < b.weight {
			return -1
		}
		return 1
	})
	return nil
}

// compareShared compares two settings over the seeds that both have: a sweep that is still going has not all of them.
func compareShared(base, other []*record.Record, metric record.Metric) (record.Paired, error) {
	keep := func(records, of []*record.Record) (kept []*record.Record) {
		for _, r := range records {
			if slices.ContainsFunc(of, func(o *record.Record) bool { return o.Seed == r.Seed }) {
				kept = append(kept, r)
			}
		}
		return kept
	}
	return record.Compare(keep(base, other), keep(other, base), metric)
}

var (
	certifiedLook = look{color: green, glyph: draw.CircleGlyph{}}
	standardLook  = look{color: orange, dashes: dotted, glyph: draw.TriangleGlyph{}}
)

func ablationLegend() [][]entry {
	return [][]entry{{{label: record.CertifiedName, look: certifiedLook}, {label: record.StandardName,
		look: standardLook}}}
}

// ticks are the weights at equal distances: they start at 0, which a logarithm has no place for.
func (w *sweep) ticks() plot.ConstantTicks {
	var names []string
	for _, q := range w.points {
		names = append(names, strconv.FormatFloat(q.weight, 'g', 4, 64))
	}
	return nameTicks(names)
}

func (w *sweep) panel(title, y string) *plot.Plot {
	p := newPanel(title, "", y)
	p.X.Tick.Marker, p.X.Tick.Length = w.ticks(), 0
	p.X.Min, p.X.Max = -0.4, float64(len(w.points))-0.6
	return p
}

func (w *sweep) errors() *plot.Plot {
	p := w.panel(w.title, "error, %")
	certified, standard := whiskers{look: certifiedLook}, whiskers{look: standardLook}
	for i, q := range w.points {
		certified.add(float64(i)-0.04, q.certified)
		standard.add(float64(i)+0.04, q.standard)
	}
	p.Add(certified, standard)
	return p
}

func (w *sweep) differences() *plot.Plot {
	p := w.panel("paired difference of the "+record.CertifiedName, "points")
	d := whiskers{look: certifiedLook}
	for i, q := range w.points {
		if q.paired != nil {
			d.add(float64(i), q.paired.Difference)
		}
	}
	p.Add(d)
	p.Add(stroke(black, 1, nil, [2]float64{-0.4, 0}, [2]float64{float64(len(w.points)) - 0.6, 0}))
	return p
}

// claim is the best weight of the sweep and what it is worth.
func (w *sweep) claim(split string) string {
	best := slices.MinFunc(w.points, func(a, b sweepPoint) int {
		if a.certified.Mean < b.certified.Mean {
			return -1
		}
		return 1
	})
	name := string([]rune(w.title)[len([]rune("weight "))])
	if best.paired == nil {
		return fmt.Sprintf("%s alone: none beats 0 on the %s split. ", name, split)
	}
	d := best.paired.Difference
	if d.N < 2 {
		return fmt.Sprintf("%s alone: best %g (%s points, one pair). ", name, best.weight, signed("%+.2f", d.Mean))
	}
	return fmt.Sprintf("%s alone: best %g (%s points, 95 %% interval [%s, %s], %d pairs). ", name, best.weight,
		signed("%+.2f", d.Mean), signed("%+.2f", d.Low), signed("%+.2f", d.High), d.N)
}

// sameRange gives the panels of a row one range of values.
func sameRange(row []panel) {
	low, high := 0.0, 0.0
	for _, q := range row {
		p := q.(*plot.Plot)
		low, high = min(low, p.Y.Min), max(high, p.Y.Max)
	}
	low, high = widened(low, high, 0.05)
	for _, q := range row {
		q.(*plot.Plot).Y.Min, q.(*plot.Plot).Y.Max = low, high
	}
}

// whiskers are means with their 95 % intervals, joined by a line unless they stand apart.
type whiskers struct {
	look   look
	apart  bool
	points []whisker
}

type whisker struct {
	x float64
	record.Summary
}

func (w *whiskers) add(x float64, s record.Summary) { w.points = append(w.points, whisker{x, s}) }

// DataRange implements plot.DataRanger.
func (w whiskers) DataRange() (xmin, xmax, ymin, ymax float64) {
	var xs, ys []float64
	for _, q := range w.points {
		xs, ys = append(xs, q.x), append(ys, q.Mean, q.Low, q.High)
	}
	xmin, xmax, _ = limits(xs...)
	ymin, ymax, _ = limits(ys...)
	return xmin, xmax, ymin, ymax
}

// Plot implements plot.Plotter.
func (w whiskers) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	var path []vg.Point
	for _, q := range w.points {
		path = append(path, vg.Point{X: trX(q.x), Y: trY(q.Mean)})
	}
	if !w.apart {
		c.StrokeLines(w.look.line(), path)
	}
	for i, q := range w.points {
		if q.N > 1 {
			x, half := path[i].X, vg.Length(3)
			style := draw.LineStyle{Color: w.look.color, Width: 1.4}
			low, high := max(trY(q.Low), c.Min.Y), min(trY(q.High), c.Max.Y)
			c.StrokeLine2(style, x, low, x, high)
			c.StrokeLine2(style, x-half, low, x+half, low)
			c.StrokeLine2(style, x-half, high, x+half, high)
		}
		c.DrawGlyphNoClip(w.look.marker(), path[i])
	}
}
