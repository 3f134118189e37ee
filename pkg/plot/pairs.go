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

// Pairs draws the certified error of many experiments, one a row: without regularizer, with each pair of weights that was run, and
// the change between the means; lines span the seeds. It is the picture of the paper's Tables 1, 2 and 4. No record, or one
// without a result on the split, is an error.
func Pairs(split string, records ...*record.Record) (*Figure, error) {
	all, err := settings(records)
	if err != nil {
		return nil, err
	}
	var rows pairRows
	for _, s := range all {
		certified, err := summary(s, record.CertifiedErrorOn(split))
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(rows, func(r pairRow) bool { return r.name == s.name })
		if i < 0 {
			i = len(rows)
			rows = append(rows, pairRow{name: s.name})
		}
		rows[i].add(split, s, certified)
	}
	slices.SortFunc(rows, func(a, b pairRow) int { return strings.Compare(a.name, b.name) })
	return &Figure{Name: "pairs", Records: records, Caption: rows.caption(split), heads: rows.legend(),
		panels: [][]panel{{rows.panel(split)}}, height: vg.Length(len(rows))*22 + 55}, nil
}

// pairRow is one experiment.
type pairRow struct {
	name    string
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
	if s.lambda == 0 && s.gamma == 0 {
		r.base, r.baseBy = &certified, s.records
		return
	}
	r.others = append(r.others, pairMark{weights(s.lambda, s.gamma), certified})
	if p, err := compareShared(r.baseBy, s.records, record.CertifiedErrorOn(split)); r.base != nil && err == nil {
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
	pairs, better := 0, 0
	for _, row := range r {
		pairs += len(row.changes)
		for _, p := range row.changes {
			if p.Difference.Mean < 0 {
				better++
			}
		}
	}
	if pairs == 0 {
		return fmt.Sprintf("Certified %s error of %d experiments; none was run both with and without a regularizer.", split, len(r))
	}
	return fmt.Sprintf("A regularizer lowers the certified %s error in %d of %d comparisons (right: the change in points).", split, better, pairs)
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
		names = append(names, row.name)
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

// tables are the paper's tables of trainings: which records belong to them, and what to run where there is none.
var tables = []struct {
	name, title, remedy string
	has                 func(recipe string) bool
}{
	{"table-1-mnist", "Table 1, MNIST", "tightrope sweep mlp-2x100/mnist --pair --scale paper", rowOfTable1("mnist", "mnist-0.3")},
	{"table-1-cifar10", "Table 1, CIFAR-10", "tightrope sweep small/cifar10-2 --pair --scale paper", rowOfTable1("cifar10-2", "cifar10-8")},
	{"table-2", "Table 2, the family of small networks", "tightrope sweep mnist-small-family/1 --pair --scale paper", member("mnist-small-family")},
	{"table-4", "Table 4, the family of large networks", "tightrope sweep mnist-large-family/1 --pair --scale paper", member("mnist-large-family")},
}

// rowOfTable1 recognises the recipes of Table 1 by what stands behind the network's name.
func rowOfTable1(data ...string) func(string) bool {
	networks := []string{"mlp-2x100", "small-exact", "small", "large", "xlarge"}
	return func(recipe string) bool {
		network, on, _ := strings.Cut(recipe, "/")
		return slices.Contains(networks, network) && slices.Contains(data, on)
	}
}

func member(family string) func(string) bool {
	return func(recipe string) bool {
		return strings.HasPrefix(recipe, family+"/") || strings.HasPrefix(recipe, family+"-140/")
	}
}

// tablePlans are the pictures of the paper's tables.
func tablePlans(records []*record.Record) []plan {
	var plans []plan
	for _, t := range tables {
		var own []*record.Record
		for _, r := range records {
			if r.Kind == record.Train && t.has(r.Name) {
				own = append(own, r)
			}
		}
		p := plan{name: t.name, draw: func() (*Figure, error) { return Pairs(record.Test, own...) }}
		if len(own) == 0 {
			p.missing = fmt.Sprintf("no record of %s: run `%s` (or --scale quick), then `tightrope figures`", t.title, t.remedy)
		}
		plans = append(plans, p)
	}
	return plans
}
