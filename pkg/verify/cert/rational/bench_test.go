package rational

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

// BenchmarkCheck checks certificates with CROWN's bounds, a further bound and a tree of four leaves for each margin.
func BenchmarkCheck(b *testing.B) {
	conv := net.LayerSpec{Type: "conv", Channels: 4, Kernel: []int{3, 3}, Stride: []int{2, 2}, Padding: []int{1, 1}}
	for _, c := range []struct {
		name   string
		input  []int
		layers []net.LayerSpec
	}{
		{"2-10-10-3", []int{2}, []net.LayerSpec{dense(10), reluLayer, dense(10), reluLayer, dense(3)}},
		{"2-10-10-10-10-3", []int{2}, slices.Concat(slices.Repeat([]net.LayerSpec{dense(10), reluLayer}, 4),
			[]net.LayerSpec{dense(3)})},
		{"64-32-32-10", []int{64}, []net.LayerSpec{dense(32), reluLayer, dense(32), reluLayer, dense(10)}},
		{"conv 8x8", []int{1, 8, 8}, []net.LayerSpec{conv, reluLayer, conv, reluLayer, flatten, dense(10)}},
	} {
		for norm := range ball.Norm(3) {
			b.Run(fmt.Sprint(c.name, " ", norm), func(b *testing.B) {
				benchmark(b, c.input, c.layers, norm)
			})
		}
	}
}

func benchmark(b *testing.B, input []int, layers []net.LayerSpec, norm ball.Norm) {
	g := &generator{rand.New(rand.NewPCG(1, 2)), b}
	n, err := net.Build(net.Arch{Input: input, Layers: layers})
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range n.Params {
		for i := range p.Data {
			p.Data[i] = float64(float32(g.NormFloat64()))
		}
	}
	x := make([]float64, n.InputSize())
	for i := range x {
		x[i] = float64(float32(g.Float64()))
	}
	n.Params[len(n.Params)-1].Data[0] = 1e9
	region := ball.Ball{Norm: norm, Eps: 0.5, Box: ball.Unit}
	c := certificate(n, region, x, []cert.Rule{cert.FastLin, cert.CROWN}, cert.CROWN)
	for j := range 10 {
		c.Units = append(c.Units, cert.Unit{Unit: j}, cert.Unit{Relu: 1, Unit: j})
	}
	c.Tighter = []cert.UnitProof{{Unit: c.Units[1], Multipliers: g.values(20, 1)}}
	for i := range c.Margins {
		c.Margins[i].Tree = &cert.Tree{Multipliers: g.values(80, 1),
			Splits: []int{0, 1, cert.Leaf, cert.Leaf, 1, cert.Leaf, cert.Leaf}}
	}
	for b.Loop() {
		if _, err := Check(b.Context(), n.Model(), c); err != nil {
			b.Fatal(err)
		}
	}
}
