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
		fresh.classes(n.label)
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

// classes fills the areas of both classes, row by row.
func (a *axes) classes(label func(point) int) {
	const cells = 60
	at := func(k float64) float64 { return -planeHalf + 2*planeHalf*k/cells }
	high := a.height / cells
	for j := range cells {
		y, from := at(float64(j)+0.5), 0
		here := label(point{at(0.5), y})
		for i := 1; i <= cells; i++ {
			next := -1
			if i < cells {
				next = label(point{at(float64(i) + 0.5), y})
			}
			if next == here {
				continue
			}
			a.rect(fmt.Sprintf("class%d", here), a.px(at(float64(from))), a.py(at(float64(j+1))),
				float64(i-from)*a.width/cells, high+0.3)
			from, here = i, next
		}
	}
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
