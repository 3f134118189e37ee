package plot

import (
	"fmt"
	"math"
	"strings"

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
			return fmt.Sprintf("Training of %s; %s.", all[0].Title(), text)
		}
		return fmt.Sprintf("Training of %s.", all[0].Title())
	}
	u := func(m record.EpochMetrics) float64 { return m.Unstable }
	neurons := howMany(last(base, u), last(other, u), "unstable neurons")
	r := func(m record.EpochMetrics) float64 { return m.R }
	before, after, unmeasured := last(base, r), last(other, r), unmeasuredWords(all)
	if before == 0 && after == 0 { // the last stage has no r: interval bounds have no optimal input
		return fmt.Sprintf("%s ends with %s; %s.", other.label, neurons, unmeasured)
	}
	text := fmt.Sprintf("%s ends with %s and %s", other.label, howLarge(before, after, "r"), neurons)
	if unmeasured != "" {
		text += " (" + unmeasured + ")"
	}
	return text + "."
}

// howMany compares numbers of things, as "33 % more unstable neurons", or "2.1 times as many".
func howMany(before, after float64, things string) string {
	text, sign := percentage(before, after)
	switch {
	case before <= 0 && after > 0:
		return fmt.Sprintf("%.3g %s instead of none", after, things)
	case before > 0 && after >= 2*before:
		return fmt.Sprintf("%.2g times as many %s", after/before, things)
	}
	return text + map[int]string{-1: " fewer ", 0: "as many ", 1: " more "}[sign] + things
}

// howLarge compares values, as "a 25 % smaller r".
func howLarge(before, after float64, value string) string {
	text, sign := percentage(before, after)
	if before <= 0 && after > 0 {
		return fmt.Sprintf("%s of %.3g instead of 0", value, after)
	}
	a := "a "
	if strings.HasPrefix(text, "8") || strings.HasPrefix(text, "11\u00a0") || strings.HasPrefix(text, "18\u00a0") {
		a = "an "
	}
	return map[int]string{-1: a + text + " smaller ", 0: "the same ", 1: a + text + " larger "}[sign] + value
}

// percentage is by how much the second number differs from the first, and in which direction; a change that rounds to
// 0 % is none; one from 0 has no percentage.
func percentage(before, after float64) (text string, sign int) {
	percent := 100 * (after - before) / before
	switch {
	case before <= 0 || math.Abs(percent) < 0.5:
		return "", 0
	case percent < 0:
		sign = -1
	default:
		sign = 1
	}
	return fmt.Sprintf("%.0f %%", math.Abs(percent)), sign
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
