package plot

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Picture is one image with its caption; Values [channels, height, width] in [0, 1].
type Picture struct {
	Title  string
	Shape  []int // [channels, height, width], 1 or 3 channels
	Values []float64
	Edge   bool // a red frame, for an image that fools the network
}

func (p Picture) validate() error {
	if len(p.Shape) != 3 || p.Shape[0] != 1 && p.Shape[0] != 3 || p.Shape[1] < 1 || p.Shape[2] < 1 {
		return fmt.Errorf("picture %q has shape %v: use [1 or 3 channels, height, width]", p.Title, p.Shape)
	}
	if n := p.Shape[0] * p.Shape[1] * p.Shape[2]; n != len(p.Values) {
		return fmt.Errorf("picture %q has %d values, its shape %v needs %d", p.Title, len(p.Values), p.Shape, n)
	}
	return nil
}

// Pictures draws images in rows of columns under one caption; 0 columns means at most 8. No picture is an error.
func Pictures(caption string, columns int, pictures ...Picture) (*Figure, error) {
	if len(pictures) == 0 {
		return nil, fmt.Errorf("no pictures to draw")
	}
	if columns <= 0 {
		columns = min(8, len(pictures))
	}
	panels := make([]panel, len(pictures))
	for i, p := range pictures {
		if err := p.validate(); err != nil {
			return nil, err
		}
		panels[i] = p
	}
	rows := inRows(panels, columns)
	each := (pageWidth - vg.Length(columns-1)*panelGap) / vg.Length(columns)
	return &Figure{Name: "pictures", Caption: caption, panels: rows,
		height: (each+textSize*1.4)*vg.Length(len(rows)) + panelGap*vg.Length(len(rows)-1)}, nil
}

// Draw implements panel: the picture as a square under its title.
func (p Picture) Draw(c draw.Canvas) {
	style := textStyle(tickSize, black)
	style.XAlign = text.XCenter
	side := min(c.Max.X-c.Min.X, c.Max.Y-c.Min.Y-textSize*1.4)
	left := (c.Min.X + c.Max.X - side) / 2
	top := c.Max.Y - textSize*1.4
	box := vg.Rectangle{Min: vg.Point{X: left, Y: top - side}, Max: vg.Point{X: left + side, Y: top}}
	c.FillText(style, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: top + 3}, p.Title)
	c.DrawImage(box, p.bitmap())
	edge := draw.LineStyle{Color: grey, Width: thinLine}
	if p.Edge {
		edge = draw.LineStyle{Color: vermillion, Width: 3}
	}
	c.StrokeLines(edge, []vg.Point{box.Min, {X: box.Max.X, Y: box.Min.Y}, box.Max, {X: box.Min.X, Y: box.Max.Y},
		box.Min})
}

// bitmap enlarges the picture by whole pixels, so that no viewer blurs it.
func (p Picture) bitmap() image.Image {
	height, width := p.Shape[1], p.Shape[2]
	scale := max(1, 224/max(height, width))
	img := image.NewNRGBA(image.Rect(0, 0, width*scale, height*scale))
	at := func(channel, y, x int) uint8 {
		v := p.Values[(min(channel, p.Shape[0]-1)*height+y)*width+x]
		return uint8(max(0, min(1, v))*255 + 0.5)
	}
	for y := range height * scale {
		for x := range width * scale {
			sy, sx := y/scale, x/scale
			img.SetNRGBA(x, y, color.NRGBA{at(0, sy, sx), at(1, sy, sx), at(2, sy, sx), 255})
		}
	}
	return img
}

// Certificate is one sample with everything that is known about it.
type Certificate struct {
	Clean, Attacked Picture
	XStar           Picture   // the relaxed problem's optimum for the class with the smallest bound
	Label           int       // y
	Eps             float64   // pixel units
	ClassNames      []string  // one per class; nil: numbers
	Technique       string    // of the bounds
	Bounds          []float64 // lower bounds p_C of logit[y] - logit[t], by class t; the entry at y is ignored
	Attacks         []float64 // margins that an attack reached, by class t; they are upper bounds
	// Span is a range of margins that the axis must include; frames of an animation share it.
	Span [2]float64
}

func (s Certificate) validate() error {
	for _, p := range []Picture{s.Clean, s.Attacked, s.XStar} {
		if err := p.validate(); err != nil {
			return err
		}
	}
	k := len(s.Bounds)
	if k < 2 || len(s.Attacks) != k || s.ClassNames != nil && len(s.ClassNames) != k {
		return fmt.Errorf("%d bounds, %d attacks and %d class names: give one for each of at least 2 classes", k,
			len(s.Attacks), len(s.ClassNames))
	}
	if s.Label < 0 || s.Label >= k {
		return fmt.Errorf("label %d: use one of the classes 0 to %d", s.Label, k-1)
	}
	return nil
}

// Explain draws one sample: the image, its attack, the relaxed optimum x*, and for every other class the interval that
// holds the true smallest margin, from the certified lower bound to the attack's margin. It returns an error if the
// parts of the sample do not fit each other.
func Explain(s Certificate) (*Figure, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	images := pictureRow{s.Clean, s.Attacked, s.XStar}
	return &Figure{Name: "certificate", Caption: s.caption(), Data: s, panels: [][]panel{{images, s.marginPanel()}},
		columnWidths: []float64{0.3, 0.7}, height: panelHeight * 1.65,
		heads: [][]entry{{{label: "certified lower bound (" + s.Technique + ")",
			look: look{color: blue, glyph: draw.CircleGlyph{}}, mark: true},
			{label: "found by the attack", look: techniqueLook("PGD"), mark: true}}}}, nil
}

// pictureRow stacks pictures in one panel.
type pictureRow []Picture

// Draw implements panel.
func (r pictureRow) Draw(c draw.Canvas) {
	height := (c.Max.Y - c.Min.Y) / vg.Length(len(r))
	for i, p := range r {
		top := c.Max.Y - vg.Length(i)*height
		p.Draw(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{Min: vg.Point{X: c.Min.X, Y: top - height + 4},
			Max: vg.Point{X: c.Max.X, Y: top}}})
	}
}

func (s Certificate) name(class int) string {
	if s.ClassNames != nil {
		return s.ClassNames[class]
	}
	return fmt.Sprint(class)
}

// others are the classes that are not the label.
func (s Certificate) others() []int {
	var out []int
	for t := range s.Bounds {
		if t != s.Label {
			out = append(out, t)
		}
	}
	return out
}

// blocking is the class with the smallest bound.
func (s Certificate) blocking() int {
	return slices.MinFunc(s.others(), func(a, b int) int { return cmp.Compare(s.Bounds[a], s.Bounds[b]) })
}

func (s Certificate) caption() string {
	t := s.blocking()
	attacked := slices.ContainsFunc(s.Attacks, func(m float64) bool { return m < 0 })
	switch {
	case s.Bounds[t] > 0:
		return fmt.Sprintf("Certified: no change of at most ε = %.3g turns this %s into another class.", s.Eps,
			s.name(s.Label))
	case attacked:
		return fmt.Sprintf("Broken: an attack within ε = %.3g changes the class of this %s.", s.Eps, s.name(s.Label))
	}
	return fmt.Sprintf("Undecided: class %s blocks the certificate of this %s at ε = %.3g, but no attack was found.",
		s.name(t), s.name(s.Label), s.Eps)
}

// marginPanel has a line for every other class.
func (s Certificate) marginPanel() *plot.Plot {
	p := newPanel("smallest margin over each class", "margin (below 0: another class wins)", "class")
	p.Add(intervals{s})
	var ticks plot.ConstantTicks
	for row, t := range s.others() {
		ticks = append(ticks, plot.Tick{Value: float64(row), Label: s.name(t)})
	}
	p.Y.Tick.Marker, p.Y.Tick.Length = ticks, 0
	p.Y.Scale = plot.InvertedScale{Normalizer: plot.LinearScale{}}
	p.X.Min, p.X.Max = widened(min(p.X.Min, 0, s.Span[0]), max(p.X.Max, 0, s.Span[1]), 0.05)
	p.Add(stroke(black, 1.2, nil, [2]float64{0, p.Y.Min}, [2]float64{0, p.Y.Max}))
	return p
}

// intervals are the lines from bound to attack.
type intervals struct{ s Certificate }

// DataRange implements plot.DataRanger.
func (v intervals) DataRange() (xmin, xmax, ymin, ymax float64) {
	var all []float64
	for _, t := range v.s.others() {
		all = append(all, v.s.Bounds[t], v.s.Attacks[t])
	}
	xmin, xmax, _ = limits(all...)
	return xmin, xmax, -0.5, float64(len(v.s.Bounds)) - 1.5
}

// Plot implements plot.Plotter.
func (v intervals) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	for row, t := range v.s.others() {
		a, b, y := trX(v.s.Bounds[t]), trX(v.s.Attacks[t]), trY(float64(row))
		c.StrokeLine2(draw.LineStyle{Color: lightGrey, Width: 5}, a, y, b, y)
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: blue, Radius: 4, Shape: draw.CircleGlyph{}}, vg.Point{X: a, Y: y})
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: vermillion, Radius: 4, Shape: cross{}}, vg.Point{X: b, Y: y})
	}
}
