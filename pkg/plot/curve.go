package plot

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"tightrope/pkg/record"
)

// CertifiedCurve draws the certified error over eps, one line per setting with a band over its seeds, and below each
// line the PGD error (dotted) if it was measured: the exact robust error lies between them. If each setting has a
// partner of the same seed without regularizer, a second panel shows the paired differences with their 95 % interval.
// No record, or none with a curve, is an error.
func CertifiedCurve(records ...*record.Record) (*Figure, error) {
	all, err := settings(records)
	if err != nil {
		return nil, err
	}
	p := newPanel("", "ε (pixel units)", record.InPercent(record.CertifiedName)+" on test images")
	p.Y.Min, p.X.Min = 0, 0
	drawn, attacked := false, false
	for _, s := range all {
		certified, pgd := series{}, series{}
		for _, r := range s.Records {
			for _, c := range r.Curve {
				certified.add(c.Eps, c.CertifiedError)
				if c.PGDSteps > 0 {
					pgd.add(c.Eps, c.PGDError)
				}
			}
		}
		_, ok := certified.draw(p, s.look, true)
		drawn = drawn || ok
		thin := s.look
		thin.dashes = dotted
		_, ok = pgd.draw(p, thin, false)
		attacked = attacked || ok
	}
	if !drawn {
		return nil, fmt.Errorf("%s has no errors over eps: evaluate it with several radii", records[0].Name)
	}
	p.Y.Max = min(100, p.Y.Max*1.05)
	markTrained(p, records)
	heads := lineLegend(all, false)
	if attacked {
		p.Y.Label.Text = "error on test images, %"
		heads = append(heads, []entry{{label: "dotted, same colour: " + record.PGDName, look: look{color: darkGrey,
			dashes: dotted, glyph: noGlyph{}}}})
	}
	f := &Figure{Name: "certified-curve", Records: records, Caption: curveCaption(all), heads: heads,
		panels: [][]panel{{p}}, height: panelHeight * 1.4}
	if q := differencePanel(all, records[0].Curve); q != nil {
		p.X.Label.Text, q.X.Min, q.X.Max = "", p.X.Min, p.X.Max
		f.panels, f.height = append(f.panels, []panel{q}), panelHeight*2.3
	}
	return f, nil
}

// differencePanel draws for each regularized setting its paired difference to the baseline over eps, with the 95 %
// interval of its mean; nil without two pairs: the difference of one pair has no interval, and its noise looks like an
// effect.
func differencePanel(all []setting, curve []record.CurvePoint) *plot.Plot {
	i := slices.IndexFunc(all, func(s setting) bool { return s.Baseline() })
	if i < 0 {
		return nil
	}
	p := newPanel("difference to the run without, with its 95 % interval", "ε (pixel units)", "points")
	drawn := false
	for _, s := range all {
		if s.Experiment == all[i].Experiment && !s.Baseline() {
			drawn = drawDifference(p, all[i], s, curve) || drawn
		}
	}
	if !drawn {
		return nil
	}
	p.Y.Min, p.Y.Max = widened(min(p.Y.Min, 0), max(p.Y.Max, 0), 0.08)
	p.Add(stroke(black, 1, nil, [2]float64{curve[0].Eps, 0}, [2]float64{curve[len(curve)-1].Eps, 0}))
	return p
}

// drawDifference adds one setting's differences; it reports whether there were several pairs.
func drawDifference(p *plot.Plot, base, other setting, curve []record.CurvePoint) bool {
	var mean plotter.XYs
	var upper, lower [][2]float64
	for _, c := range curve {
		d, err := record.Compare(base.Records, other.Records, record.CertifiedErrorAt(c.Eps))
		if err != nil || d.Difference.N < 2 {
			return false
		}
		mean = append(mean, plotter.XY{X: c.Eps, Y: d.Difference.Mean})
		upper, lower = append(upper, [2]float64{c.Eps, d.Difference.High}),
			append(lower, [2]float64{c.Eps, d.Difference.Low})
	}
	if len(mean) == 0 {
		return false
	}
	if len(upper) > 1 {
		slices.Reverse(lower)
		p.Add(area(faded(other.look.color, 0.18), append(upper, lower...)...))
	}
	p.Add(line(mean, other.look, true))
	return true
}

// curveCaption says by how much the regularizer changes the certified error, over paired seeds where there are.
func curveCaption(all []setting) string {
	base, other, ok := pair(all)
	if !ok {
		return "Certified error grows with the radius ε."
	}
	p, err := record.Compare(base.Records, other.Records, record.CertifiedErrorOn(record.Test))
	if err != nil {
		return fmt.Sprintf("Certified error over ε, without a regularizer and with %s.", other.label)
	}
	if p.Difference.N < 2 {
		return fmt.Sprintf("Certified error at the trained ε: %.2f %% without a regularizer, %.2f %% with %s (one "+
			"seed, so no interval).", p.Base.Mean, p.Other.Mean, other.label)
	}
	return fmt.Sprintf("%s changes the certified error at the trained ε by %s points (95 %% interval %s to %s; %d "+
		"paired seeds).", other.label, signed("%+.2f", p.Difference.Mean),
		signed("%+.2f", p.Difference.Low), signed("%+.2f", p.Difference.High), p.Difference.N)
}

// markTrained marks the radius of the records' test result.
func markTrained(p *plot.Plot, records []*record.Record) {
	s, ok := records[0].Results[record.Test]
	if !ok || s.Eps <= 0 {
		return
	}
	p.Add(unranged{stroke(grey, 1, dotted, [2]float64{s.Eps, 0}, [2]float64{s.Eps, p.Y.Max})})
	p.Add(note{x: s.Eps, y: 0, text: fmt.Sprintf("trained ε = %.3g", s.Eps), style: textStyle(tickSize, grey),
		offset: vg.Point{X: 4, Y: 3}})
}
