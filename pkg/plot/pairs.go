package plot

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tightrope/pkg/record"
)

// Pairs draws the certified error of many experiments, one per row: without regularizer, with each pair of weights that
// was run, and the change between the means; lines span the seeds. It is the picture of the paper's Tables 1, 2 and 4.
// No record, or one without a result on the split, is an error.
func Pairs(split string, records ...*record.Record) (*Figure, error) {
	all, err := settings(records)
	if err != nil {
		return nil, err
	}
	var rows pairRows
	for _, s := range all {
		certified, err := s.Summary(record.CertifiedErrorOn(split))
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(rows, func(r pairRow) bool { return r.name == s.Experiment })
		if i < 0 {
			i = len(rows)
			rows = append(rows, pairRow{name: s.Experiment, title: s.Title()})
		}
		rows[i].add(split, s, certified)
	}
	slices.SortFunc(rows, func(a, b pairRow) int { return strings.Compare(a.name, b.name) })
	return &Figure{Name: "pairs", Records: records, Caption: rows.caption(split), heads: rows.legend(),
		panels: [][]panel{{rows.panel(split)}}, height: vg.Length(len(rows))*22 + 55}, nil
}

// pairRow is one experiment.
type pairRow struct {
	name    string // of the experiment
	title   string // for the reader
	base    *record.Summary
	baseBy  []*record.Record
	others  []pairMark
	changes []record.Paired
}

type pairMark struct {
	weights string
	record.Summary
}

func (r *pairRow) add(split string, s setting, certified record.Summary) {
	if s.Baseline() {
		r.base, r.baseBy = &certified, s.Records
		return
	}
	r.others = append(r.others, pairMark{s.Weights(), certified})
	if p, err := compareShared(r.baseBy, s.Records, record.CertifiedErrorOn(split)); r.base != nil && err == nil {
		r.changes = append(r.changes, p)
	}
}

// change is what the regularizers do, in points: the mean over seeds, or the range where several weights were run.
func (r pairRow) change() string {
	var all []float64
	for _, p := range r.changes {
		all = append(all, p.Difference.Mean)
	}
	low, high, ok := limits(all...)
	switch {
	case !ok:
		return ""
	case len(all) == 1:
		return signed("%+.2f", low)
	}
	return signed("%+.1f", low) + " to " + signed("%+.1f", high)
}

type pairRows []pairRow

func (r pairRows) caption(split string) string {
	pairs, several, better := 0, 0, 0
	for _, row := range r {
		pairs += len(row.changes)
		for _, p := range row.changes {
			if p.Difference.N > 1 {
				several++
			}
			if p.Difference.Mean < 0 && p.Significant() {
				better++
			}
		}
	}
	if pairs == 0 {
		return fmt.Sprintf("Certified %s error of %d experiments; none was run both with and without a regularizer.",
			split, len(r))
	}
	if several == 0 {
		return fmt.Sprintf("Certified %s error with and without a regularizer: one seed each, so no difference is "+
			"certain (right: the change in points).", split)
	}
	if several == 1 {
		verb := "does not lower"
		if better == 1 {
			verb = "lowers"
		}
		return fmt.Sprintf("A regularizer %s the certified %s error significantly in the one comparison over several "+
			"seeds (right: the change in points).", verb, split)
	}
	return fmt.Sprintf("A regularizer lowers the certified %s error significantly in %d of the %d comparisons over "+
		"several seeds (right: the change in points).", split, better, several)
}

// legend names the baseline, and the weights with the look of their first row.
func (r pairRows) legend() [][]entry {
	line := []entry{{label: "without regularizer", look: baselineLook, mark: true}}
	seen := map[string]bool{}
	for _, row := range r {
		for _, m := range row.others {
			if !seen[m.weights] {
				seen[m.weights] = true
				line = append(line, entry{label: m.weights, look: lookOfWeights(m.weights, r), mark: true})
			}
		}
	}
	var rows [][]entry
	for chunk := range slices.Chunk(line, 4) {
		rows = append(rows, chunk)
	}
	return rows
}

// lookOfWeights gives equal weights the same look in every row.
func lookOfWeights(weights string, rows pairRows) look {
	var seen []string
	for _, row := range rows {
		for _, m := range row.others {
			if !slices.Contains(seen, m.weights) {
				seen = append(seen, m.weights)
			}
		}
	}
	return regularizedLooks[slices.Index(seen, weights)%len(regularizedLooks)]
}

func (r pairRows) panel(split string) *plot.Plot {
	p := newPanel("", record.InPercent(record.CertifiedName)+", "+split, "")
	p.Add(r)
	var names []string
	for _, row := range r {
		names = append(names, row.title)
	}
	p.Y.Tick.Marker, p.Y.Tick.Length = nameTicks(names), 0
	p.Y.Scale = plot.InvertedScale{Normalizer: plot.LinearScale{}}
	p.X.Min, p.X.Max = widened(p.X.Min, p.X.Max, 0.05)
	return p
}

// leastSpan is the least range of the axis in points, so that a difference of no importance does not look like one.
const leastSpan = 2

// DataRange implements plot.DataRanger.
func (r pairRows) DataRange() (xmin, xmax, ymin, ymax float64) {
	var all []float64
	for _, row := range r {
		if row.base != nil {
			all = append(all, row.base.Min, row.base.Max)
		}
		for _, m := range row.others {
			all = append(all, m.Min, m.Max)
		}
	}
	xmin, xmax, _ = limits(all...)
	spare := max(0, leastSpan-(xmax-xmin)) / 2
	return xmin - spare, xmax + spare, -0.6, float64(len(r)) - 0.4
}

// GlyphBoxes implements plot.GlyphBoxer: it makes room for the changes at the right.
func (r pairRows) GlyphBoxes(*plot.Plot) []plot.GlyphBox {
	return []plot.GlyphBox{{X: 1, Y: 0.5, Rectangle: vg.Rectangle{Max: vg.Point{X: 72}}}}
}

// Plot implements plot.Plotter.
func (r pairRows) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	for i, row := range r {
		y := trY(float64(i))
		c.StrokeLine2(draw.LineStyle{Color: lightGrey, Width: thinLine}, c.Min.X, y, c.Max.X, y)
		if row.base != nil {
			drawMark(c, baselineLook, *row.base, trX, y)
		}
		for _, m := range row.others {
			drawMark(c, lookOfWeights(m.weights, r), m.Summary, trX, y)
		}
		style := textStyle(tickSize*0.9, black)
		style.YAlign = text.YCenter
		c.FillText(style, vg.Point{X: c.Max.X + 8, Y: y}, row.change())
	}
}

// drawMark is a mean with the range over its seeds.
func drawMark(c draw.Canvas, l look, s record.Summary, trX func(float64) vg.Length, y vg.Length) {
	if s.N > 1 {
		c.StrokeLine2(draw.LineStyle{Color: l.color, Width: 1.4}, trX(s.Min), y, trX(s.Max), y)
	}
	c.DrawGlyphNoClip(l.marker(), vg.Point{X: trX(s.Mean), Y: y})
}
