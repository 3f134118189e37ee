package train

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/bound"
)

// interval is (1-kappa) CE at IBP's margins + kappa CE of the clean inputs (Gowal et al. 2018).
func interval(b *batch) measures {
	p := b.problem(b.region())
	result := bound.IBP{}.Bound(p)
	m := b.measured(result.Margins)
	b.addNatural(&m)
	b.onIntervals(&m, p, result.Layers)
	return m
}

// addNatural mixes the loss with kappa times the natural cross-entropy, where the configuration has any.
func (b *batch) addNatural(m *measures) {
	if b.config.Kappa.used() {
		m.loss = mixed(m.loss, crossEntropy(b.cleanMargins()), b.kappa)
	}
}

// onIntervals completes a loss on interval bounds: unstable neurons and regularizers.
func (b *batch) onIntervals(m *measures, p *bound.Problem, layers []bound.Interval) {
	b.count(m, layers)
	b.regularizeIntervals(m, p, layers)
	b.stabilize(m, layers)
}

// constant is a number of the configuration as a scalar node.
func (b *batch) constant(v float64) *Node { return Scalar(b.x.Graph(), b.x.DType(), v) }
