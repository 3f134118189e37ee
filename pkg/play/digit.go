package play

import (
	"fmt"
	"math"
	"strings"
)

var digitPage = Page{
	Name: "digit", Title: "Draw a digit", Short: "Digit", Notebook: "05_mnist", Section: 2,
	Lead: "How far may every pixel of your digit change before a network could be fooled, and how far can that be " +
		"proved? Two networks, trained alike but for the regularizer γ r.",
	Question: "Which class will stand in the way first when ε grows? And will the tightest technique be the same in " +
		"both networks?",
	Reply: "The class that blocks is the one with the least bound, often one that shares strokes: 9 for a 3, 8 for a " +
		"2. Intervals give up first: neither network was trained for them. At ε = 0.08 CROWN is the tightest of the " +
		"four in five of six cases, Fast-Lin in the sixth, in both networks; and the gap d is smaller on average in " +
		"the network with γ.",
	Note: "Images: the UCI digits (Alpaydin and Kaynak, CC BY 4.0) of 8 by 8 pixels, from test images that neither " +
		"network was trained on. Your drawing is cut out, scaled and centred as theirs were. All bounds are rounded " +
		"outwards in float64; the attack is 20 steps of PGD from two starts and proves nothing.",
	Controls: []Control{
		{ID: "image", Label: "test image", Kind: Range, Min: 0, Max: digitImages - 1, Step: 1, Start: "0"},
		{ID: "drawn", Label: "or draw a digit", Kind: Canvas,
			Help: "Draw with mouse, finger or pen; or choose a field with the arrow keys and press the space bar."},
		{ID: "eps", Label: "radius ε", Kind: Range, Min: 0, Max: 0.3, Step: 0.005, Start: "0.08",
			Help: "1 is the step from white to black"},
		{ID: "technique", Label: "bounds shown", Kind: Choice, Start: "2",
			Options: []Option{{"0", "IBP"}, {"1", "CROWN-IBP"}, {"2", "Fast-Lin"}, {"3", "CROWN"}}},
	},
	draw: (*Player).digit,
}

// The stages in which the page of a digit fills in.
const (
	boundsFirst = iota
	thenAttacks
	thenRadii
	lastStage = thenRadii + 1 // radii of the second network
)

// digit draws an image in both networks.
func (p *Player) digit(v *values) (*Answer, error) {
	d, err := p.loadDigits()
	if err != nil {
		return nil, err
	}
	x, label, err := d.image(v)
	if err != nil {
		return nil, err
	}
	var both [2]*seen
	for i, n := range d.pair {
		if both[i], err = n.seen(v, x, label, i); err != nil {
			return nil, err
		}
	}
	a := &Answer{Numbers: map[string]float64{}, Heads: []string{d.pair[0].name, d.pair[1].name}}
	if v.stage < lastStage {
		a.Next = v.stage + 1
	}
	for i, s := range both {
		a.digitNumbers(s, i)
	}
	a.digitRows(both)
	a.Text, a.Verdict, a.Good = digitText(v, d, both)
	drawDigits(a, d, both, x, v)
	return a, nil
}

// seen finds out what the stage asks for, and keeps it for the next stage.
func (n *digitNet) seen(v *values, x []float64, label, which int) (*seen, error) {
	key := v.key("image", "drawn", "eps", "technique")
	s, eps := n.last[key], v.number("eps")
	if s == nil {
		technique := int(v.choice("technique")[0] - '0')
		var err error
		if s, err = n.look(x, label, eps, technique); err != nil {
			return nil, err
		}
		n.last = map[string]*seen{key: s}
	}
	if v.stage >= thenAttacks {
		if err := n.attackAt(s, x, eps); err != nil {
			return nil, err
		}
	}
	if v.stage >= thenRadii+which {
		return s, n.certifiedRadii(s, x)
	}
	return s, nil
}

func (a *Answer) digitNumbers(s *seen, network int) {
	name := func(what string) string { return fmt.Sprintf("%s %d", what, network) }
	for i, r := range digitRungs {
		a.Numbers[name(r.name)] = s.least[i]
		if s.radii != nil {
			a.Numbers[name("radius "+r.name)] = s.radii[i]
		}
	}
	a.Numbers[name("class")] = float64(s.class)
	a.Numbers[name("d")], a.Numbers[name("r")] = s.anatomy.D(), s.anatomy.R
	a.Numbers[name("unstable")] = float64(len(s.anatomy.Unstable()))
	if s.attacked != nil {
		a.Numbers[name("PGD")], _ = weakest(s.reached, s.label)
	}
}

func (a *Answer) digitRows(both [2]*seen) {
	row := func(label, class string, value func(*seen) string) {
		a.Rows = append(a.Rows, Row{Label: label, Class: class, Value: value(both[0]), Other: value(both[1])})
	}
	row("read as", "", func(s *seen) string { return fmt.Sprint(s.class) })
	row("class that blocks", "", func(s *seen) string {
		_, class := weakest(s.bounds, s.label)
		return fmt.Sprint(class)
	})
	for i, r := range digitRungs {
		row(r.name, r.class, func(s *seen) string { return signed(s.least[i], 3) })
	}
	row("attack", "pgd", func(s *seen) string {
		if s.attacked == nil {
			return "…"
		}
		least, _ := weakest(s.reached, s.label)
		return signed(least, 3)
	})
	row("unstable neurons", "", func(s *seen) string { return fmt.Sprint(len(s.anatomy.Unstable())) })
	row("gap d, distance r", "", func(s *seen) string {
		return signed(s.anatomy.D(), 2) + ", " +
			"" + signed(s.anatomy.R, 3)
	})
	row("loosest neurons", "", func(s *seen) string { return loosest(s) })
	for i, r := range digitRungs {
		row("certified up to, "+r.name, r.class, func(s *seen) string {
			if s.radii == nil {
				return "…"
			}
			return signed(s.radii[i], 3)
		})
	}
}

// loosest names the two neurons with the largest parts of the gap: layer.unit.
func loosest(s *seen) string {
	first, second := -1, -1
	for i, u := range s.anatomy.Neurons {
		switch {
		case !u.Unstable:
		case first < 0 || u.Gap > s.anatomy.Neurons[first].Gap:
			first, second = i, first
		case second < 0 || u.Gap > s.anatomy.Neurons[second].Gap:
			second = i
		}
	}
	var names []string
	for _, i := range []int{first, second} {
		if i >= 0 {
			u := s.anatomy.Neurons[i]
			names = append(names, fmt.Sprintf("%d.%d", u.Layer+1, u.Unit+1))
		}
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, ", ")
}

// verdict is what is known of one network: certified by a technique, broken by an attack, or neither.
func (s *seen) verdict() (text string, good bool) {
	if s.class != s.label {
		return fmt.Sprintf("misread as %d", s.class), false
	}
	for i, r := range digitRungs {
		if s.least[i] > 0 {
			return "certified already by " + r.name, true
		}
	}
	if s.attacked != nil {
		if least, class := weakest(s.reached, s.label); least <= 0 {
			return fmt.Sprintf("fooled: an attack makes it a %d", class), false
		}
	}
	return fmt.Sprintf("undecided: class %d blocks", s.blocks[int(len(s.blocks))-1]), false
}

func digitText(v *values, d *digits, both [2]*seen) (text, verdict string, good bool) {
	what := fmt.Sprintf("Test image %s, a %d", v.state["image"], both[0].label)
	if v.state["drawn"] != "" {
		what = "Your digit"
	}
	first, ok := both[0].verdict()
	second, too := both[1].verdict()
	verdict = fmt.Sprintf("%s, at ε = %s: %s %s; %s %s.", what, signed(v.number("eps"), 3), d.pair[0].name, first,
		d.pair[1].name, second)
	return fmt.Sprintf("Least bounds by %s: %s %s, %s %s. A bar goes from the proved bound (dot) to what the attack "+
		"reached (cross): the truth lies between.", v.label("technique"), d.pair[0].name, signed(least(both[0]), 3),
		d.pair[1].name, signed(least(both[1]), 3)), verdict, ok && too
}

// least is the least of the bounds that are shown.
func least(s *seen) float64 {
	m, _ := weakest(s.bounds, s.label)
	return m
}

// drawDigits draws both networks, beside or above each other.
func drawDigits(a *Answer, d *digits, both [2]*seen, x []float64, v *values) {
	column, columns := (v.width-28)/2, 2
	if v.width < 560 {
		column, columns = v.width, 1
	}
	thumb := (column - 24) / 3
	high := thumb + 300
	s := newSheet(v.width, high*float64(2/columns))
	low, top := both[0].extent()
	low2, top2 := both[1].extent()
	low, top = max(min(low, low2), -4*max(top, top2, 1)), max(top, top2)
	class := digitRungs[int(v.choice("technique")[0]-'0')].class
	for i, f := range both {
		left, y := float64(i%columns)*(column+28), float64(i/columns)*high
		verdict, _ := f.verdict()
		s.text("label", "start", point{left, y + 16}, d.pair[i].name)
		s.text("small", "end", point{left + column, y + 16}, verdict)
		s.digit(x, left, y+44, thumb, "image", "")
		f.second(s, left+thumb+12, y+44, thumb)
		s.digit(f.anatomy.XStar, left+2*(thumb+12), y+44, thumb, "x*, relaxed", "")
		ax := &axes{sheet: s, left: left + 24, top: y + thumb + 72, width: column - 34, height: 186,
			x0: low, x1: top, y0: 9, y1: -0.2}
		ax.margins(f, class)
	}
	a.SVG = s.done(a.Verdict + " " + a.Text)
}

// second is the attack's image, or a place for it.
func (s *seen) second(sh *sheet, left, top, size float64) {
	if s.attacked == nil {
		sh.digit(nil, left, top, size, "attack …", "")
		return
	}
	class := ""
	if least, _ := weakest(s.reached, s.label); least <= 0 {
		class = "broken"
	}
	sh.digit(s.attacked, left, top, size, "attack", class)
}

// extent is the range of everything that is drawn.
func (s *seen) extent() (low, high float64) {
	for t, b := range s.bounds {
		if t == s.label {
			continue
		}
		low, high = min(low, b), max(high, b)
		if s.reached != nil && !math.IsInf(s.reached[t], 0) {
			low, high = min(low, s.reached[t]), max(high, s.reached[t])
		}
	}
	return 1.1*low - 0.2, 1.1*high + 0.2
}

// margins draws, for every other class, the bound and what the attack reached: the exact value lies between.
func (a *axes) margins(s *seen, class string) {
	a.curve("zero", point{0, 9}, point{0, -0.2})
	a.text("tick", "middle", point{a.px(0), a.top + a.height + 14}, "0")
	a.text("name", "end", point{a.left + a.width, a.top + a.height + 30}, "margin over each other class")
	row := 0.0
	for t, b := range s.bounds {
		if t == s.label {
			continue
		}
		row++
		y := row - 0.5
		a.text("tick", "end", point{a.left - 8, a.py(y) + 4}, fmt.Sprint(t))
		from := b
		if b < a.x0 { // too far off to be drawn
			a.text("small s-"+class, "start", point{a.left, a.py(y) + 4}, "◂ "+signed(b, 1))
			from = a.x0 + 56*(a.x1-a.x0)/a.width
		} else {
			a.circle("dot d-"+class, a.at(point{b, y}), 4.5)
		}
		if s.reached != nil {
			a.curve("gap wide", point{from, y}, point{max(s.reached[t], from), y})
			a.cross("cross s-pgd", a.at(point{s.reached[t], y}), 4.5)
		}
	}
}
