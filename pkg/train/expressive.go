package train

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/bound"
)

// The expressive losses of De Palma et al. (2024) lie between the attack loss L_a and the IBP loss L_i, by alpha =
// Share.

// multiTask is MTL-IBP: (1-alpha) L_a + alpha L_i.
func multiTask(b *batch) measures {
	return b.expressive(func(attack, ibp *Node) *Node {
		return mixed(crossEntropy(attack), crossEntropy(ibp), b.constant(b.config.Share))
	})
}

// convexCombination is CC-IBP: the cross-entropy at (1-alpha) attack margins + alpha IBP margins.
func convexCombination(b *batch) measures {
	return b.expressive(func(attack, ibp *Node) *Node {
		return crossEntropy(mixed(attack, ibp, b.constant(b.config.Share)))
	})
}

// exponential is EXP-IBP: L_a^(1-alpha) L_i^alpha.
func exponential(b *batch) measures {
	return b.expressive(func(attack, ibp *Node) *Node {
		return Exp(mixed(Log(crossEntropy(attack)), Log(crossEntropy(ibp)), b.constant(b.config.Share)))
	})
}

// expressive builds a loss of attack margins and IBP margins, both [batch, classes-1].
func (b *batch) expressive(loss func(attack, ibp *Node) *Node) measures {
	p := b.problem(b.region())
	result := bound.IBP{}.Bound(p)
	m := b.measured(result.Margins)
	m.robust = loss(b.attacked(), result.Margins)
	m.loss = m.robust
	b.onIntervals(&m, p, result.Layers)
	return m
}
