package plot

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gonum.org/v1/plot"

	"tightrope/pkg/record"
)

// epochCurve is one quantity over the epochs of a training.
type epochCurve struct {
	title, unit string
	value       func(record.EpochMetrics) float64
	// measured reports whether an epoch has the value: where it does not the curve has a gap. Nil: every epoch has it.
	measured func(record.EpochMetrics) bool
	sparse   bool // measured in some epochs only, by design: no gaps between them
}

// trainingCurves are the quantities of [Training].
func trainingCurves(records []*record.Record) []epochCurve {
	certified := epochCurve{title: certifiedTitle(records), unit: "%", value: certifiedOf(records)}
	if validated(records) {
		certified.sparse = true
		certified.measured = func(m record.EpochMetrics) bool { return m.ValidationSamples > 0 }
	}
	return []epochCurve{
		{title: "training loss", value: func(m record.EpochMetrics) float64 { return m.Loss }},
		certified,
		{title: "indicator r (0: tight)", value: func(m record.EpochMetrics) float64 { return m.R },
			measured: record.EpochMetrics.MeasuresTightness},
		{title: "unstable neurons per sample", value: func(m record.EpochMetrics) float64 { return m.Unstable },
			measured: func(m record.EpochMetrics) bool { return m.Unstable > 0 || m.MeasuresTightness() }},
	}
}

// has reports whether a whole epoch has the curve's value.
func (c epochCurve) has(m record.EpochMetrics) bool {
	return !m.Partial && (c.measured == nil || c.measured(m))
}

// draw adds a line for each setting, one for each run of epochs without a gap, and reports whether there is any.
func (c epochCurve) draw(p *plot.Plot, all []setting) (drawn bool) {
	for _, s := range all {
		for _, part := range c.parts(s.Records) {
			part.draw(p, s.look, false)
			drawn = true
		}
	}
	if from, to := epochRange(all); c.measured != nil && !c.sparse && to > from {
		p.X.Min, p.X.Max = from, to // gaps at the ends leave their place empty
	}
	return drawn
}

// parts are the values over epochs, cut at the gaps.
func (c epochCurve) parts(records []*record.Record) (parts []series) {
	values, missing := series{}, map[float64]bool{}
	for _, r := range records {
		for _, m := range r.Epochs {
			switch {
			case c.has(m):
				values.add(float64(m.Epoch), c.value(m))
			case !m.Partial && !c.sparse:
				missing[float64(m.Epoch)] = true
			}
		}
	}
	last := series{}
	for _, epoch := range slices.Sorted(maps.Keys(values)) {
		if gapBefore(epoch, missing, last) {
			parts, last = append(parts, last), series{}
		}
		last[epoch] = values[epoch]
	}
	if len(last) > 0 {
		parts = append(parts, last)
	}
	return parts
}

// gapBefore reports whether an epoch that misses lies between those of a series and the next one.
func gapBefore(epoch float64, missing map[float64]bool, before series) bool {
	if len(before) == 0 {
		return false
	}
	end := slices.Max(slices.Collect(maps.Keys(before)))
	for m := range missing {
		if m > end && m < epoch {
			return true
		}
	}
	return false
}

// gaps are the ranges of whole epochs in which no record has the value.
func (c epochCurve) gaps(records []*record.Record) (gaps [][2]int) {
	has := map[int]bool{}
	for _, r := range records {
		for _, m := range r.Epochs {
			if !m.Partial {
				has[m.Epoch] = has[m.Epoch] || c.has(m)
			}
		}
	}
	for _, epoch := range slices.Sorted(maps.Keys(has)) {
		switch n := len(gaps); {
		case has[epoch]:
		case n > 0 && gaps[n-1][1] == epoch-1:
			gaps[n-1][1] = epoch
		default:
			gaps = append(gaps, [2]int{epoch, epoch})
		}
	}
	return gaps
}

// noteGaps writes "not measured" into gaps that have room for it.
func (c epochCurve) noteGaps(p *plot.Plot, records []*record.Record) {
	if c.sparse || c.measured == nil {
		return
	}
	span := p.X.Max - p.X.Min
	for _, g := range c.gaps(records) {
		if width := float64(g[1] - g[0]); width < 0.25*span || span <= 0 {
			continue
		}
		middle := float64(g[0]+g[1]) / 2
		p.Add(note{x: middle, y: (p.Y.Min + p.Y.Max) / 2, text: "not\nmeasured", style: centered(grey)})
		if float64(g[1]-g[0]) >= span { // nothing is drawn that an axis could measure
			p.Y.Tick.Marker = plot.ConstantTicks{}
		}
	}
}

// epochRange is the first and last epoch of all records.
func epochRange(all []setting) (from, to float64) {
	var epochs []float64
	for _, s := range all {
		for _, r := range s.Records {
			for _, m := range r.Epochs {
				if !m.Partial {
					epochs = append(epochs, float64(m.Epoch))
				}
			}
		}
	}
	from, to, _ = limits(epochs...)
	return from, to
}

// unmeasuredWords says in which epochs r was not measured; empty if it was in all.
func unmeasuredWords(all []setting) string {
	var records []*record.Record
	for _, s := range all {
		records = append(records, s.Records...)
	}
	gaps := epochCurve{measured: record.EpochMetrics.MeasuresTightness}.gaps(records)
	from, to := epochRange(all)
	var parts []string
	for _, g := range gaps {
		switch {
		case float64(g[0]) == from && float64(g[1]) == to:
			return "r is not measured by this loss"
		case g[0] == g[1]:
			parts = append(parts, fmt.Sprint(g[0]))
		default:
			parts = append(parts, fmt.Sprintf("%d to %d", g[0], g[1]))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	word := "epoch "
	if len(parts) > 1 || gaps[0][0] != gaps[0][1] {
		word = "epochs "
	}
	return "r is not measured in " + word + strings.Join(parts, " and ")
}
