package net

import (
	"fmt"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/relax"
)

// Symbolic is a network whose parameters are nodes of a graph under construction. Its methods build graph code.
type Symbolic struct {
	*Network
	values []*Node
}

// On binds the network's parameters to nodes of a graph: values in the order and of the shapes of Params.
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

// ParamsOf returns the parameters and shapes that a layer's methods need at this vertex.
func (s *Symbolic) ParamsOf(vertex int) Params {
	v := s.Vertices[vertex]
	n := len(s.Network.ParamsOf(vertex))
	return Params{Values: s.values[v.params : v.params+n], In: s.ShapeOf(v.Inputs[0]), Out: v.Out,
		image: s.imageBefore(vertex)}
}

// Forward evaluates the network: x [batch, input...] -> logits [batch, classes].
func (s *Symbolic) Forward(x *Node) *Node {
	return s.Walk(x, s.Activate)
}

// Activate applies activation k to its input z, of any shape.
func (s *Symbolic) Activate(k int, z *Node) *Node {
	apply := func(z *Node) *Node { return MaxScalar(z, 0) }
	if f := s.SmoothAt(k); f != nil {
		apply = f.Graph
	}
	from := s.Vertices[s.Activations()[k]].Inputs[0]
	return s.Elementwise(from, func(z []*Node) []*Node { return []*Node{apply(z[0])} }, z)[0]
}

// PreActivations evaluates the network and also returns the input z of each activation, [batch, units...], in
// topological order.
func (s *Symbolic) PreActivations(x *Node) (logits *Node, z []*Node) {
	logits = s.Walk(x, func(k int, zi *Node) *Node {
		z = append(z, zi)
		return s.Activate(k, zi)
	})
	return logits, z
}

// Walk evaluates the network with the activations replaced, x [batch, input...] -> logits [batch, classes]: activation
// gets their index k (0, 1, ... in topological order) and their input z [batch, units...], and returns what stands for
// their output, of the same shape.
func (s *Symbolic) Walk(x *Node, activation func(k int, z *Node) *Node) *Node {
	values := s.WalkTo(len(s.Vertices)-1, x, activation)
	return values[len(s.Vertices)-1]
}

// WalkTo is [Symbolic.Walk] up to a vertex; it returns the value of every vertex up to this one, [batch, units...].
func (s *Symbolic) WalkTo(vertex int, x *Node, activation func(k int, z *Node) *Node) map[int]*Node {
	f := &forward{Symbolic: s, values: map[int]*Node{InputNode: x}, activation: activation}
	for i := 0; i <= vertex; i++ {
		f.values[i] = Visit(s.Network, i, f)
	}
	return f.values
}

// forward finds the value of each vertex from those of the vertices before.
type forward struct {
	*Symbolic
	values     map[int]*Node
	activation func(k int, z *Node) *Node
}

// Linear implements Visitor.
func (f *forward) Linear(vertex int, layer Linear) *Node {
	p := f.ParamsOf(vertex)
	return layer.AddBias(p, layer.Apply(p, f.values[f.Vertices[vertex].Inputs[0]]))
}

// Relu implements Visitor.
func (f *forward) Relu(vertex, k int) *Node {
	return f.activation(k, f.values[f.Vertices[vertex].Inputs[0]])
}

// Smooth implements Visitor.
func (f *forward) Smooth(vertex, k int, _ *relax.Smooth) *Node { return f.Relu(vertex, k) }

// Sum implements Visitor.
func (f *forward) Sum(vertex int) *Node {
	var terms []*Node
	for _, from := range f.Vertices[vertex].Inputs {
		terms = append(terms, f.values[from])
	}
	return f.Total(vertex, terms...)
}

// Total adds up values [batch, units...] over a vertex.
func (s *Symbolic) Total(vertex int, terms ...*Node) *Node {
	return s.Elementwise(vertex, func(x []*Node) []*Node {
		total := x[0]
		for _, more := range x[1:] {
			total = Add(total, more)
		}
		return []*Node{total}
	}, terms...)[0]
}

// Backward propagates rows over the output of a vertex back to the input: rows [batch, spec, out...] -> [batch, spec,
// input...]; rows nil stands for the identity (one row for each unit of the vertex). relu receives an activation's
// index and the rows over its output, and returns the rows over its input, or nil to stop there; bias, if not nil,
// receives every b^T g [batch, spec]. The result is nil if no path reaches the input.
func (s *Symbolic) Backward(vertex int, rows *Node, relu func(k int, h *Node) *Node, bias func(*Node)) *Node {
	b := &backward{Symbolic: s, rows: map[int]*Node{vertex: rows}, relu: relu, bias: bias}
	if rows == nil {
		b.start(vertex)
	}
	for i := vertex; i >= 0; i-- {
		if b.rows[i] == nil {
			continue
		}
		before := Visit(s.Network, i, b)
		for _, from := range s.Vertices[i].Inputs {
			b.add(from, before)
		}
	}
	return b.rows[InputNode]
}

// backward makes, of the rows over a vertex, those over each vertex that it reads.
type backward struct {
	*Symbolic
	rows map[int]*Node // over each vertex; nil: none
	relu func(k int, h *Node) *Node
	bias func(*Node)
}

// start puts one row for each unit of a vertex there, or over its input where the layer has its matrix at hand.
func (b *backward) start(vertex int) {
	b.rows[vertex] = b.identity(vertex)
	if vertex == InputNode {
		return
	}
	if m, ok := b.Vertices[vertex].Layer.(Explicit); ok {
		p := b.ParamsOf(vertex)
		if b.bias != nil {
			b.bias(m.BiasDot(p, b.rows[vertex]))
		}
		delete(b.rows, vertex)
		b.add(b.Vertices[vertex].Inputs[0], m.Matrix(p))
	}
}

// add adds rows to those over a vertex.
func (b *backward) add(vertex int, rows *Node) {
	if rows == nil {
		return
	}
	if old := b.rows[vertex]; old != nil {
		rows = Add(old, rows)
	}
	b.rows[vertex] = rows
}

// Linear implements Visitor.
func (b *backward) Linear(vertex int, layer Linear) *Node {
	p, g := b.ParamsOf(vertex), b.rows[vertex]
	if b.bias != nil {
		if dot := layer.BiasDot(p, g); dot != nil {
			b.bias(dot)
		}
	}
	return layer.Adjoint(p, g)
}

// Relu implements Visitor.
func (b *backward) Relu(vertex, k int) *Node { return b.relu(k, b.rows[vertex]) }

// Smooth implements Visitor.
func (b *backward) Smooth(vertex, k int, _ *relax.Smooth) *Node { return b.relu(k, b.rows[vertex]) }

// Sum implements Visitor.
func (b *backward) Sum(vertex int) *Node { return b.rows[vertex] }

// identity is one row for each unit of a vertex: [1, units, out...].
func (s *Symbolic) identity(vertex int) *Node {
	out := s.ShapeOf(vertex)
	units := size(out)
	eye := ConvertDType(Diagonal(s.values[0].Graph(), units), s.DType)
	return ReshapeWithShape(eye, shapes.Make(s.DType, append([]int{1, units}, out...)...))
}
