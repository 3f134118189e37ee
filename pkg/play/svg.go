package play

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// sheet is an SVG picture in the making. Colours are classes of the page's style sheet, so that a picture follows the
// page into the dark.
type sheet struct {
	strings.Builder
	width, height float64
}

// point is a place of the picture, in pixels, or of an axis.
type point = [2]float64

func newSheet(width, height float64) *sheet { return &sheet{width: width, height: height} }

// done is the whole picture, which a text describes.
func (s *sheet) done(about string) string {
	return fmt.Sprintf(`<svg role="img" viewBox="0 0 %s %s" aria-label="%s">%s</svg>`,
		short(s.width), short(s.height), html.EscapeString(about), s.String())
}

// short is a pixel position with a tenth of a pixel.
func short(x float64) string {
	if math.IsNaN(x) || math.Abs(x) > 1e5 {
		x = math.Copysign(1e5, x)
	}
	return strconv.FormatFloat(math.Round(10*x)/10+0, 'f', -1, 64)
}

func (s *sheet) line(class string, a, b point) { s.path(class, false, a, b) }

// path draws straight lines through points.
func (s *sheet) path(class string, closed bool, points ...point) {
	if len(points) == 0 {
		return
	}
	fmt.Fprintf(s, `<path class="%s" d="`, class)
	for i, p := range points {
		command := "L"
		if i == 0 {
			command = "M"
		}
		s.WriteString(command + short(p[0]) + " " + short(p[1]))
	}
	if closed {
		s.WriteString("Z")
	}
	s.WriteString(`"/>`)
}

func (s *sheet) circle(class string, at point, radius float64) {
	fmt.Fprintf(s, `<circle class="%s" cx="%s" cy="%s" r="%s"/>`, class, short(at[0]), short(at[1]), short(radius))
}

func (s *sheet) rect(class string, x, y, width, height float64) {
	fmt.Fprintf(s, `<rect class="%s" x="%s" y="%s" width="%s" height="%s"/>`, class, short(x), short(y),
		short(max(width, 0)), short(max(height, 0)))
}

// cross is an x-shaped mark.
func (s *sheet) cross(class string, at point, r float64) {
	s.line(class, point{at[0] - r, at[1] - r}, point{at[0] + r, at[1] + r})
	s.line(class, point{at[0] - r, at[1] + r}, point{at[0] + r, at[1] - r})
}

// square is a square mark.
func (s *sheet) square(class string, at point, r float64) { s.rect(class, at[0]-r, at[1]-r, 2*r, 2*r) }

// letter is the mean width of a letter in the pictures' texts, of wide system fonts.
const letter = 6.4

// lineHeight is that of a block's lines.
const lineHeight = 16

// wrapped breaks a text at blanks into lines of at most this width, where words allow it.
func wrapped(text string, width float64) (lines []string) {
	for _, word := range strings.Fields(text) {
		if last := len(lines) - 1; last >= 0 && float64(len([]rune(lines[last]))+1+len([]rune(word)))*letter <= width {
			lines[last] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}

// block writes a text in as many lines as the width needs, downwards, makes the picture higher by all but the first,
// and returns by how much.
func (s *sheet) block(class, anchor string, at point, width float64, text string) (more float64) {
	lines := wrapped(text, width)
	for i, line := range lines {
		s.text(class, anchor, point{at[0], at[1] + lineHeight*float64(i)}, line)
	}
	more = lineHeight * float64(len(lines)-1)
	s.height += more
	return more
}

// text writes a line; anchor is start, middle or end.
func (s *sheet) text(class, anchor string, at point, text string) {
	fmt.Fprintf(s, `<text class="%s" text-anchor="%s" x="%s" y="%s">%s</text>`, class, anchor, short(at[0]),
		short(at[1]), html.EscapeString(text))
}

// axes map numbers to a rectangle of the sheet.
type axes struct {
	*sheet
	left, top, width, height float64 // the rectangle, in pixels
	x0, x1, y0, y1           float64 // the numbers at its sides
}

func (a *axes) px(x float64) float64 { return a.left + (x-a.x0)/(a.x1-a.x0)*a.width }
func (a *axes) py(y float64) float64 { return a.top + (a.y1-y)/(a.y1-a.y0)*a.height }

// at is the pixel of a pair of numbers.
func (a *axes) at(p point) point { return point{a.px(p[0]), a.py(p[1])} }

// curve draws straight lines through pairs of numbers; an area is a closed one.
func (a *axes) curve(class string, points ...point) { a.path(class, false, a.all(points)...) }
func (a *axes) area(class string, points ...point)  { a.path(class, true, a.all(points)...) }

func (a *axes) all(points []point) []point {
	out := make([]point, len(points))
	for i, p := range points {
		out[i] = a.at(p)
	}
	return out
}

// handle is a place that can be dragged along x, along y, or both; "" is no control.
func (a *axes) handle(id, label string, at point, x, y string) Handle {
	p := a.at(at)
	h := Handle{ID: id, Label: label, X: 100 * p[0] / a.sheet.width, Y: 100 * p[1] / a.sheet.height}
	if x != "" {
		slope := (a.x1 - a.x0) / a.width
		h.Moves = append(h.Moves, Move{Control: x, Zero: a.x0 - slope*a.left, Slope: slope})
	}
	if y != "" {
		slope := -(a.y1 - a.y0) / a.height
		h.Moves = append(h.Moves, Move{Control: y, Vertical: true, Zero: a.y1 - slope*a.top, Slope: slope})
	}
	return h
}

// ticks draws grid lines and numbers at round places of both axes.
func (a *axes) ticks(nx, ny int) {
	for _, x := range round(a.x0, a.x1, nx) {
		a.line("grid", point{a.px(x), a.top}, point{a.px(x), a.top + a.height})
		a.text("tick", "middle", point{a.px(x), a.top + a.height + 16}, plain(x))
	}
	for _, y := range round(a.y0, a.y1, ny) {
		a.line("grid", point{a.left, a.py(y)}, point{a.left + a.width, a.py(y)})
		a.text("tick", "end", point{a.left - 6, a.py(y) + 4}, plain(y))
	}
}

// names writes what the axes mean.
func (a *axes) names(x, y string) {
	a.text("name", "end", point{a.left + a.width, a.top + a.height + 34}, x)
	a.text("name", "start", point{a.left, a.top - 8}, y)
}

// round are about n round numbers from low to high.
func round(low, high float64, n int) (all []float64) {
	if n < 1 || !(high > low) {
		return nil
	}
	raw := (high - low) / float64(n)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * power
	for _, m := range []float64{1, 2, 5} {
		if m*power >= raw {
			step = m * power
			break
		}
	}
	for k := math.Ceil(low/step - 1e-9); k*step <= high+1e-9*step; k++ {
		all = append(all, k*step)
	}
	return all
}

// plain is a number of an axis, with a true minus sign.
func plain(x float64) string {
	return minus(strconv.FormatFloat(math.Round(x*1e6)/1e6+0, 'f', -1, 64))
}

func minus(text string) string { return strings.Replace(text, "-", "−", 1) }

// signed writes a number with a number of decimals, and rounding errors as 0.
func signed(x float64, decimals int) string {
	if math.IsInf(x, -1) {
		return "−∞"
	}
	text := strconv.FormatFloat(x, 'f', decimals, 64)
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-")
	}
	return minus(text)
}
