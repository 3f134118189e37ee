package train

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/bound"
)

// stabilize adds the RS loss, which drives unstable neurons away: RS times the mean over units of -tanh(1 + l u) (Xiao
// et al. 2019).
func (b *batch) stabilize(m *measures, layers []bound.Interval) {
	if b.config.RS == 0 || len(layers) == 0 {
		return
	}
	var total *Node
	units := 0
	for _, i := range layers {
		s := ReduceAllSum(Tanh(AddScalar(Mul(i.Lower, i.Upper), 1)))
		units += i.Lower.Shape().Size()
		if total == nil {
			total = s
		} else {
			total = Add(total, s)
		}
	}
	m.loss = Sub(m.loss, MulScalar(total, b.config.RS/float64(units)))
}
