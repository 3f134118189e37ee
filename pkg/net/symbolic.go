package net

import (
	"fmt"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Symbolic is a network whose parameters are nodes of a graph under construction. Its methods build graph code.
type Symbolic struct {
	*Network
	values []*Node
}

// On binds the network's parameters, in the order of Params, to nodes of a graph.
func (n *Network) On(values []*Node) *Symbolic {
	if len(values) != len(n.Params) {
		panic(fmt.Errorf("network %q has %d parameters, got %d nodes", n.Name, len(n.Params), len(values)))
	}
	return &Symbolic{Network: n, values: values}
}

// OnConstants binds the network's parameters as constants of a graph.
func (n *Network) OnConstants(g *Graph) *Symbolic {
	values := make([]*Node, len(n.Params))
	for i, t := range n.Tensors() {
		values[i] = Const(g, t)
	}
	return n.On(values)
}

// ParamsOf are what a layer's methods need at this vertex.
func (s *Symbolic) ParamsOf(vertex int) Params {
	v := s.Vertices[vertex]
	n := len(s.Network.ParamsOf(vertex))
	return Params{Values: s.values[v.params : v.params+n], In: s.ShapeOf(v.Inputs[0]), Out: v.Out, image: s.imageBefore(vertex)}
}

// Forward evaluates the network: x [batch, input...] -> logits [batch, classes].
func (s *Symbolic) Forward(x *Node) *Node {
	return s.Walk(x, func(_ int, z *Node) *Node { return MaxScalar(z, 0) })
}

// PreActivations evaluates the network and also returns the input z of each relu, [batch, units...], in topological
// order.
func (s *Symbolic) PreActivations(x *Node) (logits *Node, z []*Node) {
	logits = s.Walk(x, func(_ int, zi *Node) *Node {
		z = append(z, zi)
		return MaxScalar(zi, 0)
	})
	return logits, z
}

// Walk evaluates the network with the relus replaced: activation gets the
// relu's index (0, 1, ... in topological order) and its input z.
func (s *Symbolic) Walk(x *Node, activation func(relu int, z *Node) *Node) *Node {
	values := s.WalkTo(len(s.Vertices)-1, x, activation)
	return values[len(s.Vertices)-1]
}

// WalkTo is Walk up to a vertex; it returns the value of every vertex so far.
func (s *Symbolic) WalkTo(vertex int, x *Node, activation func(relu int, z *Node) *Node) map[int]*Node {
	out := map[int]*Node{InputNode: x}
	relu := 0
	for i := 0; i <= vertex; i++ {
		v := s.Vertices[i]
		in := out[v.Inputs[0]]
		switch layer := v.Layer.(type) {
		case Linear:
			p := s.ParamsOf(i)
			out[i] = layer.AddBias(p, layer.Apply(p, in))
		case Relu:
			out[i] = activation(relu, in)
			relu++
		case Sum:
			out[i] = in
			for _, from := range v.Inputs[1:] {
				out[i] = Add(out[i], out[from])
			}
		default:
			panic(fmt.Errorf("layer %d (%T) has no role: implement Linear, Relu or Sum", i, layer))
		}
	}
	return out
}

// Backward pushes rows over the output of a vertex back to the input:
// rows [batch, spec, out...] -> [batch, spec, input...]; a nil rows stands for the
// identity (one row for each unit of the vertex). relu gets the relu's index and the rows over its output and
// returns the rows over its input, or nil to stop there; bias, where not nil, gets every b^T g [batch, spec].
// The result is nil where no path reaches the input.
func (s *Symbolic) Backward(vertex int, rows *Node, relu func(relu int, h *Node) *Node, bias func(*Node)) *Node {
	back := map[int]*Node{vertex: rows}
	add := func(to int, r *Node) {
		if r == nil {
			return
		}
		if old := back[to]; old != nil {
			r = Add(old, r)
		}
		back[to] = r
	}
	if rows == nil {
		back[vertex] = s.identity(vertex)
	}
	if rows == nil && vertex != InputNode {
		if m, ok := s.Vertices[vertex].Layer.(Explicit); ok {
			p := s.ParamsOf(vertex)
			if bias != nil {
				bias(m.BiasDot(p, back[vertex]))
			}
			delete(back, vertex)
			add(s.Vertices[vertex].Inputs[0], m.Matrix(p))
		}
	}
	index := s.reluIndex()
	for i := vertex; i >= 0; i-- {
		g := back[i]
		if g == nil {
			continue
		}
		v := s.Vertices[i]
		switch layer := v.Layer.(type) {
		case Linear:
			p := s.ParamsOf(i)
			if bias != nil {
				if b := layer.BiasDot(p, g); b != nil {
					bias(b)
				}
			}
			add(v.Inputs[0], layer.Adjoint(p, g))
		case Relu:
			add(v.Inputs[0], relu(index[i], g))
		case Sum:
			for _, from := range v.Inputs {
				add(from, g)
			}
		}
	}
	return back[InputNode]
}

func (s *Symbolic) reluIndex() map[int]int {
	index := map[int]int{}
	for k, i := range s.Relus() {
		index[i] = k
	}
	return index
}

// identity is one row for each unit of a vertex: [1, units, out...].
func (s *Symbolic) identity(vertex int) *Node {
	out := s.ShapeOf(vertex)
	units := size(out)
	eye := ConvertDType(Diagonal(s.values[0].Graph(), units), s.DType)
	return ReshapeWithShape(eye, shapes.Make(s.DType, append([]int{1, units}, out...)...))
}
