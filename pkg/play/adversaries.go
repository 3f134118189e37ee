package play

import (
	"fmt"
	"math"

	"tightrope/pkg/tight"
)

var adversariesPage = Page{
	Name: "adversaries", Title: "A linear network and its adversaries", Short: "Adversaries",
	Notebook: "03_regularizers", Section: 10,
	Lead: "Fast-Lin turns a network into a linear one with a small adversary at every unstable neuron. Taken apart, " +
		"each neuron shows what its adversary costs.",
	Question: "A neuron with a positive gradient h sits at z′ < 0. Which line does its adversary use, and what is " +
		"its part of the gap d?",
	Reply: "The lower line, which touches ReLU only at 0: the part is h · (relu(z′) − D z′ − δ*) = −h D z′ > 0. If " +
		"every unstable neuron sat on a touching point, r would be 0, so d would be 0 and the bound exact: " +
		"Proposition 1.",
	Controls: append([]Control{
		{ID: "net", Label: "network", Kind: Choice, Start: "loose", Options: planeOptions},
		{ID: "technique", Label: "technique", Kind: Choice, Start: "fast-lin",
			Options: []Option{{"fast-lin", "Fast-Lin"}, {"crown", "CROWN"}}},
		{ID: "neuron", Label: "neuron", Kind: Range, Min: 1, Max: 6, Step: 1, Start: "6"},
	}, planeControls("0.5", "0.5", "0.5")...),
	draw: (*Player).adversaries,
}

// adversaries draws one neuron, and what each costs.
func (p *Player) adversaries(v *values) (*Answer, error) {
	n, err := p.plane(v.choice("net"))
	if err != nil {
		return nil, err
	}
	f, err := n.find(v.choice("technique"), point{v.number("x1"), v.number("x2")}, v.number("eps"))
	if err != nil {
		return nil, err
	}
	v.set("neuron", min(v.number("neuron"), float64(len(f.Neurons))))
	k := int(v.number("neuron")) - 1
	unit := f.Neurons[k]
	a := &Answer{Numbers: f.numbers(), Rows: unitRows(unit)}
	for i, u := range f.Neurons {
		a.Numbers[fmt.Sprintf("gap %d", i+1)] = u.Gap
	}
	a.Numbers["h"], a.Numbers["slope"] = unit.H, unit.Slope
	a.Numbers["delta*"], a.Numbers["z'"] = unit.Intercept, unit.Z
	a.Verdict, a.Good = f.proposition(v.label("technique"))
	a.Text = unitText(k, unit)
	a.SVG = f.anatomy(v.width, k, a.Text+" "+a.Verdict)
	return a, nil
}

// proposition says what r tells of d.
func (f *found) proposition(name string) (string, bool) {
	switch {
	case f.R < 1e-9 && f.unstable > 0:
		return fmt.Sprintf("r = 0, so d = 0 (Proposition 1): %s is exact here, with %d unstable %s.", name, f.unstable,
			plural(f.unstable, "neuron")), true
	case f.unstable == 0:
		return "No neuron is unstable: the network is linear in the box, and the bound is exact.", true
	case f.D() < 1e-9:
		return fmt.Sprintf("d = 0 although r = %s: the neurons that are off their lines do not count for this margin.",
			signed(f.R, 3)), true
	}
	return fmt.Sprintf("r = %s and d = %s: the adversaries move where the real network cannot follow.", signed(f.R, 3),
		signed(f.D(), 3)), false
}

func unitRows(u tight.Neuron) []Row {
	return []Row{{Label: "bounds l, u", Value: signed(u.Lower, 3) + ", " + signed(u.Upper, 3)},
		{Label: "gradient h", Value: signed(u.H, 4)}, {Label: "slope D", Value: signed(u.Slope, 4)},
		{Label: "adversary δ*", Value: signed(u.Intercept, 4)}, {Label: "real input z′ at x*", Value: signed(u.Z, 4)},
		{Label: "part of d", Value: signed(u.Gap, 4)}, {Label: "distance, part of n r", Value: signed(u.Distance, 4)}}
}

func unitText(k int, u tight.Neuron) string {
	if !u.Unstable {
		return fmt.Sprintf("Neuron %d is stable (l = %s, u = %s): it has no adversary.", k+1, signed(u.Lower, 2),
			signed(u.Upper, 2))
	}
	line, place := "lower", "beside a touching point"
	if u.H < 0 {
		line = "upper"
	}
	if u.Tight {
		place = "on a touching point"
	}
	return fmt.Sprintf("Neuron %d: h = %s, so its adversary uses the %s line; z′ = %s is %s, which costs %s of d.", k+1,
		signed(u.H, 3), line, signed(u.Z, 3), place, signed(u.Gap, 3))
}

// anatomy draws the chosen neuron large, and the parts of d as bars.
func (f *found) anatomy(width float64, k int, text string) string {
	large, bars := width, width
	if width >= 600 {
		large, bars = 0.6*width-12, 0.4*width-12
	}
	high := 0.8*large + 40
	s := newSheet(width, high)
	left, top := large+24, 0.0
	if width < 600 {
		s.height, left, top = high+float64(len(f.Neurons))*30+60, 0, high+16
	}
	u := f.Neurons[k]
	reach := 1.15 * max(math.Abs(u.Lower), math.Abs(u.Upper), 0.1)
	ax := &axes{sheet: s, left: 40, top: 24, width: large - 52, height: high - 66, x0: -reach, x1: reach,
		y0: -0.6 * reach, y1: 1.1 * reach}
	ax.unit(u)
	f.bars(s, left, top, bars, k)
	return s.done(text)
}

// unit draws a neuron: its set, the line that the adversary uses, and the real neuron at x*.
func (a *axes) unit(u tight.Neuron) {
	a.ticks(4, 4)
	a.names("z", "a")
	l, r := u.Lower, u.Upper
	line := func(z float64) float64 { return u.Slope*z + u.Intercept }
	if u.Unstable {
		chord := r / (r - l)
		low := chord
		if u.H >= 0 {
			low = u.Slope
		}
		a.area("area f-fl", point{l, low * l}, point{r, low * r}, point{r, r}, point{l, 0})
	}
	a.curve("guide", point{l, a.y0}, point{l, a.y1})
	a.curve("guide", point{r, a.y0}, point{r, a.y1})
	a.curve("relu dim", point{a.x0, 0}, point{0, 0}, point{a.x1, a.x1})
	if l < r {
		a.curve("edge s-fl", point{l, line(l)}, point{r, line(r)})
	}
	touching := []float64{0}
	if u.H < 0 {
		touching = []float64{l, r}
	}
	if u.Unstable {
		for _, z := range touching {
			a.circle("touch", a.at(point{z, line(z)}), 6)
		}
	}
	real := point{u.Z, max(u.Z, 0)}
	a.curve("gap", real, point{u.Z, line(u.Z)})
	a.circle("star", a.at(real), 5)
	a.text("small", "middle", point{a.px(l) - 9, a.top + 14}, "l")
	a.text("small", "middle", point{a.px(r) + 9, a.top + 14}, "u")
}

// bars draws every neuron's part of d.
func (f *found) bars(s *sheet, left, top, width float64, k int) {
	most := 1e-9
	for _, u := range f.Neurons {
		most = max(most, u.Gap)
	}
	s.text("name", "start", point{left, top + 16}, "part of d, neuron by neuron")
	for i, u := range f.Neurons {
		y := top + 34 + 30*float64(i)
		class, what := "bar", signed(max(u.Gap, 0), 3)
		if !u.Unstable {
			class, what = "bar dim", "stable"
		}
		if i == k {
			s.rect("chosen", left, y-3, width, 26)
		}
		s.text("small", "end", point{left + 18, y + 14}, fmt.Sprint(i+1))
		s.rect(class, left+26, y, max(u.Gap, 0)/most*(width-96), 20)
		s.text("small", "end", point{left + width - 4, y + 14}, what)
	}
}
