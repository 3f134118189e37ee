package rational

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

// generator makes random problems that are small.
type generator struct {
	*rand.Rand
	testing.TB
}

func pick[T any](g *generator, values ...T) T { return values[g.IntN(len(values))] }

// layers of a random network: dense ones, or convolutions and all else before them.
func (g *generator) layers() (input []int, layers []net.LayerSpec) {
	input = []int{1 + g.IntN(3)}
	add := func(s ...net.LayerSpec) { layers = append(layers, s...) }
	if g.IntN(3) == 0 {
		input = []int{1 + g.IntN(2), 2 + g.IntN(2), 2 + g.IntN(2)}
	}
	if g.IntN(6) == 0 {
		add(reluLayer)
	}
	if g.IntN(4) == 0 {
		add(net.LayerSpec{Type: "normalize", Mean: g.values(input[0], 1), Std: g.positive(input[0])})
	}
	if len(input) == 3 {
		add(g.windows(input)...)
		add(flatten)
	}
	width := 1 + g.IntN(3)
	for range g.IntN(3) {
		add(dense(width))
		switch g.IntN(6) {
		case 0:
			s := net.LayerSpec{Type: "batchnorm"}
			if g.IntN(3) > 0 {
				s.Mean, s.Variance, s.Epsilon = g.values(width, 1), g.positive(width), pick(g, 0, 1e-3, 1)
			}
			add(s, reluLayer)
		case 1, 2:
			at := len(layers) - 1 // a block around it
			add(reluLayer, dense(width), from(net.LayerSpec{Type: "add"}, at, at+2))
			if g.IntN(2) == 0 {
				add(reluLayer)
			}
		case 3: // no relu
		default:
			add(reluLayer)
		}
	}
	add(dense(2 + g.IntN(2)))
	return input, layers
}

// windows are a convolution or average pooling, or both, some with a relu.
func (g *generator) windows(input []int) (layers []net.LayerSpec) {
	conv := net.LayerSpec{Type: "conv", Channels: 1 + g.IntN(2), Kernel: []int{1 + g.IntN(2), 1 + g.IntN(3)},
		Stride: []int{1 + g.IntN(2), 1 + g.IntN(2)}, Padding: []int{g.IntN(2), 1}}
	pool := net.LayerSpec{Type: "avgpool", Kernel: []int{1 + g.IntN(3), 1 + g.IntN(2)},
		Stride: []int{1, 1 + g.IntN(2)}, Padding: []int{1, 1}}
	if g.IntN(3) > 0 {
		layers = append(layers, conv)
		if g.IntN(3) == 0 {
			layers = append(layers, net.LayerSpec{Type: "batchnorm"})
		}
		if g.IntN(4) > 0 {
			layers = append(layers, reluLayer)
		}
	}
	if g.IntN(2) == 0 {
		layers = append(layers, pool)
	}
	return layers
}

// values are short numbers or long ones of about a size.
func (g *generator) values(n int, size float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		if out[i] = size * g.NormFloat64(); g.IntN(3) == 0 {
			out[i] = size * float64(g.IntN(7)-3) / 2
		}
	}
	return out
}

func (g *generator) positive(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = pick(g, 1, 0.5, 3, math.Exp(2*g.NormFloat64()))
	}
	return out
}

// network is a random network; its weights are of one size, some of others.
func (g *generator) network() *net.Network {
	input, layers := g.layers()
	n, err := net.Build(net.Arch{Input: input, Layers: layers})
	if err != nil {
		g.Fatal(err)
	}
	n.DType = pick(g, dtypes.Float32, dtypes.Float64)
	size := pick(g, 1, 1, 1, 1, 1e-3, 1e3, 1e-9, 1e9)
	for _, p := range n.Params {
		copy(p.Data, g.values(len(p.Data), size))
		if g.IntN(8) == 0 {
			copy(p.Data, g.values(len(p.Data), pick(g, 1e-9, 1e9, 0)))
		}
		for i, v := range p.Data { // what a file of that type can hold
			if n.DType == dtypes.Float32 {
				p.Data[i] = float64(float32(v))
			}
		}
	}
	return n
}

// region is a random ball and its center.
func (g *generator) region(inputs int) (ball.Ball, []float64) {
	b := ball.Ball{Norm: ball.Norm(g.IntN(3)), Eps: pick(g, 0, 5e-324, 1e-3, 0.1, 0.25, 0.5, 1, 3*g.Float64())}
	x := g.values(inputs, 1)
	if g.IntN(2) == 0 {
		b.Box = pick(g, ball.Unit, &ball.Box{Lower: -0.5, Upper: 1.5}, &ball.Box{Lower: -0.3, Upper: 0.7})
		for i, v := range x {
			x[i] = min(max(v, b.Box.Lower), b.Box.Upper)
		}
	}
	if b.Norm == ball.Linf && g.IntN(3) == 0 {
		for range inputs {
			b.Radii = append(b.Radii, pick(g, 0, 1, 0.1, 1.5, g.Float64()))
		}
	}
	return b, x
}

// wild is any finite number.
func (g *generator) wild() float64 {
	v := pick(g, 0, 1, g.NormFloat64(), 1e8, 1e-8, 1e99, 1e150, 1e299, math.MaxFloat64, 1e-300, 5e-324)
	return pick(g, v, -v)
}

// certificate is a random proof of random kinds for every class but the label.
func (g *generator) certificate(n *net.Network, b ball.Ball, x []float64, label int) *cert.Certificate {
	c := &cert.Certificate{Schema: 1, Verdict: cert.Certified, Network: n.Hash(), Ball: b, Input: x, Label: label}
	for _, r := range g.Perm(3)[:g.IntN(3)] {
		c.Rules = append(c.Rules, cert.Rule(r))
	}
	trees := g.IntN(4) > 0
	if trees {
		g.units(n, c)
	}
	for class := range n.Classes() {
		if class == label {
			continue
		}
		m := cert.MarginProof{Class: class, Rule: cert.Rule(g.IntN(3))}
		if trees && g.IntN(4) > 0 {
			m.Tree = g.tree(c, len(c.Units))
		}
		c.Margins = append(c.Margins, m)
	}
	g.Shuffle(len(c.Margins), func(i, j int) { c.Margins[i], c.Margins[j] = c.Margins[j], c.Margins[i] })
	return c
}

// units lists units, in any order, and adds further bounds.
func (g *generator) units(n *net.Network, c *cert.Certificate) {
	all := g.listable(n, c)
	if g.IntN(2) == 0 {
		g.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	c.Units = all[:min(len(all), pick(g, 3, 8))]
	for range g.IntN(4) {
		if len(all) == 0 {
			return
		}
		p := cert.UnitProof{Unit: pick(g, all...), Upper: g.IntN(2) == 0}
		same := func(q cert.UnitProof) bool { return p.Unit == q.Unit && p.Upper == q.Upper }
		if slices.ContainsFunc(c.Tighter, same) {
			continue // the checker in float64 refuses a second one
		}
		if g.IntN(2) == 0 {
			p.Tree = g.tree(c, g.IntN(len(c.Units)+1))
			c.Schema = max(c.Schema, 2)
		}
		for range g.IntN(len(c.Units) + 1) {
			if p.Tree == nil {
				p.Multipliers = append(p.Multipliers, g.nu(true))
			}
		}
		c.Tighter = append(c.Tighter, p)
	}
}

// listable are the units that certificates list: those unstable for the checker in float64, and now and then others,
// but none with l = 0 or u = 0 that the checkers may see differently.
func (g *generator) listable(n *net.Network, c *cert.Certificate) (units []cert.Unit) {
	p, err := cert.NewNetwork(n.Model())
	if err != nil {
		g.Fatal(err)
	}
	r, err := cert.NewRegion(p, c.Ball, c.Input)
	if err != nil {
		g.Fatal(err)
	}
	bounds, err := r.Bounds(g.Context(), c.Rules...)
	if err != nil {
		return nil // too large for it
	}
	k := prepared(g, n, c.Ball, c.Input, c.Rules...)
	all := g.IntN(3) == 0
	for r := range len(k.relus) {
		for j := range bounds.Lower[r] {
			if bounds.Unstable(r, j) || all && !k.neurons[k.relus[r]+j].open() {
				units = append(units, cert.Unit{Relu: r, Unit: j})
			}
		}
	}
	return units
}

// nu is a multiplier, a wild one now and then.
func (g *generator) nu(tame bool) float64 {
	if !tame || g.IntN(40) == 0 {
		return g.wild()
	}
	return pick(g, 0, 0, 0, 0.5, -0.5, 1, -1, g.NormFloat64())
}

// tree splits some units, with multipliers of all kinds on its leaves, or huge ones that the phases allow: of the first
// units, or of others that it lists; some trees split at other places than 0.
func (g *generator) tree(c *cert.Certificate, width int) *cert.Tree {
	t, tame, rays, apart := &cert.Tree{}, g.IntN(6) > 0, g.IntN(8) == 0, g.IntN(2) == 0
	of := g.Perm(len(c.Units))[:g.IntN(len(c.Units)+1)]
	if slices.Sort(of); g.IntN(3) == 0 && len(of) > 0 {
		t.Of = of
	} else {
		of = nil
		for j := range width {
			of = append(of, j)
		}
	}
	phases := map[int]float64{}
	var grow func(depth int)
	grow = func(depth int) {
		if depth == 0 || len(c.Units) == 0 || g.IntN(6) == 0 {
			t.Splits = append(t.Splits, cert.Leaf)
			for _, j := range of {
				nu := g.nu(tame)
				if rays {
					nu = phases[j] * pick(g, 0, 1, 1e290, 1e299, g.Float64()*1.7e299)
				}
				t.Multipliers = append(t.Multipliers, nu)
			}
			return
		}
		split := g.IntN(len(c.Units))
		if t.Splits = append(t.Splits, split); apart {
			t.At = append(t.At, pick(g, 0, 0.5*g.NormFloat64()))
			c.Schema = 3
		}
		before := phases[split]
		phases[split] = -1
		grow(depth - 1)
		phases[split] = 1
		grow(depth - 1)
		phases[split] = before
	}
	grow(min(pick(g, 0, 1, 2, 2, 2, 3), len(c.Units)))
	return t
}
