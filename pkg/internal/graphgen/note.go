package graphgen

import (
	"slices"

	"tightrope/pkg/net"
)

// note marks the features of the layers.
func (g *generator) note() {
	n := g.Network
	if len(n.Relus()) == 0 {
		g.mark(NoRelu)
	}
	for _, v := range n.Vertices {
		spec := v.Layer.Spec()
		g.mark(Layer(spec.Type))
		switch v.Layer.(type) {
		case net.Sum:
			g.noteSum(v.Inputs)
		case net.Relu:
			g.noteRelu(v.Inputs[0])
		case net.Smooth:
			g.noteSmooth(v.Inputs[0])
		case net.Linear:
			if len(spec.Kernel) > 0 {
				g.noteWindow(spec, n.ShapeOf(v.Inputs[0]))
			}
		}
	}
}

func (g *generator) noteSum(inputs []int) {
	for _, from := range inputs {
		if from == net.InputNode {
			g.mark(SumWithInput)
			continue
		}
		switch g.Network.Vertices[from].Layer.(type) {
		case net.Relu:
			g.mark(SumWithRelu)
		case net.Linear:
			g.mark(SumWithLinear)
		}
	}
	distinct := slices.Compact(slices.Sorted(slices.Values(inputs)))
	if len(distinct) < len(inputs) {
		g.mark(Twice)
	}
	if len(inputs) == 3 {
		g.mark(ThreeTerms)
	}
}

func (g *generator) noteRelu(from int) {
	if from == net.InputNode {
		g.mark(ReluOnInput)
		return
	}
	switch g.Network.Vertices[from].Layer.(type) {
	case net.Sum:
		g.mark(ReluOnSum)
	case net.Relu:
		g.mark(ReluOnRelu)
	}
}

func (g *generator) noteSmooth(from int) {
	if from == net.InputNode {
		g.mark(SmoothOnInput)
		return
	}
	switch g.Network.Vertices[from].Layer.(type) {
	case net.Sum:
		g.mark(SmoothOnSum)
	case net.Relu, net.Smooth:
		g.mark(SmoothOnActivation)
	}
}

func (g *generator) noteWindow(spec net.LayerSpec, in []int) {
	s, p, k := spec.Stride, spec.Padding, spec.Kernel
	if max(s[0], s[1]) > 1 {
		g.mark(OddStride)
	}
	if s[0] != s[1] {
		g.mark(UnequalStrides)
	}
	if max(p[0], p[1]) > 0 {
		g.mark(Padded)
	}
	if p[0] != p[1] {
		g.mark(UnequalPadding)
	}
	for i := range p {
		if k[i] <= p[i] {
			g.mark(OnlyPadding)
		}
	}
}
