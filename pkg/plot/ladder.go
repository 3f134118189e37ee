package plot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"tightrope/pkg/record"
	"tightrope/pkg/technique"
)

// attackName is the technique of a ladder that bounds margins from above, and so certifies nothing.
const attackName = "PGD"

// Ladder draws the lower bounds of one margin by every technique over eps, named at their ends. Where a line is above 0
// the point is certified; each stays below the exact minimum. PGD's line bounds it from above. A record without a
// ladder is an error.
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
	if lines[attackName] != nil {
		p.Y.Label.Text = "bound of the margin (PGD: from above)"
	}
	var labels endLabels
	for _, name := range order {
		points, l := lines[name], techniqueLook(name)
		slices.SortFunc(points, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
		p.Add(line(points, l, true))
		last := points[len(points)-1]
		labels = append(labels, endLabel{last.X, last.Y, name, l.color})
	}
	p.Add(stroke(black, 1, nil, [2]float64{p.X.Min, 0}, [2]float64{p.X.Max, 0}))
	p.Add(note{x: p.X.Min, y: 0, text: " above 0: certified", style: textStyle(tickSize, black),
		offset: vg.Point{Y: -tickSize - 3}}) // below, where lines are at larger radii only
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

// unproven reports whether a technique's bounds come without a certificate: they are those of compiled graphs alone, or
// a solver's word.
func unproven(name string) bool {
	t, ok := technique.Find(name)
	return ok && !t.Row().Uses.Ladder
}

// ladderCaption says how far each technique certifies, or is positive without a certificate, and from where on PGD
// finds an attack.
func ladderCaption(lines map[string]plotter.XYs, order []string) string {
	var certify, positive reaches
	attack := ""
	for _, name := range order {
		switch reached := reach(lines[name]); {
		case name == attackName:
			attack = attackWords(lines[name])
		case unproven(name):
			positive.add(name, reached)
		default:
			certify.add(name, reached)
		}
	}
	text := ""
	if len(certify) > 0 {
		text = "How far each bound certifies, about: " + certify.text()
	}
	if len(positive) > 0 {
		words := "How far each bound is positive"
		if text != "" {
			words = text + "; positive"
		}
		text = words + " without a certificate: " + positive.text()
	}
	switch {
	case attack == "":
		return text + "."
	case text == "":
		return "PGD " + attack + "."
	}
	return text + "; PGD " + attack + "."
}

// reaches are techniques by how far they get, in the order of the first of each.
type reaches []struct {
	names []string
	how   string
}

func (r *reaches) add(name, how string) {
	for i := range *r {
		if (*r)[i].how == how {
			(*r)[i].names = append((*r)[i].names, name)
			return
		}
	}
	*r = append(*r, struct {
		names []string
		how   string
	}{[]string{name}, how})
}

// text is "IBP to 0.1; Fast-Lin and CROWN to 0.2".
func (r reaches) text() string {
	var parts []string
	for _, group := range r {
		last := len(group.names) - 1
		names := group.names[last]
		if last > 0 {
			names = strings.Join(group.names[:last], ", ") + " and " + names
		}
		parts = append(parts, names+" "+group.how)
	}
	return strings.Join(parts, "; ")
}

// reach says up to which radius a technique certifies.
func reach(points plotter.XYs) string {
	switch eps, where := crossing(points); where {
	case crossedBefore:
		return fmt.Sprintf("below %.3g", eps)
	case neverCrossed:
		return fmt.Sprintf("beyond %.3g", eps)
	default:
		return fmt.Sprintf("to %.3g", eps)
	}
}

// attackWords says from which radius on an attack is found.
func attackWords(points plotter.XYs) string {
	switch eps, where := crossing(points); where {
	case crossedBefore:
		return fmt.Sprintf("finds an attack at %.3g already", eps)
	case neverCrossed:
		return fmt.Sprintf("finds no attack up to %.3g", eps)
	default:
		return fmt.Sprintf("finds an attack from %.3g on", eps)
	}
}

// Where a line crosses 0.
const (
	crossedBefore = iota - 1 // before its first point
	crossed
	neverCrossed
)

// crossing is the radius at which a bound falls to 0, between two recorded ones by a straight line; before or beyond
// them, that of the nearest.
func crossing(points plotter.XYs) (eps float64, where int) {
	for i, q := range points {
		if q.Y > 0 {
			continue
		}
		if i == 0 {
			return q.X, crossedBefore
		}
		p := points[i-1]
		return p.X + (q.X-p.X)*p.Y/(p.Y-q.Y), crossed
	}
	return points[len(points)-1].X, neverCrossed
}
