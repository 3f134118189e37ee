package play

import (
	"fmt"

	"tightrope/pkg/attack"
	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/net"
	"tightrope/pkg/tight"
	"tightrope/pkg/toy"
	"tightrope/pkg/verify/cert"
)

// planeNet is a network of the plane with one hidden layer, and what bounds it.
type planeNet struct {
	net        *net.Network
	plain      *cert.Network
	inspectors map[string]*tight.Inspector
	alpha      *bound.AlphaEvaluator // nil until it is used
	attacker   *attack.Attacker      // nil until it is used
	drawn      map[string]string     // landscapes, by their place and size
}

// planeOptions are the networks that a reader can choose.
var planeOptions = []Option{{"cross", "the paper's toy"}, {"loose", "random, not tight"},
	{"tight", "random, tight but not stable"}, {"steps", "two neurons"}, {"counter", "CROWN is loose, Fast-Lin exact"}}

// plane is a network by its key.
func (p *Player) plane(key string) (*planeNet, error) {
	if n := p.planes[key]; n != nil {
		return n, nil
	}
	var n *net.Network
	var err error
	switch key {
	case "cross":
		n = toy.Cross()
	case "steps":
		n = toy.Steps()
	case "counter":
		n = toy.Counterexample()
	case "tight":
		n, err = toy.Random(6, 2)
	default:
		n, err = toy.Random(6, 23)
	}
	if err != nil {
		return nil, err
	}
	made := &planeNet{net: n, inspectors: map[string]*tight.Inspector{}, drawn: map[string]string{}}
	if made.plain, err = cert.NewNetwork(n.Model()); err != nil {
		return nil, err
	}
	if p.planes == nil {
		p.planes = map[string]*planeNet{}
	}
	p.planes[key] = made
	return made, nil
}

// margin is logit 1 minus logit 0.
func (n *planeNet) margin(x point) float64 {
	z := n.plain.Forward(x[:])
	return z[1] - z[0]
}

// label is the class that the network gives a point.
func (n *planeNet) label(x point) int {
	if n.margin(x) > 0 {
		return 1
	}
	return 0
}

// techniques are those with an optimal input x*, by their keys.
var techniques = map[string]bound.Technique{"fast-lin": bound.FastLin{}, "crown": bound.CROWN{},
	"crown-ibp": bound.CROWNIBP()}

// inspect takes the relaxed problem at a point apart.
func (n *planeNet) inspect(technique string, x point, eps float64) (*tight.Anatomy, error) {
	if n.inspectors[technique] == nil {
		b, _, err := backend.Open(backend.Go)
		if err != nil {
			return nil, err
		}
		n.inspectors[technique], err = tight.NewInspector(b, n.net, techniques[technique], ball.Ball{}, tight.Options{})
		if err != nil {
			return nil, err
		}
	}
	label := n.label(x)
	return n.inspectors[technique].Inspect(x[:], int32(label), 1-label, eps)
}

// planeHalf is half the side of the part of the plane that is shown.
const planeHalf = 1.5

// planeAxes is a square panel.
func planeAxes(s *sheet, left, top, side float64) *axes {
	return &axes{sheet: s, left: left, top: top, width: side, height: side,
		x0: -planeHalf, x1: planeHalf, y0: -planeHalf, y1: planeHalf}
}

// landscape draws the classes as areas and the lines where neurons switch; it is kept for the next picture.
func (a *axes) landscape(n *planeNet) {
	key := fmt.Sprint(a.left, a.top, a.width)
	if n.drawn[key] == "" {
		fresh := *a
		fresh.sheet = newSheet(a.sheet.width, a.sheet.height)
		fresh.classes(n.margin)
		for _, k := range kinks(n.net) {
			if c, d, ok := across(k, planeHalf); ok {
				fresh.curve("kink", c, d)
			}
		}
		fresh.rect("panel", a.left, a.top, a.width, a.height)
		n.drawn[key] = fresh.String()
	}
	a.WriteString(n.drawn[key])
}

// cells is how finely the plane is looked at.
const cells = 60

// classes fills the areas of both classes and draws the boundary between them, cell by cell; margin is positive in
// class 1.
func (a *axes) classes(margin func(point) float64) {
	at := func(k int) float64 { return -planeHalf + 2*planeHalf*float64(k)/cells }
	var height [cells + 1][cells + 1]float64
	for j := range height {
		for i := range height[j] {
			height[j][i] = margin(point{at(i), at(j)})
		}
	}
	a.rect("class0", a.left, a.top, a.width, a.height)
	var inside, border sheet
	for j := range cells {
		full := -1 // where a run of whole cells of class 1 began
		for i := 0; i <= cells; i++ {
			var corners [4]corner
			whole := i < cells
			if whole {
				corners = [4]corner{{point{at(i), at(j)}, height[j][i]}, {point{at(i + 1), at(j)}, height[j][i+1]},
					{point{at(i + 1), at(j + 1)}, height[j+1][i+1]}, {point{at(i), at(j + 1)}, height[j+1][i]}}
			}
			for _, c := range corners {
				whole = whole && c.height > 0
			}
			switch {
			case whole && full < 0:
				full = i
			case !whole && full >= 0:
				inside.piece(a.at(point{at(full), at(j)}), a.at(point{at(i), at(j)}), a.at(point{at(i), at(j + 1)}),
					a.at(point{at(full), at(j + 1)}))
				full = -1
			}
			if !whole && i < cells {
				a.partial(&inside, &border, corners)
			}
		}
	}
	fmt.Fprintf(a, `<path class="class1" d="%s"/><path class="boundary" d="%s"/>`, inside.String(), border.String())
}

// corner is a place of the plane and the margin there.
type corner struct {
	point
	height float64
}

// partial adds the part of a cell that lies in class 1, and the boundary through it; between corners the margin counts
// as linear.
func (a *axes) partial(inside, border *sheet, corners [4]corner) {
	var part, ends []point
	for k, p := range corners {
		q := corners[(k+1)%4]
		if p.height > 0 {
			part = append(part, a.at(p.point))
		}
		if p.height > 0 != (q.height > 0) {
			f := p.height / (p.height - q.height)
			end := a.at(point{p.point[0] + f*(q.point[0]-p.point[0]), p.point[1] + f*(q.point[1]-p.point[1])})
			part, ends = append(part, end), append(ends, end)
		}
	}
	if len(part) > 2 {
		inside.piece(part...)
	}
	for k := 0; k+1 < len(ends); k += 2 {
		p, q := ends[k], ends[k+1]
		fmt.Fprintf(border, "M%s %sL%s %s", short(p[0]), short(p[1]), short(q[0]), short(q[1]))
	}
}

// piece adds a polygon to the data of a path.
func (s *sheet) piece(points ...point) {
	for k, p := range points {
		command := "L"
		if k == 0 {
			command = "M"
		}
		s.WriteString(command + short(p[0]) + " " + short(p[1]))
	}
	s.WriteString("Z")
}

// kinks are the lines w1 x1 + w2 x2 + b = 0 where a hidden neuron switches.
func kinks(n *net.Network) (all []([3]float64)) {
	w, b := n.Params[0].Data, n.Params[1].Data
	for j := range b {
		all = append(all, [3]float64{w[2*j], w[2*j+1], b[j]})
	}
	return all
}

// across is the part of a line inside the square of a half side.
func across(k [3]float64, half float64) (c, d point, ok bool) {
	square := []point{{-half, -half}, {half, -half}, {half, half}, {-half, half}}
	part := cut(square, point{k[0], k[1]}, -k[2])
	var ends []point
	for _, p := range part {
		if h := k[0]*p[0] + k[1]*p[1] + k[2]; h < 1e-9 && h > -1e-9 {
			ends = append(ends, p)
		}
	}
	if len(ends) != 2 {
		return c, d, false
	}
	return ends[0], ends[1], true
}
