package plot

import (
	"fmt"
	"image/color"
	"strconv"
	"tightrope/pkg/technique"

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
	black      = technique.Black
	orange     = technique.Orange
	skyBlue    = technique.SkyBlue
	green      = technique.Green
	blue       = technique.Blue
	vermillion = technique.Vermillion
	purple     = technique.Purple
	darkGrey   = technique.DarkGrey
	grey       = technique.Grey
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

// patterns and glyphs are those of the table of techniques.
var (
	patterns = map[technique.Dashes][]vg.Length{technique.Solid: solid, technique.Dashed: dashed,
		technique.Dotted: dotted, technique.DashDot: dashDot, technique.Long: long}
	glyphs = map[technique.Marker]draw.GlyphDrawer{technique.OpenCircle: open{}, technique.Circle: draw.CircleGlyph{},
		technique.Square: draw.SquareGlyph{}, technique.OpenSquare: open{4}, technique.Triangle: draw.TriangleGlyph{},
		technique.Pyramid: draw.PyramidGlyph{}, technique.Plus: draw.PlusGlyph{}, technique.Cross: cross{}}
)

// techniqueLook is the look of a technique, by any of its spellings; one that the table does not have is grey.
func techniqueLook(name string) look {
	t, ok := technique.Find(name)
	if !ok {
		return look{color: grey, dashes: dashed, glyph: open{}}
	}
	l := t.Row().Look
	return look{color: l.Color, dashes: patterns[l.Dashes], glyph: glyphs[l.Marker]}
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

// faded is a colour at a fraction of its strength, for areas under lines.
func faded(c color.NRGBA, fraction float64) color.NRGBA {
	c.A = uint8(255 * fraction)
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
