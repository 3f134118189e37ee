package train

import (
	"fmt"

	"github.com/gomlx/compute"

	"tightrope/pkg/backend"
	"tightrope/pkg/bound"
	"tightrope/pkg/memory"
	"tightrope/pkg/net"
)

// mostMicrobatches is the largest number into which a batch is cut.
const mostMicrobatches = 16

// A step on a CPU that pushes a row for each unit, and whose intermediate values far exceed the caches, is faster in
// micro-batches (exact Small, batch 32: 19 ms per sample in 4 of 8, 27 whole). Those of the other methods are slower so
// (IBP of Large, batch 64: by 15 %).
const (
	comfortable             = 256 << 20 // bytes of one micro-batch
	comfortableMicrobatches = 5
)

// microbatchesFor is microbatchesWithin, or more where a step of this backend is faster so.
func (c Config) microbatchesFor(b compute.Backend, network *net.Network, limit int64, devices int) (int, error) {
	n, err := c.microbatchesWithin(network, limit, devices)
	if err != nil || !backend.IsXLA(b) || backend.IsGPU(b) || devices > 1 || !c.method().rows {
		return n, err
	}
	batch := c.withDefaults().Batch
	whole, err := c.plan(network, bound.PlanOptions{Batch: batch, Memory: unlimited})
	for more := n; err == nil && more <= comfortableMicrobatches; more++ {
		if batch%more == 0 {
			if n = more; whole.Bytes/int64(more) <= comfortable {
				break
			}
		}
	}
	return n, err
}

// unlimited is more memory than any schedule needs.
const unlimited = 1 << 60

// plan is the cost of a step.
func (c Config) plan(network *net.Network, o bound.PlanOptions) (*bound.Schedule, error) {
	technique, _ := c.Technique()
	o.Training, o.Norm = true, c.Norm
	return bound.Plan(technique, network, o)
}

// microbatchesWithin is the number of equal micro-batches into which a batch must be cut for a step to fit into limit
// bytes by the cost model (0: three quarters of what is free). The error names the batch that would fit; where devices
// share the batch, or the loss is no mean over samples, nothing is cut.
func (c Config) microbatchesWithin(network *net.Network, limit int64, devices int) (int, error) {
	if limit == 0 {
		free, err := memory.Free(memory.Options{})
		if err != nil {
			return 0, err
		}
		limit = free / 4 * 3
	}
	batch := c.withDefaults().Batch
	each := over(batch, devices)
	plan, err := c.plan(network, bound.PlanOptions{Batch: each, Memory: limit})
	if err != nil || plan.Batch == each {
		return 1, err
	}
	for n := over(batch, plan.Batch); n <= mostMicrobatches && devices == 1 && !c.method().whole; n++ {
		if batch%n == 0 {
			return n, nil
		}
	}
	whole, err := c.plan(network, bound.PlanOptions{Batch: each, Memory: unlimited})
	if err != nil {
		return 0, err
	}
	return 0, fmt.Errorf("a training step of %s on %d samples needs about %s, %s are allowed: use batches of at most "+
		"%d, "+
		"or give more memory", plan.Technique, each, memory.Format(whole.Bytes), memory.Format(limit),
		plan.Batch*devices)
}

func over(a, b int) int { return (a + b - 1) / b }
