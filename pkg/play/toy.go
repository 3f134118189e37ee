package play

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tightrope/pkg/tight"
	"tightrope/pkg/toy"
)

var toyPage = Page{
	Name: "toy", Title: "The toy", Short: "Toy", Notebook: "02_toy_tightness", Section: 12,
	Lead: "Two neurons are unstable, and still the relaxed bound is exact: tight is not the same as stable.",
	Question: "The point (0.1, 0.7) lies so near to an axis that two neurons may have either sign. Is Fast-Lin's " +
		"bound exact there? And where in the plane is it not?",
	Reply: "It is exact: at the relaxed optimum x* both unstable neurons sit at an end of their range, where the " +
		"relaxation touches ReLU, so d = r = 0. Near the centre with a large ε all four neurons are unstable, and d " +
		"becomes positive. Then choose the random network: robust, but not certified.",
	Controls: append([]Control{{ID: "net", Label: "network", Kind: Choice, Start: "cross", Options: planeOptions[:3]}},
		planeControls("0.1", "0.7", "0.2")...),
	draw: (*Player).toy,
}

// planeControls are a point and a radius.
func planeControls(x1, x2, eps string) []Control {
	return []Control{
		{ID: "x1", Label: "x₁", Kind: Range, Min: -1, Max: 1, Step: 0.02, Start: x1},
		{ID: "x2", Label: "x₂", Kind: Range, Min: -1, Max: 1, Step: 0.02, Start: x2},
		{ID: "eps", Label: "radius ε", Kind: Range, Min: 0, Max: 1, Step: 0.01, Start: eps},
	}
}

// found is everything known of one point of the plane.
type found struct {
	*tight.Anatomy
	x, worst point
	eps      float64
	label    int
	exact    float64
	unstable int
	loose    []string // numbers of the unstable neurons that are not on a touching point
	tight    []string // and of those that are
}

// find bounds one point from both sides.
func (n *planeNet) find(technique string, x point, eps float64) (*found, error) {
	a, err := n.inspect(technique, x, eps)
	if err != nil {
		return nil, err
	}
	f := &found{Anatomy: a, x: x, eps: eps, label: n.label(x)}
	if f.exact, f.worst, err = toy.Exact(n.net, x, f.label, eps); err != nil {
		return nil, err
	}
	for _, u := range a.Unstable() {
		f.unstable++
		if name := strconv.Itoa(u.Unit + 1); u.Tight {
			f.tight = append(f.tight, name)
		} else {
			f.loose = append(f.loose, name)
		}
	}
	return f, nil
}

// toy draws the plane with a point, its box, and both optima.
func (p *Player) toy(v *values) (*Answer, error) {
	n, err := p.plane(v.choice("net"))
	if err != nil {
		return nil, err
	}
	f, err := n.find("fast-lin", point{v.number("x1"), v.number("x2")}, v.number("eps"))
	if err != nil {
		return nil, err
	}
	a := &Answer{Numbers: f.numbers(), Rows: f.rows()}
	a.Verdict, a.Good = f.verdict()
	a.Text = f.text()
	side := min(v.width-40, 520)
	s := newSheet(v.width, side+128)
	ax := planeAxes(s, (v.width-side)/2, 10, side)
	ax.landscape(n)
	ax.ticksOutside()
	ax.found(f)
	a.Handles = ax.pointHandles(f)
	f.scale(s, 24, side+58, v.width-48)
	a.SVG = s.done(a.Text + " " + a.Verdict)
	return a, nil
}

// ticksOutside writes the ends of both axes.
func (a *axes) ticksOutside() {
	for _, x := range []float64{-1, 0, 1} {
		a.text("tick", "middle", point{a.px(x), a.top + a.height + 15}, plain(x))
		a.text("tick", "end", point{a.left - 5, a.py(x) + 4}, plain(x))
	}
}

// found draws a point, its box, x* and the true worst point.
func (a *axes) found(f *found) {
	l, r := a.px(f.x[0]-f.eps), a.px(f.x[0]+f.eps)
	t, b := a.py(f.x[1]+f.eps), a.py(f.x[1]-f.eps)
	a.rect("box", l, t, r-l, b-t)
	star := point{f.XStar[0], f.XStar[1]}
	a.line("arrow", a.at(f.x), a.at(star))
	a.square("worst", a.at(f.worst), 8)
	a.circle("star", a.at(star), 5)
}

// pointHandles move the point and its radius.
func (a *axes) pointHandles(f *found) []Handle {
	radius := a.handle("eps", "radius of the box", point{f.x[0] + f.eps, f.x[1]}, "eps", "")
	radius.Moves[0].Zero -= f.x[0]
	return []Handle{a.handle("x", "point x", f.x, "x1", "x2"), radius}
}

// scale draws the three margins on one line: the bound, the truth, and the margin at x*.
func (f *found) scale(s *sheet, left, top, width float64) {
	reach := 1.1 * max(math.Abs(f.Bound), math.Abs(f.PO), math.Abs(f.exact), 0.1)
	ax := &axes{sheet: s, left: left, top: top, width: width, height: 40, x0: -reach, x1: reach, y0: 0, y1: 1}
	s.text("name", "start", point{left, top - 8}, "least margin in the box (robust above 0)")
	ax.curve("zero", point{-reach, 0.5}, point{reach, 0.5})
	ax.curve("guide", point{0, 0}, point{0, 1})
	s.text("tick", "middle", point{ax.px(0), top + 56}, "0")
	ax.curve("gap", point{f.Bound, 0.5}, point{f.PO, 0.5})
	s.circle("bound", ax.at(point{f.Bound, 0.5}), 7)
	s.square("worst", ax.at(point{f.exact, 0.5}), 8)
	s.circle("star", ax.at(point{f.PO, 0.5}), 5)
}

func (f *found) numbers() map[string]float64 {
	return map[string]float64{"p_C": f.Bound, "p_O": f.PO, "exact": f.exact, "d": f.D(), "r": f.R,
		"unstable": float64(f.unstable), "x*1": f.XStar[0], "x*2": f.XStar[1]}
}

func (f *found) rows() []Row {
	return []Row{{Label: "relaxed bound (ring)", Value: signed(f.Bound, 4)},
		{Label: "exact minimum (square)", Value: signed(f.exact, 4)},
		{Label: "margin at x* (dot)", Value: signed(f.PO, 4)}, {Label: "gap d", Value: signed(f.D(), 4)},
		{Label: "distance r", Value: signed(f.R, 4)},
		{Label: "unstable and tight", Value: neurons(f.tight)}, {Label: "unstable and loose", Value: neurons(f.loose)}}
}

// neurons names some neurons.
func neurons(names []string) string {
	if len(names) == 0 {
		return "no neuron"
	}
	return plural(len(names), "neuron") + " " + strings.Join(names, ", ")
}

// verdict is what follows for the point.
func (f *found) verdict() (string, bool) {
	exact := f.D() < 1e-9
	switch {
	case f.Bound > 0 && exact && f.unstable > 0:
		return "Certified, and tight although neurons are unstable.", true
	case f.Bound > 0 && exact:
		return "Certified: no neuron is unstable, the bound is exact.", true
	case f.Bound > 0:
		return "Certified, with a bound that is not exact.", true
	case f.exact > 0:
		return "Robust, but not certified: the relaxation is too loose.", false
	}
	return "Not robust: a point of the box has another class.", false
}

func (f *found) text() string {
	return fmt.Sprintf("x = (%s, %s), ε = %s, class %d: %d unstable %s, bound %s, exact minimum %s, d = %s, r = %s.",
		signed(f.x[0], 2), signed(f.x[1], 2), signed(f.eps, 2), f.label, f.unstable, plural(f.unstable, "neuron"),
		signed(f.Bound, 3), signed(f.exact, 3), signed(f.D(), 3), signed(f.R, 3))
}
