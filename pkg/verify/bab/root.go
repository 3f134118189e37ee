package bab

import (
	"context"
	"fmt"
	"strings"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
)

// Rules are the rules that give the tightest bounds of the activations' inputs without multipliers. Searches for proofs
// start from them.
var Rules = []cert.Rule{cert.FastLin, cert.CROWN}

// Root is the starting point of searches, of this package and of genbab: one input of a network with its ball, and
// bounds of the activations' inputs.
// Searches do not modify it, but several searches on one root must not run at the same time.
type Root struct {
	Network *cert.Network
	Ball    ball.Ball
	X       []float64 // [inputs]
	Label   int
	Region  *cert.Region
	Rules   []cert.Rule // the rules that bounded the activations' inputs, in this order
	Bounds  *cert.Bounds
	// Margins are the bounds by each of the rules, [rules][classes]; nil if not computed yet.
	Margins [][]float64
}

// NewRoot bounds the activations' inputs by [Rules]. It returns an error for an invalid ball or input, and if the
// context ends.
func NewRoot(ctx context.Context, n *cert.Network, b ball.Ball, x []float64, label int) (*Root, error) {
	region, err := cert.NewRegion(n, b, x)
	if err != nil {
		return nil, err
	}
	bounds, err := region.Bounds(ctx, Rules...)
	if err != nil {
		return nil, err
	}
	return &Root{Network: n, Ball: b, X: x, Label: label, Region: region, Rules: Rules, Bounds: bounds}, nil
}

// onlyRelus returns an error for a network with other activations.
func onlyRelus(n *cert.Network) error {
	if smooth := n.Smooth(); len(smooth) > 0 {
		return fmt.Errorf("this search splits the phases of relus, but the network has %s: use package genbab",
			strings.Join(smooth, " and "))
	}
	return nil
}

// certificate returns a certificate without proofs.
func (r *Root) certificate(v cert.Verdict) *cert.Certificate {
	return cert.New(r.Network, r.Ball, r.X, r.Label, v, "")
}

// certified returns a certificate of all margins on the root's bounds, without proofs.
func (r *Root) certified() *cert.Certificate {
	c := r.certificate(cert.Certified)
	c.Rules = r.Rules
	return c
}

// falsified returns the certificate of a misclassified point.
func (r *Root) falsified(class int, point []float64) *cert.Certificate {
	c := r.certificate(cert.Falsified)
	c.Class, c.Point = class, point
	return c
}

// misclassified reports whether the network, in exact arithmetic, prefers a class to the label at a point.
func (r *Root) misclassified(point []float64, class int) bool {
	excess, err := cert.Excess(context.Background(), r.Network, point, r.Label, class)
	return err == nil && excess >= 0
}

// largest is the memory in bytes that one search may use for the rows of unstable units.
const largest = 2 << 30

// ExceedsMemory reports whether the rows of the unstable units need too much memory: 8 bytes per entry in float64, and
// two copies in float32.
func (r *Root) ExceedsMemory() bool {
	units := len(r.Bounds.UnstableUnits())
	return 16*units*(units+len(r.X)) > largest
}

// ByRule returns the bound of a margin by the best of the root's rules, and that rule.
func (r *Root) ByRule(class int) (lower float64, rule cert.Rule) {
	if r.Margins == nil {
		for _, candidate := range r.Rules {
			r.Margins = append(r.Margins, r.Region.Margins(r.Bounds, candidate, r.Label))
		}
	}
	for i, candidate := range r.Rules {
		if m := r.Margins[i][class]; i == 0 || m > lower {
			lower, rule = m, candidate
		}
	}
	return lower, rule
}
