package plot

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"tightrope/pkg/record"
)

// Ladder draws the lower bounds of one margin by every technique over eps, named at their ends: above 0 the point is
// certified, and each technique stays below the exact minimum. A record without a ladder is an error.
func Ladder(r *record.Record) (*Figure, error) {
	if r == nil || len(r.Ladder) == 0 {
		return nil, fmt.Errorf("no bounds to draw: take a record with a ladder of bounds")
	}
	lines, order := map[string]plotter.XYs{}, []string(nil)
	for _, rung := range r.Ladder {
		if _, ok := lines[rung.Technique]; !ok {
			order = append(order, rung.Technique)
		}
		lines[rung.Technique] = append(lines[rung.Technique], plotter.XY{X: rung.Eps, Y: rung.Margin})
	}
	p := newPanel("", "ε", "lower bound of the margin")
	var labels endLabels
	for _, name := range order {
		points, l := lines[name], techniqueLook(name)
		slices.SortFunc(points, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
		p.Add(line(points, l, true))
		last := points[len(points)-1]
		labels = append(labels, endLabel{last.X, last.Y, name, l.color})
	}
	p.Add(stroke(black, 1, nil, [2]float64{p.X.Min, 0}, [2]float64{p.X.Max, 0}))
	p.Add(note{x: p.X.Min, y: 0, text: " certified above 0", style: textStyle(tickSize, black), offset: vg.Point{Y: 3}})
	p.Y.Min, p.Y.Max = widened(p.Y.Min, p.Y.Max, 0.05)
	p.Add(merged(labels, (p.Y.Max-p.Y.Min)/200))
	return &Figure{Name: "ladder", Records: []*record.Record{r}, Caption: ladderCaption(lines, order),
		panels: [][]panel{{p}}, height: panelHeight * 1.4}, nil
}

// merged names lines that end in one place together.
func merged(labels endLabels, tolerance float64) plot.Plotter {
	var out endLabels
	for _, l := range labels {
		i := slices.IndexFunc(out, func(o endLabel) bool { return abs(o.y-l.y) <= tolerance })
		if i < 0 {
			out = append(out, l)
			continue
		}
		out[i].text += " = " + l.text
		out[i].color = black
	}
	return out
}

// ladderCaption says how far each technique certifies.
func ladderCaption(lines map[string]plotter.XYs, order []string) string {
	text := "How far each bound certifies:"
	for i, name := range order {
		if i > 0 {
			text += ","
		}
		text += " " + name + " to " + crossing(lines[name])
	}
	return text + "."
}

// crossing is the radius at which a bound falls to 0, between two recorded ones by a straight line.
func crossing(points plotter.XYs) string {
	for i, q := range points {
		if q.Y > 0 {
			continue
		}
		if i == 0 {
			return "below " + fmt.Sprintf("%.3g", q.X)
		}
		p := points[i-1]
		return fmt.Sprintf("%.3g", p.X+(q.X-p.X)*p.Y/(p.Y-q.Y))
	}
	return "beyond " + fmt.Sprintf("%.3g", points[len(points)-1].X)
}
