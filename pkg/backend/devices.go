package backend

import (
	"fmt"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/distributed"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/dtensor"
)

// Devices are the first devices of a backend, over which the samples of a batch are spread: each has its part of them
// and a copy of all else. A graph is written as for one device; the engine (XLA's sharding through GoMLX) splits it,
// and sums over the batch, such as a gradient, become sums over the devices. nil stands for one device.
type Devices struct {
	count int
	// Batch and Whole say how a value lies on the devices: split along its first axis, or copied to each.
	Batch, Whole *distributed.ShardingSpec
	Mesh         *distributed.DeviceMesh
}

// NewDevices takes the first devices of a backend; 0 and 1 give nil. It returns an error if the backend has fewer.
func NewDevices(b compute.Backend, count int) (*Devices, error) {
	if count == 0 || count == 1 {
		return nil, nil
	}
	if count < 0 {
		return nil, fmt.Errorf("%d devices: use a positive number", count)
	}
	if have := b.NumDevices(); count > have {
		return nil, fmt.Errorf("%d devices, but backend %s shows %d: use at most that many, or on a CPU name the "+
			"number when it is opened (xla:cpu,devices=%d)", count, b.Name(), have, count)
	}
	mesh, err := distributed.NewDeviceMesh([]int{count}, []string{"batch"})
	if err != nil {
		return nil, err
	}
	batch, err := distributed.BuildSpec(mesh).S("batch").Done()
	if err != nil {
		return nil, err
	}
	return &Devices{count: count, Mesh: mesh, Batch: batch, Whole: distributed.NewReplicatedShardingSpec(mesh)}, nil
}

// Count is the number of devices.
func (d *Devices) Count() int {
	if d == nil {
		return 1
	}
	return d.count
}

// CheckBatch returns an error unless every device gets the same number of samples.
func (d *Devices) CheckBatch(samples int) error {
	n := d.Count()
	if samples%n == 0 {
		return nil
	}
	lower, upper := samples/n*n, (samples/n+1)*n
	remedy := fmt.Sprintf("--batch %d", upper)
	if lower > 0 {
		remedy = fmt.Sprintf("--batch %d or %d", lower, upper)
	}
	return fmt.Errorf("a batch of %d samples cannot be split evenly over %d devices: use %s, or --devices %s", samples,
		n, remedy, divisors(samples, n))
}

// divisors lists the numbers below limit that divide a number.
func divisors(number, limit int) string {
	var all []string
	for d := 1; d < limit; d++ {
		if number%d == 0 {
			all = append(all, fmt.Sprint(d))
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	return strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
}

// RoundUp is the least number of samples from the given one on that can be split evenly.
func (d *Devices) RoundUp(samples int) int {
	n := d.Count()
	return (samples + n - 1) / n * n
}

// Specs says how the arguments of a graph lie: the first ones split along the batch, all others copied.
func (d *Devices) Specs(split int) []*distributed.ShardingSpec {
	var specs []*distributed.ShardingSpec
	for range split {
		specs = append(specs, d.Batch)
	}
	return append(specs, d.Whole) // the last one is for all that follow
}

// Spread lays the arguments of a call out for the devices: the arguments of the first device, then those of the second,
// and so on. The first ones are split along their first axis, the others copied. On one device they are returned as
// they are.
func (d *Devices) Spread(args []any, split int) ([]any, error) {
	if d == nil {
		return args, nil
	}
	spread := make([]any, len(args)*d.count)
	for i, a := range args {
		spec := d.Whole
		if i < split {
			spec = d.Batch
		}
		parts, err := dtensor.ShardTensor(spec, a.(*tensors.Tensor))
		if err != nil {
			return nil, fmt.Errorf("argument %d over %d devices: %w", i, d.count, err)
		}
		for k, part := range parts.Shards() {
			spread[k*len(args)+i] = part
		}
	}
	return spread, nil
}

// WithDevices is the name under which [Open] shows that many devices: a CPU pretends to have them, GPUs are there or
// not. It returns an error for a negative number, and for the pure-Go backend, which has one device.
func WithDevices(name string, count int) (string, error) {
	if count == 0 || count == 1 {
		return name, nil
	}
	if count < 0 {
		return "", fmt.Errorf("--devices %d: use a positive number", count)
	}
	name = resolve(name)
	switch base, options, _ := strings.Cut(name, ","); {
	case base == Go:
		return "", fmt.Errorf("backend go has one device: use --backend %s or %s with --devices %d", CPU, CUDA, count)
	case base == CPU && !strings.Contains(options, devicesOption):
		return name + "," + devicesOption + fmt.Sprint(count), nil
	}
	return name, nil
}

// devicesOption is the option of xla:cpu that sets the number of devices that the CPU shows.
const devicesOption = "devices="
