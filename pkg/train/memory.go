package train

import (
	"fmt"

	"tightrope/pkg/bound"
	"tightrope/pkg/net"
)

// technique is the bound that a step differentiates, for its cost; where a loss attacks, IBP stands for it.
func (c Config) technique() bound.Technique {
	switch {
	case c.Method == CP && c.Projections > 0:
		return bound.Projected{K: c.Projections}
	case c.Method == CP:
		return bound.FastLin{}
	case c.Method == CROWNIBP:
		return bound.CROWNIBP()
	}
	return bound.IBP{}
}

// CheckMemory returns an error where the cost model expects a step to need more than so many bytes (0: three quarters of what is
// free, for a batch belongs to the recipe, and only what would run out of memory is refused). It names the batch that would fit.
func (c Config) CheckMemory(network *net.Network, memory int64) error {
	batch := c.withDefaults().Batch
	if memory == 0 {
		memory = bound.DefaultMemory() / 2 * 3
	}
	o := bound.PlanOptions{Batch: batch, Memory: memory, Training: true, Norm: c.Norm}
	plan, err := bound.Plan(c.technique(), network, o)
	if err != nil || plan.Batch == batch {
		return err
	}
	o.Memory = 1 << 60
	if whole, err := bound.Plan(c.technique(), network, o); err == nil {
		return fmt.Errorf("a training step of %s on %d samples needs about %s, %s are allowed: use batches of at most %d, or give more memory",
			plan.Technique, batch, bound.FormatBytes(whole.Bytes), bound.FormatBytes(memory), plan.Batch)
	}
	return err
}
