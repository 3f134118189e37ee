package plot

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tightrope/pkg/record"
)

// exactLook is that of the exact robust error.
var exactLook = look{color: blue, glyph: draw.BoxGlyph{}}

// Room draws where the certified error of trained networks comes from: one row for each setting, with the means over
// the seeds whose networks were verified of the standard error, the exact robust error and the certified error, and the
// room for tightness as a bar between the last two. Records of trainings and of verifications are taken; it is an error
// if no training's network was verified.
func Room(records ...*record.Record) (*Figure, error) {
	rows, used, err := roomRowsOf(records)
	if err != nil {
		return nil, err
	}
	p := newPanel("", "error on test images, %", "")
	p.Add(rows)
	var names []string
	for _, row := range rows {
		names = append(names, row.name)
	}
	p.Y.Tick.Marker, p.Y.Tick.Length = nameTicks(names), 0
	p.Y.Scale = plot.InvertedScale{Normalizer: plot.LinearScale{}}
	p.X.Min = 0
	legend := []entry{{label: record.StandardName, look: standardLook, mark: true},
		{label: "exact robust error", look: exactLook, mark: true},
		{label: record.CertifiedName, look: certifiedLook, mark: true}}
	return &Figure{Name: "room", Records: used, Caption: rows.caption(), heads: [][]entry{legend},
		panels: [][]panel{{p}}, height: vg.Length(len(rows))*34 + 60}, nil
}

// roomRow is a setting with its mean errors.
type roomRow struct {
	name                             string
	standard, exact, certified, room record.Summary
}

type roomRows []roomRow

// roomRowsOf are the settings with verified networks, and the records that they take.
func roomRowsOf(records []*record.Record) (rows roomRows, used []*record.Record, err error) {
	for _, s := range record.VerifiedSettings(records) {
		row := roomRow{name: fmt.Sprintf("%s, %s", s.Experiment, s.Weights())}
		for _, m := range []struct {
			to     *record.Summary
			metric record.Metric
		}{{&row.standard, record.StandardErrorOn(record.Test)}, {&row.exact, record.ExactErrorOf(records)},
			{&row.certified, record.CertifiedErrorOn(record.Test)}, {&row.room, record.RoomOf(records)}} {
			if *m.to, err = s.Summary(m.metric); err != nil {
				return nil, nil, err
			}
		}
		rows, used = append(rows, row), append(used, s.Records...)
	}
	if len(rows) == 0 {
		return nil, nil, errors.New("no training's network was verified: run `tightrope verify` on the models of a " +
			"recipe at its own scale, and keep the records")
	}
	trainings := slices.Clone(used)
	for _, v := range records {
		if usedBy(v, trainings) {
			used = append(used, v)
		}
	}
	return rows, used, nil
}

// usedBy reports whether a verification is of one of the trainings.
func usedBy(v *record.Record, trainings []*record.Record) bool {
	exact := record.ExactErrorOf([]*record.Record{v})
	return slices.ContainsFunc(trainings, func(r *record.Record) bool {
		_, err := exact(r)
		return err == nil
	})
}

// caption tells the least and the most room, as a fraction of the certified error.
func (r roomRows) caption() string {
	least, most := math.Inf(1), math.Inf(-1)
	for _, row := range r {
		share := 100 * row.room.Mean / row.certified.Mean
		least, most = min(least, share), max(most, share)
	}
	of := fmt.Sprintf("%.0f %%", least)
	if len(r) > 1 {
		of = fmt.Sprintf("%.0f to %.0f %%", least, most)
	}
	return "The room for tightness (grey bars, in points; lines span the seeds) is " + of + " of the certified " +
		"error: no tighter bound of the same network could remove more."
}

// DataRange implements plot.DataRanger.
func (r roomRows) DataRange() (xmin, xmax, ymin, ymax float64) {
	for _, row := range r {
		xmax = max(xmax, row.certified.Max)
	}
	return 0, xmax * 1.02, -0.6, float64(len(r)) - 0.4
}

// GlyphBoxes implements plot.GlyphBoxer: it makes room for the numbers at the right.
func (r roomRows) GlyphBoxes(*plot.Plot) []plot.GlyphBox {
	return []plot.GlyphBox{{X: 1, Y: 0.5, Rectangle: vg.Rectangle{Max: vg.Point{X: 40}}}}
}

// Plot implements plot.Plotter.
func (r roomRows) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	for i, row := range r {
		y := trY(float64(i))
		c.StrokeLine2(draw.LineStyle{Color: lightGrey, Width: thinLine}, c.Min.X, y, c.Max.X, y)
		c.StrokeLine2(draw.LineStyle{Color: lightGrey, Width: 11}, trX(row.exact.Mean), y, trX(row.certified.Mean), y)
		drawMark(c, standardLook, row.standard, trX, y)
		drawMark(c, exactLook, row.exact, trX, y)
		drawMark(c, certifiedLook, row.certified, trX, y)
		style := textStyle(tickSize*0.9, black)
		style.YAlign = text.YCenter
		c.FillText(style, vg.Point{X: c.Max.X + 8, Y: y}, fmt.Sprintf("%.2f", row.room.Mean))
	}
}
