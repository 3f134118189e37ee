package onnx

import (
	"fmt"
	"slices"
)

// Evaluator computes a graph's output in a precision: every node as the file has it, one after the other.
type Evaluator[T Real] struct {
	graph     *Graph
	constants []*array[T] // by value; nil: it depends on the input
	steps     []*Node     // nodes that depend on the input
	last      []int       // by value: the step after which nobody reads it; -1: it stays
}

// NewEvaluator prepares an evaluator: it converts the weights, and computes what does not depend on the input.
func NewEvaluator[T Real](g *Graph) *Evaluator[T] {
	e := &Evaluator[T]{graph: g, constants: make([]*array[T], len(g.Values)), last: slices.Repeat([]int{-1},
		len(g.Values))}
	for i, v := range g.Values {
		if v.Const != nil && (v.stored || !v.Type.Float()) {
			e.constants[i] = arrayOf[T](v.Const)
		}
	}
	for _, n := range g.Nodes {
		switch {
		case g.Values[n.Out[0]].Const == nil:
			e.add(n)
		case e.constants[n.Out[0]] == nil:
			e.step(n, e.constants)
		}
	}
	e.last[g.Output] = -1
	return e
}

func (e *Evaluator[T]) add(n *Node) {
	for _, in := range append(slices.Clone(n.In), n.Out...) {
		if in >= 0 && e.constants[in] == nil {
			e.last[in] = len(e.steps)
		}
	}
	e.steps = append(e.steps, n)
}

// step computes a node's results.
func (e *Evaluator[T]) step(n *Node, values []*array[T]) {
	in := make([]*array[T], len(n.In))
	for k, at := range n.In {
		if at >= 0 {
			in[k] = values[at]
		}
	}
	out := make([]*array[T], len(n.Out))
	for k, at := range n.Out {
		if at >= 0 {
			out[k] = newArray[T](e.graph.Values[at])
			values[at] = out[k]
		}
	}
	run(n.run, in, out)
}

// Run is the network's output at x, its input's values in row-major order. An error says that their number is wrong.
func (e *Evaluator[T]) Run(x []T) ([]T, error) {
	all, err := e.run(x, false)
	if err != nil {
		return nil, err
	}
	return all[e.graph.Output].floats, nil
}

// RunAll is the same for every value of the graph, by index; nil for integers.
func (e *Evaluator[T]) RunAll(x []T) ([][]T, error) {
	all, err := e.run(x, true)
	if err != nil {
		return nil, err
	}
	values := make([][]T, len(all))
	for i, a := range all {
		if a != nil {
			values[i] = a.floats
		}
	}
	return values, nil
}

// run computes all values; without keep, memory of those that nobody reads any more is given back.
func (e *Evaluator[T]) run(x []T, keep bool) ([]*array[T], error) {
	input := e.graph.Values[e.graph.Input]
	if len(x) != input.Size() {
		return nil, fmt.Errorf("an input of %d values: the network reads %d, in shape %v", len(x), input.Size(),
			input.Shape)
	}
	all := slices.Clone(e.constants)
	all[e.graph.Input] = &array[T]{shape: input.Shape, floats: x}
	for i, n := range e.steps {
		e.step(n, all)
		for _, at := range append(slices.Clone(n.In), n.Out...) {
			if at >= 0 && e.last[at] == i && !keep {
				all[at] = nil
			}
		}
	}
	return all, nil
}
