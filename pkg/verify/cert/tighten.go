package cert

import (
	"cmp"
	"context"
	"slices"

	"tightrope/pkg/ball"
)

// Bounds bounds the input of every relu by intervals and by backward passes under each of the rules, layer by layer,
// each on the tightest bounds of the layers before. A cancelled context ends it with the context's error.
func (r *Region) Bounds(ctx context.Context, rules ...Rule) (*Bounds, error) {
	defer r.rest()
	b := &Bounds{}
	err := r.propagate(func(relu int, z interval) error {
		b.Lower, b.Upper = append(b.Lower, z.lower), append(b.Upper, z.upper)
		return r.tighten(ctx, b, relu, rules)
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// tighten bounds the unstable units of one relu, or all of a smooth activation.
func (r *Region) tighten(ctx context.Context, b *Bounds, relu int, rules []Rule) error {
	from := r.net.vertices[r.net.relus[relu]].from[0]
	if r.exactInterval(from) {
		return ctx.Err()
	}
	if len(rules) > 0 && !r.net.afterRelu(from) { // linear in the input: every rule gives the same
		rules = []Rule{FastLin}
	}
	for _, rule := range rules {
		p := r.newPass(b, rule)
		for part := range slices.Chunk(r.open(b, relu), p.most()) {
			p.units(from, part, interval{b.Lower[relu], b.Upper[relu]})
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// open lists the units of an activation that have no exact line: the unstable ones of a relu, and all but constant ones
// of a smooth activation. Those with the same window on the values before are side by side.
func (r *Region) open(b *Bounds, relu int) (units []int) {
	for _, j := range r.kept(b, relu) {
		if b.Lower[relu][j] < b.Upper[relu][j] {
			units = append(units, j)
		}
	}
	return units
}

// kept lists the units of an activation that a condensed network keeps, those with the same window side by side.
func (r *Region) kept(b *Bounds, relu int) (units []int) {
	for j := range b.Lower[relu] {
		if r.bends(b, relu, j) {
			units = append(units, j)
		}
	}
	from := r.net.vertices[r.net.relus[relu]].from[0]
	slices.SortStableFunc(units, func(i, j int) int {
		return cmp.Compare(r.net.corner(from, i), r.net.corner(from, j))
	})
	return units
}

// corner is where the window begins on which a unit of a vertex depends: the first column of its row, over sums the
// first of any branch. It is the same for all channels of a position; dense layers have one corner.
func (p *Network) corner(vertex, unit int) int32 {
	v := &p.vertices[vertex]
	switch {
	case v.kind == affineVertex && v.weight.start != nil:
		return v.weight.first(unit)
	case v.kind == affineVertex:
		return 0
	case v.kind == sumVertex:
		least := p.corner(v.from[0], unit)
		for _, from := range v.from[1:] {
			least = min(least, p.corner(from, unit))
		}
		return least
	}
	return int32(unit)
}

// bends reports whether a unit is not known to be linear: an unstable one of a relu, any of a smooth activation.
func (r *Region) bends(b *Bounds, relu, unit int) bool {
	return r.net.vertices[r.net.relus[relu]].curve != nil || b.Unstable(relu, unit)
}

// afterRelu reports whether a vertex depends on a relu.
func (p *Network) afterRelu(vertex int) bool {
	v := &p.vertices[vertex]
	if v.kind == reluVertex {
		return true
	}
	for _, f := range v.from {
		if p.afterRelu(f) {
			return true
		}
	}
	return false
}

// exactInterval reports whether intervals are exact at a vertex already, up to rounding.
func (r *Region) exactInterval(vertex int) bool {
	v := &r.net.vertices[vertex]
	direct := v.kind == inputVertex || v.kind == affineVertex && v.from[0] == input
	return direct || r.ball.Norm != ball.Linf && v.kind == affineVertex && !r.net.afterRelu(vertex)
}

// most is how many units a pass bounds at once: those whose slopes depend on the sign take a lane for either side.
func (p *pass) most() int {
	if p.rule == FastLin {
		return lanes
	}
	return lanes / 2
}

// units bounds a limited number of units of a vertex by a backward pass, and tightens their intervals.
func (p *pass) units(vertex int, units []int, z interval) {
	p.begin()
	p.both = p.rule == FastLin
	for q, j := range units {
		p.put(vertex, j, q, 1)
		if !p.both {
			p.put(vertex, j, len(units)+q, -1)
		}
	}
	p.run(vertex)
	for q, j := range units {
		u := p.upper(q)
		if !p.both {
			u = -p.lower(len(units) + q)
		}
		z.lower[j], z.upper[j] = max(z.lower[j], p.lower(q)), min(z.upper[j], u)
	}
}

// Margin bounds logit[label] - logit[class] over the region from below, on bounds of the relus' inputs, by a rule.
func (r *Region) Margin(b *Bounds, rule Rule, label, class int) float64 {
	defer r.rest()
	return r.newPass(b, rule).margins(label, []int{class})[0]
}

// Margins are those of all classes, [classes], with 0 at the label.
func (r *Region) Margins(b *Bounds, rule Rule, label int) []float64 {
	defer r.rest()
	out, others, p := make([]float64, r.net.Classes()), r.net.others(label), r.newPass(b, rule)
	for part := range slices.Chunk(others, lanes) {
		for q, m := range p.margins(label, part) {
			out[part[q]] = m
		}
	}
	return out
}

// others are the classes but the label.
func (p *Network) others(label int) (classes []int) {
	for class := range p.Classes() {
		if class != label {
			classes = append(classes, class)
		}
	}
	return classes
}

// margins bounds the margins over some classes, at most a pass's lanes.
func (p *pass) margins(label int, classes []int) (lower []float64) {
	p.begin()
	for q, class := range classes {
		p.put(p.net.output, label, q, 1)
		p.put(p.net.output, class, q, -1)
	}
	p.run(p.net.output)
	for q := range classes {
		lower = append(lower, p.lower(q))
	}
	return lower
}
