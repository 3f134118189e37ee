package verify

import (
	"context"
	"math"

	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/dual"
)

// lagrangian bounds the margins by the dual of the layers' equalities on Fast-Lin's bounds, those of LP, in so many
// steps for each (0: the default). Its multipliers are the proof.
func lagrangian(steps int) method {
	return func(ctx context.Context, s *subject) (finding, error) {
		root, err := s.root(ctx, cert.FastLin)
		if err != nil {
			return finding{}, err
		}
		if root.ExceedsMemory() {
			return finding{unfinished: true, tooLarge: true}, nil
		}
		c, err := root.Region.Condense(ctx, root.Bounds, s.label)
		if err != nil {
			return finding{}, err
		}
		a := &ascents{subject: s, root: root, condensed: c, steps: steps}
		return a.margins(ctx)
	}
}

// ascents bound all margins of a subject.
type ascents struct {
	*subject
	root      *bab.Root
	condensed *cert.Condensed
	steps     int
}

func (a *ascents) margins(ctx context.Context) (finding, error) {
	proof := cert.New(a.plain, a.ball, a.x, a.label, cert.Certified, "")
	proof.Rules, proof.Units = a.root.Rules, a.condensed.Units
	least := math.Inf(1)
	for t := range a.plain.Classes() {
		if t == a.label {
			continue
		}
		lower, margin, err := a.margin(ctx, t)
		if err != nil {
			return finding{}, err
		}
		least = min(least, lower)
		proof.Margins = append(proof.Margins, margin)
	}
	f := finding{margin: finite(least)}
	if least > 0 {
		f.proof = proof
	}
	return f, nil
}

// margin bounds one of them; where only signs are asked, one that the root's rule proves is left at that.
func (a *ascents) margin(ctx context.Context, class int) (float64, cert.MarginProof, error) {
	lower, rule := a.root.ByRule(class)
	proof := cert.MarginProof{Class: class, Rule: rule}
	if a.signs && lower > 0 {
		return lower, proof, nil
	}
	b, err := dual.Ascend(ctx, a.condensed, a.ball, a.x, a.condensed.Margin(class), dual.Options{Steps: a.steps})
	if err == nil && b.Lower > lower {
		lower, proof.Tree = b.Lower, &cert.Tree{Splits: []int{cert.Leaf}, Multipliers: b.Multipliers}
	}
	return lower, proof, err
}
