package plot

import (
	"fmt"
	"image/color"
	"strconv"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of the house style: a figure is as wide as a page's text and stays readable at half of it.
const (
	pageWidth               = 6.6 * vg.Inch
	panelHeight             = 2.7 * vg.Inch
	textSize      vg.Length = 13
	tickSize      vg.Length = 11.5
	lineWidth     vg.Length = 2
	markerRadius  vg.Length = 3.5
	thinLine      vg.Length = 0.8
	panelGap      vg.Length = 14
	captionLeader           = 1.25 // line height over text size
)

// The colours of Okabe and Ito, told apart by all common forms of colour blindness.
var (
	black      = color.NRGBA{0, 0, 0, 255}
	orange     = color.NRGBA{230, 159, 0, 255}
	skyBlue    = color.NRGBA{86, 180, 233, 255}
	green      = color.NRGBA{0, 158, 115, 255}
	blue       = color.NRGBA{0, 114, 178, 255}
	vermillion = color.NRGBA{213, 94, 0, 255}
	purple     = color.NRGBA{204, 121, 167, 255}
	darkGrey   = color.NRGBA{77, 77, 77, 255}
	grey       = color.NRGBA{128, 128, 128, 255}
	lightGrey  = color.NRGBA{217, 217, 217, 255}
	white      = color.NRGBA{255, 255, 255, 255}
)

// look is how one thing is drawn everywhere: colour, and for greyscale a dash pattern and a marker of its own.
type look struct {
	color  color.NRGBA
	dashes []vg.Length
	glyph  draw.GlyphDrawer
	hollow bool // bars are drawn as outlines
}

var (
	solid   []vg.Length
	dashed  = []vg.Length{7, 4}
	dotted  = []vg.Length{1.5, 3}
	dashDot = []vg.Length{8, 3, 1.5, 3}
	long    = []vg.Length{13, 4}
)

// techniques are the looks of the bounds, by their standard names.
var techniques = map[string]look{
	"exact":       {color: black, glyph: draw.SquareGlyph{}},
	"MILP":        {color: black, glyph: draw.SquareGlyph{}},
	"PGD":         {color: vermillion, dashes: dotted, glyph: cross{}},
	"LP-all":      {color: darkGrey, dashes: long, glyph: draw.PyramidGlyph{}},
	"LP":          {color: grey, dashes: dashDot, glyph: draw.TriangleGlyph{}},
	"triangle":    {color: grey, dashes: dashDot, glyph: draw.TriangleGlyph{}},
	"Fast-Lin":    {color: blue, glyph: draw.CircleGlyph{}},
	"CROWN":       {color: purple, dashes: dashed, glyph: open{4}},
	"alpha-CROWN": {color: purple, dashes: dotted, glyph: draw.PlusGlyph{}},
	"CROWN-IBP":   {color: skyBlue, dashes: dashDot, glyph: draw.PyramidGlyph{}},
	"IBP":         {color: orange, dashes: dotted, glyph: open{}},
}

// techniqueLook is the look of a bound; one without its own is grey.
func techniqueLook(name string) look {
	if l, ok := techniques[name]; ok {
		return l
	}
	return look{color: grey, dashes: dashed, glyph: open{}}
}

// baselineLook is that of runs without a regularizer of tightness, in every figure.
var baselineLook = look{color: darkGrey, dashes: dashed, glyph: open{}, hollow: true}

// regularizedLooks are those of runs with one, the first being the most common.
var regularizedLooks = []look{
	{color: green, glyph: draw.CircleGlyph{}},
	{color: blue, dashes: long, glyph: draw.SquareGlyph{}},
	{color: orange, dashes: dashDot, glyph: draw.PyramidGlyph{}},
	{color: purple, dashes: dotted, glyph: cross{}},
}

func (l look) line() draw.LineStyle {
	return draw.LineStyle{Color: l.color, Width: lineWidth, Dashes: l.dashes}
}

func (l look) marker() draw.GlyphStyle {
	return draw.GlyphStyle{Color: l.color, Radius: markerRadius, Shape: l.glyph}
}

// faded is a colour at a part of its strength, for areas under lines.
func faded(c color.NRGBA, part float64) color.NRGBA {
	c.A = uint8(255 * part)
	return c
}

// ink darkens a colour until text in it reads well on white (contrast about 4.5).
func ink(c color.NRGBA) color.NRGBA {
	for 0.2126*float64(c.R)+0.7152*float64(c.G)+0.0722*float64(c.B) > 115 {
		c.R, c.G, c.B = uint8(float64(c.R)*0.93), uint8(float64(c.G)*0.93), uint8(float64(c.B)*0.93)
	}
	return c
}

func textStyle(size vg.Length, c color.Color) text.Style {
	return text.Style{Color: c, Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		XAlign: text.XLeft, YAlign: text.YBottom, Handler: plot.DefaultTextHandler}
}

func boldStyle(size vg.Length, c color.Color) text.Style {
	s := textStyle(size, c)
	s.Font.Weight = xfont.WeightBold
	return s
}

// newPanel is an empty plot in the house style.
func newPanel(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.TextStyle, p.Title.Padding = textStyle(textSize, black), 5
	p.Title.TextStyle.XAlign, p.Title.TextStyle.YAlign = text.XCenter, text.YTop
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		style := axis.Label.TextStyle
		style.Font = textStyle(textSize, black).Font
		axis.Label.TextStyle = style
		style = axis.Tick.Label
		style.Font = textStyle(tickSize, black).Font
		axis.Tick.Label = style
		axis.LineStyle.Width, axis.Tick.LineStyle.Width, axis.Tick.Length = thinLine, thinLine, 4
		axis.Padding, axis.Tick.Marker = 3, fewTicks{4}
	}
	p.Legend.TextStyle.Font = textStyle(tickSize, black).Font
	p.Legend.ThumbnailWidth, p.Legend.Padding = 28, 2
	return p
}

// signed shows a number with a true minus sign.
func signed(format string, v float64) string {
	text := fmt.Sprintf(format, v)
	if len(text) > 0 && text[0] == '-' {
		return "−" + text[1:]
	}
	return text
}

// thousands shows a count with a comma every three digits.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// unstableNeurons is a count in words that fit it.
func unstableNeurons(n int) string {
	if n == 1 {
		return "1 unstable neuron"
	}
	return fmt.Sprintf("%d unstable neurons", n)
}
