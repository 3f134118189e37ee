package graphgen

import (
	"fmt"
	"slices"

	"tightrope/pkg/net"
	"tightrope/pkg/relax"
)

// network draws the layers: depth weighted ones, each of them with others before and behind it, the last one to the
// logits.
func (g *generator) network() {
	g.mark(Depth(g.depth))
	g.Network = net.New(fmt.Sprintf("random %d", g.Seed), g.inputShape()...)
	for stage := range g.depth {
		g.elementwise(0.35)
		if stage < g.depth-1 {
			g.weighted()
			g.after()
		}
	}
	g.logits()
	g.note()
}

// inputShape is flat or an image.
func (g *generator) inputShape() []int {
	if g.chance(0.5) {
		return []int{1 + g.rng.IntN(6)}
	}
	g.mark(Image)
	return []int{1 + g.rng.IntN(2), 3 + g.rng.IntN(4), 3 + g.rng.IntN(4)}
}

// last is the newest vertex, or the input.
func (g *generator) last() int { return len(g.Network.Vertices) - 1 }

// shape is that of the newest vertex.
func (g *generator) shape() []int { return g.Network.ShapeOf(g.last()) }

// add appends a layer; the generator gives no layer that does not fit.
func (g *generator) add(layer net.Layer, inputs ...int) int {
	at, err := g.Network.Append(layer, inputs...)
	if err != nil {
		panic(fmt.Errorf("graphgen: seed %d: %w", g.Seed, err))
	}
	return at
}

// elementwise puts an activation, a normalisation or a sum behind the newest vertex, which may be the input.
func (g *generator) elementwise(p float64) {
	for g.chance(p) {
		switch g.rng.IntN(4) {
		case 0:
			g.add(g.activation())
		case 1:
			g.add(g.batchNorm())
		case 2:
			g.add(g.normalize())
		case 3:
			g.residual()
		}
	}
}

// activation is a relu, or one of all.
func (g *generator) activation() net.Layer {
	all := relax.Smooths()
	if g.smooth == nil {
		return net.ReLU{}
	}
	if k := g.smooth.IntN(len(all) + 1); k < len(all) {
		return net.Activation{Smooth: all[k]}
	}
	return net.ReLU{}
}

// after follows a weighted layer: a pooling, a sum, and nearly always an activation.
func (g *generator) after() {
	if len(g.shape()) == 3 && g.chance(0.2) {
		g.add(g.pool())
	}
	if g.chance(0.3) {
		g.residual()
	}
	if g.chance(0.85) {
		g.add(g.activation())
	}
	if g.chance(0.25) {
		g.residual()
	}
}

// weighted appends a dense layer or a convolution. Its output often has the shape of an earlier vertex, so that sums
// can join them.
func (g *generator) weighted() {
	if shape := g.shape(); len(shape) == 3 {
		if size(shape) < 200 && g.chance(0.8) {
			g.add(g.convolution())
			return
		}
		g.add(net.Flatten{})
	}
	g.add(net.Dense{Units: g.units()})
}

func (g *generator) units() int {
	if from := g.any(); len(g.Network.ShapeOf(from)) == 1 && g.chance(0.6) {
		return g.Network.ShapeOf(from)[0]
	}
	return 1 + g.rng.IntN(7)
}

// any is a vertex drawn from all so far, the input included.
func (g *generator) any() int { return g.rng.IntN(len(g.Network.Vertices)+1) - 1 }

// convolution keeps the shape half of the time.
func (g *generator) convolution() net.Conv {
	shape := g.shape()
	if g.chance(0.5) {
		pad := g.rng.IntN(2)
		return net.Conv{Channels: shape[0], Kernel: [2]int{1 + 2*pad, 1 + 2*pad}, Stride: [2]int{1, 1},
			Padding: [2]int{pad, pad}}
	}
	c := net.Conv{Channels: 1 + g.rng.IntN(3)}
	g.window(&c.Kernel, &c.Stride, &c.Padding)
	return c
}

// pool is an average pooling of any geometry that fits.
func (g *generator) pool() net.AvgPool {
	var a net.AvgPool
	g.window(&a.Kernel, &a.Stride, &a.Padding)
	return a
}

// window draws kernel, stride and padding, of each axis by itself.
func (g *generator) window(kernel, stride, padding *[2]int) {
	for i := range kernel {
		length := g.shape()[i+1]
		padding[i] = g.rng.IntN(3)
		kernel[i] = 1 + g.rng.IntN(min(4, length+2*padding[i]))
		stride[i] = 1 + g.rng.IntN(3)
	}
}

func (g *generator) batchNorm() net.BatchNorm {
	var b net.BatchNorm
	if g.chance(0.2) {
		return b
	}
	for range g.shape()[0] {
		b.Mean = append(b.Mean, float64(float32(g.rng.NormFloat64()/2)))
		b.Variance = append(b.Variance, float64(float32(0.25+g.rng.Float64())))
	}
	return b
}

func (g *generator) normalize() net.Normalize {
	var n net.Normalize
	for range g.shape()[0] {
		n.Mean = append(n.Mean, float64(float32(g.rng.NormFloat64()/2)))
		n.Std = append(n.Std, float64(float32(0.5+g.rng.Float64())))
	}
	return n
}

// residual adds earlier vertices to the newest one: such as have its shape, or any through a layer of its own.
func (g *generator) residual() {
	at := g.last()
	from := g.alike(at)
	if len(from) == 0 || g.chance(0.2) {
		if len(g.shape()) == 3 {
			return
		}
		from = []int{g.projected(at)}
		g.mark(Projection)
	}
	terms := []int{at, from[g.rng.IntN(len(from))]}
	if g.chance(0.2) {
		terms = append(terms, from[g.rng.IntN(len(from))])
	}
	g.rng.Shuffle(len(terms), func(i, j int) { terms[i], terms[j] = terms[j], terms[i] })
	g.add(net.Addition{}, terms...)
}

// alike lists the vertices of a vertex's shape, itself and the input included. The input stands twice for being drawn
// more often.
func (g *generator) alike(at int) (from []int) {
	shape := g.Network.ShapeOf(at)
	for i := net.InputNode; i <= g.last(); i++ {
		if slices.Equal(g.Network.ShapeOf(i), shape) {
			from = append(from, i)
			if i == net.InputNode {
				from = append(from, i)
			}
		}
	}
	return from
}

// projected brings any vertex to a flat vertex's shape.
func (g *generator) projected(at int) int {
	from := g.any()
	if len(g.Network.ShapeOf(from)) == 3 {
		from = g.add(net.Flatten{}, from)
	}
	return g.add(net.Dense{Units: g.Network.ShapeOf(at)[0]}, from)
}

// logits ends the network.
func (g *generator) logits() {
	if len(g.shape()) == 3 {
		g.add(net.Flatten{})
	}
	g.add(net.Dense{Units: 2 + g.rng.IntN(2)})
	if g.chance(0.1) {
		g.add(g.activation())
		g.mark(LastRelu)
	}
	if g.chance(0.15) {
		g.residual()
		if _, ok := g.Network.Vertices[g.last()].Layer.(net.Sum); ok {
			g.mark(LastSum)
		}
	}
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
