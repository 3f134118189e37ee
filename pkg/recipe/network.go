package recipe

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"tightrope/pkg/data"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
)

// Init is the distribution from which the weights are drawn.
type Init int

// The initialisations.
const (
	UniformInit Init = iota // uniform in +-1/sqrt(fan in), the default of the framework that the papers used
	// HeConv draws the convolutions from N(0, sqrt(2/(kernel area * output channels))) with bias 0, the rest uniformly
	// (Wong et al. 2018, CIFAR-10).
	HeConv
)

var initNames = []string{"uniform", "he-conv"}

// MarshalText implements encoding.TextMarshaler.
func (i Init) MarshalText() ([]byte, error) { return []byte(initNames[i]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (i *Init) UnmarshalText(b []byte) error {
	at := slices.Index(initNames, string(b))
	if at < 0 {
		return fmt.Errorf("initialisation %q: use one of %v", b, initNames)
	}
	*i = Init(at)
	return nil
}

// Network builds the recipe's network for a data set, initialised by the recipe's seed, with its origin. It returns an
// error for an architecture that does not fit the data.
func (r Recipe) Network(set *data.Set) (*net.Network, error) {
	a, err := r.arch(set.Shape, set.Classes)
	if err != nil {
		return nil, err
	}
	n, err := net.Build(a)
	if err != nil {
		return nil, err
	}
	n.Origin = r.Origin(record.Program().Tightrope)
	n.Init(r.Train.Seed)
	if r.Init == HeConv {
		heConvolutions(n, r.Train.Seed)
	}
	return n, nil
}

// arch is the architecture for inputs of a shape.
func (r Recipe) arch(shape []int, classes int) (model.Arch, error) {
	a, err := model.Named(r.Arch, shape, classes)
	if err == nil && len(r.Mean)+len(r.Std) > 0 {
		a = normalized(a, r.Mean, r.Std)
	}
	return a, err
}

// normalized puts a normalisation before the first layer.
func normalized(a model.Arch, mean, std []float64) model.Arch {
	layers := []model.LayerSpec{{Type: "normalize", Mean: mean, Std: std}}
	for _, l := range a.Layers {
		l.Inputs = slices.Clone(l.Inputs)
		for i := range l.Inputs {
			l.Inputs[i]++ // the network's input, -1, becomes the new layer
		}
		layers = append(layers, l)
	}
	a.Layers = layers
	return a
}

// heConvolutions draws the weights of all convolutions, [channels out, channels in, height, width].
func heConvolutions(n *net.Network, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0xc027))
	for i, p := range n.Params {
		if len(p.Shape) != 4 {
			continue
		}
		sd := math.Sqrt(2 / float64(p.Shape[0]*p.Shape[2]*p.Shape[3]))
		for k := range p.Data {
			p.Data[k] = float64(float32(sd * rng.NormFloat64())) // exact in either precision
		}
		clear(n.Params[i+1].Data) // its bias
	}
}
