package train

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/internal/testmodels"
	"tightrope/pkg/net"
)

// BenchmarkStep times training steps at eps 0.1 with the box [0,1] on MNIST-shaped inputs: ms per sample.
func BenchmarkStep(b *testing.B) {
	for _, c := range []struct {
		arch   string
		config Config
	}{
		{"mlp-2x100", Config{Batch: 50}},
		{"mlp-2x100", Config{Batch: 50, Lambda: 1, Gamma: 1}},
		{"small", Config{Batch: 8}},
		{"small", Config{Batch: 32}},
		{"small", Config{Batch: 256, Method: CROWNIBP, Beta: Range{Start: 1, End: 1}}},
		{"small", Config{Batch: 256, Method: IBP}},
	} {
		b.Run(fmt.Sprintf("%s/%v/batch=%d,gamma=%g", c.arch, c.config.Method, c.config.Batch, c.config.Gamma),
			func(b *testing.B) {
				benchmarkStep(b, c.arch, c.config)
			})
	}
}

func benchmarkStep(b *testing.B, arch string, config Config) {
	network, err := net.Named(arch, []int{1, 28, 28}, 10)
	if err != nil {
		b.Fatal(err)
	}
	config.Epochs, config.Eps, config.Box = 1, 0.1, ball.Unit
	config = config.withDefaults()
	s, err := newStepper(testbackend.Open(b), nil, network.Init(1), config, 1)
	if err != nil {
		b.Fatal(err)
	}
	defer s.close()
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := make([]float32, config.Batch*784), make([]int32, config.Batch)
	for i := range x {
		x[i] = rng.Float32()
	}
	measureSteps(b, s, data.Batch{X: x, Y: y, Count: len(y)}, config.At(0, 0, 1))
}

// BenchmarkScreening times steps of trained networks on MNIST's first images with the bounds of all units by rows and
// with those of the units that may be unstable only: ms per sample.
func BenchmarkScreening(b *testing.B) {
	splits, err := data.Load("mnist", data.Options{})
	if err != nil {
		b.Skip(err)
	}
	for _, model := range []string{"lpd_mlp_b_0.1", "mnist_cnn_small_lpd"} {
		network := testmodels.Network(b, model)
		for _, screening := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/screening=%v", model, screening),
				func(b *testing.B) { benchmarkScreening(b, network, splits.Test.Head(50), screening) })
		}
	}
}

func benchmarkScreening(b *testing.B, network *net.Network, set *data.Set, screening bool) {
	// The weights stay as they are, or the fraction of unstable units would change.
	config := Config{Epochs: 1, Batch: set.Len(), Eps: 0.1, Box: ball.Unit, LearningRate: 1e-12}
	backend := testbackend.Open(b)
	micro, err := config.microbatchesFor(backend, network, 0, 1)
	if err != nil {
		b.Fatal(err)
	}
	s, err := newStepper(backend, nil, network, config, micro)
	if err != nil {
		b.Fatal(err)
	}
	defer s.close()
	s.screening = screening
	batch := data.Batch{X: set.X, Y: set.Y, Count: set.Len()}
	measureSteps(b, s, batch, config.At(0, 0, 1))
}

// measureSteps runs a step to compile it, then times it.
func measureSteps(b *testing.B, s *stepper, batch data.Batch, w Weights) {
	step := func() {
		if _, err := s.run(batch, w, position{}); err != nil {
			b.Fatal(err)
		}
	}
	step()
	b.ResetTimer()
	for b.Loop() {
		step()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000/float64(len(batch.Y)), "ms/sample")
}
