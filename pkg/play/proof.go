package play

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
)

var proofPage = Page{
	Name: "proof", Title: "A proof and its checker", Short: "Proof", Notebook: "09_exact", Section: 15,
	Lead: "A certificate is a list of numbers that anybody can check again, with every rounding error accounted " +
		"for. Who made it does not matter.",
	Question: "Somebody changes one multiplier of the proof. Can the checker be led to believe something false?",
	Reply: "No: every multiplier is sound, a bad one only makes the bound looser. If the bound stays positive it " +
		"still is a proof, and is accepted; if not, it is refused. A larger radius or another network is another " +
		"claim, and needs another proof.",
	Note: "The network is the one without γ of the page of digits: 64 pixels, two layers of 100 neurons. The " +
		"checker is the one of tightrope check.",
	Controls: []Control{
		{ID: "step", Label: "step of the proof", Kind: Choice, Start: "claim", Options: []Option{
			{"claim", "1 the claim"}, {"first", "2 first layer"}, {"second", "3 second layer"}, {"margins", "4 " +
				"margins"}}},
		{ID: "image", Label: "test image", Kind: Range, Min: 0, Max: digitImages - 1, Step: 1, Start: "0"},
		{ID: "eps", Label: "radius ε of the proof", Kind: Range, Min: 0.005, Max: 0.15, Step: 0.005, Start: "0.08"},
		{ID: "change", Label: "change", Kind: Choice, Start: "none", Options: []Option{{"none", "nothing"},
			{"multiplier", "one multiplier"}, {"radius", "the radius claimed"}, {"pixel", "one pixel"},
			{"label", "the label"}, {"missing", "leave one class out"}, {"network", "the network's hash"}}},
		{ID: "by", Label: "by how much", Kind: Range, Min: -1, Max: 1, Step: 0.05, Start: "0.5",
			Help: "of a multiplier, the radius, or a pixel"},
	},
	draw: (*Player).proof,
}

// written is a proof and what its writer found on the way.
type written struct {
	*cert.Certificate
	bounds *cert.Bounds
	lower  []float64 // of each margin, positive or not, by class; 0 at the label
}

// certificate makes a proof with multipliers of every margin; whether it holds is for the checker to say.
func (n *digitNet) certificate(x []float64, label int, b ball.Ball) (*written, error) {
	ctx := context.Background()
	region, err := cert.NewRegion(n.plain, b, x)
	if err != nil {
		return nil, err
	}
	bounds, err := region.Bounds(ctx, cert.FastLin)
	if err != nil {
		return nil, err
	}
	condensed, err := region.Condense(ctx, bounds, label)
	if err != nil {
		return nil, err
	}
	c := cert.New(n.plain, b, x, label, cert.Certified, "playground")
	c.Rules, c.Units = []cert.Rule{cert.FastLin}, condensed.Units
	w := &written{Certificate: c, bounds: bounds, lower: make([]float64, n.plain.Classes())}
	for class := range n.plain.Classes() {
		if class != label {
			tree := &cert.Tree{Splits: []int{cert.Leaf}}
			tree.Multipliers, w.lower[class] = multipliers(condensed, class)
			c.Margins = append(c.Margins, cert.MarginProof{Class: class, Tree: tree})
		}
	}
	return w, nil
}

// multipliers are those of the better rule for one margin, and the bound that they prove.
func multipliers(c *cert.Condensed, class int) (best []float64, most float64) {
	prover := c.NewProver()
	most = math.Inf(-1)
	for _, rule := range []cert.Rule{cert.FastLin, cert.CROWN} {
		nu, choose := make([]float64, len(c.Units)), c.ByRule(rule)
		bound := prover.Lower(c.Margin(class), 1, c.Lower, c.Upper, func(unit int, h, l, u float64) float64 {
			nu[unit] = choose(unit, h, l, u)
			return nu[unit]
		})
		if bound > most || best == nil {
			most, best = bound, nu
		}
	}
	return best, most
}

// tampered is a certificate with one number changed, and what was done.
func tampered(c *cert.Certificate, v *values, other string, weakest int) (*cert.Certificate, string) {
	t, by := *c, v.number("by")
	t.Margins = slices.Clone(c.Margins)
	at := slices.IndexFunc(t.Margins, func(m cert.MarginProof) bool { return m.Class == weakest })
	switch v.choice("change") {
	case "multiplier":
		return &t, changeMultiplier(&t, at, by)
	case "radius":
		t.Ball.Eps = max(0, c.Ball.Eps+0.1*by)
		return &t, fmt.Sprintf("The radius claimed: %s instead of %s", signed(t.Ball.Eps, 4), signed(c.Ball.Eps, 4))
	case "pixel":
		t.Input = slices.Clone(c.Input)
		const pixel = 28 // in the middle
		t.Input[pixel] = min(max(t.Input[pixel]+by, 0), 1)
		return &t, fmt.Sprintf("The pixel in row 4, column 5: %s instead of %s", signed(t.Input[pixel], 3),
			signed(c.Input[pixel], 3))
	case "label":
		t.Label = weakest
		t.Margins[at].Class = c.Label
		return &t, fmt.Sprintf("The label: %d instead of %d", t.Label, c.Label)
	case "missing":
		t.Margins = slices.Delete(t.Margins, at, at+1)
		return &t, fmt.Sprintf("The proof of class %d is left out", weakest)
	case "network":
		t.Network = other
		return &t, fmt.Sprintf("The network's hash: %.8s… instead of %.8s…", other, c.Network)
	}
	return &t, "Nothing is changed"
}

// changeMultiplier moves the largest multiplier of one margin.
func changeMultiplier(t *cert.Certificate, margin int, by float64) string {
	tree := *t.Margins[margin].Tree
	tree.Multipliers = slices.Clone(tree.Multipliers)
	t.Margins[margin].Tree = &tree
	if len(tree.Multipliers) == 0 {
		return "No unit is unstable, so there is no multiplier to change"
	}
	largest := 0
	for i, nu := range tree.Multipliers {
		if math.Abs(nu) > math.Abs(tree.Multipliers[largest]) {
			largest = i
		}
	}
	before := tree.Multipliers[largest]
	tree.Multipliers[largest] += 4 * by * math.Abs(before)
	u := t.Units[largest]
	return fmt.Sprintf("The multiplier of unit %d.%d for class %d: %s instead of %s", u.Relu+1, u.Unit+1,
		t.Margins[margin].Class, signed(tree.Multipliers[largest], 3), signed(before, 3))
}

// proof draws a step of a proof and what the checker says of it after the change.
func (p *Player) proof(v *values) (*Answer, error) {
	d, err := p.loadDigits()
	if err != nil {
		return nil, err
	}
	x, label, err := d.image(v)
	if err != nil {
		return nil, err
	}
	n, b := d.pair[0], ball.Ball{Eps: v.number("eps"), Box: ball.Unit}
	c, err := n.certificate(x, label, b)
	if err != nil {
		return nil, err
	}
	least, class := weakest(c.lower, label)
	changed, what := tampered(c.Certificate, v, d.pair[1].plain.Hash, class)
	report, refusal := cert.Check(context.Background(), n.plain, changed)
	a := &Answer{Numbers: map[string]float64{"least": least, "class": float64(class)}}
	a.Numbers["unstable"] = float64(len(c.Units))
	a.judge(report, refusal, what)
	a.Rows = []Row{{Label: "unstable units", Value: fmt.Sprint(len(c.Units))},
		{Label: "numbers in the proof", Value: fmt.Sprint(len(c.Units) * len(c.Margins))},
		{Label: "least bound before the change", Value: signed(least, 4)},
		{Label: "of class", Value: fmt.Sprint(class)}}
	a.Text = fmt.Sprintf("Claim: every image within ε = %s of test image %s is in class %d. Step %s.", signed(b.Eps, 3),
		v.state["image"], label, v.label("step"))
	a.SVG = proofPicture(v, c, a.Text+" "+a.Verdict)
	return a, nil
}

// judge says what the checker found.
func (a *Answer) judge(report *cert.Report, refusal error, what string) {
	switch {
	case refusal == nil:
		a.Verdict, a.Good = fmt.Sprintf("%s. Accepted: all margins are proved, the least is %s.", what,
			signed(slices.Min(report.Lower), 4)), true
		a.Numbers["accepted"], a.Numbers["checked"] = 1, slices.Min(report.Lower)
	case errors.Is(refusal, cert.ErrRefused):
		a.Verdict = fmt.Sprintf("%s. Refused: %s.", what, minus(refusal.Error()[len("refused: "):]))
	default:
		a.Verdict = fmt.Sprintf("%s. Refused, not a proof for this network: %s.", what, refusal)
	}
}

// proofPicture draws one step.
func proofPicture(v *values, c *written, text string) string {
	s := newSheet(v.width, min(0.62*v.width, 400)+30)
	if v.choice("step") == "claim" {
		s.height = (v.width-48)/3 + 74
	}
	switch v.choice("step") {
	case "claim":
		drawClaim(s, c.Certificate)
	case "first":
		drawLayer(s, c.bounds, 0, "bounds of the first layer's 100 neurons, by intervals: exact")
	case "second":
		drawLayer(s, c.bounds, 1, "bounds of the second layer's 100 neurons, by Fast-Lin backwards")
	default:
		drawMargins(s, c)
	}
	return s.done(text)
}

// drawClaim shows the darkest, the given and the brightest image of the ball.
func drawClaim(s *sheet, c *cert.Certificate) {
	lo, hi := c.Ball.Bounds(c.Input)
	size := (s.width - 48) / 3
	left := (s.width - 3*size - 48) / 2
	for i, x := range [][]float64{lo, c.Input, hi} {
		s.digit(x, left+float64(i)*(size+24), 34, size, []string{"least", "the image", "greatest"}[i], "")
	}
	s.block("name", "middle", point{s.width / 2, size + 62}, s.width,
		fmt.Sprintf("every image between the outer two is to be classified as %d", c.Label))
}

// drawLayer shows the intervals of one layer's units, sorted.
func drawLayer(s *sheet, b *cert.Bounds, layer int, title string) {
	order := make([]int, len(b.Lower[layer]))
	low, high := 0.0, 0.0
	for i := range order {
		order[i] = i
		low, high = min(low, b.Lower[layer][i]), max(high, b.Upper[layer][i])
	}
	middle := func(i int) float64 { return b.Lower[layer][i] + b.Upper[layer][i] }
	slices.SortFunc(order, func(i, j int) int { return int(math.Copysign(1, middle(i)-middle(j))) })
	more := s.block("name", "start", point{40, 18}, s.width-40, title)
	ax := &axes{sheet: s, left: 40, top: 30 + more, width: s.width - 48, height: s.height - more - 70, x0: -1,
		x1: float64(len(order)), y0: 1.05 * low, y1: 1.05 * high}
	ax.ticks(0, 5)
	ax.curve("zero", point{ax.x0, 0}, point{ax.x1, 0})
	for k, i := range order {
		class := "stable"
		if b.Unstable(layer, i) {
			class = "unstable"
		}
		ax.curve("interval "+class, point{float64(k), b.Lower[layer][i]}, point{float64(k), b.Upper[layer][i]})
	}
	s.block("small", "start", point{ax.left, s.height - 14}, ax.width,
		"thick: unstable, the interval crosses 0; thin: stable")
}

// drawMargins shows the bound of every margin that the multipliers prove.
func drawMargins(s *sheet, c *written) {
	low, high := 0.0, 0.1
	for _, m := range c.lower {
		low, high = min(low, m), max(high, m)
	}
	more := s.block("name", "start", point{40, 18}, s.width-40,
		"bound of the margin over each class, by its multipliers")
	ax := &axes{sheet: s, left: 40, top: 30 + more, width: s.width - 110, height: s.height - more - 66, x0: 1.05 * low,
		x1: 1.05 * high, y0: 9, y1: 0}
	ax.curve("zero", point{0, 0}, point{0, 9})
	s.text("tick", "middle", point{ax.px(0), ax.top + ax.height + 16}, "0")
	row := 0.0
	for t, m := range c.lower {
		if t == c.Label {
			continue
		}
		class, y := "bar", ax.py(row+0.15)
		if m <= 0 {
			class = "bar bad"
		}
		x := min(ax.px(0), ax.px(m))
		s.rect(class, x, y, math.Abs(ax.px(m)-ax.px(0)), 0.7*ax.height/9)
		s.text("tick", "end", point{ax.left - 8, ax.py(row+0.5) + 4}, fmt.Sprint(t))
		s.text("small", "start", point{max(ax.px(m), ax.px(0)) + 6, ax.py(row+0.5) + 4}, signed(m, 3))
		row++
	}
}
