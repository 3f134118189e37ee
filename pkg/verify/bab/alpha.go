package bab

import (
	"context"
	"math"

	"tightrope/pkg/verify/cert"
)

// alphaSteps is the default number of steps of [Alpha].
const alphaSteps = 100

// Alpha bounds the margins logit[label] - logit[t] from below by alpha-CROWN on the root's bounds, as [classes] with 0
// at the label. It starts from CROWN's slopes and improves them by a number of steps of projected gradient ascent (0:
// 100). Each bound is evaluated in float64 with outward rounding, and is at least that of the root's rules. The
// certificate contains the proofs, whether the bounds are positive or not. If the context is cancelled, it returns the
// context's error.
func Alpha(ctx context.Context, root *Root, steps int) ([]float64, *cert.Certificate, error) {
	if steps == 0 {
		steps = alphaSteps
	}
	s := &Search{Root: root, proof: root.certified()}
	if err := s.condense(ctx); err != nil {
		return nil, nil, err
	}
	lower := make([]float64, root.Network.Classes())
	for class := range lower {
		if class == root.Label {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		lower[class], s.proof.Margins = s.alpha(class, steps)
	}
	return lower, s.proof, nil
}

// alpha bounds one margin and adds its proof.
func (s *Search) alpha(class, steps int) (float64, []cert.MarginProof) {
	a := s.problem.newAscent(s.problem.row(s.problem.Margin(class), 1))
	a.run(s.problem.root(), steps, rootRate, float32(math.Inf(1)), false)
	lower, rule := s.ByRule(class)
	proof := cert.MarginProof{Class: class, Rule: rule}
	if m := a.proved(a.bestNu, a.lower, a.upper); m > lower {
		lower, proof.Tree = m, &cert.Tree{Splits: []int{cert.Leaf}, Multipliers: a.multipliers(a.row, a.bestNu)}
	}
	return lower, append(s.proof.Margins, proof)
}
