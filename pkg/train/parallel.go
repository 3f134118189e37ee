package train

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	engine "tightrope/pkg/backend"
)

// batchArguments is the number of arguments of every graph here that have a batch axis: images and labels, which come
// first.
const batchArguments = 2

// spread takes the devices that share a batch.
func spread(b compute.Backend, count, batch int) (*engine.Devices, error) {
	devices, err := engine.NewDevices(b, count)
	if err != nil {
		return nil, err
	}
	return devices, devices.CheckBatch(batch)
}

// sharded runs a graph on all devices: images and labels are split among them, everything else, the weights and the
// optimizer's state too, is copied to each. The engine finds what must be summed over the devices from that alone: the
// means over the batch and the gradient.
func (s *stepper) sharded(e *model.Exec) *model.Exec {
	if s.devices == nil {
		return e
	}
	return e.AutoSharding(s.devices.Mesh).WithInputShardingSpecs(
		s.devices.Specs(batchArguments)...).WithOutputShardingSpecs(s.devices.Whole)
}
