package plot

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tightrope/pkg/record"
)

// LadderNeurons draws the unstable neurons of a record at the optimum of each relaxation: the interval [l, u] of each
// as a line, its input z there as a dot, filled where the relaxation is tight. A record without neurons is an error.
func LadderNeurons(r *record.Record) (*Figure, error) {
	if r == nil || len(r.Neurons) == 0 {
		return nil, fmt.Errorf("no neurons to draw: make a ladder of one image, where some neuron is unstable")
	}
	var names []string
	groups := map[string][]record.LadderNeuron{}
	for _, n := range r.Neurons {
		if groups[n.Technique] == nil {
			names = append(names, n.Technique)
		}
		groups[n.Technique] = append(groups[n.Technique], n)
	}
	var row []panel
	caption, most := "", 0
	for i, name := range names {
		tight := tightOf(groups[name])
		row = append(row, neuronsPanel(name, groups[name]))
		most = max(most, len(groups[name]))
		if i > 0 {
			caption += ", "
		}
		caption += fmt.Sprintf("%s is tight on %d of %s", name, tight, unstableNeurons(len(groups[name])))
	}
	heads := [][]entry{{{label: "tight: on ReLU", look: look{color: green, glyph: draw.CircleGlyph{}}, mark: true},
		{label: "not tight", look: look{color: vermillion, glyph: draw.RingGlyph{}}, mark: true},
		{label: "[l, u], layer by layer from below", look: look{color: grey, glyph: noGlyph{}}}}}
	return &Figure{Name: "ladder-neurons", Records: []*record.Record{r},
		Caption: "Where the margin is least, " + caption + ".",
		heads:   heads, panels: [][]panel{row}, height: max(panelHeight, vg.Length(most)*0.085*vg.Inch)}, nil
}

func tightOf(neurons []record.LadderNeuron) (count int) {
	for _, n := range neurons {
		if n.Tight {
			count++
		}
	}
	return count
}

// neuronsPanel draws one technique's neurons.
func neuronsPanel(name string, neurons []record.LadderNeuron) *plot.Plot {
	p := newPanel(name, "z, input of the neuron", "unstable neurons")
	slices.SortFunc(neurons, func(a, b record.LadderNeuron) int {
		return cmp.Or(cmp.Compare(a.Layer, b.Layer), cmp.Compare(a.Lower, b.Lower))
	})
	for i, n := range neurons {
		y := float64(i)
		p.Add(stroke(lightGrey, 2, nil, [2]float64{n.Lower, y}, [2]float64{n.Upper, y}))
		l := look{color: vermillion, glyph: draw.RingGlyph{}}
		if n.Tight {
			l = look{color: green, glyph: draw.CircleGlyph{}}
		}
		p.Add(&plotter.Scatter{XYs: plotter.XYs{{X: n.Z, Y: y}},
			GlyphStyle: draw.GlyphStyle{Color: l.color, Radius: 2.4, Shape: l.glyph}})
		if i > 0 && neurons[i-1].Layer != n.Layer {
			p.Add(unranged{stroke(black, 0.6, dotted, [2]float64{p.X.Min, y - 0.5}, [2]float64{p.X.Max, y - 0.5})})
		}
	}
	p.Add(stroke(black, 0.8, nil, [2]float64{0, -1}, [2]float64{0, float64(len(neurons))}))
	p.Y.Tick.Marker = plot.ConstantTicks{}
	p.Y.Min, p.Y.Max = -1, float64(len(neurons))
	return p
}
