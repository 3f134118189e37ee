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

// mlp2x100 builds the paper's dense network on MNIST-shaped inputs.
func mlp2x100(tb testing.TB) *net.Network {
	layers := []net.LayerSpec{{Type: "flatten"}, {Type: "dense", Units: 100}, {Type: "relu"}, {Type: "dense", Units: 100}, {Type: "relu"}, {Type: "dense", Units: 10}}
	n, err := net.Arch{Name: "mlp-2x100", Input: []int{1, 28, 28}, Layers: layers}.Build()
	if err != nil {
		tb.Fatal(err)
	}
	return n.Init(1)
}

// BenchmarkStep times one exact Fast-Lin training step of mlp-2x100, batch 50, eps 0.1, box [0,1]; it reports ms a sample.
func BenchmarkStep(b *testing.B) {
	for _, gamma := range []float64{0, 1} {
		b.Run(fmt.Sprintf("gamma=%g", gamma), func(b *testing.B) {
			config := Config{Epochs: 1, Eps: 0.1, Box: ball.Unit, Gamma: gamma, Lambda: gamma}.withDefaults()
			s, err := newStepper(testbackend.Open(b), mlp2x100(b), config)
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
		})
	}
}
