package play

import (
	"fmt"
	"math"

	"tightrope/pkg/relax"
)

// gap is how far u stays above l.
const gap = 0.05

var neuronPage = Page{
	Name: "neuron", Title: "One neuron", Short: "Neuron", Notebook: "01_relaxations", Section: 4,
	Lead: "A ReLU is replaced by a convex set that contains it. Each technique chooses another set, and each still " +
		"touches the real ReLU somewhere.",
	Question: "At l = −1 and u = 1.5 CROWN's lower line is a ≥ z. Where must u go for it to flip to a ≥ 0?",
	Reply: "To u = |l|. CROWN takes the lower line that leaves the smaller area: a ≥ z while u > |l|, else a ≥ 0. " +
		"Drag u past 1 and watch the area.",
	Controls: []Control{
		{ID: "l", Label: "lower bound l", Kind: Range, Min: -2, Max: 1.5, Step: 0.05, Start: "-1"},
		{ID: "u", Label: "upper bound u", Kind: Range, Min: -1.5, Max: 2, Step: 0.05, Start: "1.5"},
		{ID: "set", Label: "relaxation", Kind: Choice, Start: "crown", Options: []Option{{"triangle", "triangle"},
			{"fast-lin", "Fast-Lin"}, {"crown", "CROWN"}, {"alpha", "free slope α"}, {"ibp", "interval"}}},
		{ID: "alpha", Label: "slope α", Kind: Range, Min: 0, Max: 1, Step: 0.05, Start: "0.4",
			Help: "of the free lower line a ≥ αz"},
	},
	draw: (*Player).neuron,
}

// outline is the set of one relaxation: its corners, and the points where it touches relu.
type outline struct {
	key, name string
	class     string
	corners   []point
	touching  []point
	lines     relax.Lines // not of the triangle
}

// outlines are the sets of all relaxations of one neuron.
func outlines(l, u, alpha float64) ([]outline, error) {
	all := []outline{{key: "triangle", name: "triangle", class: "tri", corners: relax.Triangle(l, u),
		touching: relax.Triangle(l, u)}}
	for _, r := range []struct {
		key, class string
		relax.Relaxation
	}{{"fast-lin", "fl", relax.FastLin{}}, {"crown", "cr", relax.CROWN{}}, {"alpha", "al", relax.Alpha{Slope: alpha}},
		{"ibp", "ibp", relax.Interval{}}} {
		lines, err := r.Lines(l, u)
		if err != nil {
			return nil, err
		}
		all = append(all, outline{r.key, r.Name(), r.class, []point{{l, lines.Lower.At(l)}, {u, lines.Lower.At(u)},
			{u, lines.Upper.At(u)}, {l, lines.Upper.At(l)}}, relax.Touching(lines, l, u), lines})
	}
	return all, nil
}

// area is that of a polygon.
func area(corners []point) float64 {
	sum := 0.0
	for i, p := range corners {
		q := corners[(i+1)%len(corners)]
		sum += p[0]*q[1] - q[0]*p[1]
	}
	return math.Abs(sum) / 2
}

// neuron draws one neuron and a relaxation.
func (p *Player) neuron(v *values) (*Answer, error) {
	apart(v)
	l, u, alpha := v.number("l"), v.number("u"), v.number("alpha")
	all, err := outlines(l, u, alpha)
	if err != nil {
		return nil, err
	}
	a := &Answer{Numbers: map[string]float64{"l": l, "u": u}}
	var shown outline
	for _, o := range all {
		if o.key == v.choice("set") {
			shown = o
		}
		a.Numbers["area "+o.key], a.Numbers["touching "+o.key] = area(o.corners), float64(len(o.touching))
		a.Rows = append(a.Rows, Row{Label: "area, " + o.name, Value: signed(area(o.corners), 3), Class: o.class,
			Best: o.key == v.choice("set")})
	}
	a.Numbers["slope"] = shown.lines.Lower.Slope
	a.Text = neuronText(l, u, shown)
	ax := neuronAxes(v.width)
	ax.neuron(l, u, shown)
	a.Handles = []Handle{ax.handle("l", "lower bound l", point{l, 0}, "l", ""),
		ax.handle("u", "upper bound u", point{u, 0}, "u", "")}
	if shown.key == "alpha" && relax.StatusOf(l, u) == relax.Unstable && u > 2*gap {
		a.Handles = append(a.Handles, ax.slope(u, alpha))
	}
	a.SVG = ax.done(a.Text)
	return a, nil
}

// apart keeps l below u: the one that was moved gives way.
func apart(v *values) {
	l, u := v.number("l"), v.number("u")
	if l <= u-gap+1e-9 {
		return
	}
	if v.moved == "u" {
		v.set("u", l+gap)
	} else {
		v.set("l", u-gap)
	}
}

// slope is the handle of the free lower line, at its right end.
func (a *axes) slope(u, alpha float64) Handle {
	h := a.handle("alpha", "slope α of the lower line", point{u, alpha * u}, "", "alpha")
	h.Moves[0].Zero, h.Moves[0].Slope = h.Moves[0].Zero/u, h.Moves[0].Slope/u
	return h
}

func neuronAxes(width float64) *axes {
	height := min(0.78*width, 480)
	return &axes{sheet: newSheet(width, height+44), left: 34, top: 22, width: width - 48, height: height - 22,
		x0: -2.2, x1: 2.2, y0: -2.05, y1: 2.25}
}

// neuron draws the set, relu over [l, u], and where they touch.
func (a *axes) neuron(l, u float64, o outline) {
	a.ticks(4, 4)
	a.names("z", "a")
	a.curve("zero", point{a.x0, 0}, point{a.x1, 0})
	a.curve("zero", point{0, a.y0}, point{0, a.y1})
	for _, z := range []float64{l, u} {
		a.curve("guide", point{z, a.y0}, point{z, a.y1})
	}
	a.area("area f-"+o.class, o.corners...)
	a.area("edge s-"+o.class, o.corners...)
	a.curve("relu dim", point{a.x0, 0}, point{0, 0}, point{a.x1, a.x1})
	relu := []point{{l, max(l, 0)}}
	if l < 0 && u > 0 {
		relu = append(relu, point{})
	}
	a.curve("relu", append(relu, point{u, max(u, 0)})...)
	for _, t := range o.touching {
		a.circle("touch", a.at(t), 6)
	}
	a.text("label s-"+o.class, "start", point{a.left + 10, a.top + 22}, o.name)
	a.text("small", "middle", point{a.px(l) - 10, a.py(0) + 24}, "l")
	a.text("small", "middle", point{a.px(u) + 10, a.py(0) + 24}, "u")
}

func neuronText(l, u float64, o outline) string {
	status := relax.StatusOf(l, u)
	text := fmt.Sprintf("l = %s, u = %s: the neuron is %s. ", signed(l, 2), signed(u, 2), status)
	if status != relax.Unstable {
		return text + fmt.Sprintf("It is linear on its range; the area of %s is "+
			"%s.", o.name, signed(area(o.corners), 3))
	}
	text += fmt.Sprintf("The area of %s is %s and it touches ReLU at z = ", o.name, signed(area(o.corners), 3))
	for i, t := range o.touching {
		if i > 0 {
			text += ", "
		}
		text += signed(t[0], 2)
	}
	if o.key != "crown" {
		return text + "."
	}
	side := "a ≥ 0, because u ≤ |l|"
	if o.lines.Lower.Slope == 1 {
		side = "a ≥ z, because u > |l|"
	}
	return text + ". CROWN's lower line is " + side + "."
}
