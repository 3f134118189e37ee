package plot

import (
	"errors"
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tightrope/pkg/record"
)

// The looks of published results beside ours.
var (
	lpAllLook    = look{color: darkGrey, glyph: open{4}}
	fastLinLook  = look{color: darkGrey, glyph: cross{}}
	milpLook     = look{color: lightGrey}
	ourExactLook = look{color: black}
)

// Published draws, for each network of the table of Salman et al. 2019 that a record verifies, the published interval
// of the exact robust error, the certified errors by linear programs and by Fast-Lin, and the interval that the record
// proves. It is an error if no record is of one.
func Published(records ...*record.Record) (*Figure, error) {
	rows := publishedRows{}
	var used []*record.Record
	var names []string
	for _, p := range record.Salman2019 {
		v := p.Verification(records)
		if v == nil {
			continue
		}
		row := publishedRow{Published: p, images: v.Results[record.Test].Samples}
		row.low, row.high, _ = v.RobustInterval()
		rows, used, names = append(rows, row), append(used, v), append(names, row.name())
	}
	if len(rows) == 0 {
		return nil, errors.New("no verification of the published networks: run `tightrope verify` on them, and keep " +
			"the records")
	}
	p := newPanel("", "error on test images, %", "")
	p.Add(rows)
	p.Y.Tick.Marker, p.Y.Tick.Length = nameTicks(names), 0
	p.Y.Scale = plot.InvertedScale{Normalizer: plot.LinearScale{}}
	p.X.Min, p.X.Max = 0, 100
	legend := []entry{{label: "exact, ours", look: ourExactLook, area: true},
		{label: "exact, published", look: milpLook, area: true},
		{label: "LP, every neuron", look: lpAllLook, mark: true},
		{label: "Fast-Lin", look: fastLinLook, mark: true}}
	return &Figure{Name: "published", Records: used, Caption: rows.caption(), heads: [][]entry{legend},
		panels: [][]panel{{p}}, height: vg.Length(len(rows))*24 + 50}, nil
}

// publishedRow is a network with what is published and what is proved.
type publishedRow struct {
	record.Published
	images    int     // that were verified
	low, high float64 // of the exact robust error, percent
}

type publishedRows []publishedRow

// caption tells how many rows are decided, and how wide the widest interval is, ours and published, of those of which
// every image was tried.
func (r publishedRows) caption() string {
	whole, closed, ours, theirs := 0, 0, 0.0, 0.0
	for _, row := range r {
		if row.images < record.Whole {
			continue
		}
		whole++
		if row.low == row.high {
			closed++
		}
		ours, theirs = max(ours, row.high-row.low), max(theirs, row.MILP[1]-row.MILP[0])
	}
	if whole == 0 {
		return "Exact robust error of published networks by checked proofs, on a part of the test images only."
	}
	return fmt.Sprintf("Checked proofs give the exact robust error of %d of the %d networks that were verified on "+
		"all %s images, and leave at most %.2f points open (published: up to %.2f). Right: the proved error.", closed,
		whole, thousands(record.Whole), ours, theirs)
}

// DataRange implements plot.DataRanger.
func (r publishedRows) DataRange() (xmin, xmax, ymin, ymax float64) {
	return 0, 100, -0.6, float64(len(r)) - 0.4
}

// GlyphBoxes implements plot.GlyphBoxer: it makes room for the numbers at the right.
func (r publishedRows) GlyphBoxes(*plot.Plot) []plot.GlyphBox {
	return []plot.GlyphBox{{X: 1, Y: 0.5, Rectangle: vg.Rectangle{Max: vg.Point{X: 92}}}}
}

// Plot implements plot.Plotter.
func (r publishedRows) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	bar := func(l look, width vg.Length, y vg.Length, low, high float64) {
		from, to := trX(low)-1, trX(high)+1
		c.StrokeLine2(draw.LineStyle{Color: l.color, Width: width}, from, y, to, y)
	}
	for i, row := range r {
		y := trY(float64(i))
		c.StrokeLine2(draw.LineStyle{Color: lightGrey, Width: thinLine}, c.Min.X, y, c.Max.X, y)
		bar(milpLook, 16, y, row.MILP[0], row.MILP[1])
		c.DrawGlyphNoClip(fastLinLook.marker(), vg.Point{X: trX(row.FastLin), Y: y})
		c.DrawGlyphNoClip(lpAllLook.marker(), vg.Point{X: trX(row.LPAll), Y: y})
		bar(ourExactLook, 10, y, row.low, row.high)
		style := textStyle(tickSize*0.9, black)
		style.YAlign = text.YCenter
		c.FillText(style, vg.Point{X: c.Max.X + 8, Y: y}, row.proved())
	}
}

// name is the network's, with its radius where the name does not end with it.
func (r publishedRow) name() string {
	name := r.Name
	if eps := fmt.Sprintf("%g", r.Eps); !strings.HasSuffix(name, "_"+eps) {
		name += ", ε = " + eps
	}
	if r.images < record.Whole {
		name += fmt.Sprintf(" (only %d images)", r.images)
	}
	return name
}

// proved is the interval in words.
func (r publishedRow) proved() string {
	if r.low == r.high {
		return record.Percent(r.low)
	}
	return record.Percent(r.low) + " to " + record.Percent(r.high)
}
