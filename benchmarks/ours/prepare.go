package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/data"
	"tightrope/pkg/net"
)

// shapes are those of one sample of the data sets that samples are drawn from.
var shapes = map[string][]int{"mnist": {1, 28, 28}, "cifar10": {3, 32, 32}}

// prepare writes a network with seeded weights, and samples: test images of a data set where it is here, else noise.
func prepare(args []string) error {
	f := flag.NewFlagSet("prepare", flag.ExitOnError)
	arch := f.String("arch", "", "name or text of an architecture, or a network's file")
	weights := f.String("weights", "", "safetensors file to write the network to")
	from := f.String("set", "mnist", "data set of the samples, which the network takes: mnist or cifar10")
	samples := f.Int("samples", 0, "number of samples")
	to := f.String("data", "", "safetensors file to write the samples to")
	seed := f.Uint64("seed", 1, "of the weights and the noise")
	if err := f.Parse(args); err != nil {
		return err
	}
	shape, ok := shapes[*from]
	if !ok {
		return fmt.Errorf("data set %q: use mnist or cifar10", *from)
	}
	if *weights != "" {
		n, err := network(*arch, shape, *seed)
		if err != nil {
			return err
		}
		if err := net.Save(*weights, n); err != nil {
			return err
		}
	}
	if *to == "" {
		return nil
	}
	set, err := images(*from, *samples, *seed)
	if err != nil {
		return err
	}
	fmt.Println(set.Name)
	return net.WriteTensors(*to, []net.NamedTensor{
		{Name: "x", Value: tensors.FromFlatDataAndDimensions(set.X, append([]int{set.Len()}, shape...)...)},
		{Name: "y", Value: tensors.FromFlatDataAndDimensions(set.Y, set.Len())},
	}, nil)
}

// network is one from a file, or one with seeded weights for inputs of a shape.
func network(arch string, shape []int, seed uint64) (*net.Network, error) {
	if strings.HasSuffix(arch, ".safetensors") {
		return net.Load(arch, nil)
	}
	n, err := net.Named(arch, shape, 10)
	if err != nil {
		return nil, err
	}
	return n.Init(seed), nil
}

// images are the first samples of a data set's test images, or noise of the same shape.
func images(from string, samples int, seed uint64) (*data.Set, error) {
	splits, err := data.Load(from, data.Options{})
	if errors.Is(err, data.ErrMissing) {
		fmt.Fprintf(os.Stderr, "ours: %s is not here (bin/tightrope data fetch %[1]s): noise instead\n", from)
		return noise(shapes[from], samples, seed), nil
	}
	if err != nil {
		return nil, err
	}
	return splits.Test.Head(samples), nil
}

func noise(shape []int, samples int, seed uint64) *data.Set {
	rng := rand.New(rand.NewPCG(seed, 0))
	s := &data.Set{Name: "noise", Shape: shape, Classes: 10, Upper: 1, Y: make([]int32, samples)}
	s.X = make([]float32, samples*s.Dim())
	for i := range s.X {
		s.X[i] = rng.Float32()
	}
	for i := range s.Y {
		s.Y[i] = rng.Int32N(10)
	}
	return s
}

// load reads a job's network and samples.
func (j job) load() (*net.Network, *data.Set, error) {
	n, err := net.Load(j.weights, nil)
	if err != nil {
		return nil, nil, err
	}
	values, _, err := net.ReadTensors(j.data)
	if err != nil {
		return nil, nil, err
	}
	set := &data.Set{Name: "benchmark", Classes: 10, Upper: 1}
	for _, v := range values {
		if v.Name == "x" {
			set.Shape = v.Value.Shape().Dimensions[1:]
			set.X, err = tensors.CopyFlatData[float32](v.Value)
		} else {
			set.Y, err = tensors.CopyFlatData[int32](v.Value)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if j.samples > set.Len() {
		return nil, nil, fmt.Errorf("%d samples wanted, %s holds %d", j.samples, j.data, set.Len())
	}
	if j.samples > 0 {
		set = set.Head(j.samples)
	}
	return n, set, set.Validate()
}
