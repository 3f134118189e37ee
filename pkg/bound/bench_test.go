package bound

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// BenchmarkVerify times exact bounds of the margins: ms per sample, default initialisation, eps 0.1, box [0,1].
func BenchmarkVerify(b *testing.B) {
	for _, c := range []struct {
		arch      string
		technique Technique
		batch     int
	}{
		{"mlp-2x100", FastLin{}, 50}, {"mlp-2x100", CROWN{}, 50},
		{"small", FastLin{}, 8}, {"small", FastLin{}, 32}, {"small", IBP{}, 256}, {"small", CROWNIBP(), 256},
	} {
		b.Run(fmt.Sprintf("%s/%s/batch=%d", c.arch, c.technique.Name(), c.batch), func(b *testing.B) {
			verify(b, c.arch, c.technique, c.batch)
		})
	}
}

func verify(b *testing.B, arch string, technique Technique, batch int) {
	n, err := net.Named(arch, []int{1, 28, 28}, 10)
	if err != nil {
		b.Fatal(err)
	}
	e, err := NewEvaluator(testbackend.Open(b), n.Init(1),
		Options{Technique: technique, Ball: ball.Ball{Eps: 0.1, Box: ball.Unit}, Batch: batch})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := make([]float32, batch*n.InputSize()), make([]int32, batch)
	for i := range x {
		x[i] = rng.Float32()
	}
	if _, err := Evaluate(e, x, y); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Evaluate(e, x, y); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000/float64(batch), "ms/sample")
}
