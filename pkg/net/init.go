package net

import (
	"math"
	"math/rand/v2"
)

// Init draws all parameters uniformly from +-1/sqrt(fan in), the default of
// the framework that the paper used, from a seed.
func (n *Network) Init(seed uint64) *Network {
	rng := rand.New(rand.NewPCG(seed, 0x1717))
	for _, p := range n.Params {
		if p.fanIn == 0 {
			continue
		}
		scale := 1 / math.Sqrt(float64(p.fanIn))
		for i := range p.Data {
			v := (2*rng.Float64() - 1) * scale
			p.Data[i] = float64(float32(v)) // exact in either precision
		}
	}
	return n
}
