package cert

import (
	"context"
	"fmt"
	"slices"

	"tightrope/pkg/ball"
)

// Checker is [Check] for many certificates about one input of a network: what they have in common, bounds by the same
// rules above all, it computes once, by itself. Nothing that it gives away can change what it holds. It is not safe for
// concurrent use.
type Checker struct {
	network *Network
	ball    ball.Ball
	x       []float64 // a copy
	region  *Region
	bounds  map[string]*ruled
}

// ruled are bounds by some rules, and the margins on them.
type ruled struct {
	*Bounds
	margins map[question][]float64 // [classes]
}

// question is what margins are computed by, and of which label.
type question struct {
	rule  Rule
	label int
}

// NewChecker prepares the checks. It returns an error where [NewRegion] does.
func NewChecker(n *Network, b ball.Ball, x []float64) (*Checker, error) {
	x = slices.Clone(x)
	r, err := NewRegion(n, b, x)
	if err != nil {
		return nil, err
	}
	return &Checker{n, b, x, r, map[string]*ruled{}}, nil
}

// Region is that of the input.
func (c *Checker) Region() *Region { return c.region }

// Bounds are those of [Region.Bounds], as a copy for whoever asks.
func (c *Checker) Bounds(ctx context.Context, rules ...Rule) (*Bounds, error) {
	b, err := c.by(ctx, rules)
	if err != nil {
		return nil, err
	}
	return b.Bounds.clone(), nil
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
	c.bounds[name] = newRuled(b)
	return c.bounds[name], nil
}

// Margins are those of [Region.Margins] on [Checker.Bounds] by rules, as a copy.
func (c *Checker) Margins(ctx context.Context, rule Rule, label int, rules ...Rule) ([]float64, error) {
	b, err := c.by(ctx, rules)
	if err != nil {
		return nil, err
	}
	return slices.Clone(b.byRule(c.region, rule, label)), nil
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
	return (&check{Certificate: proof, limits: limits, region: c.region, bounds: b}).run(ctx)
}

// byRule are the margins by a rule, computed once.
func (b *ruled) byRule(r *Region, rule Rule, label int) []float64 {
	q := question{rule, label}
	if b.margins[q] == nil {
		b.margins[q] = r.Margins(b.Bounds, rule, label)
	}
	return b.margins[q]
}

func newRuled(b *Bounds) *ruled { return &ruled{b, map[question][]float64{}} }

func (b *Bounds) clone() *Bounds {
	c := &Bounds{}
	for k := range b.Lower {
		c.Lower, c.Upper = append(c.Lower, slices.Clone(b.Lower[k])), append(c.Upper, slices.Clone(b.Upper[k]))
	}
	return c
}
