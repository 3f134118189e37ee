package plot

import (
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tightrope/pkg/record"
)

// CourseFrames is the number of epochs that a course keeps of each of its trainings. It returns an error for a record
// that holds no course.
func CourseFrames(r *record.Record) (int, error) {
	if r == nil || r.Course == nil || len(r.Course.Runs) == 0 || len(r.Course.Runs[0].Frames) == 0 {
		return 0, fmt.Errorf("no training on the plane to draw: take a record of study.Learn, which tightrope " +
			"figures makes")
	}
	n := len(r.Course.Runs[0].Frames)
	for _, run := range r.Course.Runs {
		n = min(n, len(run.Frames))
	}
	return n, nil
}

// CourseFrame draws one kept epoch of every training on the plane, side by side: the margin as shades, the boundary,
// and each point with its eps-box, filled where it is certified, outlined where no attack was found but the proof is
// missing, orange where one was found. A record without such trainings is an error.
func CourseFrame(r *record.Record, frame int) (*Figure, error) {
	n, err := CourseFrames(r)
	if err != nil {
		return nil, err
	}
	if frame < 0 || frame >= n {
		return nil, fmt.Errorf("frame %d of a course of %d: use 0 to %d", frame, n, n-1)
	}
	row := make([]panel, len(r.Course.Runs))
	for i, run := range r.Course.Runs {
		row[i] = coursePanel(r.Course, run.Frames[frame], runName(run))
	}
	return &Figure{Name: "course-frame", Caption: courseCaption(r.Course, frame), Records: []*record.Record{r},
		heads:  courseLegend(),
		panels: [][]panel{row}, height: pageWidth/vg.Length(len(row)) + 12}, nil
}

// Course draws three epochs of every training on the plane, one row each, the last at the bottom. It returns an error
// if [CourseFrames] does.
func Course(r *record.Record) (*Figure, error) {
	n, err := CourseFrames(r)
	if err != nil {
		return nil, err
	}
	var rows [][]panel
	for _, k := range slices.Compact([]int{0, n / 3, n - 1}) {
		row := make([]panel, len(r.Course.Runs))
		for i, run := range r.Course.Runs {
			row[i] = coursePanel(r.Course, run.Frames[k],
				fmt.Sprintf("%s, epoch %d", runName(run), run.Frames[k].Epoch))
		}
		rows = append(rows, row)
	}
	side := pageWidth/vg.Length(len(rows[0])) + 12
	return &Figure{Name: "course", Caption: courseCaption(r.Course, n-1), Records: []*record.Record{r},
		heads:  courseLegend(),
		panels: rows, height: side * vg.Length(len(rows))}, nil
}

func runName(run record.PlaneRun) string {
	switch {
	case run.Lambda != 0 || run.Gamma != 0:
		return record.WeightsText(run.Lambda, run.Gamma)
	case run.Bounded():
		return "without regularizer"
	}
	return run.Method
}

// courseCaption counts the certified points and says what the regularizer did to the gap.
func courseCaption(c *record.PlaneCourse, frame int) string {
	text := fmt.Sprintf("Epoch %d, %d points, ε = %.3g.", c.Runs[0].Frames[frame].Epoch, len(c.X), c.Eps)
	for _, run := range c.Runs {
		_, certified := run.Frames[frame].Count()
		text += fmt.Sprintf(" %s: %d certified, d = %.2g.", sentence(runName(run)), certified, run.Frames[frame].D)
	}
	return text
}

// sentence begins with a capital letter where it begins with a Latin one.
func sentence(s string) string {
	if len(s) > 0 && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}

func courseLegend() [][]entry {
	return [][]entry{{{label: "certified", look: look{color: green}, area: true},
		{label: "no attack found, no proof", look: look{color: black, hollow: true}, area: true},
		{label: "attacked", look: look{color: vermillion, hollow: true}, area: true}}}
}

// coursePanel is one network with its points.
func coursePanel(c *record.PlaneCourse, f record.PlaneFrame, title string) *plot.Plot {
	p := newPanel(title, "", "")
	p.Title.TextStyle.Font.Size = tickSize
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -planeHalf, planeHalf, -planeHalf, planeHalf
	p.X.Tick.Marker, p.Y.Tick.Marker = fewTicks{3}, fewTicks{3}
	d := Plane{Margin: f.Margin}
	p.Add(plotter.NewImage(d.shades(), -planeHalf, -planeHalf, planeHalf, planeHalf))
	boundary := plotter.NewContour(planeGrid{d.Margin}, []float64{0}, nil)
	boundary.LineStyles = []draw.LineStyle{{Color: black, Width: 1.5}}
	p.Add(unranged{boundary}, unranged{courseBoxes{c, f}})
	return p
}

// courseBoxes are the points and their boxes; those without a proof are drawn last.
type courseBoxes struct {
	course *record.PlaneCourse
	frame  record.PlaneFrame
}

// Plot implements plot.Plotter.
func (b courseBoxes) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	for _, certified := range []bool{true, false} {
		for i, x := range b.course.X {
			if (b.frame.Bounds[i] > 0) != certified {
				continue
			}
			e := b.course.Eps
			corners := []vg.Point{{X: trX(x[0] - e), Y: trY(x[1] - e)}, {X: trX(x[0] + e), Y: trY(x[1] - e)},
				{X: trX(x[0] + e), Y: trY(x[1] + e)}, {X: trX(x[0] - e), Y: trY(x[1] + e)}}
			edge, width := color.NRGBA(green), vg.Length(0.5)
			switch {
			case certified:
				c.FillPolygon(faded(green, 0.22), corners)
			case b.frame.Attacked[i] > 0:
				edge, width = black, 1.6
			default:
				edge, width = vermillion, 1.6
			}
			c.StrokeLines(draw.LineStyle{Color: edge, Width: width}, append(corners, corners[0]))
			b.point(c, vg.Point{X: trX(x[0]), Y: trY(x[1])}, b.course.Labels[i])
		}
	}
}

// point is blue and round for class 1, orange and square for class 0.
func (b courseBoxes) point(c draw.Canvas, at vg.Point, label int) {
	style := draw.GlyphStyle{Color: blue, Radius: 1.6, Shape: draw.CircleGlyph{}}
	if label == 0 {
		style.Color, style.Shape = ink(orange), draw.BoxGlyph{}
	}
	c.DrawGlyphNoClip(style, at)
}
