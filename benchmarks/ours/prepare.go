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

// prepare writes a network with seeded weights, and samples: MNIST test images where they are here, else noise.
func prepare(args []string) error {
	f := flag.NewFlagSet("prepare", flag.ExitOnError)
	arch := f.String("arch", "", "name or text of an architecture, or a network's file")
	weights := f.String("weights", "", "safetensors file to write the network to")
	samples := f.Int("samples", 0, "number of samples")
	to := f.String("data", "", "safetensors file to write the samples to")
	seed := f.Uint64("seed", 1, "of the weights and the noise")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *weights != "" {
		n, err := network(*arch, *seed)
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
	set, err := images(*samples, *seed)
	if err != nil {
		return err
	}
	fmt.Println(set.Name)
	return net.WriteTensors(*to, []net.NamedTensor{
		{Name: "x", Value: tensors.FromFlatDataAndDimensions(set.X, set.Len(), 1, 28, 28)},
		{Name: "y", Value: tensors.FromFlatDataAndDimensions(set.Y, set.Len())},
	}, nil)
}

// network is one from a file, or one with seeded weights.
func network(arch string, seed uint64) (*net.Network, error) {
	if strings.HasSuffix(arch, ".safetensors") {
		return net.Load(arch, nil)
	}
	n, err := net.Named(arch, []int{1, 28, 28}, 10)
	if err != nil {
		return nil, err
	}
	return n.Init(seed), nil
}

// images are the first samples of MNIST's test set, or noise of the same shape.
func images(samples int, seed uint64) (*data.Set, error) {
	splits, err := data.Load("mnist", data.Options{})
	if errors.Is(err, data.ErrMissing) {
		fmt.Fprintln(os.Stderr, "ours: MNIST is not here (bin/tightrope data fetch mnist): noise instead")
		return noise(samples, seed), nil
	}
	if err != nil {
		return nil, err
	}
	return splits.Test.Head(samples), nil
}

func noise(samples int, seed uint64) *data.Set {
	rng := rand.New(rand.NewPCG(seed, 0))
	s := mnistLike(make([]float32, samples*784), make([]int32, samples))
	for i := range s.X {
		s.X[i] = rng.Float32()
	}
	for i := range s.Y {
		s.Y[i] = rng.Int32N(10)
	}
	s.Name = "noise"
	return s
}

func mnistLike(x []float32, y []int32) *data.Set {
	return &data.Set{Name: "benchmark", Shape: []int{1, 28, 28}, Classes: 10, X: x, Y: y, Upper: 1}
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
	set := mnistLike(nil, nil)
	for _, v := range values {
		if v.Name == "x" {
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
