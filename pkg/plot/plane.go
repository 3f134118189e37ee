package plot

import (
	"fmt"
	"image"
	"image/color"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"tightrope/pkg/record"
)

// Plane is a network on the plane, with one point and the result of the relaxation there.
type Plane struct {
	Margin func(x [2]float64) float64 // logit 1 minus logit 0
	Kinks  [][3]float64               // lines w1 x1 + w2 x2 + b = 0 where a neuron switches
	Eps    float64
	Point  record.ToyPoint
}

// planeHalf and planeCells are the part of the plane that is shown and how finely it is shaded.
const (
	planeHalf  = 1.5
	planeCells = 64
)

// Landscape draws a network of the plane: its margin as shades (blue for class 1, orange for class 0), the boundary,
// the lines where neurons switch, and a point with its eps-box, the relaxed optimum x* and the true worst point. No
// margin is an error.
func Landscape(d Plane) (*Figure, error) {
	if d.Margin == nil {
		return nil, fmt.Errorf("no margin to draw: give the network's function")
	}
	p := newPanel("", "x₁", "x₂")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -planeHalf, planeHalf, -planeHalf, planeHalf
	p.Add(plotter.NewImage(d.shades(), -planeHalf, -planeHalf, planeHalf, planeHalf))
	for _, k := range d.Kinks {
		if a, b, ok := cut(k, planeHalf); ok {
			p.Add(stroke(grey, thinLine, dotted, a, b))
		}
	}
	boundary := plotter.NewContour(planeGrid{d.Margin}, []float64{0}, nil)
	boundary.LineStyles = []draw.LineStyle{{Color: black, Width: 2}}
	p.Add(unranged{boundary})
	q := d.Point
	p.Add(unranged{frame(black, 1.2, nil, q.X[0]-d.Eps, q.X[1]-d.Eps, q.X[0]+d.Eps, q.X[1]+d.Eps)},
		unranged{dots(black, 3, q.X)})
	p.Add(mark(draw.GlyphStyle{Color: black, Radius: 5, Shape: open{4}}, q.Worst),
		mark(draw.GlyphStyle{Color: vermillion, Radius: 4, Shape: draw.CircleGlyph{}}, q.XStar))
	return &Figure{Name: "landscape", Caption: d.caption(), panels: [][]panel{{p}}, heads: planeLegend(),
		width: pageWidth * 0.75, height: pageWidth * 0.69}, nil
}

func (d Plane) caption() string {
	q := d.Point
	verdict := "not tight"
	switch {
	case abs(q.D) < 1e-9 && q.Unstable > 0:
		verdict = "tight, though not stable"
	case abs(q.D) < 1e-9:
		verdict = "tight"
	}
	switch {
	case q.Bound > 0:
		verdict += ", certified"
	case q.Exact > 0:
		verdict += ", robust but not certified"
	default:
		verdict += ", not robust"
	}
	return fmt.Sprintf("%s, p_C\u00a0=\u00a0%s, p_O*\u00a0=\u00a0%s, d\u00a0=\u00a0%.2g, r\u00a0=\u00a0%.2g: %s.",
		unstableNeurons(q.Unstable),
		signed("%.3f", q.Bound), signed("%.3f", q.Exact), clean(q.D), clean(q.R), verdict)
}

func planeLegend() [][]entry {
	return [][]entry{{{label: "x", look: look{color: black, glyph: draw.CircleGlyph{}}, mark: true},
		{label: "x* of the relaxation", look: look{color: vermillion, glyph: draw.CircleGlyph{}}, mark: true},
		{label: "true worst point", look: look{color: black, glyph: open{4}}, mark: true}}}
}

// mark draws one marker without widening the axes.
func mark(style draw.GlyphStyle, at [2]float64) unranged {
	return unranged{&plotter.Scatter{XYs: xys([][2]float64{at}), GlyphStyle: style}}
}

// shades is the margin as colours, the stronger the larger.
func (d Plane) shades() image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, planeCells, planeCells))
	values, largest := make([]float64, planeCells*planeCells), 1e-12
	for i := range values {
		values[i] = d.Margin(cellCentre(i%planeCells, i/planeCells))
		largest = max(largest, abs(values[i]))
	}
	for i, v := range values {
		c, fraction := blue, 0.55*abs(v)/largest+0.08
		if v < 0 {
			c = orange
		}
		mix := func(x uint8) uint8 { return uint8(255 - (255-float64(x))*fraction) }
		img.SetNRGBA(i%planeCells, planeCells-1-i/planeCells, color.NRGBA{mix(c.R), mix(c.G), mix(c.B), 255})
	}
	return img
}

func cellCentre(column, row int) [2]float64 {
	at := func(k int) float64 { return -planeHalf + 2*planeHalf*(float64(k)+0.5)/planeCells }
	return [2]float64{at(column), at(row)}
}

// planeGrid are the margins at the cells' centres, for the contour.
type planeGrid struct{ margin func([2]float64) float64 }

// Dims implements plotter.GridXYZ, as the next three do.
func (planeGrid) Dims() (columns, rows int)   { return planeCells, planeCells }
func (g planeGrid) Z(column, row int) float64 { return g.margin(cellCentre(column, row)) }
func (planeGrid) X(column int) float64        { return cellCentre(column, 0)[0] }
func (planeGrid) Y(row int) float64           { return cellCentre(0, row)[1] }

// cut is the part of a line inside the square of the given half side.
func cut(k [3]float64, half float64) (a, b [2]float64, ok bool) {
	var ends [][2]float64
	for _, side := range []float64{-half, half} {
		if k[1] != 0 {
			if y := -(k[0]*side + k[2]) / k[1]; abs(y) <= half {
				ends = append(ends, [2]float64{side, y})
			}
		}
		if k[0] != 0 {
			if x := -(k[1]*side + k[2]) / k[0]; abs(x) <= half {
				ends = append(ends, [2]float64{x, side})
			}
		}
	}
	if len(ends) < 2 {
		return a, b, false
	}
	return ends[0], ends[1], true
}
