package play

import (
	"fmt"
	"math"
	"strings"

	"tightrope/pkg/attack"
	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/toy"
	"tightrope/pkg/verify/cert"
)

var ladderPage = Page{
	Name: "ladder", Title: "The ladder", Short: "Ladder", Notebook: "09_exact", Section: 9,
	Lead: "One minimum, many bounds: from intervals, which cost nothing, up to the exact value, with an attack from " +
		"above. A certificate ends where its line crosses zero.",
	Question: "In the network of two neurons at ε = 0.36: does CROWN, whose sets have the smaller areas, bound " +
		"better than Fast-Lin?",
	Reply: "No: there CROWN is below Fast-Lin. A smaller area is only a habit of good bounds; what counts is where " +
		"the optimum lies. That every bound stays below the exact minimum, and alpha-CROWN above the CROWN that it " +
		"starts from, are theorems.",
	Note: "What needs the solver HiGHS is left out here: LP, LP-all, branch and bound, and the integer program " +
		"(notebook 09 has them). The exact minimum is found by trying every corner of the network's linear pieces " +
		"instead. With one hidden layer CROWN-IBP is CROWN and DeepZ is Fast-Lin.",
	Controls: append([]Control{{ID: "net", Label: "network", Kind: Choice, Start: "steps",
		Options: []Option{planeOptions[3], planeOptions[0], planeOptions[1], planeOptions[2]}}},
		planeControls("0.5", "0.5", "0.36")...),
	draw: (*Player).ladder,
}

// rung is one bound of the ladder, by a rule of the certificates.
type rung struct {
	name, class string
	layers      []cert.Rule
	margins     cert.Rule
}

var rungs = []rung{{"IBP", "ibp", nil, cert.Interval}, {"Fast-Lin", "fl", []cert.Rule{cert.FastLin}, cert.FastLin},
	{"CROWN", "cr", []cert.Rule{cert.CROWN}, cert.CROWN}}

// bound is the least margin over the other classes by a rung's rules.
func (r rung) bound(n *cert.Network, b ball.Ball, x []float64, label int) (least float64, class int, err error) {
	all, err := r.allMargins(n, b, x, label)
	if err != nil {
		return 0, 0, err
	}
	least, class = weakest(all, label)
	return least, class, nil
}

// step is one line of the ladder; a NaN is not known yet.
type step struct {
	name, class string
	margin      float64
}

// climb bounds the margin at a point by everything that a stage allows.
func (n *planeNet) climb(x point, eps float64, stage int) ([]step, error) {
	label := n.label(x)
	var steps []step
	for _, r := range rungs {
		m, _, err := r.bound(n.plain, ball.Ball{Eps: eps}, x[:], label)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step{r.name, r.class, m})
	}
	exact, _, err := toy.Exact(n.net, x, label, eps)
	if err != nil {
		return nil, err
	}
	alpha, pgd := math.NaN(), math.NaN()
	if stage > 0 {
		if alpha, err = n.alphaBound(x, eps, label); err != nil {
			return nil, err
		}
		if pgd, err = n.attack(x, eps, label); err != nil {
			return nil, err
		}
	}
	return append(steps, step{"alpha-CROWN", "al", alpha}, step{"exact", "exact", exact}, step{"PGD", "pgd", pgd}), nil
}

func (n *planeNet) alphaBound(x point, eps float64, label int) (float64, error) {
	if n.alpha == nil {
		b, _, err := backend.Open(backend.Go)
		if err != nil {
			return 0, err
		}
		if n.alpha, err = bound.NewAlphaEvaluator(b, n.net, bound.AlphaOptions{Batch: 1}); err != nil {
			return 0, err
		}
	}
	out, err := n.alpha.Bound([]float32{float32(x[0]), float32(x[1])}, []int32{int32(label)}, eps)
	if err != nil {
		return 0, err
	}
	return out.Margins[0][1-label], nil
}

func (n *planeNet) attack(x point, eps float64, label int) (float64, error) {
	if n.attacker == nil {
		b, _, err := backend.Open(backend.Go)
		if err != nil {
			return 0, err
		}
		options := attack.Options{Steps: 20, Batch: 1, Loss: attack.Margin}
		if n.attacker, err = attack.New(b, n.net, options); err != nil {
			return 0, err
		}
	}
	out, err := attack.RunAt(n.attacker, x[:], []int32{int32(label)}, eps)
	if err != nil {
		return 0, err
	}
	return out.Margin[0], nil
}

// ladder draws the bounds at one radius, and over all radii.
func (p *Player) ladder(v *values) (*Answer, error) {
	n, err := p.plane(v.choice("net"))
	if err != nil {
		return nil, err
	}
	x, eps := point{v.number("x1"), v.number("x2")}, v.number("eps")
	steps, err := n.climb(x, eps, v.stage)
	if err != nil {
		return nil, err
	}
	a := &Answer{Numbers: map[string]float64{}, Next: 1 - v.stage}
	var certified []string
	for _, s := range steps {
		row := Row{Label: s.name, Value: "…", Class: s.class}
		if !math.IsNaN(s.margin) {
			row.Value, a.Numbers[s.name] = signed(s.margin, 4), s.margin
			row.Best = s.margin > 0 && s.name != "PGD"
		}
		if row.Best && s.name != "exact" {
			certified = append(certified, s.name)
		}
		a.Rows = append(a.Rows, row)
	}
	a.Verdict, a.Good = ladderVerdict(steps, certified)
	a.Text = fmt.Sprintf("At ε = %s: %s.", signed(eps, 2), listed(steps))
	return a, n.drawLadder(a, steps, x, eps, v.width)
}

func listed(steps []step) (text string) {
	for _, s := range steps {
		if math.IsNaN(s.margin) {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += s.name + " " + signed(s.margin, 3)
	}
	return text
}

func ladderVerdict(steps []step, certified []string) (string, bool) {
	exact := 0.0
	for _, s := range steps {
		if s.name == "exact" {
			exact = s.margin
		}
	}
	switch {
	case len(certified) > 0:
		return "This point is certified by " + strings.Join(certified, ", ") + ".", true
	case exact > 0:
		return "The point is robust, but none of these bounds certifies it.", false
	}
	return "The point is not robust: the exact minimum is not positive.", false
}

// drawLadder draws the bounds over the radius, with the chosen radius as a line that can be dragged.
func (n *planeNet) drawLadder(a *Answer, steps []step, x point, eps, width float64) error {
	lines, low, high, err := n.lines(x)
	if err != nil {
		return err
	}
	s := newSheet(width, min(0.7*width, 440)+50)
	ax := &axes{sheet: s, left: 42, top: 26, width: width - 56, height: s.height - 70, x0: 0, x1: 1, y0: low, y1: high}
	ax.ticks(5, 5)
	ax.names("radius ε", "least margin")
	ax.curve("zero", point{0, 0}, point{1, 0})
	for i, l := range lines {
		ax.curve("edge s-"+[]string{"ibp", "fl", "cr", "exact"}[i], l...)
	}
	ax.curve("guide", point{eps, low}, point{eps, high})
	for _, st := range steps {
		if y := st.margin; y >= low && y <= high {
			ax.mark(st.class, point{eps, y})
		}
	}
	above := low + 16*(high-low)/ax.height // it would cover the axis' numbers
	a.Handles = []Handle{ax.handle("eps", "radius ε", point{eps, above}, "eps", "")}
	a.SVG = s.done(a.Text + " " + a.Verdict)
	return nil
}

// mark is a technique's mark, each of its own form.
func (a *axes) mark(class string, at point) {
	p := a.at(at)
	switch class {
	case "pgd":
		a.cross("cross s-pgd", p, 6)
	case "exact":
		a.square("worst", p, 7)
	case "al":
		a.line("edge s-al", point{p[0] - 7, p[1]}, point{p[0] + 7, p[1]})
		a.line("edge s-al", point{p[0], p[1] - 7}, point{p[0], p[1] + 7})
	default:
		a.circle("dot d-"+class, p, 5)
	}
}

// ladderPoints is the number of radii of a line.
const ladderPoints = 41

// lines are the rungs and the exact minimum over the radius, cut off where they fall far below the others.
func (n *planeNet) lines(x point) (lines [][]point, low, high float64, err error) {
	label := n.label(x)
	lines = make([][]point, len(rungs)+1)
	for k := range ladderPoints {
		eps := float64(k) / (ladderPoints - 1)
		for i := range lines {
			m := 0.0
			if i < len(rungs) {
				m, _, err = rungs[i].bound(n.plain, ball.Ball{Eps: eps}, x[:], label)
			} else {
				m, _, err = toy.Exact(n.net, x, label, eps)
			}
			if err != nil {
				return nil, 0, 0, err
			}
			lines[i] = append(lines[i], point{eps, m})
		}
	}
	high = 1.15*max(lines[0][0][1], 0.1) + 0
	low = -2 * high
	for i := range lines {
		lines[i] = above(lines[i], low)
	}
	return lines, low, high, nil
}

// above cuts a falling line off where it leaves the picture.
func above(line []point, low float64) []point {
	for k, p := range line {
		if p[1] < low && k > 0 {
			q := line[k-1]
			f := (q[1] - low) / (q[1] - p[1])
			return append(line[:k:k], point{q[0] + f*(p[0]-q[0]), low})
		}
	}
	return line
}
