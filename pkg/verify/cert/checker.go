package cert

import (
	"context"
	"fmt"
	"slices"

	"tightrope/pkg/ball"
)

// Checker is [Check] for many certificates about one input of a network, with exactly the same answers. What the
// certificates have in common, bounds by the same rules and margins on them, it computes once, from nothing but
// network, ball and input. Everything else in a certificate (units, further bounds, trees, points) it computes again
// for each. A search for proofs may start from its numbers, but receives copies: whatever happens to them, or to the
// arguments of its methods, does not change the checker. It is not safe for concurrent use.
type Checker struct {
	network *Network
	ball    ball.Ball // with its own box and radii
	x       []float64 // a copy
	region  *Region
	bounds  map[string]*ruled
}

// ruled are bounds by some rules, and the margins on them.
type ruled struct {
	*Bounds
	region  *Region // with the values that these bounds leave
	margins map[question][]float64
}

// question is what margins [classes] are computed by, and of which label.
type question struct {
	rule  Rule
	label int
}

// NewChecker prepares the checks. It returns an error if [NewRegion] does.
func NewChecker(n *Network, b ball.Ball, x []float64) (*Checker, error) {
	x, b.Radii = slices.Clone(x), slices.Clone(b.Radii)
	if b.Box != nil {
		box := *b.Box
		b.Box = &box
	}
	r, err := NewRegion(n, b, x)
	if err != nil {
		return nil, err
	}
	return &Checker{n, b, x, r, map[string]*ruled{}}, nil
}

// Begin returns copies of the checker's state for a search: a region, and the bounds of the relus' inputs by rules,
// those of [Region.Bounds]. A cancelled context ends it with the context's error.
func (c *Checker) Begin(ctx context.Context, rules ...Rule) (*Region, *Bounds, error) {
	b, err := c.by(ctx, rules)
	if err != nil {
		return nil, nil, err
	}
	return b.region.fork(), b.Bounds.clone(), nil
}

// Margins are those of [Region.Margins] on bounds by rules, as a copy, [classes].
func (c *Checker) Margins(ctx context.Context, rule Rule, label int, rules ...Rule) ([]float64, error) {
	b, err := c.by(ctx, rules)
	if err != nil {
		return nil, err
	}
	return slices.Clone(b.byRule(rule, label)), nil
}

// by bounds the relus' inputs by rules, once.
func (c *Checker) by(ctx context.Context, rules []Rule) (*ruled, error) {
	name := fmt.Sprint(rules)
	if b := c.bounds[name]; b != nil {
		return b, nil
	}
	b, err := c.region.Bounds(ctx, rules...)
	if err != nil {
		return nil, err
	}
	c.bounds[name] = newRuled(b, c.region.fork())
	return c.bounds[name], nil
}

// Check is [Check]; a certificate about another ball or input is checked from the beginning.
func (c *Checker) Check(ctx context.Context, proof *Certificate) (*Report, error) {
	if !proof.Ball.Equal(c.ball) || !slices.Equal(proof.Input, c.x) || proof.Verdict != Certified {
		return Check(ctx, c.network, proof)
	}
	limits := Limits{}.withDefaults()
	if err := proof.validate(c.network, limits); err != nil {
		return nil, err
	}
	b, err := c.by(ctx, proof.Rules)
	if err != nil {
		return nil, err
	}
	return (&check{Certificate: proof, limits: limits, bounds: b}).run(ctx)
}

// byRule are the margins by a rule, computed once.
func (b *ruled) byRule(rule Rule, label int) []float64 {
	q := question{rule, label}
	if b.margins[q] == nil {
		b.margins[q] = b.region.Margins(b.Bounds, rule, label)
	}
	return b.margins[q]
}

func newRuled(b *Bounds, r *Region) *ruled { return &ruled{b, r, map[question][]float64{}} }

func (b *Bounds) clone() *Bounds {
	c := &Bounds{}
	for k := range b.Lower {
		c.Lower, c.Upper = append(c.Lower, slices.Clone(b.Lower[k])), append(c.Upper, slices.Clone(b.Upper[k]))
	}
	return c
}
