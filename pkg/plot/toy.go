package plot

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"tightrope/pkg/record"
)

// ToyData are the parameters of [Toy]'s figure.
type ToyData struct {
	B, Eps float64
}

func (d ToyData) validate() error {
	if !(d.B > 0 && d.B < 1) {
		return fmt.Errorf("toy corridor b = %v: use 0 < b < 1", d.B)
	}
	if !(d.Eps >= 0 && d.Eps <= 1) {
		return fmt.Errorf("toy radius eps = %v: use 0 <= eps <= 1", d.Eps)
	}
	return nil
}

// Toy draws Figure 2: the data set S = {|x1|, |x2| <= 1, ||x2|-|x1|| >= b}, the decision boundary |x2| = |x1| of the
// maximal-margin classifier, and the strips |x1| < eps, |x2| < eps in which neurons are unstable. It returns an error
// for parameters outside their ranges.
func Toy(d ToyData) (*Figure, error) {
	if err := d.validate(); err != nil {
		return nil, err
	}
	p := toyPanel(d)
	return &Figure{Name: "figure-2", Data: d, panels: [][]panel{{p}}, width: pageWidth * 0.75, height: pageWidth * 0.69,
		heads: toyLegend(),
		Caption: fmt.Sprintf("Within ε = %.3g of an axis two of the four neurons are unstable, even in S (b = %.3g).",
			d.Eps, d.B)}, nil
}

// toyPanel is the plane with S, the boundary and the unstable strips.
func toyPanel(d ToyData) *plot.Plot {
	p := squarePanel()
	e := d.Eps
	for _, r := range [][4]float64{{-e, -1, e, 1}, {-1, -e, -e, e}, {e, -e, 1, e}} {
		p.Add(rectangle(lightGrey, r[0], r[1], r[2], r[3]))
	}
	for _, sign := range []float64{1, -1} {
		vertical := [][2]float64{{0, sign * d.B}, {1 - d.B, sign}, {d.B - 1, sign}}
		horizontal := [][2]float64{{sign * d.B, 0}, {sign, 1 - d.B}, {sign, d.B - 1}}
		p.Add(area(faded(blue, 0.35), vertical...), stroke(blue, 1, nil, append(vertical, vertical[0])...))
		p.Add(area(faded(orange, 0.35), horizontal...), stroke(orange, 1, nil, append(horizontal, horizontal[0])...))
		p.Add(stroke(black, 1.5, dashed, [2]float64{-1, -sign}, [2]float64{1, sign}))
	}
	return p
}

// toyLegend explains the plane's areas.
func toyLegend() [][]entry {
	box := func(c color.NRGBA) look { return look{color: c} }
	return [][]entry{{{label: "label 1", look: box(color.NRGBA{166, 206, 228, 255}), area: true},
		{label: "label 0", look: box(color.NRGBA{246, 221, 166, 255}), area: true},
		{label: "unstable", look: box(lightGrey), area: true},
		{label: "boundary", look: look{color: black, dashes: dashed, glyph: noGlyph{}}}}}
}

// squarePanel spans [-1.1, 1.1]^2.
func squarePanel() *plot.Plot {
	p := newPanel("", "x₁", "x₂")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -1.12, 1.12, -1.12, 1.12
	ticks := plot.ConstantTicks{{Value: -1, Label: "−1"}, {Value: 0, Label: "0"}, {Value: 1, Label: "1"}}
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks, ticks
	return p
}

// ToyTight draws Figure 3 from a record of the toy: left some points with their eps-box and the optimum x*, right the
// bound p_C against the exact minimum p_O* of every recorded point. A record without the toy's points is an error.
func ToyTight(r *record.Record) (*Figure, error) {
	if r == nil || r.Toy == nil || len(r.Toy.Sample) == 0 {
		return nil, fmt.Errorf("figure 3 needs a record with the toy's points: make one with tightrope figures")
	}
	t := r.Toy
	d := ToyData{B: t.B, Eps: t.Eps}
	if err := d.validate(); err != nil {
		return nil, err
	}
	caption := fmt.Sprintf("On %s points of S, %s of them with unstable neurons: |p_C − p_O*| %s, d %s, r %s.",
		thousands(t.Points), thousands(t.Unstable), largest(t.LargestGap), largest(t.LargestD), largest(t.LargestR))
	return &Figure{Name: "figure-3", Records: []*record.Record{r}, Caption: caption,
			panels: [][]panel{{toyStars(d, t.Sample), toyBounds(t.Sample)}}, heads: toyLegend(),
			height: pageWidth * 0.5},
		nil
}

// largest says how large numbers that are not negative get.
func largest(v float64) string {
	if v == 0 {
		return "= 0"
	}
	return fmt.Sprintf("≤ %.1g", v)
}

// toyStars marks a few unstable points, well apart, with their box and x*.
func toyStars(d ToyData, points []record.ToyPoint) *plot.Plot {
	p := toyPanel(d)
	p.Title.Text = "x (black), its ε-box, x* (orange)"
	var shown []record.ToyPoint
	for _, q := range points {
		if q.Unstable > 0 && apart(q, shown, 0.6) && max(abs(q.X[0]), abs(q.X[1])) < 0.93 {
			shown = append(shown, q)
			addToyPoint(p, q, d.Eps)
		}
	}
	return p
}

func apart(q record.ToyPoint, shown []record.ToyPoint, distance float64) bool {
	for _, s := range shown {
		if hypot(q.X[0]-s.X[0], q.X[1]-s.X[1]) < distance {
			return false
		}
	}
	return true
}

func addToyPoint(p *plot.Plot, q record.ToyPoint, eps float64) {
	p.Add(frame(black, 1, nil, q.X[0]-eps, q.X[1]-eps, q.X[0]+eps, q.X[1]+eps))
	p.Add(dots(black, 3, q.X), arrow{q.X, q.XStar, vermillion})
}

// toyBounds is the scatter of the bound over the exact minimum; points with unstable neurons are filled.
func toyBounds(points []record.ToyPoint) *plot.Plot {
	p := newPanel("the bound against the truth", "exact minimum p_O*", "Fast-Lin's bound p_C")
	var stable, unstable plotter.XYs
	low, high := 0.0, 0.0
	for _, q := range points {
		low, high = min(low, q.Bound, q.Exact), max(high, q.Bound, q.Exact)
		if q.Unstable > 0 {
			unstable = append(unstable, plotter.XY{X: q.Exact, Y: q.Bound})
		} else {
			stable = append(stable, plotter.XY{X: q.Exact, Y: q.Bound})
		}
	}
	low, high = widened(low, high, 0.06)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = low, high, low, high
	p.Add(stroke(grey, 1, nil, [2]float64{low, low}, [2]float64{high, high}))
	look := techniqueLook("Fast-Lin")
	p.Legend.Top, p.Legend.Left = true, true
	for _, s := range []struct {
		points plotter.XYs
		glyph  draw.GlyphStyle
		name   string
	}{
		{stable, draw.GlyphStyle{Color: darkGrey, Radius: 3, Shape: draw.RingGlyph{}}, "all neurons stable"},
		{unstable, draw.GlyphStyle{Color: look.color, Radius: 3, Shape: draw.CircleGlyph{}}, "unstable neurons"},
	} {
		if len(s.points) > 0 {
			scatter := &plotter.Scatter{XYs: s.points, GlyphStyle: s.glyph}
			p.Add(scatter)
			p.Legend.Add(s.name, scatter)
		}
	}
	return p
}

// ToyExplorer draws the plane with one point, its box, x* and its numbers: the picture behind the sliders. It returns
// an error for parameters outside their ranges.
func ToyExplorer(d ToyData, q record.ToyPoint) (*Figure, error) {
	if err := d.validate(); err != nil {
		return nil, err
	}
	p := toyPanel(d)
	addToyPoint(p, q, d.Eps)
	caption := fmt.Sprintf("x = (%s, %s), ε = %.3g: %s, p_C = %s, p_O(x*) = %s, d = %.2g, r = %.2g.",
		signed("%.2f", q.X[0]), signed("%.2f", q.X[1]), d.Eps,
		unstableNeurons(q.Unstable), signed("%.3f", q.Bound), signed("%.3f", q.Bound+q.D), clean(q.D), clean(q.R))
	return &Figure{Name: "toy", Caption: caption, Data: d, panels: [][]panel{{p}}, heads: toyLegend(),
		width: pageWidth * 0.75, height: pageWidth * 0.69}, nil
}

// clean shows rounding errors as 0.
func clean(v float64) float64 {
	if abs(v) < 1e-9 {
		return 0
	}
	return v
}
