package plot

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// line draws straight segments in a look, with markers where asked for.
func line(points plotter.XYs, l look, markers bool) plot.Plotter {
	out := &plotter.Line{XYs: points, LineStyle: l.line()}
	if !markers {
		return out
	}
	return together{out, &plotter.Scatter{XYs: points, GlyphStyle: l.marker()}}
}

// unranged draws without widening the axes.
type unranged struct{ what plot.Plotter }

// Plot implements plot.Plotter.
func (u unranged) Plot(c draw.Canvas, p *plot.Plot) { u.what.Plot(c, p) }

// open is a marker filled with white: a circle, or a polygon of the given number of corners.
type open struct{ corners int }

// DrawGlyph implements draw.GlyphDrawer.
func (o open) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	n, radius := o.corners, float64(sty.Radius)
	if n == 0 {
		n = 16
	} else {
		radius *= 1.3
	}
	var outline []vg.Point
	for i := range n + 1 {
		angle := 2 * math.Pi * (float64(i) + 0.5) / float64(n)
		outline = append(outline, vg.Point{X: at.X + vg.Length(radius*math.Cos(angle)),
			Y: at.Y + vg.Length(radius*math.Sin(angle))})
	}
	c.FillPolygon(white, outline)
	c.StrokeLines(draw.LineStyle{Color: sty.Color, Width: 1.5}, outline)
}

// cross is a marker of two thick strokes.
type cross struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (cross) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	r, style := sty.Radius, draw.LineStyle{Color: sty.Color, Width: 2}
	c.StrokeLine2(style, at.X-r, at.Y-r, at.X+r, at.Y+r)
	c.StrokeLine2(style, at.X-r, at.Y+r, at.X+r, at.Y-r)
}

// together draws several plotters as one.
type together []plot.Plotter

// Plot implements plot.Plotter.
func (t together) Plot(c draw.Canvas, p *plot.Plot) {
	for _, one := range t {
		one.Plot(c, p)
	}
}

// DataRange implements plot.DataRanger.
func (t together) DataRange() (xmin, xmax, ymin, ymax float64) {
	for i, one := range t {
		a, b, c, d := one.(plot.DataRanger).DataRange()
		if i == 0 {
			xmin, xmax, ymin, ymax = a, b, c, d
		}
		xmin, xmax, ymin, ymax = min(xmin, a), max(xmax, b), min(ymin, c), max(ymax, d)
	}
	return
}

// stroke is a line of the given style.
func stroke(c color.Color, width vg.Length, dashes []vg.Length, points ...[2]float64) plot.Plotter {
	return &plotter.Line{XYs: xys(points), LineStyle: draw.LineStyle{Color: c, Width: width, Dashes: dashes}}
}

// dots are filled circles.
func dots(c color.Color, radius vg.Length, points ...[2]float64) plot.Plotter {
	return &plotter.Scatter{XYs: xys(points), GlyphStyle: draw.GlyphStyle{Color: c, Radius: radius,
		Shape: draw.CircleGlyph{}}}
}

// area is a filled polygon without an outline.
func area(c color.Color, points ...[2]float64) plot.Plotter {
	return &plotter.Polygon{XYs: []plotter.XYs{xys(points)}, Color: c}
}

// rectangle is a filled one.
func rectangle(c color.Color, x0, y0, x1, y1 float64) plot.Plotter {
	return area(c, [2]float64{x0, y0}, [2]float64{x1, y0}, [2]float64{x1, y1}, [2]float64{x0, y1})
}

// frame is the outline of a rectangle.
func frame(c color.Color, width vg.Length, dashes []vg.Length, x0, y0, x1, y1 float64) plot.Plotter {
	return stroke(c, width, dashes, [2]float64{x0, y0}, [2]float64{x1, y0}, [2]float64{x1, y1}, [2]float64{x0, y1},
		[2]float64{x0, y0})
}

// arrow is a line with a head at its end, whatever the scales of the axes.
type arrow struct {
	from, to [2]float64
	color    color.Color
}

// Plot implements plot.Plotter.
func (a arrow) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	from := vg.Point{X: trX(a.from[0]), Y: trY(a.from[1])}
	to := vg.Point{X: trX(a.to[0]), Y: trY(a.to[1])}
	along := to.Sub(from)
	length := vg.Length(hypot(float64(along.X), float64(along.Y)))
	if length < 1 {
		return
	}
	unit := along.Scale(1 / length)
	across := vg.Point{X: -unit.Y, Y: unit.X}
	base := to.Sub(unit.Scale(7))
	c.StrokeLine2(draw.LineStyle{Color: a.color, Width: 1.5}, from.X, from.Y, base.X, base.Y)
	c.FillPolygon(a.color, []vg.Point{to, base.Add(across.Scale(3.5)), base.Sub(across.Scale(3.5))})
}

func xys(points [][2]float64) plotter.XYs {
	out := make(plotter.XYs, len(points))
	for i, p := range points {
		out[i] = plotter.XY{X: p[0], Y: p[1]}
	}
	return out
}
