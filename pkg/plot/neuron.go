package plot

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"tightrope/pkg/relax"
)

// NeuronData are the parameters of [Neuron]'s figure.
type NeuronData struct {
	Lower, Upper float64  // l, u
	Relaxations  []string // names of the panels after "ReLU" and "triangle"
}

// Neuron draws Figure 1: the feasible set of a = max(z, 0) over l <= z <= u, its convex hull (the triangle), and each
// of the relaxations given, Fast-Lin and CROWN by default; where a set's boundary meets relu is orange. It returns an
// error unless l < u.
func Neuron(l, u float64, relaxations ...relax.Relaxation) (*Figure, error) {
	if !(l < u) {
		return nil, fmt.Errorf("bounds [%v, %v]: a neuron needs l < u", l, u)
	}
	if len(relaxations) == 0 {
		relaxations = []relax.Relaxation{relax.FastLin{}, relax.CROWN{}}
	}
	data := NeuronData{Lower: l, Upper: u}
	low, err := lowest(l, u, relaxations)
	if err != nil {
		return nil, err
	}
	panels := []panel{reluPanel(l, u, low), trianglePanel(l, u, low)}
	for _, r := range relaxations {
		p, err := linesPanel(l, u, low, r)
		if err != nil {
			return nil, err
		}
		panels, data.Relaxations = append(panels, p), append(data.Relaxations, r.Name())
	}
	rows := inRows(panels, 2)
	return &Figure{Name: "figure-1", Caption: neuronCaption(l, u), Data: data, panels: rows,
		height: panelHeight * 0.95 * vg.Length(len(rows))}, nil
}

// NeuronLines draws one relaxation alone, large. It returns an error unless l < u, both finite.
func NeuronLines(l, u float64, r relax.Relaxation) (*Figure, error) {
	if !(l < u) {
		return nil, fmt.Errorf("bounds [%v, %v]: a neuron needs l < u", l, u)
	}
	low, err := lowest(l, u, []relax.Relaxation{r, relax.CROWN{}, relax.FastLin{}})
	if err != nil {
		return nil, err
	}
	p, err := linesPanel(l, u, low, r)
	if err != nil {
		return nil, err
	}
	return &Figure{Name: "neuron", Caption: neuronCaption(l, u), Data: NeuronData{l, u, []string{r.Name()}},
		panels: [][]panel{{p}}, width: pageWidth * 0.7, height: panelHeight * 1.1}, nil
}

func neuronCaption(l, u float64) string {
	status := relax.StatusOf(l, u)
	switch status {
	case relax.Inactive:
		return fmt.Sprintf("A neuron with %s ≤ z ≤ %s is inactive: every relaxation is exact.", signed("%.2f", l),
			signed("%.2f", u))
	case relax.Active:
		return fmt.Sprintf("A neuron with %s ≤ z ≤ %s is active: every relaxation but the interval is exact.",
			signed("%.2f", l), signed("%.2f", u))
	}
	return fmt.Sprintf("An unstable neuron, %s ≤ z ≤ %s: each relaxation meets ReLU where it is orange.",
		signed("%.2f", l), signed("%.2f", u))
}

// inRows fills rows of the given length; the last is padded with nil.
func inRows(panels []panel, columns int) [][]panel {
	var rows [][]panel
	for len(panels) > 0 {
		n := min(columns, len(panels))
		row := make([]panel, columns)
		copy(row, panels[:n])
		rows, panels = append(rows, row), panels[n:]
	}
	return rows
}

// lowest is the lowest point of all sets, so that the panels share their range.
func lowest(l, u float64, relaxations []relax.Relaxation) (float64, error) {
	low := 0.0
	for _, r := range relaxations {
		lines, err := r.Lines(l, u)
		if err != nil {
			return 0, err
		}
		low = min(low, lines.Lower.At(l))
	}
	return low, nil
}

// neuronPanel is an empty panel over the neuron's range, down to low.
func neuronPanel(title string, l, u, low float64) *plot.Plot {
	p := newPanel(title, "z", "a")
	p.X.Min, p.X.Max = widened(min(l, 0), max(u, 0), 0.12)
	top := max(u, 0.25*(u-l))
	p.Y.Min, p.Y.Max = min(-0.2*top, low*1.1), 1.15*top
	p.Add(stroke(lightGrey, thinLine, nil, [2]float64{p.X.Min, 0}, [2]float64{p.X.Max, 0}),
		stroke(lightGrey, thinLine, nil, [2]float64{0, p.Y.Min}, [2]float64{0, p.Y.Max}))
	ticks := []plot.Tick{{Value: l, Label: "l = " + signed("%.2f", l)}, {Value: u, Label: "u = " + signed("%.2f", u)}}
	if min(-l, u) > 0.2*(u-l) { // room for a third label
		ticks = append(ticks, plot.Tick{Value: 0, Label: "0"})
	}
	p.X.Tick.Marker = plot.ConstantTicks(ticks)
	p.Y.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: max(u, 0), Label: "u"}}
	if u <= 0 {
		p.Y.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}}
	}
	return p
}

func reluPanel(l, u, low float64) *plot.Plot {
	p := neuronPanel("ReLU itself (problem O)", l, u, low)
	p.Add(stroke(black, 3, nil, reluPath(l, u)...))
	return p
}

// reluPath is the graph of relu over [l, u].
func reluPath(l, u float64) [][2]float64 {
	path := [][2]float64{{l, max(l, 0)}}
	if relax.StatusOf(l, u) == relax.Unstable {
		path = append(path, [2]float64{0, 0})
	}
	return append(path, [2]float64{u, max(u, 0)})
}

func trianglePanel(l, u, low float64) *plot.Plot {
	p := neuronPanel("triangle (convex hull)", l, u, low)
	corners, c := relax.Triangle(l, u), techniqueLook("triangle").color
	p.Add(area(faded(c, 0.35), corners...), stroke(c, 1.5, nil, append(corners, corners[0])...))
	p.Add(stroke(vermillion, 3, nil, reluPath(l, u)...), dots(vermillion, 4.5, corners...))
	return p
}

// linesPanel fills the set between two lines and marks in red where it meets relu.
func linesPanel(l, u, low float64, r relax.Relaxation) (*plot.Plot, error) {
	lines, err := r.Lines(l, u)
	if err != nil {
		return nil, err
	}
	p, fill := neuronPanel(r.Name(), l, u, low), relaxationLook(r).color
	a, b := [2]float64{l, lines.Lower.At(l)}, [2]float64{u, lines.Lower.At(u)}
	c, d := [2]float64{u, lines.Upper.At(u)}, [2]float64{l, lines.Upper.At(l)}
	p.Add(area(faded(fill, 0.35), a, b, c, d), stroke(fill, 1.5, nil, a, b, c, d, a))
	p.Add(stroke(black, 1.2, dashed, reluPath(l, u)...))
	touching := relax.Touching(lines, l, u)
	for i := 1; i < len(touching); i++ {
		if along(lines, touching[i-1], touching[i]) {
			p.Add(stroke(vermillion, 3, nil, touching[i-1], touching[i]))
		}
	}
	if len(touching) > 0 {
		p.Add(dots(vermillion, 4.5, touching...))
	}
	return p, nil
}

// relaxationLook is that of the technique; a free slope counts as alpha-CROWN.
func relaxationLook(r relax.Relaxation) look {
	if _, ok := r.(relax.Alpha); ok {
		return techniqueLook("alpha-CROWN")
	}
	return techniqueLook(r.Name())
}

// along reports whether one of the lines runs along relu from p to q.
func along(lines relax.Lines, p, q [2]float64) bool {
	z := (p[0] + q[0]) / 2
	a := max(z, 0)
	return lines.Lower.At(z) == a || lines.Upper.At(z) == a
}
