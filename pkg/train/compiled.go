package train

import (
	"encoding/json"
	"fmt"
	"runtime/debug"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"

	engine "tightrope/pkg/backend"
	"tightrope/pkg/net"
)

// Compiled keeps the compiled graphs of past runs. Runs that differ only in seed, in schedule or in the values of
// lambda and gamma then need no compilation, which takes XLA seconds. The zero value is empty. Two runs must not use it
// at the same time.
type Compiled struct{ steppers map[string]*stepper }

// Close frees the graphs.
func (c *Compiled) Close() {
	for _, s := range c.steppers {
		s.close()
	}
	c.steppers = nil
}

// manyWeights is the number of weights from which the memory of copies that loading has left is given back before the
// first step. The peak of an IBP step of XLarge, 13 million weights, falls from 970 to 1060 MiB to 720 to 770.
const manyWeights = 1 << 20

// stepper is the kept one for this structure, reset to the network's weights, or a new one.
func (c *Compiled) stepper(backend compute.Backend, devices *engine.Devices, network *net.Network, config Config,
	microbatches int) (*stepper, error) {
	key, err := structure(backend, devices, network, config)
	key = fmt.Sprintf("%d micro-batches %s", microbatches, key)
	if err != nil {
		return nil, err
	}
	if s := c.steppers[key]; s != nil {
		return s, s.reset(network, config)
	}
	s, err := newStepper(backend, devices, network, config, microbatches)
	if err != nil {
		return nil, err
	}
	if c.steppers == nil {
		c.steppers = map[string]*stepper{}
	}
	c.steppers[key] = s
	if network.NumParams() >= manyWeights {
		debug.FreeOSMemory() // Go's collector does not see XLA's memory, and may not run again for a long time
	}
	return s, nil
}

// structure is all that the graphs depend on, as text.
func structure(backend compute.Backend, devices *engine.Devices, network *net.Network, c Config) (string, error) {
	c.Seed, c.Epochs, c.LearningRate, c.Decay, c.Augment = 0, 0, 0, Decay{}, nil
	c.Warmup, c.Ramp, c.RampForm = 0, 0, ByEpoch
	for _, w := range []*float64{&c.Lambda, &c.Gamma} {
		if *w > 0 {
			*w = 1
		}
	}
	if !methods[c.Method].attacks { // an attack's step is a fraction of the target radius
		c.Eps, c.EpsStart = 0, 0
	}
	text, err := json.Marshal(c)
	return fmt.Sprintf("%s %s %d ", backend.Name(), backend.Description(),
		devices.Count()) + network.DType.String() + network.Arch().String() + string(text), err
}

// reset makes a used stepper like a new one: other weights, and no state of the optimizer.
func (s *stepper) reset(network *net.Network, config Config) error {
	s.network, s.config, s.levels = network, config, Levels{}
	fresh := map[string]*tensors.Tensor{}
	for i, t := range network.Tensors() {
		fresh[weightPath(network.Params[i].Name)] = t
	}
	for v := range s.store.IterVariables() {
		value := fresh[v.Path()]
		if value == nil {
			value = tensors.FromShape(v.Shape()) // zeros
		}
		if err := v.SetValue(value); err != nil {
			return err
		}
	}
	return nil
}
