// Package graphgen draws random networks with balls of inputs, for tests that search for false bounds, and for proofs
// that prove nothing: every kind of layer, residual edges from anywhere, every norm, boxes of every width, scales from
// 2^-20 to 2^20.
//
// A case depends on its seed only. All numbers of a case are exact in float32, so that both precisions mean the same
// problem.
package graphgen

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
)

// Case is a network with a ball and inputs to put it around.
type Case struct {
	Seed    uint64
	Network *net.Network // in float64; set DType for the other precision
	Ball    ball.Ball    // its eps is the middle one of Radii
	Radii   []float64    // values of eps: 0, one within the box, one larger than the box, in this order
	X       []float64    // [samples, inputs...], in the box
	Labels  []int32      // [samples]

	features map[Feature]bool
}

// Options of New; the zero value draws cases of two samples without a limit on the depth but the generator's own.
type Options struct {
	Samples int // 0: 2
	Depth   int // weighted layers, 1 to 6; 0: drawn
	// Smooth puts sigmoids, tanhs and softpluses in the place of most relus; all else is as without.
	Smooth bool
}

// New draws the case of a seed.
func New(seed uint64, o Options) *Case {
	if o.Samples == 0 {
		o.Samples = 2
	}
	g := &generator{rng: rand.New(rand.NewPCG(seed, 0x67656e)), Case: &Case{Seed: seed, features: map[Feature]bool{}}}
	if o.Smooth {
		g.smooth = rand.New(rand.NewPCG(seed, 0x736d6f))
	}
	if g.depth = o.Depth; g.depth == 0 {
		g.depth = 1 + g.rng.IntN(MaxDepth)
	}
	g.network()
	g.weights()
	g.region(o.Samples)
	return g.Case
}

// Features are the features that the case has.
func (c *Case) Features() []Feature {
	var out []Feature
	for _, f := range append(Features(), SmoothFeatures()...) {
		if c.features[f] {
			out = append(out, f)
		}
	}
	return out
}

// Has reports whether the case has a feature.
func (c *Case) Has(f Feature) bool { return c.features[f] }

// Sample is one input, [inputs].
func (c *Case) Sample(i int) []float64 {
	n := c.Network.InputSize()
	return c.X[i*n : (i+1)*n]
}

// String tells how to get the case again.
func (c *Case) String() string {
	return fmt.Sprintf("seed %d: %s; %v box %v radii %v eps %v", c.Seed, c.Network.Arch().Text(), c.Ball.Norm,
		c.Ball.Box, c.Ball.Radii, c.Radii)
}

// generator draws one case.
type generator struct {
	*Case
	rng   *rand.Rand
	depth int     // weighted layers
	unit  float64 // the scale of the inputs, a power of two

	smooth *rand.Rand // draws activations; nil: all are relus
}

// chance is true with probability p.
func (g *generator) chance(p float64) bool { return g.rng.Float64() < p }

// mark notes a feature.
func (g *generator) mark(f Feature) { g.features[f] = true }

// weights draws all parameters: about as large as initial ones, some of them 0, those of one layer scaled by a power of
// two.
func (g *generator) weights() {
	n := g.Network
	n.DType = dtypes.Float64
	scaled, factor := -1, 1.0
	if len(n.Params) > 0 && g.chance(0.5) {
		scaled = g.rng.IntN(len(n.Params)) &^ 1 // a weight; its bias follows it
		factor = g.power()
	}
	for i, p := range n.Params {
		fan := float64(len(p.Data)) / float64(p.Shape[0])
		for k := range p.Data {
			v := g.rng.NormFloat64() * 1.5 / math.Sqrt(fan)
			if g.chance(0.1) {
				v = 0
			}
			if i&^1 == scaled {
				v *= factor
			}
			p.Data[k] = float64(float32(v))
		}
	}
}

// power is 2^k with k from -20 to 20, and notes how large it is.
func (g *generator) power() float64 {
	k := g.rng.IntN(2*MaxExponent+1) - MaxExponent
	switch {
	case k <= -MaxExponent/2:
		g.mark(SmallScale)
	case k >= MaxExponent/2:
		g.mark(LargeScale)
	}
	return math.Ldexp(1, k)
}
