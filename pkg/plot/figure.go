package plot

import (
	"bytes"
	"fmt"
	"html"
	"image"
	"image/png"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"tightrope/pkg/record"
)

// Figure is a drawing that is ready for any size and format.
type Figure struct {
	Name    string           // file name without extension, e.g. "figure-1"
	Caption string           // the one claim of the figure, drawn above it
	Records []*record.Record // what it was drawn from; none for pure geometry
	Data    any              // parameters of a figure that has no record

	panels       [][]panel // rows of panels
	columnWidths []float64 // relative ones; nil: equal
	heads        [][]entry // legend entries under the caption, one line each
	width        vg.Length // 0: pageWidth
	height       vg.Length // of the panels, without caption and legend
}

// panel is one part of a figure; [plot.Plot] is one.
type panel interface{ Draw(draw.Canvas) }

// entry explains one look in the legend line.
type entry struct {
	label string
	look  look
	area  bool // a filled or hollow box, for bars, instead of a line
	mark  bool // a marker without a line
}

// SVG draws the figure as a scalable image with its caption as alternative text.
func SVG(f *Figure) []byte {
	w, h := f.size()
	c := vgsvg.New(w, h)
	f.draw(draw.New(c))
	var out bytes.Buffer
	c.WriteTo(&out) // a bytes.Buffer does not fail
	return accessible(out.Bytes(), f.Caption)
}

// accessible lets an SVG shrink with the page, names fonts that are there on other systems, and adds the caption as its
// title.
func accessible(svg []byte, caption string) []byte {
	s := string(svg)
	if _, after, found := strings.Cut(s, "<svg "); found {
		s = `<svg role="img" style="max-width:100%;height:auto" ` + after
	}
	head, body, _ := strings.Cut(s, ">\n")
	s = head + ">\n<title>" + html.EscapeString(caption) + "</title>\n" + body
	s = strings.ReplaceAll(s, "font-family:Liberation Sans;", "font-family:'Liberation "+
		"Sans',Arimo,Arial,Helvetica,sans-serif;")
	s = strings.ReplaceAll(s, "font-variant:normal;", "")
	s = strings.ReplaceAll(s, "font-style:normal;", "")
	s = strings.ReplaceAll(s, "data:image/jpg;", "data:image/png;")
	s = strings.ReplaceAll(s, "<image ", `<image preserveAspectRatio="none" `)
	return []byte(s)
}

// PNG draws the figure as a bitmap, width pixels wide; 0 means 1200. A width outside 50 to 10,000 is an error.
func PNG(f *Figure, width int) ([]byte, error) {
	img, err := Bitmap(f, width)
	if err != nil {
		return nil, err
	}
	content, err := EncodePNG(img)
	if err != nil {
		return nil, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	return content, nil
}

// smallPNG writes bitmaps that a repository keeps: a tenth smaller, for a little time.
var smallPNG = png.Encoder{CompressionLevel: png.BestCompression}

// EncodePNG writes an image as a small PNG file. It returns an error for an image without pixels.
func EncodePNG(img image.Image) ([]byte, error) {
	var out bytes.Buffer
	if few := withPalette(img); few != nil {
		img = few
	}
	err := smallPNG.Encode(&out, img)
	return out.Bytes(), err
}

// Bitmap is the figure as an image, width pixels wide; 0 means 1200. A width outside 50 to 10,000 is an error.
func Bitmap(f *Figure, width int) (image.Image, error) {
	if width == 0 {
		width = 1200
	}
	if width < 50 || width > 10000 {
		return nil, fmt.Errorf("figure %s: %d pixels wide: use 50 to 10,000", f.Name, width)
	}
	w, h := f.size()
	dpi := float64(width) / (float64(w) / float64(vg.Inch))
	c := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(int(dpi+0.5)))
	f.draw(draw.New(c))
	return c.Image(), nil
}

// size is the full size, with caption and legend.
func (f *Figure) size() (w, h vg.Length) {
	w = f.width
	if w == 0 {
		w = pageWidth
	}
	return w, f.height + f.headHeight(w)
}

// Share is the figure's width as a fraction of a page's text.
func (f *Figure) Share() float64 {
	w, _ := f.size()
	return float64(w) / float64(pageWidth)
}

func (f *Figure) headHeight(w vg.Length) vg.Length {
	lines := len(wrap(f.Caption, captionStyle(), w-2*captionMargin))
	h := vg.Length(lines) * textSize * captionLeader
	h += vg.Length(len(f.heads)) * textSize * 1.5
	return h + 12
}

const captionMargin vg.Length = 6

func captionStyle() text.Style { return boldStyle(textSize, black) }

func (f *Figure) draw(c draw.Canvas) {
	c.SetColor(white)
	c.Fill(c.Rectangle.Path())
	w, _ := f.size()
	y := c.Max.Y - 4
	for _, line := range wrap(f.Caption, captionStyle(), w-2*captionMargin) {
		y -= textSize * captionLeader
		c.FillText(captionStyle(), vg.Point{X: c.Min.X + captionMargin, Y: y}, line)
	}
	for _, entries := range f.heads {
		y -= textSize * 1.5
		drawEntries(c, entries, vg.Point{X: c.Min.X + captionMargin, Y: y})
	}
	f.drawPanels(draw.Crop(c, captionMargin, -captionMargin, 4, -f.headHeight(w)))
}

// drawEntries draws one line of the legend from p on.
func drawEntries(c draw.Canvas, entries []entry, p vg.Point) {
	style := textStyle(textSize, black)
	for _, e := range entries {
		mid := p.Y + textSize*0.35
		switch {
		case e.area:
			drawBox(c, e.look, vg.Rectangle{Min: vg.Point{X: p.X, Y: mid - 5}, Max: vg.Point{X: p.X + 16, Y: mid + 5}})
			p.X += 22
		case e.mark:
			c.DrawGlyphNoClip(e.look.marker(), vg.Point{X: p.X + 6, Y: mid})
			p.X += 16
		default:
			c.StrokeLine2(e.look.line(), p.X, mid, p.X+30, mid)
			c.DrawGlyphNoClip(e.look.marker(), vg.Point{X: p.X + 15, Y: mid})
			p.X += 36
		}
		c.FillText(style, p, e.label)
		p.X += style.Width(e.label) + 18
	}
}

// drawBox is a bar: solid, or an outline where the look is hollow.
func drawBox(c draw.Canvas, l look, r vg.Rectangle) {
	corners := []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
	if l.hollow {
		c.FillPolygon(white, corners)
	} else {
		c.FillPolygon(l.color, corners)
	}
	c.StrokeLines(draw.LineStyle{Color: l.color, Width: 1.4}, append(corners, corners[0]))
}

// drawPanels lays the panels out in rows; plots of one row or column have their axes aligned.
func (f *Figure) drawPanels(c draw.Canvas) {
	rows, columns := len(f.panels), len(f.panels[0])
	if plots := f.allPlots(); plots != nil && f.columnWidths == nil {
		tiles := draw.Tiles{Rows: rows, Cols: columns, PadX: panelGap, PadY: panelGap}
		for j, row := range plot.Align(plots, tiles, c) {
			for i, tile := range row {
				if plots[j][i] != nil {
					plots[j][i].Draw(tile)
				}
			}
		}
		return
	}
	height := (c.Max.Y - c.Min.Y - panelGap*vg.Length(rows-1)) / vg.Length(rows)
	for j, row := range f.panels {
		top := c.Max.Y - vg.Length(j)*(height+panelGap)
		for i, x := range f.columnEdges(c, len(row)) {
			if row[i] != nil {
				row[i].Draw(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
					Min: vg.Point{X: x[0], Y: top - height}, Max: vg.Point{X: x[1], Y: top}}})
			}
		}
	}
}

// columnEdges are the left and right ends of each column.
func (f *Figure) columnEdges(c draw.Canvas, columns int) [][2]vg.Length {
	total := 0.0
	width := func(i int) float64 {
		if f.columnWidths == nil {
			return 1
		}
		return f.columnWidths[i]
	}
	for i := range columns {
		total += width(i)
	}
	room := c.Max.X - c.Min.X - panelGap*vg.Length(columns-1)
	edges, x := make([][2]vg.Length, columns), c.Min.X
	for i := range columns {
		w := room * vg.Length(width(i)/total)
		edges[i] = [2]vg.Length{x, x + w}
		x += w + panelGap
	}
	return edges
}

// allPlots are the panels as gonum plots, or nil if one is not.
func (f *Figure) allPlots() [][]*plot.Plot {
	var rows [][]*plot.Plot
	for _, row := range f.panels {
		plots := make([]*plot.Plot, len(row))
		for i, p := range row {
			if p == nil {
				continue
			}
			q, ok := p.(*plot.Plot)
			if !ok {
				return nil
			}
			plots[i] = q
		}
		rows = append(rows, plots)
	}
	return rows
}

// wrap breaks words into lines of at most the given width.
func wrap(s string, style text.Style, width vg.Length) []string {
	var lines []string
	line := ""
	s = strings.ReplaceAll(s, " = ", "\u00a0=\u00a0") // a value stays with its name
	for _, word := range strings.Split(s, " ") {      // not at spaces that do not break
		if next := strings.TrimSpace(line + " " + word); line == "" || style.Width(next) <= width {
			line = next
			continue
		}
		lines, line = append(lines, line), word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
