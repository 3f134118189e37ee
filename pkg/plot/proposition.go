package plot

import (
	"fmt"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tightrope/pkg/record"
)

// Proposition draws both indicators of many relaxed problems: where r = 0 the gap d is 0, but d = 0 does not need r =
// 0. A record without such pairs is an error.
func Proposition(r *record.Record) (*Figure, error) {
	if r == nil || len(r.Pairs) == 0 {
		return nil, fmt.Errorf("no pairs of d and r to draw: take a record of study.CheckProposition, which " +
			"tightrope figures makes")
	}
	groups := []struct {
		label string
		look  look
		is    func(q record.TightnessPair) bool
		at    [][2]float64
	}{
		{label: "d > 0", look: look{color: blue, glyph: open{}},
			is: func(q record.TightnessPair) bool { return q.D > propositionZero }},
		{label: "d = 0, r > 0", look: look{color: ink(orange), glyph: cross{}},
			is: func(q record.TightnessPair) bool { return q.R > propositionZero }},
		{label: "d = r = 0", look: look{color: vermillion, glyph: draw.CircleGlyph{}},
			is: func(record.TightnessPair) bool { return true }},
	}
	for _, q := range r.Pairs {
		for i := range groups {
			if groups[i].is(q) {
				groups[i].at = append(groups[i].at, [2]float64{q.R, q.D})
				break
			}
		}
	}
	p := newPanel("", "r", "d")
	var legend []entry
	for _, g := range groups {
		if len(g.at) == 0 {
			continue
		}
		style := g.look.marker()
		style.Radius = 2.2
		p.Add(&plotter.Scatter{XYs: xys(g.at), GlyphStyle: style})
		legend = append(legend, entry{label: fmt.Sprintf("%s (%s)", g.label, thousands(len(g.at))), look: g.look,
			mark: true})
	}
	p.X.Min, p.X.Max = widened(0, p.X.Max, 0.03)
	p.Y.Min, p.Y.Max = widened(0, p.Y.Max, 0.04)
	return &Figure{Name: "proposition-1", Records: []*record.Record{r}, Caption: propositionCaption(r.Pairs),
		heads: [][]entry{legend}, panels: [][]panel{{p}}, height: panelHeight * vg.Length(1.25)}, nil
}

// propositionZero is what counts as 0 in float64.
const propositionZero = 1e-12

func propositionCaption(pairs []record.TightnessPair) string {
	tight, unstable, largest := 0, 0, 0.0
	for _, q := range pairs {
		if q.R <= propositionZero {
			tight++
			largest = max(largest, abs(q.D))
			if q.Unstable > 0 {
				unstable++
			}
		}
	}
	return fmt.Sprintf("Proposition 1: in %s of %s relaxed problems r = 0, and there d ≤ %.1g; %s of these have "+
		"unstable neurons.", thousands(tight), thousands(len(pairs)), largest, thousands(unstable))
}
