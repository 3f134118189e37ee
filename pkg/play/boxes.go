package play

import (
	"context"
	"fmt"
	"math"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
	"tightrope/pkg/verify/cert"
)

var boxesPage = Page{
	Name: "boxes", Title: "Why boxes grow", Short: "Boxes", Notebook: "01_relaxations", Section: 3,
	Lead: "A square goes through a rotation, again and again. Intervals put a box round it after every layer, and a " +
		"box round a turned box is larger than what it holds.",
	Question: "Each layer turns by 45°. By what factor does the box's side grow with every layer, and at which " +
		"angle would it not grow at all?",
	Reply: "By |cos 45°| + |sin 45°| = √2, so its area doubles with every layer although the true square keeps its " +
		"size. At 0° and 90° the box stays tight. Zonotopes and linear bounds remember how the coordinates depend " +
		"on each other: they lose only where a ReLU's kink cuts the set. Lower the kink's distance and see.",
	Note: "Each layer is z = R a + b and a = max(z, 0), drawn about its centre. With all kinks far away every ReLU " +
		"is active, and the network is a rotation.",
	Controls: []Control{
		{ID: "angle", Label: "angle of each layer, in degrees", Kind: Range, Min: 0, Max: 90, Step: 1, Start: "45"},
		{ID: "layers", Label: "layers", Kind: Range, Min: 1, Max: 5, Step: 1, Start: "5"},
		{ID: "eps", Label: "half the side, ε", Kind: Range, Min: 0.1, Max: 1, Step: 0.05, Start: "0.5"},
		{ID: "kink", Label: "distance of the kinks", Kind: Range, Min: 0, Max: 6, Step: 0.1, Start: "6"},
	},
	draw: (*Player).boxes,
}

// turns is the network of the page: rotations by an angle, each followed by relus with their kinks at -kink.
type turns struct{ angle, kink float64 }

// apply turns a point.
func (t turns) apply(x point) point {
	s, c := math.Sincos(t.angle)
	return point{c*x[0] - s*x[1], s*x[0] + c*x[1]}
}

// image is the point to which a number of layers map a point, relative to the centre.
func (t turns) image(x point, layers int) point {
	for k := range layers {
		if k > 0 {
			x = point{max(x[0], -t.kink), max(x[1], -t.kink)}
		}
		x = t.apply(x)
	}
	return x
}

// model is the network's first layers, followed by the values of linear functions there, relative to the centre: logit
// 0 is zero and logit 1+i is rows[i].
func (t turns) model(layers int, rows []point) (*model.Model, error) {
	arch := model.Arch{Name: "turns", Input: []int{2}}
	for range layers - 1 {
		arch.Layers = append(arch.Layers, model.LayerSpec{Type: "dense", Units: 2}, model.LayerSpec{Type: "relu"})
	}
	arch.Layers = append(arch.Layers, model.LayerSpec{Type: "dense", Units: len(rows) + 1})
	m, err := model.New(arch)
	if err != nil {
		return nil, err
	}
	m.Float64 = true
	s, c := math.Sincos(t.angle)
	for k, l := range m.Layers {
		if len(l.Params) == 0 {
			continue
		}
		set, weight, bias := []point{{1, 0}, {0, 1}}, l.Params[0].Data, l.Params[1].Data
		if k == len(m.Layers)-1 {
			set, weight, bias = rows, weight[2:], bias[1:]
		}
		for i, r := range set {
			weight[2*i], weight[2*i+1] = r[0]*c+r[1]*s, r[1]*c-r[0]*s
			if k > 0 { // what it reads is shifted by kink
				bias[i] = -t.kink * (weight[2*i] + weight[2*i+1])
			}
			if k < len(m.Layers)-1 {
				bias[i] += t.kink
			}
		}
	}
	return m, nil
}

// boxRules are the techniques of the page, and the rules of their inner bounds.
var boxRules = []rung{{margins: cert.Interval}, {layers: []cert.Rule{cert.FastLin}, margins: cert.FastLin},
	{layers: []cert.Rule{cert.CROWN}, margins: cert.CROWN}}

// enclosures are what the techniques know of a layer's values: for each the polygon of all its linear bounds.
func (t turns) enclosures(layers int, eps float64) (sets [3][]point, err error) {
	rows := t.directions(layers)
	m, err := t.model(layers, rows)
	if err != nil {
		return sets, err
	}
	n, err := cert.NewNetwork(m)
	if err != nil {
		return sets, err
	}
	r, err := cert.NewRegion(n, ball.Ball{Eps: eps}, []float64{0, 0})
	if err != nil {
		return sets, err
	}
	for k, rule := range boxRules {
		b, err := r.Bounds(context.Background(), rule.layers...)
		if err != nil {
			return sets, err
		}
		of := rows
		if rule.margins == cert.Interval {
			of = rows[:4] // a box
		}
		const far = 1e3
		set := []point{{-far, -far}, {far, -far}, {far, far}, {-far, far}}
		for i, row := range of {
			set = cut(set, row, r.Margin(b, rule.margins, 1+i, 0))
		}
		sets[k] = set
	}
	return sets, nil
}

// directions are the axes, the sides of the turned square, and some between.
func (t turns) directions(layers int) []point {
	all := []point{{1, 0}, {-1, 0}, {0, 1}, {0, -1}}
	for k := range 4 * layers {
		s, c := math.Sincos(float64(k/4+1)*t.angle + float64(k%4)*math.Pi/2)
		all = append(all, point{c, s})
	}
	for k := range 16 {
		s, c := math.Sincos(float64(2*k+1) * math.Pi / 16)
		all = append(all, point{c, s})
	}
	return all
}

// cut is the part of a convex polygon where row . x >= least.
func cut(polygon []point, row point, least float64) (out []point) {
	height := func(p point) float64 { return row[0]*p[0] + row[1]*p[1] - least }
	for i, p := range polygon {
		q := polygon[(i+1)%len(polygon)]
		hp, hq := height(p), height(q)
		if hp >= 0 {
			out = append(out, p)
		}
		if hp >= 0 != (hq >= 0) {
			f := hp / (hp - hq)
			out = append(out, point{p[0] + f*(q[0]-p[0]), p[1] + f*(q[1]-p[1])})
		}
	}
	return out
}

// boxes draws a panel for the input and one for every layer.
func (p *Player) boxes(v *values) (*Answer, error) {
	t := turns{v.number("angle") * math.Pi / 180, v.number("kink")}
	layers, eps := int(v.number("layers")), v.number("eps")
	a := &Answer{Numbers: map[string]float64{}}
	var sets [][3][]point
	reach := eps
	for k := 1; k <= layers; k++ {
		all, err := t.enclosures(k, eps)
		if err != nil {
			return nil, err
		}
		for i, set := range all {
			a.Numbers[fmt.Sprintf("%v %d", boxRules[i].margins, k)] = area(set)
			for _, q := range set {
				reach = max(reach, math.Abs(q[0]), math.Abs(q[1]))
			}
		}
		sets = append(sets, all)
	}
	a.boxRows(sets[layers-1], eps)
	a.Text = fmt.Sprintf("After %d %s of %s° the interval's box has %s times the area of the input's square, "+
		"the zonotope %s times, CROWN's set %s times.", layers, plural(layers, "layer"), v.state["angle"],
		a.times(0), a.times(1), a.times(2))
	t.draw(a, sets, eps, 1.12*reach, v.width)
	return a, nil
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// times is how often the input's square fits into the area of a row.
func (a *Answer) times(row int) string { return a.Rows[row].Value[:len(a.Rows[row].Value)-len(" ×")] }

func (a *Answer) boxRows(last [3][]point, eps float64) {
	for i, r := range []Row{{Label: "interval box", Class: "ibp"}, {Label: "zonotope (= Fast-Lin)", Class: "fl"},
		{Label: "CROWN's linear bounds", Class: "cr"}} {
		r.Value = signed(area(last[i])/(4*eps*eps), 2) + " ×"
		a.Rows = append(a.Rows, r)
	}
}

// draw lays the panels out in rows, all with one scale.
func (t turns) draw(a *Answer, sets [][3][]point, eps, reach, width float64) {
	columns := 3
	if width < 460 {
		columns = 2
	}
	const space, head = 14, 26
	side := (width - float64(columns-1)*space) / float64(columns)
	rows := (len(sets) + columns) / columns
	s := newSheet(width, float64(rows)*(side+head))
	for k := range len(sets) + 1 {
		ax := &axes{sheet: s, left: float64(k%columns) * (side + space), top: float64(k/columns)*(side+head) + head,
			width: side, height: side - 2, x0: -reach, x1: reach, y0: -reach, y1: reach}
		name := "input"
		if k > 0 {
			name = fmt.Sprintf("layer %d", k)
		}
		s.text("small", "start", point{ax.left, ax.top - 8}, name)
		s.rect("panel", ax.left, ax.top, ax.width, ax.height)
		ax.curve("grid", point{-reach, 0}, point{reach, 0})
		ax.curve("grid", point{0, -reach}, point{0, reach})
		ax.image(t, k, eps)
		if k == 0 {
			a.Handles = []Handle{ax.handle("eps", "half the side of the square", point{eps, 0}, "eps", "")}
			continue
		}
		for i, class := range []string{"ibp", "fl", "cr"} {
			ax.area("edge s-"+class, sets[k-1][i]...)
		}
	}
	a.SVG = s.done(a.Text)
}

// image fills the true image of the square, cell by cell where a kink may cut it.
func (a *axes) image(t turns, layers int, eps float64) {
	cells := 12
	if eps*math.Sqrt2 <= t.kink {
		cells = 1
	}
	corner := func(i, j int) point {
		x := point{eps * (2*float64(i)/float64(cells) - 1), eps * (2*float64(j)/float64(cells) - 1)}
		return a.at(t.image(x, layers))
	}
	fmt.Fprint(a, `<path class="true" d="`)
	for i := range cells {
		for j := range cells {
			a.piece(corner(i, j), corner(i+1, j), corner(i+1, j+1), corner(i, j+1))
		}
	}
	fmt.Fprint(a, `"/>`)
}
