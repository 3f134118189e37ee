package plot

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// NeuronAt is one unstable neuron at the relaxed problem's optimum.
type NeuronAt struct {
	Name         string  // e.g. "1.3": layer and unit
	Lower, Upper float64 // l < 0 < u
	H            float64 // gradient of the bound at the relu's output
	Slope        float64 // D of the line that the optimum uses
	Intercept    float64 // delta*
	Z            float64 // z', the real network's pre-activation at x*
	Gap          float64 // its part of d
	Tight        bool    // z' is a touching point
}

// AnatomyData is one relaxed problem, neuron by neuron.
type AnatomyData struct {
	Bound, D, R float64 // p_C, d, r
	Neurons     []NeuronAt
}

// anatomyPanels is the largest number of neurons that get a panel of their own, and anatomyRows that of neurons in the
// chart.
const (
	anatomyPanels = 9
	anatomyRows   = 24
)

// Anatomy draws where the unstable neurons of one relaxed problem sit at its optimum: on a point where the line in use
// touches relu (tight), or beside it, which contributes to d. Up to 9 neurons get a panel each; more become the rows of
// one chart, those with the largest part of d first. Neurons without l < 0 < u are an error.
func Anatomy(a AnatomyData) (*Figure, error) {
	for _, n := range a.Neurons {
		if !(n.Lower < 0 && n.Upper > 0) {
			return nil, fmt.Errorf("neuron %s with l = %v, u = %v is not unstable: draw those with l < 0 < u", n.Name,
				n.Lower, n.Upper)
		}
	}
	f := &Figure{Name: "anatomy", Caption: a.caption(), Data: a, heads: anatomyLegend()}
	switch {
	case len(a.Neurons) == 0:
		p := newPanel("no unstable neuron: the network is linear in the box, and the bound is exact", "", "")
		p.HideAxes()
		f.panels, f.height = [][]panel{{p}}, panelHeight/3
	case len(a.Neurons) <= anatomyPanels:
		f.panels = a.panels()
		f.height = vg.Length(len(f.panels)) * pageWidth * 0.3
	default:
		rows := a.sorted()[:min(len(a.Neurons), anatomyRows)]
		f.panels, f.height = [][]panel{{chart(rows)}}, vg.Length(len(rows))*tickSize*1.35+50
	}
	return f, nil
}

func (a AnatomyData) caption() string {
	tight := 0
	for _, n := range a.Neurons {
		if n.Tight {
			tight++
		}
	}
	text := fmt.Sprintf("%s, %d of them tight; p_C\u00a0=\u00a0%s, d\u00a0=\u00a0%.3g, r\u00a0=\u00a0%.2g.",
		unstableNeurons(len(a.Neurons)), tight, signed("%.3f", a.Bound), clean(a.D), clean(a.R))
	if len(a.Neurons) > anatomyRows {
		text += fmt.Sprintf(" Shown: the %d that cost most.", anatomyRows)
	}
	return text
}

func anatomyLegend() [][]entry {
	return [][]entry{{{label: "touching point of the line in use", look: look{color: black, glyph: open{}}, mark: true},
		{label: "z′, tight", look: look{color: green, glyph: draw.CircleGlyph{}}, mark: true},
		{label: "z′, loose", look: look{color: vermillion, glyph: cross{}}, mark: true}}}
}

// sorted puts the neurons with the largest parts of d first.
func (a AnatomyData) sorted() []NeuronAt {
	out := slices.Clone(a.Neurons)
	slices.SortStableFunc(out, func(x, y NeuronAt) int { return cmp.Compare(y.Gap, x.Gap) })
	return out
}

func (a AnatomyData) panels() [][]panel {
	all := make([]panel, len(a.Neurons))
	for i, n := range a.sorted() {
		all[i] = n.panel()
	}
	return inRows(all, 3)
}

// touching are the points where the line in use meets relu: l and u on the upper line, 0 on the lower.
func (n NeuronAt) touching() []float64 {
	if n.H < 0 {
		return []float64{n.Lower, n.Upper}
	}
	return []float64{0}
}

func (n NeuronAt) style() draw.GlyphStyle {
	if n.Tight {
		return draw.GlyphStyle{Color: green, Radius: 4, Shape: draw.CircleGlyph{}}
	}
	return draw.GlyphStyle{Color: vermillion, Radius: 4, Shape: cross{}}
}

// panel draws relu, the set between the lines, the line in use, and z' on relu with its distance from the line.
func (n NeuronAt) panel() *plot.Plot {
	p := newPanel(fmt.Sprintf("%s: part of d %.2g", n.Name, clean(n.Gap)), "", "")
	p.Title.TextStyle.Font.Size = tickSize
	p.X.Tick.Marker, p.Y.Tick.Marker = fewTicks{2}, fewTicks{2}
	l, u := n.Lower, n.Upper
	slope := u / (u - l)
	p.Add(area(faded(blue, 0.13), [2]float64{l, slope * l}, [2]float64{u, slope * u}, [2]float64{u, u},
		[2]float64{l, 0}))
	p.Add(stroke(darkGrey, 1.6, nil, [2]float64{l, 0}, [2]float64{0, 0}, [2]float64{u, u}))
	at := func(z float64) [2]float64 { return [2]float64{z, n.Slope*z + n.Intercept} }
	p.Add(stroke(blue, 2, nil, at(l), at(u)))
	if !n.Tight {
		p.Add(stroke(vermillion, 2, nil, [2]float64{n.Z, max(n.Z, 0)}, at(n.Z)))
	}
	for _, z := range n.touching() {
		p.Add(unranged{&plotter.Scatter{XYs: xys([][2]float64{at(z)}),
			GlyphStyle: draw.GlyphStyle{Color: black, Radius: 3, Shape: open{}}}})
	}
	p.Add(mark(n.style(), [2]float64{n.Z, max(n.Z, 0)}))
	p.Y.Min, p.Y.Max = widened(p.Y.Min, p.Y.Max, 0.06) // no label at an end, which would move the panel's title
	return p
}

// chart has a row for each neuron: its range from l to u, the touching points, and z'.
func chart(neurons []NeuronAt) *plot.Plot {
	p := newPanel("", "z (pre-activation), from l to u", "neuron, and its part of d")
	p.Add(neuronRows(neurons))
	var names []string
	for _, n := range neurons {
		names = append(names, n.Name)
	}
	p.Y.Tick.Marker, p.Y.Tick.Length = nameTicks(names), 0
	p.Y.Scale = plot.InvertedScale{Normalizer: plot.LinearScale{}}
	p.X.Min, p.X.Max = widened(p.X.Min, p.X.Max, 0.02)
	return p
}

type neuronRows []NeuronAt

// DataRange implements plot.DataRanger.
func (r neuronRows) DataRange() (xmin, xmax, ymin, ymax float64) {
	for _, n := range r {
		xmin, xmax = min(xmin, n.Lower), max(xmax, n.Upper)
	}
	return xmin, xmax, -0.6, float64(len(r)) - 0.4
}

// GlyphBoxes implements plot.GlyphBoxer: it makes room for the numbers at the right.
func (r neuronRows) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	return []plot.GlyphBox{{X: 1, Y: 0.5, Rectangle: vg.Rectangle{Max: vg.Point{X: 50}}}}
}

// Plot implements plot.Plotter.
func (r neuronRows) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	c.StrokeLine2(draw.LineStyle{Color: grey, Width: thinLine, Dashes: dotted}, trX(0), c.Min.Y, trX(0), c.Max.Y)
	for i, n := range r {
		y := trY(float64(i))
		c.StrokeLine2(draw.LineStyle{Color: lightGrey, Width: 4}, trX(n.Lower), y, trX(n.Upper), y)
		for _, z := range n.touching() {
			c.DrawGlyphNoClip(draw.GlyphStyle{Color: black, Radius: 3, Shape: open{}}, vg.Point{X: trX(z), Y: y})
		}
		c.DrawGlyphNoClip(n.style(), vg.Point{X: trX(n.Z), Y: y})
		style := textStyle(tickSize*0.9, black)
		style.YAlign = text.YCenter
		c.FillText(style, vg.Point{X: c.Max.X + 8, Y: y}, fmt.Sprintf("%.2g", clean(n.Gap)))
	}
}
