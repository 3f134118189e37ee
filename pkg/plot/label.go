package plot

import (
	"image/color"
	"sort"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// endLabel names a line at its right end.
type endLabel struct {
	x, y  float64
	text  string
	color color.NRGBA
}

// endLabels draws direct labels right of the data, moved apart where they would overlap.
type endLabels []endLabel

// Plot implements plot.Plotter.
func (ls endLabels) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	sorted := append(endLabels(nil), ls...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].y < sorted[j].y })
	ys := make([]vg.Length, len(sorted))
	for i, l := range sorted {
		ys[i] = trY(l.y)
	}
	spread(ys, tickSize*1.15, c.Min.Y+tickSize/2, c.Max.Y-tickSize/2)
	for i, l := range sorted {
		style := textStyle(tickSize, ink(l.color))
		style.YAlign = text.YCenter
		c.FillText(style, vg.Point{X: trX(l.x) + 8, Y: ys[i]}, l.text)
	}
}

// spread moves ascending positions apart to at least gap, and keeps them between low and high where there is room.
func spread(ys []vg.Length, gap, low, high vg.Length) {
	for i := range ys {
		ys[i] = max(ys[i], low)
		if i > 0 {
			ys[i] = max(ys[i], ys[i-1]+gap)
		}
	}
	for i := len(ys) - 1; i >= 0; i-- {
		limit := high
		if i < len(ys)-1 {
			limit = ys[i+1] - gap
		}
		ys[i] = min(ys[i], limit)
	}
}

// GlyphBoxes implements plot.GlyphBoxer: it makes room for the text.
func (ls endLabels) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	var boxes []plot.GlyphBox
	for _, l := range ls {
		boxes = append(boxes, plot.GlyphBox{X: p.X.Norm(l.x), Y: 0.5,
			Rectangle: vg.Rectangle{Max: vg.Point{X: 10 + textStyle(tickSize, black).Width(l.text)}}})
	}
	return boxes
}

// note is a text at a place of the data, with its anchor.
type note struct {
	x, y   float64
	text   string
	style  text.Style
	offset vg.Point
}

// Plot implements plot.Plotter.
func (n note) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	c.FillText(n.style, vg.Point{X: trX(n.x) + n.offset.X, Y: trY(n.y) + n.offset.Y}, n.text)
}

// centered is small text centred on its point.
func centered(c color.Color) text.Style {
	s := textStyle(tickSize, c)
	s.XAlign, s.YAlign = text.XCenter, text.YCenter
	return s
}

// noGlyph draws nothing, for legend lines without a marker.
type noGlyph struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (noGlyph) DrawGlyph(*draw.Canvas, draw.GlyphStyle, vg.Point) {}
