package train

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// BenchmarkStep times training steps at eps 0.1 with the box [0,1] on MNIST-shaped inputs: ms a sample.
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
		b.Run(fmt.Sprintf("%s/%v/batch=%d,gamma=%g", c.arch, c.config.Method, c.config.Batch, c.config.Gamma), func(b *testing.B) {
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
	batch := data.Batch{X: x, Y: y, Count: len(y)}
	step := func() {
		if _, err := s.run(batch, config.At(0, 0, 1), position{}); err != nil {
			b.Fatal(err)
		}
	}
	step()
	b.ResetTimer()
	for b.Loop() {
		step()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000/float64(config.Batch), "ms/sample")
}
