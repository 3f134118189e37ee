package train

import (
	"fmt"

	"github.com/gomlx/compute"

	"tightrope/pkg/backend"
	"tightrope/pkg/bound"
	"tightrope/pkg/memory"
	"tightrope/pkg/net"
)

// Technique is the bound that a step differentiates, for its cost; where a loss attacks, IBP stands for it.
func (c Config) Technique() bound.Technique {
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

// mostParts is the number of parts of a batch at most.
const mostParts = 16

// A step of CP on a CPU whose intermediate values far exceed the caches is faster in parts (exact Small, batch 32: 19 ms a sample in 4 parts
// of 8, 27 whole). Those of the other methods, which push no row for each unit, are slower so (IBP of Large, batch 64: by 15 %).
const (
	comfortable      = 256 << 20 // bytes of one part
	comfortableParts = 5
)

// partsFor is partsWithin, or more parts where a step of this backend is faster so.
func (c Config) partsFor(b compute.Backend, network *net.Network, limit int64, devices int) (int, error) {
	parts, err := c.partsWithin(network, limit, devices)
	if err != nil || !backend.IsXLA(b) || backend.IsGPU(b) || devices > 1 || c.Method != CP {
		return parts, err
	}
	batch := c.withDefaults().Batch
	whole, err := bound.Plan(c.Technique(), network,
		bound.PlanOptions{Batch: batch, Memory: 1 << 60, Training: true, Norm: c.Norm})
	for more := parts; err == nil && more <= comfortableParts; more++ {
		if batch%more == 0 {
			if parts = more; whole.Bytes/int64(more) <= comfortable {
				break
			}
		}
	}
	return parts, err
}

// partsWithin is the number of equal parts into which a batch must be cut for a step to fit into so many bytes by the cost model
// (0: three quarters of what is free). The error names the batch that would fit; where devices share the batch, or the loss is no
// mean over samples, nothing is cut.
func (c Config) partsWithin(network *net.Network, limit int64, devices int) (int, error) {
	if limit == 0 {
		free, err := memory.Free(memory.Options{})
		if err != nil {
			return 0, err
		}
		limit = free / 4 * 3
	}
	batch := c.withDefaults().Batch
	each := over(batch, devices)
	o := bound.PlanOptions{Batch: each, Memory: limit, Training: true, Norm: c.Norm}
	plan, err := bound.Plan(c.Technique(), network, o)
	if err != nil || plan.Batch == each {
		return 1, err
	}
	for parts := over(batch, plan.Batch); parts <= mostParts && devices == 1 && c.Method != EXPIBP; parts++ {
		if batch%parts == 0 {
			return parts, nil
		}
	}
	o.Memory = 1 << 60
	whole, err := bound.Plan(c.Technique(), network, o)
	if err != nil {
		return 0, err
	}
	return 0, fmt.Errorf("a training step of %s on %d samples needs about %s, %s are allowed: use batches of at most %d, or give more memory",
		plan.Technique, each, memory.Format(whole.Bytes), memory.Format(limit), plan.Batch*devices)
}

func over(a, b int) int { return (a + b - 1) / b }
