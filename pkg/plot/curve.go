package plot

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"tightrope/pkg/record"
)

// CertifiedCurve draws the certified error over eps, one line a setting with a band over its seeds, and below each its error
// under PGD (thin, dotted) where it was attacked: the truth lies between. No record, or none with a curve, is an error.
func CertifiedCurve(records ...*record.Record) (*Figure, error) {
	all, err := settings(records)
	if err != nil {
		return nil, err
	}
	p := newPanel("", "ε (pixel units)", "error on test images, %")
	p.Y.Min, p.X.Min = 0, 0
	drawn, attacked := false, false
	for _, s := range all {
		certified, pgd := series{}, series{}
		for _, r := range s.records {
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
		heads = append(heads, []entry{{label: "dotted, same colour: error under PGD", look: look{color: darkGrey, dashes: dotted, glyph: noGlyph{}}}})
	}
	return &Figure{Name: "certified-curve", Records: records, Caption: curveCaption(all), heads: heads,
		panels: [][]panel{{p}}, height: panelHeight * 1.4}, nil
}

// curveCaption says by how much the regularizer changes the certified error, over paired seeds where there are.
func curveCaption(all []setting) string {
	base, other, ok := pair(all)
	if !ok {
		return "Certified error grows with the radius ε."
	}
	p, err := record.Compare(base.records, other.records, record.CertifiedErrorOn(record.Test))
	if err != nil {
		return fmt.Sprintf("Certified error over ε, without a regularizer and with %s.", other.label)
	}
	text := fmt.Sprintf("With %s the certified error at the trained ε changes from %.2f %% to %.2f %%", other.label, p.Base.Mean, p.Other.Mean)
	if p.Difference.N < 2 {
		return text + " (one seed)."
	}
	return text + fmt.Sprintf(" (%s points, 95 %% interval [%s, %s], %d paired seeds).", signed("%+.2f", p.Difference.Mean),
		signed("%+.2f", p.Difference.Low), signed("%+.2f", p.Difference.High), p.Difference.N)
}

// markTrained marks the radius of the records' test result.
func markTrained(p *plot.Plot, records []*record.Record) {
	s, ok := records[0].Results[record.Test]
	if !ok || s.Eps <= 0 {
		return
	}
	p.Add(unranged{stroke(grey, 1, dotted, [2]float64{s.Eps, 0}, [2]float64{s.Eps, p.Y.Max})})
	p.Add(note{x: s.Eps, y: 0, text: fmt.Sprintf("trained ε = %.3g", s.Eps), style: textStyle(tickSize, grey), offset: vg.Point{X: 4, Y: 3}})
}
