package plot

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"

	"tightrope/pkg/record"
)

// Training draws the curves of runs over their epochs: loss, certified error, indicator r and unstable neurons, one
// line per setting (runs with different seeds share it, with a band). No record, or none with epochs, is an error.
func Training(records ...*record.Record) (*Figure, error) {
	all, err := settings(records)
	if err != nil {
		return nil, err
	}
	var panels []panel
	drawn := false
	for i, c := range trainingCurves(records) {
		p := newPanel(c.title, "", c.unit)
		if i >= 2 {
			p.X.Label.Text = "epoch"
		}
		p.Y.Min = 0
		drawn = c.draw(p, all) || drawn
		if p.Y.Max <= 0 { // nothing but zeros
			p.Y.Max = 1
		}
		markRamp(p, records)
		c.noteGaps(p, records)
		panels = append(panels, p)
	}
	if !drawn {
		return nil, fmt.Errorf("%s has no epochs to draw: take the record of a training", records[0].Name)
	}
	return &Figure{Name: "training", Records: records, Caption: trainingCaption(all), heads: lineLegend(all, false),
		panels: inRows(panels, 2), height: 2 * panelHeight * 0.92}, nil
}

// validated reports whether every record was validated in enough epochs for a curve.
func validated(records []*record.Record) bool {
	for _, r := range records {
		some := 0
		for _, m := range r.Epochs {
			if m.ValidationSamples > 0 {
				some++
			}
		}
		if some < min(2, len(r.Epochs)) {
			return false
		}
	}
	return true
}

func certifiedTitle(records []*record.Record) string {
	if validated(records) {
		return record.CertifiedName + ", validation"
	}
	return record.CertifiedName + ", training"
}

func certifiedOf(records []*record.Record) func(record.EpochMetrics) float64 {
	if validated(records) {
		return func(m record.EpochMetrics) float64 { return m.CertifiedError }
	}
	return func(m record.EpochMetrics) float64 { return m.TrainCertifiedError }
}

// markRamp shows until when eps grew.
func markRamp(p *plot.Plot, records []*record.Record) {
	epochs := records[0].Epochs
	if len(epochs) < 2 {
		return
	}
	target := epochs[len(epochs)-1].Eps
	for i, m := range epochs {
		if m.Eps < target || m.Partial {
			continue
		}
		if i == 0 {
			return
		}
		x := float64(m.Epoch)
		if x < p.X.Min { // before the first validation
			return
		}
		p.Add(unranged{stroke(grey, 1, dotted, [2]float64{x, p.Y.Min}, [2]float64{x, p.Y.Max})})
		style, offset := textStyle(tickSize*0.9, grey), vg.Point{X: 3, Y: -12}
		if x > p.X.Min+0.8*(p.X.Max-p.X.Min) { // no room for the text
			style.XAlign, offset.X = text.XRight, -3
		}
		p.Add(note{x: x, y: p.Y.Max, text: fmt.Sprintf("ε = %.3g", target), style: style, offset: offset})
		return
	}
}

// trainingCaption says what the regularizer did to r and to the certified error at the end.
func trainingCaption(all []setting) string {
	base, other, ok := pair(all)
	if !ok {
		if text := unmeasuredWords(all); text != "" {
			return fmt.Sprintf("Training of %s; %s.", all[0].Experiment, text)
		}
		return fmt.Sprintf("Training of %s.", all[0].Experiment)
	}
	u := func(m record.EpochMetrics) float64 { return m.Unstable }
	neurons := fmt.Sprintf("%.3g instead of %.3g neurons stay unstable", last(other, u), last(base, u))
	r := func(m record.EpochMetrics) float64 { return m.R }
	before, after, unmeasured := last(base, r), last(other, r), unmeasuredWords(all)
	if before == 0 && after == 0 { // the last stage has no r: interval bounds have no optimal input
		return fmt.Sprintf("With %s, %s; %s.", other.label, neurons, unmeasured)
	}
	text := fmt.Sprintf("With %s, r ends at %.2g instead of %.2g and %s", other.label, after, before, neurons)
	if unmeasured != "" {
		text += " (" + unmeasured + ")"
	}
	return text + "."
}

// last is the mean over a setting's records of a value of the last epoch.
func last(s setting, value func(record.EpochMetrics) float64) float64 {
	var ends []float64
	for _, r := range s.Records {
		if n := len(r.Epochs); n > 0 {
			ends = append(ends, value(r.Epochs[n-1]))
		}
	}
	return average(ends)
}

// pair is the baseline and the first regularized setting, where there are both.
func pair(all []setting) (base, other setting, ok bool) {
	hasBase, hasOther := false, false
	for _, s := range all {
		regularized := !s.Baseline()
		switch {
		case !regularized && !hasBase:
			base, hasBase = s, true
		case regularized && !hasOther:
			other, hasOther = s, true
		}
	}
	return base, other, hasBase && hasOther
}
