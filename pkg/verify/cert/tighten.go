package cert

import (
	"context"

	"tightrope/pkg/ball"
)

// Bounds bounds the input of every relu by intervals and by backward passes under each of the rules, layer by layer,
// each on the tightest bounds of the layers before. A cancelled context ends it with the context's error.
func (r *Region) Bounds(ctx context.Context, rules ...Rule) (*Bounds, error) {
	b, p := &Bounds{}, r.newPass()
	err := r.propagate(func(relu int, z interval) error {
		b.Lower, b.Upper = append(b.Lower, z.lower), append(b.Upper, z.upper)
		return p.tighten(ctx, b, relu, rules)
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// tighten bounds the unstable units of one relu, or all of a smooth activation.
func (p *pass) tighten(ctx context.Context, b *Bounds, relu int, rules []Rule) error {
	from := p.net.vertices[p.net.relus[relu]].from[0]
	if p.exactInterval(from) {
		return nil
	}
	if len(rules) > 0 && !p.net.afterRelu(from) { // linear in the input: every rule gives the same
		rules = []Rule{FastLin}
	}
	p.bounds = b
	curved := p.net.vertices[p.net.relus[relu]].curve != nil
	for _, p.rule = range rules {
		for j := range b.Lower[relu] {
			if b.Unstable(relu, j) || curved && b.Lower[relu][j] < b.Upper[relu][j] {
				lower, upper := p.unit(from, j)
				b.Lower[relu][j], b.Upper[relu][j] = max(b.Lower[relu][j], lower), min(b.Upper[relu][j], upper)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	return nil
}

// afterRelu tells whether a vertex depends on a relu.
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

// exactInterval tells whether intervals are exact at a vertex already, up to rounding.
func (p *pass) exactInterval(vertex int) bool {
	v := &p.net.vertices[vertex]
	direct := v.kind == inputVertex || v.kind == affineVertex && v.from[0] == input
	return direct || p.ball.Norm != ball.Linf && v.kind == affineVertex && !p.net.afterRelu(vertex)
}

// unit bounds one unit of a vertex by backward passes.
func (p *pass) unit(vertex, unit int) (lower, upper float64) {
	p.both = p.rule == FastLin
	p.start(vertex)[unit] = 1
	p.run(vertex)
	lower = p.lower()
	if p.both {
		return lower, p.upper()
	}
	p.start(vertex)[unit] = -1
	p.run(vertex)
	return lower, -p.lower()
}

// margin bounds logit[label] - logit[class] from below.
func (p *pass) margin(b *Bounds, label, class int) float64 {
	p.bounds, p.both = b, false
	last := p.net.output
	row := p.start(last)
	row[label], row[class] = 1, -1
	p.run(last)
	return p.lower()
}

// Margin bounds logit[label] - logit[class] over the region from below, on bounds of the relus' inputs, by a rule.
func (r *Region) Margin(b *Bounds, rule Rule, label, class int) float64 {
	p := r.newPass()
	p.rule = rule
	return p.margin(b, label, class)
}
